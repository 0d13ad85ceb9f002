//! Which credentials does a botnet try?
//!
//! A dictionary is a data file of this folder and one line of [`ALL`]. Its first line is a comment
//! that says what it is; then `weight,username,password`, one row an entry. A dictionary without a
//! password column names users only: any password counts.

mod read;
mod specificity;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use serde::Serialize;

use crate::Error;
use botany_catalog::nearest::nearest;

pub use read::load;

/// The shelf: name and file.
const FILES: &[(&str, &str)] =
    &[("article-2016", include_str!("article-2016.csv")), ("mirai", include_str!("mirai.csv"))];

/// One row of a dictionary: what a bot draws at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// How often this entry is drawn, against the sum of all weights. At least 1.
    pub weight: u32,
    /// The user name, case-sensitive.
    pub username: String,
    /// The password, possibly empty; `None` where the dictionary names users only.
    pub password: Option<String>,
}

/// Credentials that give a botnet away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dictionary {
    /// The name on the shelf, or the path of a user's own file.
    pub name: String,
    /// What it is, in a sentence.
    pub doc: String,
    /// The entries, in the order of the file; an entry may stand twice.
    pub entries: Vec<Entry>,
}

/// How large a dictionary is, counted the way the literature counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Rows, repeated ones too.
    pub entries: usize,
    /// Distinct pairs of user name and password.
    pub pairs: usize,
    /// Distinct user names; `Administrator` and `administrator` are two.
    pub usernames: usize,
    /// Sum of the weights.
    pub weight: u64,
}

/// Every built-in dictionary, by name.
pub static ALL: LazyLock<Vec<Dictionary>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, text)| read::parse(name, text).unwrap_or_else(|_| Dictionary::empty(name)))
        .collect()
});

impl Dictionary {
    /// Stands for a built-in file that cannot be read; a test proves that there is none.
    fn empty(name: &str) -> Self {
        Dictionary { name: name.to_owned(), doc: String::new(), entries: Vec::new() }
    }

    /// Entries, pairs, names and weight.
    pub fn stats(&self) -> Stats {
        let pairs: BTreeSet<_> =
            self.entries.iter().filter_map(|e| Some((&e.username, e.password.as_ref()?))).collect();
        let names: BTreeSet<_> = self.entries.iter().map(|e| &e.username).collect();
        Stats {
            entries: self.entries.len(),
            pairs: pairs.len(),
            usernames: names.len(),
            weight: self.entries.iter().map(|e| u64::from(e.weight)).sum(),
        }
    }
}

/// The built-in dictionary of that name.
///
/// # Errors
/// [`Error::Unknown`], with the name that was probably meant.
pub fn find(name: &str) -> Result<&'static Dictionary, Error> {
    ALL.iter().find(|d| d.name == name).ok_or_else(|| Error::Unknown {
        shelf: "dictionary",
        name: name.to_owned(),
        nearest: nearest(name, ALL.iter().map(|d| d.name.as_str())),
    })
}

/// A built-in dictionary by its name, or a user's own by its path (it ends in `.csv` or has a `/`).
///
/// # Errors
/// Those of [`find`] and [`load`].
pub fn resolve(name_or_path: &str) -> Result<Dictionary, Error> {
    let is_path = name_or_path.ends_with(".csv") || name_or_path.contains(['/', '\\']);
    if is_path { load(Path::new(name_or_path)) } else { find(name_or_path).cloned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_shelf_reads_and_is_documented() {
        assert_eq!(ALL.len(), FILES.len());
        for ((name, text), dictionary) in FILES.iter().zip(ALL.iter()) {
            assert_eq!(read::parse(name, text).unwrap(), *dictionary);
            assert!(!dictionary.doc.is_empty() && !dictionary.entries.is_empty(), "{name}");
        }
    }

    #[test]
    fn mirai_is_the_published_list() {
        let mirai = find("mirai").unwrap();
        assert_eq!(mirai.stats(), Stats { entries: 62, pairs: 61, usernames: 15, weight: 152 });
        let weight = |name: &str| -> u32 {
            mirai.entries.iter().filter(|e| e.username == name).map(|e| e.weight).sum()
        };
        assert_eq!((weight("root"), weight("admin"), weight("support")), (100, 31, 5));
        let twice = mirai.entries.iter().filter(|e| e.username == "guest").count();
        assert_eq!(twice, 3, "guest/12345 stands twice");
        let folded: BTreeSet<_> = mirai.entries.iter().map(|e| e.username.to_lowercase()).collect();
        assert_eq!(folded.len(), 14, "Administrator and administrator are two names");
        assert!(
            mirai.entries.iter().any(|e| e.username == "root" && e.password.as_deref() == Some(""))
        );
        assert!(!mirai.entries.iter().any(|e| e.username == "pi"));
    }

    #[test]
    fn the_article_names_six_users_and_no_password() {
        let article = find("article-2016").unwrap();
        assert_eq!(article.stats(), Stats { entries: 6, pairs: 0, usernames: 6, weight: 6 });
        assert!(article.entries.iter().all(|e| e.password.is_none()));
    }

    #[test]
    fn a_wrong_name_says_what_was_meant() {
        let text = find("mirrai").unwrap_err().to_string();
        assert!(text.contains("did you mean `mirai`"), "{text}");
        assert!(matches!(resolve("nowhere/own.csv"), Err(Error::File { .. })));
    }
}
