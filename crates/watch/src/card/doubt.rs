//! A doubt as a card keeps it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A way in which a model may be wrong, and what testing it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Told")]
pub struct CardDoubt {
    /// Its name.
    pub name: String,
    /// What testing it found.
    pub finding: String,
    /// How much it weighs: `fine`, `note`, `caution` or `serious`; empty on a card made before this was kept.
    pub severity: String,
}

/// As cards tell it: those of earlier versions in two words.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Pair(String, String),
    Whole { name: String, finding: String, severity: String },
}

impl From<Told> for CardDoubt {
    fn from(told: Told) -> CardDoubt {
        match told {
            Told::Pair(name, finding) => CardDoubt { name, finding, severity: String::new() },
            Told::Whole { name, finding, severity } => CardDoubt { name, finding, severity },
        }
    }
}

impl fmt::Display for CardDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.severity.as_str() {
            "" => write!(f, "{}: {}", self.name, self.finding),
            severity => write!(f, "{} ({severity}): {}", self.name, self.finding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_of_an_earlier_card_is_read() {
        let old: CardDoubt = serde_json::from_str(r#"["prevalence", "few"]"#).unwrap();
        assert_eq!((old.to_string(), old.severity.as_str()), ("prevalence: few".to_owned(), ""));
        let new = CardDoubt { severity: "caution".to_owned(), ..old };
        let json = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<CardDoubt>(&json).unwrap(), new);
        assert_eq!(new.to_string(), "prevalence (caution): few");
    }
}
