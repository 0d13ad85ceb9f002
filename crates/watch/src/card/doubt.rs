//! A doubt as a card keeps it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A way in which a model may be wrong, and what testing it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Told")]
pub struct CardDoubt {
    /// Its name.
    pub name: String,
    /// What it asks; empty on a card made before this was kept.
    pub question: String,
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
    Whole {
        name: String,
        #[serde(default)]
        question: String,
        finding: String,
        severity: String,
    },
}

impl From<Told> for CardDoubt {
    fn from(told: Told) -> CardDoubt {
        match told {
            Told::Pair(name, finding) => {
                CardDoubt { name, finding, question: String::new(), severity: String::new() }
            }
            Told::Whole { name, question, finding, severity } => {
                CardDoubt { name, question, finding, severity }
            }
        }
    }
}

impl fmt::Display for CardDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = if self.question.is_empty() { "" } else { " " };
        match self.severity.as_str() {
            "" => write!(f, "{}: {}{asked}{}", self.name, self.question, self.finding),
            severity => {
                write!(f, "{} ({severity}): {}{asked}{}", self.name, self.question, self.finding)
            }
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
        let json = r#"{"name": "prevalence", "finding": "few", "severity": "caution"}"#;
        let earlier: CardDoubt = serde_json::from_str(json).unwrap();
        assert_eq!(earlier.to_string(), "prevalence (caution): few");
        let new = CardDoubt { question: "enough?".to_owned(), ..earlier };
        let json = serde_json::to_string(&new).unwrap();
        assert_eq!(serde_json::from_str::<CardDoubt>(&json).unwrap(), new);
        assert_eq!(new.to_string(), "prevalence (caution): enough? few");
    }
}
