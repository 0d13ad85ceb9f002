//! All of it or nothing of it, whenever the power goes.
//!
//! 1. Parts are written below `staging/<id>/` and synced, directories included.
//! 2. The bookmark is written aside, synced, renamed into `bookmarks/` and that directory synced:
//!    **this rename is the commit.**
//! 3. The parts are renamed into their tables, the directories synced, the staging directory removed.
//!
//! A crash before 2 leaves a staging directory without a bookmark, which is removed; a crash after 2
//! leaves one with a bookmark, and step 3 is done again.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use botany_catalog::Table;
use uuid::Uuid;

use super::parts::{Limits, Parts};
use super::{Bookmark, bookmark, disk, layout, recovery};
use crate::Error;

/// Rows on their way into the store. Dropped without [`commit`](Transaction::commit), they are gone.
pub struct Transaction {
    root: PathBuf,
    id: String,
    parts: Parts,
    /// From here on only the bookmark says whether the rows are in.
    decided: bool,
    /// Held to the end, freed by the system even if the process dies.
    _lock: File,
}

impl Transaction {
    pub(super) fn begin(root: &Path) -> Result<Transaction, Error> {
        let lock = recovery::lock_file(root)?;
        lock.lock().map_err(Error::io("lock", &root.join(layout::LOCK)))?;
        Transaction::under(lock, root)
    }

    pub(super) fn try_begin(root: &Path) -> Result<Option<Transaction>, Error> {
        recovery::try_lock(root)?.map(|lock| Transaction::under(lock, root)).transpose()
    }

    fn under(lock: File, root: &Path) -> Result<Transaction, Error> {
        recovery::recover(root)?;
        let id = Uuid::now_v7().to_string();
        let staging = root.join(layout::STAGING).join(&id);
        disk::create_dir(&staging)?;
        let parts = Parts::new(staging, Limits::default());
        Ok(Transaction { root: root.to_owned(), id, parts, decided: false, _lock: lock })
    }

    /// The transaction's UUID, which its bookmark will bear.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// So many threads write to the disk what is left at the commit.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Transaction {
        self.parts.threads = threads.max(1);
        self
    }

    /// Adds rows to a table. Nobody sees them before the commit.
    ///
    /// Memory is bounded: rows go to disk as they come.
    ///
    /// # Errors
    /// [`Error::Batch`] if the batch does not have the table's columns or lacks a time,
    /// [`Error::Io`] from the disk.
    pub fn write(&mut self, table: &'static Table, batch: RecordBatch) -> Result<(), Error> {
        self.parts.write(table, &batch)
    }

    /// Makes the rows part of the store, durably, together with the bookmark that vouches for them.
    ///
    /// The bookmark's `id` and `parts` are overwritten with the transaction's own. When this
    /// returns an error, the next [`Store::open`](super::Store::open) or
    /// [`begin`](super::Store::begin) settles the transaction: look for its bookmark.
    ///
    /// # Errors
    /// [`Error::Io`] from the disk.
    pub fn commit(mut self, bookmark: Bookmark) -> Result<(), Error> {
        let parts = self.parts.finish()?;
        disk::sync_dir(&self.root.join(layout::STAGING))?;
        let bookmark = Bookmark { id: self.id.clone(), parts, ..bookmark };
        self.decided = true;
        bookmark::write(&self.root, &bookmark)?;
        recovery::place(&self.root, &self.id, &bookmark.parts)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.decided {
            // What cannot be removed now is removed when the store is opened next.
            let _ = disk::remove_dir(&self.root.join(layout::STAGING).join(&self.id));
        }
    }
}

#[cfg(test)]
mod tests;
