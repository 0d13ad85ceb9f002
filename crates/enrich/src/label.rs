//! Which flows belong to a listed source?
//!
//! flow ⟕ threat on source and time: view `labelled` is table `flow` with `is_mirai` and what the list
//! says of the source. The label is of the *address*, not of the flow: an unrelated flow of a listed
//! address is 1 as well.

use botany_engine::Engine;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::sql::hours;

/// How near to its log-ins a listed source's flow must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// Between `before_hours` before the source's first log-in line and `after_hours` after its last.
    Within {
        /// Hours before `first_seen`.
        before_hours: u32,
        /// Hours after `last_seen`.
        after_hours: u32,
    },
    /// At any time, as the article has it.
    Any,
}

impl Default for Rule {
    /// A day before and a day after: an address may be somebody else's after that.
    fn default() -> Self {
        Rule::Within { before_hours: 24, after_hours: 24 }
    }
}

impl Rule {
    /// The sentence to print wherever the label is used.
    pub fn describe(self) -> String {
        let when = match self {
            Rule::Any => "at any time".to_owned(),
            Rule::Within { before_hours, after_hours } => format!(
                "from {before_hours} hours before its first listed log-in to {after_hours} hours after its last"
            ),
        };
        format!(
            "is_mirai is 1 for every flow of a source on the threat list, {when}; 0 means \"not seen \
             trying such names\", never \"benign\""
        )
    }

    /// The statement of view `labelled`.
    pub fn sql(self) -> String {
        let near = match self {
            Rule::Any => String::new(),
            Rule::Within { before_hours, after_hours } => format!(
                " AND f.event_time >= t.first_seen - {} AND f.event_time <= t.last_seen + {}",
                hours(before_hours),
                hours(after_hours)
            ),
        };
        format!(
            "SELECT f.*, CAST(CASE WHEN t.src_ip IS NULL THEN 0 ELSE 1 END AS BIGINT) AS is_mirai,
  t.score AS threat_score, t.usernames AS threat_usernames, t.services AS threat_services,
  t.first_seen AS threat_first_seen, t.last_seen AS threat_last_seen
FROM flow f LEFT JOIN threat t ON f.src_ip = t.src_ip{near}"
        )
    }
}

/// Registers view `labelled` over tables `flow` and `threat`.
///
/// # Errors
/// The engine's; there must be a table `threat` ([`crate::threat::build`] or [`crate::threat::none`]).
pub async fn register(engine: &Engine, rule: Rule) -> Result<(), Error> {
    Ok(engine.register_view("labelled", &rule.sql()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_stated_and_zero_is_never_called_benign() {
        for rule in [Rule::Any, Rule::default()] {
            assert!(
                rule.describe()
                    .contains("0 means \"not seen trying such names\", never \"benign\"")
            );
        }
        assert!(Rule::default().describe().contains("from 24 hours before"));
        assert!(Rule::Any.describe().contains("at any time"));
    }
}
