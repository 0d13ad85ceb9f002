//! What is left of a transaction whose writer is gone is finished or undone, by its bookmark.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::{PartPath, bookmark, disk, layout};
use crate::Error;

/// Opens the lock file. The lock itself goes with the handle.
pub(super) fn lock_file(root: &Path) -> Result<File, Error> {
    let path = root.join(layout::LOCK);
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::io("open", &path))
}

/// Takes the writer's lock if it is free.
pub(super) fn try_lock(root: &Path) -> Result<Option<File>, Error> {
    let file = lock_file(root)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &root.join(layout::LOCK))(error)),
    }
}

/// Recovers unless a writer is at work: it recovered when it began.
pub(super) fn recover_if_idle(root: &Path) -> Result<(), Error> {
    match try_lock(root) {
        Ok(Some(_held)) => recover(root),
        Ok(None) => Ok(()),
        // A store on a read-only disk is read as it is, if there is nothing to recover.
        Err(Error::Io { source, .. }) if read_only(&source) && staged(root)?.is_empty() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Finishes transactions that have a bookmark and undoes those that have none. Needs the lock.
pub(super) fn recover(root: &Path) -> Result<(), Error> {
    for dir in staged(root)? {
        let id = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = bookmark::path(root, &id);
        if path.is_file() {
            place(root, &id, &bookmark::read(&path)?.parts)?;
        } else {
            disk::remove_dir(&dir)?;
        }
    }
    Ok(())
}

/// Moves the parts of a committed transaction to their tables and forgets its staging directory.
///
/// Parts already there are left there, so that this can be done again after any interruption.
pub(super) fn place(root: &Path, id: &str, parts: &[PartPath]) -> Result<(), Error> {
    let staging = root.join(layout::STAGING).join(id);
    let tables = root.join(layout::TABLES);
    let mut dirs = BTreeSet::new();
    for part in parts {
        let (from, to) = (part.below(&staging), part.below(&tables));
        if let Some(dir) = to.parent() {
            disk::create_dir(dir)?;
        }
        dirs.extend(part.directories(&tables));
        if from.is_file() {
            disk::rename(&from, &to)?;
        } else if !to.is_file() {
            return Err(Error::Damaged { path: to, reason: "the part is missing".to_owned() });
        }
    }
    dirs.iter().try_for_each(|dir| disk::sync_dir(dir))?;
    disk::remove_dir(&staging)?;
    disk::sync_dir(&root.join(layout::STAGING))
}

fn staged(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let dir = root.join(layout::STAGING);
    let entries = fs::read_dir(&dir).map_err(Error::io("read", &dir))?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    paths.map_err(Error::io("read", &dir))
}

fn read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}
