//! What a browser looks at for a while: the last few of a kind, in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The last few of a kind by name.
pub struct Kept<T> {
    all: Mutex<VecDeque<(String, Arc<T>)>>,
    most: usize,
}

impl<T> Kept<T> {
    /// Room for so many.
    pub fn new(most: usize) -> Kept<T> {
        Kept { all: Mutex::new(VecDeque::new()), most }
    }

    /// Keeps one and gives its name; the oldest is forgotten.
    pub fn keep(&self, one: T) -> String {
        let name = uuid::Uuid::now_v7().to_string();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((name.clone(), Arc::new(one)));
        if all.len() > self.most {
            all.pop_front();
        }
        name
    }

    /// The one of that name.
    pub fn find(&self, name: &str) -> Option<Arc<T>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(known, _)| known == name).map(|(_, kept)| Arc::clone(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let kept = Kept::new(2);
        let names = [1, 2, 3].map(|n| kept.keep(n));
        assert_eq!(names.map(|name| kept.find(&name).map(|n| *n)), [None, Some(2), Some(3)]);
    }
}
