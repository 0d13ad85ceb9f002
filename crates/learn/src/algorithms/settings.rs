//! What may be set on an algorithm, and the one place where what was set is checked.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What was set, by the name of the parameter.
pub type Settings = BTreeMap<String, Setting>;

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A word.
    Text(String),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Bool(v) => write!(f, "{v}"),
            Setting::Integer(v) => write!(f, "{v}"),
            Setting::Real(v) => write!(f, "{v}"),
            Setting::Text(v) => write!(f, "{v}"),
        }
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Setting {
        Setting::Text(text.to_owned())
    }
}

/// What a parameter may be; both ends belong to the range.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// Yes or no.
    Bool,
    /// A whole number from `.0` to `.1`.
    Integer(i64, i64),
    /// A real number from `.0` to `.1`; a whole number is taken as one.
    Real(f64, f64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or a whole number from 1.
    CountOr(&'static [&'static str]),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::Bool => write!(f, "true or false"),
            Range::Integer(low, high) => write!(f, "a whole number from {low} to {high}"),
            Range::Real(low, high) => write!(f, "a number from {low:?} to {high:?}"),
            Range::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Range::CountOr(words) => write!(f, "{} or a whole number from 1", words.join(", ")),
        }
    }
}

impl Range {
    /// `value` as this range wants it, if it lies within.
    fn take(&self, value: &Setting) -> Option<Setting> {
        match (self, value) {
            (Range::Bool, Setting::Bool(_)) => Some(value.clone()),
            (Range::Integer(low, high), Setting::Integer(v)) => {
                (low..=high).contains(&v).then(|| value.clone())
            }
            (Range::Real(low, high), Setting::Real(v)) => {
                (low..=high).contains(&v).then(|| value.clone())
            }
            (Range::Real(..), Setting::Integer(v)) => self.take(&Setting::Real(*v as f64)),
            (Range::CountOr(_), Setting::Integer(v)) => (*v >= 1).then(|| value.clone()),
            (Range::Choice(words) | Range::CountOr(words), Setting::Text(v)) => {
                words.contains(&v.as_str()).then(|| value.clone())
            }
            _ => None,
        }
    }
}

/// One thing that can be set on an algorithm.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, in snake case.
    pub name: &'static str,
    /// What it does, in one sentence, with its unit.
    pub doc: &'static str,
    /// What it is when not set.
    pub default: Setting,
    /// What it may be.
    pub range: Range,
}

/// The parameter `class_weight`, which several algorithms share word by word.
pub fn class_weight() -> Parameter {
    Parameter {
        name: "class_weight",
        doc: "`balanced` weighs every row by rows / (2 x rows of its label), so that the rare label counts as much as the common one; `none` counts every row once",
        default: "none".into(),
        range: Range::Choice(&["none", "balanced"]),
    }
}

/// What a parameter of [`Range::CountOr`] is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountOr<'a> {
    /// A whole number.
    Count(usize),
    /// A word in place of one.
    Word(&'a str),
}

/// Settings that passed the check: one value for every parameter, of the right type and within its range.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked(Settings);

impl Checked {
    /// Holds `settings` against `parameters`; what is not set takes its default. `of` names the algorithm in
    /// messages.
    ///
    /// # Errors
    /// A name no parameter has, or a value out of its range, with the names or the range there are.
    pub fn new(of: &str, parameters: &[Parameter], settings: &Settings) -> Result<Checked, Error> {
        if let Some(name) = settings.keys().find(|n| parameters.iter().all(|p| p.name != **n)) {
            let names: Vec<&str> = parameters.iter().map(|p| p.name).collect();
            let available = if names.is_empty() { "none".into() } else { names.join(", ") };
            return Err(Error::UnknownSetting { of: of.into(), name: name.clone(), available });
        }
        let mut values = Settings::new();
        for parameter in parameters {
            let value = settings.get(parameter.name).unwrap_or(&parameter.default);
            let Some(taken) = parameter.range.take(value) else {
                return Err(Error::Setting {
                    of: of.into(),
                    name: parameter.name.into(),
                    value: value.to_string(),
                    range: parameter.range.to_string(),
                });
            };
            values.insert(parameter.name.into(), taken);
        }
        Ok(Checked(values))
    }

