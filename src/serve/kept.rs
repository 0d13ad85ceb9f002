//! The clusterings a browser looks at: the last few, in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::run::Clustered;

/// Clusterings that are kept; 50,000 rows are some twenty megabytes.
const KEPT: usize = 4;

/// A name, and a recipe's text with what came of it.
type Entry = (String, Arc<(String, Clustered)>);

/// The last few clusterings by name.
#[derive(Clone, Default)]
pub struct Clusterings {
    all: Arc<Mutex<VecDeque<Entry>>>,
}

impl Clusterings {
    /// Keeps one and gives its name; the oldest is forgotten.
    pub fn keep(&self, text: String, clustered: Clustered) -> String {
        let name = uuid::Uuid::now_v7().to_string();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((name.clone(), Arc::new((text, clustered))));
        if all.len() > KEPT {
            all.pop_front();
        }
        name
    }

    /// The one of that name.
    pub fn find(&self, name: &str) -> Option<Arc<(String, Clustered)>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(known, _)| known == name).map(|(_, kept)| Arc::clone(kept))
    }
}
