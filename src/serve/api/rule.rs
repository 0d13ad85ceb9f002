//! By whose rule an answer lists.

use serde::Serialize;
use utoipa::ToSchema;

use crate::run::whose;

/// The rule by which sources are listed in an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rule {
    /// How it is asked for with `rule=`: `usual`, `model:NAME`, `experiment:ID`; empty if it was put together.
    pub asked: String,
    /// Whose it is, such as `the default rule`.
    pub whose: String,
    /// The rule in a sentence.
    pub words: String,
    /// What `botany enrich threat` takes for it, and `botany watch list` without a model, whose rule flags change.
    pub flags: String,
}

impl From<&whose::Rule> for Rule {
    fn from(rule: &whose::Rule) -> Rule {
        Rule {
            asked: rule.asked.clone(),
            whose: rule.whose.clone(),
            words: rule.rules.describe(),
            flags: rule.flags(),
        }
    }
}
