//! What was collected, and which parts it made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{disk, layout};
use crate::Error;

/// One committed transaction: one input that was read to its end.
///
/// Whoever commits fills in what was read; [`id`](Bookmark::id) and [`parts`](Bookmark::parts) are
/// the transaction's to fill in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bookmark {
    /// The transaction's UUID.
    pub id: String,
    /// The input as it was named, `-` for standard input.
    pub file: String,
    /// The flags that made a difference to its rows, empty for none: the same bytes mean other rows with
    /// other flags. `None` in stores older than that.
    pub reading: Option<String>,
    /// BLAKE3 of the decompressed bytes, in hex.
    pub digest: String,
    /// How many decompressed bytes there were.
    pub bytes: u64,
    /// BLAKE3 of the first line, in hex: tells a log that has grown from another log.
    pub head_digest: String,
    /// How many lines there were.
    pub lines: u64,
    /// Rows stored, by table.
    pub stored: BTreeMap<String, u64>,
    /// Lines understood but not stored, by kind.
    pub counted: BTreeMap<String, u64>,
    /// Lines nobody could read.
    pub rejected: u64,
    /// When the reading ended, RFC 3339 in UTC.
    pub collected_at: String,
    /// The parts that hold the rows.
    pub parts: Vec<PartPath>,
}

/// Where a part lies below `tables/`: `<table>/event_date=YYYY-MM-DD/<uuid>.parquet`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartPath(String);

impl PartPath {
    pub(super) fn new(table: &str, date: &str, name: &str) -> PartPath {
        PartPath(format!("{table}/event_date={date}/{name}.parquet"))
    }

    /// The path, with `/` between its three names.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same path below `root`.
    pub(super) fn below(&self, root: &Path) -> PathBuf {
        self.0.split('/').fold(root.to_owned(), |path, name| path.join(name))
    }

    /// `<table>/event_date=…` and `<table>`: the directories on the way, the inner one first.
    pub(super) fn directories(&self, root: &Path) -> impl Iterator<Item = PathBuf> {
        let path = self.below(root);
        path.ancestors().skip(1).take(2).map(Path::to_owned).collect::<Vec<_>>().into_iter()
    }
}

/// The file of a bookmark.
pub(super) fn path(root: &Path, id: &str) -> PathBuf {
    root.join(layout::BOOKMARKS).join(format!("{id}.json"))
}

/// Writes a bookmark whole, durably. When this returns the transaction is committed.
pub(super) fn write(root: &Path, bookmark: &Bookmark) -> Result<(), Error> {
    let path = path(root, &bookmark.id);
    let mut bytes = serde_json::to_vec_pretty(bookmark)
        .map_err(|error| Error::Damaged { path: path.clone(), reason: error.to_string() })?;
    bytes.push(b'\n');
    disk::write_whole(&path, &bytes)
}

/// Reads one bookmark.
pub(super) fn read(path: &Path) -> Result<Bookmark, Error> {
    let bytes = fs::read(path).map_err(Error::io("read", path))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::Damaged { path: path.to_owned(), reason: error.to_string() })
}

/// Reads every bookmark, oldest first.
pub(super) fn all(root: &Path) -> Result<Vec<Bookmark>, Error> {
    let dir = root.join(layout::BOOKMARKS);
    let mut bookmarks = Vec::new();
    for entry in fs::read_dir(&dir).map_err(Error::io("read", &dir))? {
        let path = entry.map_err(Error::io("read", &dir))?.path();
        // What a crash left of a bookmark ends in `.tmp`.
        if path.extension().is_some_and(|extension| extension == "json") {
            bookmarks.push(read(&path)?);
        }
    }
    // The ids are UUIDs of version 7: their order is that of the transactions.
    bookmarks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(bookmarks)
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    #[test]
    fn bookmarks_are_read_as_they_were_written_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for file in ["a", "b", "ü \"quoted\""] {
            let stored = BTreeMap::from([("login".to_owned(), 7)]);
            let bookmark =
                Bookmark { file: file.to_owned(), lines: 7, stored, ..Bookmark::default() };
            store.begin().unwrap().commit(bookmark).unwrap();
        }
        let found = store.bookmarks().unwrap();
        let files: Vec<&str> = found.iter().map(|b| b.file.as_str()).collect();
        assert_eq!(files, ["a", "b", "ü \"quoted\""]);
        assert!(found.iter().all(|b| b.stored["login"] == 7 && !b.id.is_empty()));
    }

    #[test]
    fn a_damaged_bookmark_is_named_and_a_leftover_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        fs::write(dir.path().join("bookmarks/x.1.tmp"), "{").unwrap();
        assert!(store.bookmarks().unwrap().is_empty());
        fs::write(dir.path().join("bookmarks/x.json"), "{").unwrap();
        let error = store.bookmarks().unwrap_err();
        assert!(
            matches!(&error, Error::Damaged { path, .. } if path.ends_with("x.json")),
            "{error}"
        );
    }
}
