//! The bookmark: how far every followed log was read, where the journal ended then, and what was kept of it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use botany_collect::follow::Place;
use serde::{Deserialize, Serialize};

use crate::{Error, disk};

/// The name of the file.
const NAME: &str = "bookmark.json";

/// A file of one folder that only one program may use at a time; replaced whole, so that it is always the last
/// state that was complete.
pub struct BookmarkFile {
    folder: PathBuf,
    path: PathBuf,
    /// Held as long as this lives.
    _lock: File,
}

/// What to go on from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bookmark {
    /// Of each followed log, by its path: the files and how far they were read.
    pub logs: BTreeMap<String, Vec<Place>>,
    /// Where the journal ended.
    pub journal: Vec<Place>,
    /// Files of the folder that hold the events still needed, oldest first.
    pub kept: Vec<String>,
    /// The time that was reached, of the logs' own clock, in microseconds since 1970 UTC; absent before any event.
    pub reached: Option<i64>,
}

impl BookmarkFile {
    /// Takes hold of the bookmark in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Busy`] while another program has it, [`Error::Io`].
    pub fn open(folder: &Path) -> Result<BookmarkFile, Error> {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(Error::io("create", &path))?;
        if lock.try_lock().is_err() {
            return Err(Error::Busy(folder.to_owned()));
        }
        Ok(BookmarkFile { folder: folder.to_owned(), path: folder.join(NAME), _lock: lock })
    }

    /// The last bookmark; `None` before the first.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::BadBookmark`] if the file is none.
    pub fn load(&self) -> Result<Option<Bookmark>, Error> {
        let bytes = match fs::read(&self.path) {
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(Error::io("read", &self.path))?,
        };
        let path = &self.path;
        let found = serde_json::from_slice(&bytes);
        found.map(Some).map_err(|source| Error::BadBookmark { path: path.clone(), source })
    }

    /// Replaces the bookmark.
    ///
    /// # Errors
    /// [`Error::Io`]; the old one is then still there.
    pub fn store(&self, bookmark: &Bookmark) -> Result<(), Error> {
        let bytes = serde_json::to_vec(bookmark)
            .map_err(|source| Error::BadBookmark { path: self.path.clone(), source })?;
        disk::replace(&self.folder, NAME, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_found_and_only_one_may_hold_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = BookmarkFile::open(folder.path()).unwrap();
        assert_eq!(file.load().unwrap(), None);
        let place = Place { inode: 7, offset: 12, ..Place::default() };
        let bookmark = Bookmark {
            logs: BTreeMap::from([("eve.json".to_owned(), vec![place])]),
            reached: Some(5),
            ..Bookmark::default()
        };
        file.store(&bookmark).unwrap();
        assert_eq!(file.load().unwrap(), Some(bookmark));
        assert!(matches!(BookmarkFile::open(folder.path()), Err(Error::Busy(_))));
        drop(file);
        fs::write(folder.path().join("bookmark.json"), "{").unwrap();
        let file = BookmarkFile::open(folder.path()).unwrap();
        let error = file.load().unwrap_err().to_string();
        assert!(error.contains("bookmark.json") && error.contains("remove"), "{error}");
    }
}
