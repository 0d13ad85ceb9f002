//! The directory's shape, and whether it is one of ours.

use std::fs;
use std::io;
use std::path::Path;

use botany_catalog::tables;

use super::disk;
use crate::Error;

/// The newest format this version knows. A store says its own in [`MARKER`].
const FORMAT: u32 = 1;

const MARKER: &str = "botany-store";
pub(super) const LOCK: &str = "lock";
pub(super) const TABLES: &str = "tables";
pub(super) const BOOKMARKS: &str = "bookmarks";
pub(super) const STAGING: &str = "staging";
pub(super) const SCRATCH: &str = "scratch";
pub(super) const MODELS: &str = "models";
pub(super) const EXPERIMENTS: &str = "experiments";

/// Checks that `root` is a store this version can read, and makes it one if there is nothing.
pub(super) fn open(root: &Path) -> Result<(), Error> {
    let marker = root.join(MARKER);
    match fs::read_to_string(&marker) {
        Ok(text) => check_format(root, &marker, &text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            check_empty(root)?;
            disk::create_dir(root)?;
            // The marker goes first: a directory without one is never half a store.
            disk::write_whole(&marker, format!("{FORMAT}\n").as_bytes())?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Error::NotAStore { path: root.to_owned(), what: "is not a directory" });
        }
        Err(error) => return Err(Error::io("read", &marker)(error)),
    }
    let tables = tables::ALL.iter().map(|table| format!("{TABLES}/{}", table.name));
    let rooms = [BOOKMARKS, STAGING, SCRATCH, MODELS, EXPERIMENTS].map(str::to_owned);
    let mut made = false;
    for name in tables.chain(rooms) {
        let path = root.join(name);
        if !path.is_dir() {
            disk::create_dir(&path)?;
            made = true;
        }
    }
    if made {
        disk::sync_dir(&root.join(TABLES))?;
        disk::sync_dir(root)?;
    }
    Ok(())
}

fn check_format(root: &Path, marker: &Path, text: &str) -> Result<(), Error> {
    match text.trim().parse::<u32>() {
        Ok(found) if found > FORMAT => {
            Err(Error::NewerStore { path: root.to_owned(), found, known: FORMAT })
        }
        Ok(1..) => Ok(()),
        _ => Err(Error::Damaged {
            path: marker.to_owned(),
            reason: "it does not hold the number of a store format".to_owned(),
        }),
    }
}

/// Only nothing, or what a store that was never finished leaves, may become a store.
fn check_empty(root: &Path) -> Result<(), Error> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", root)(error)),
    };
    for entry in entries {
        let name = entry.map_err(Error::io("read", root))?.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(MARKER) && name.ends_with(".tmp");
        // A fresh file system is not empty either.
        if !ours && name != "lost+found" {
            return Err(Error::NotAStore {
                path: root.to_owned(),
                what: "is not a Botany data directory and not empty",
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::super::disk::crash;
    use super::*;

    fn room() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn an_empty_and_a_missing_directory_become_a_store() {
        let dir = room();
        for root in [dir.path().join("new/deep"), room().keep()] {
            let store = Store::open(&root).unwrap();
            assert!(store.models_dir().is_dir() && store.experiments_dir().is_dir());
            assert!(store.table_dir("flow").is_dir());
            assert_eq!(fs::read_to_string(root.join(MARKER)).unwrap(), "1\n");
            Store::open(&root).unwrap();
        }
    }

    #[test]
    fn a_file_and_a_foreign_directory_are_refused() {
        let dir = room();
        let file = dir.path().join("notes.txt");
        fs::write(&file, "mine").unwrap();
        for root in [file.as_path(), dir.path()] {
            let error = Store::open(root).unwrap_err();
            assert!(matches!(error, Error::NotAStore { .. }), "{error}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing was added");
    }

    #[test]
    fn a_store_of_a_later_version_is_left_alone() {
        let dir = room();
        fs::write(dir.path().join(MARKER), "2\n").unwrap();
        let error = Store::open(dir.path()).unwrap_err();
        assert!(matches!(error, Error::NewerStore { found: 2, known: 1, .. }), "{error}");
        for text in ["", "0", "-1", "one"] {
            fs::write(dir.path().join(MARKER), text).unwrap();
            assert!(matches!(Store::open(dir.path()), Err(Error::Damaged { .. })), "{text:?}");
        }
    }

    #[test]
    fn a_store_that_was_never_finished_is_made_again() {
        for steps in 0.. {
            let dir = room();
            let root = dir.path().join("data");
            let whole = crash::after(steps, || Store::open(&root)).is_some();
            Store::open(&root).unwrap();
            if whole {
                assert!(steps > 8, "the steps were not counted");
                return;
            }
        }
    }
}
