//! How a model is named: `article`, or `article@v0003` for one version of it.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A model's name, with a version where one is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelName {
    /// The name; safe as the name of a folder.
    pub name: String,
    /// The version, from 1; `None` means the current one.
    pub version: Option<u32>,
}

impl FromStr for ModelName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadName(text.to_owned());
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => {
                let digits = version.strip_prefix('v').unwrap_or(version);
                (name, Some(digits.parse().ok().filter(|v| *v > 0).ok_or_else(bad)?))
            }
            None => (text, None),
        };
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 64 || !name.chars().all(safe) {
            return Err(bad());
        }
        Ok(ModelName { name: name.to_owned(), version })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@v{version:04}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_with_and_without_version() {
        let one: ModelName = "article@v0003".parse().unwrap();
        assert_eq!((one.name.as_str(), one.version), ("article", Some(3)));
        assert_eq!(one.to_string(), "article@v0003");
        assert_eq!("article@3".parse::<ModelName>().unwrap(), one);
        assert_eq!("article".parse::<ModelName>().unwrap().version, None);
    }

    #[test]
    fn a_name_never_leaves_its_folder() {
        for text in ["", "..", "a/b", "a@", "a@v0", "a@x", "@v1", "a b", &"x".repeat(65)] {
            assert!(text.parse::<ModelName>().is_err(), "{text}");
        }
    }
}
