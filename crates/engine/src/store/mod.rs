//! Where does it lie? A directory of Parquet parts and the bookmarks that vouch for them.
//!
//! ```text
//! data/
//! ├── botany-store                          the format's number
//! ├── lock                                  held by the one writer
//! ├── tables/<table>/event_date=YYYY-MM-DD/<uuid>.parquet
//! ├── bookmarks/<id>.json                   one a transaction: what was read, which parts it made
//! ├── staging/<id>/                         parts of a transaction that is not over
//! ├── scratch/<id>/                         tables a cluster session made up
//! ├── models/  experiments/
//! ```
//!
//! **The bookmark is the commit.** Before it is there, a transaction never happened; once it is
//! there, the transaction is finished by whoever opens the store next. A part is never edited.

mod bookmark;
mod disk;
mod layout;
mod parts;
mod recovery;
mod transaction;

use std::path::{Path, PathBuf};

pub use bookmark::{Bookmark, PartPath};
pub use transaction::Transaction;

use crate::Error;

/// A data directory.
///
/// Any number of processes may read it at once; one at a time writes to it.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Opens the data directory at `root`, or makes one where there is none yet.
    ///
    /// What a crashed writer left is finished or undone first, unless a writer is at work. Reading
    /// takes no lock.
    ///
    /// # Errors
    /// [`Error::NotAStore`] for a file or a directory that holds something else,
    /// [`Error::NewerStore`] for a store of a later version, [`Error::Io`] from the disk.
    pub fn open(root: &Path) -> Result<Store, Error> {
        let root = std::path::absolute(root).map_err(Error::io("find", root))?;
        layout::open(&root)?;
        recovery::recover_if_idle(&root)?;
        Ok(Store { root })
    }

    /// The data directory, as an absolute path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What has been collected, oldest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a bookmark cannot be understood, [`Error::Io`] from the disk.
    pub fn bookmarks(&self) -> Result<Vec<Bookmark>, Error> {
        bookmark::all(&self.root)
    }

    /// Begins to write. Waits for another writer to end.
    ///
    /// A thread that holds a [`Transaction`] and begins another one waits for ever: commit or drop
    /// the first.
    ///
    /// # Errors
    /// [`Error::Io`] from the disk, [`Error::Damaged`] from finishing a crashed writer's work.
    pub fn begin(&self) -> Result<Transaction, Error> {
        Transaction::begin(&self.root)
    }

    /// Begins to write, or says `None` if another writer is at work.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub fn try_begin(&self) -> Result<Option<Transaction>, Error> {
        Transaction::try_begin(&self.root)
    }

    /// The directory the rows of a table lie under, whether there are any or not.
    pub fn table_dir(&self, table: &str) -> PathBuf {
        self.root.join(layout::TABLES).join(table)
    }

    /// The directory of the model registry.
    pub fn models_dir(&self) -> PathBuf {
        self.root.join(layout::MODELS)
    }

    /// The directory of the experiments.
    pub fn experiments_dir(&self) -> PathBuf {
        self.root.join(layout::EXPERIMENTS)
    }

    /// The directory for what is of no use to another process: tables a cluster session makes up, rows put aside.
    pub fn scratch_dir(&self) -> PathBuf {
        self.root.join(layout::SCRATCH)
    }
}