    /// The values, as settings.
    pub fn values(&self) -> &Settings {
        &self.0
    }

    /// The whole number `name`; 0 for a name that is no parameter, here and below.
    pub fn integer(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(Setting::Integer(v)) => *v,
            other => missing(name, other),
        }
    }

    /// The whole number `name` as a count; a negative one is 0.
    pub fn count(&self, name: &str) -> usize {
        usize::try_from(self.integer(name)).unwrap_or(0)
    }

    /// The real number `name`.
    pub fn real(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Setting::Real(v)) => *v,
            other => missing(name, other),
        }
    }

    /// The word `name`.
    pub fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Setting::Text(v)) => v,
            other => missing(name, other),
        }
    }

    /// The count `name`, or the word in place of one.
    pub fn count_or(&self, name: &str) -> CountOr<'_> {
        match self.0.get(name) {
            Some(Setting::Integer(_)) => CountOr::Count(self.count(name)),
            _ => CountOr::Word(self.text(name)),
        }
    }

    /// Whether `name` is on.
    pub fn flag(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Setting::Bool(v)) => *v,
            other => missing(name, other),
        }
    }
}

/// Asking for a name that is no parameter is a slip in an algorithm, never in data: loud in tests, the empty
/// value elsewhere.
fn missing<T: Default>(name: &str, found: Option<&Setting>) -> T {
    debug_assert!(false, "`{name}` is no parameter of that type: {found:?}");
    T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Vec<Parameter> {
        vec![
            Parameter {
                name: "trees",
                doc: "how many",
                default: Setting::Integer(100),
                range: Range::Integer(1, 1000),
            },
            Parameter {
                name: "c",
                doc: "how free",
                default: Setting::Real(1.0),
                range: Range::Real(0.0, 10.0),
            },
            Parameter {
                name: "on",
                doc: "whether",
                default: Setting::Bool(true),
                range: Range::Bool,
            },
            class_weight(),
        ]
    }

    fn check(json: &str) -> Result<Checked, String> {
        let settings: Settings = serde_json::from_str(json).unwrap();
        Checked::new("oak", &parameters(), &settings).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_not_set_takes_its_default() {
        let checked = check("{}").unwrap();
        assert_eq!((checked.integer("trees"), checked.real("c")), (100, 1.0));
        assert_eq!((checked.text("class_weight"), checked.flag("on")), ("none", true));
    }

    #[test]
    fn what_is_set_is_taken() {
        let checked = check(r#"{"trees":7,"c":2,"on":false,"class_weight":"balanced"}"#).unwrap();
        assert_eq!((checked.count("trees"), checked.real("c")), (7, 2.0));
        assert_eq!((checked.text("class_weight"), checked.flag("on")), ("balanced", false));
    }

    #[test]
    fn refuses_what_is_unknown_or_out_of_range() {
        let refused = |json| check(json).unwrap_err();
        assert!(
            refused(r#"{"tree":7}"#).contains("oak has no parameter `tree`: choose from trees")
        );
        assert!(refused(r#"{"trees":0}"#).contains("must be a whole number from 1 to 1000"));
        assert!(refused(r#"{"trees":1.5}"#).contains("`trees` is 1.5"));
        assert!(refused(r#"{"trees":"many"}"#).contains("`trees` is many"));
        assert!(refused(r#"{"c":-1}"#).contains("must be a number from 0.0 to 10.0"));
        assert!(refused(r#"{"class_weight":"fair"}"#).contains("one of none, balanced"));
        assert!(refused(r#"{"on":1}"#).contains("true or false"));
        let nan = Settings::from([("c".to_owned(), Setting::Real(f64::NAN))]);
        assert!(Checked::new("oak", &parameters(), &nan).is_err());
    }
}
