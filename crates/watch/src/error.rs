//! What can go wrong between a model and its shelf.

use std::io;
use std::path::{Path, PathBuf};

/// An error of this crate. Its text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A name that no model can have.
    #[error(
        "`{0}` is no model name: use letters, digits, `-` and `_`, and `@v0001` for one version of it"
    )]
    BadName(String),
    /// There is no such model.
    #[error("no model `{name}` in {}; {known}", models.display())]
    NoModel {
        /// What was asked for.
        name: String,
        /// Where it was looked for.
        models: PathBuf,
        /// What there is.
        known: String,
    },
    /// Somebody tried to store a model that nothing vouches for.
    #[error("model `{0}` has no evaluation: validate it first, only validated models are kept")]
    NotValidated(String),
    /// A card that cannot be read.
    #[error("the card {} cannot be read ({source}): restore it or delete that version", path.display())]
    BadCard {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// A model file that cannot be read.
    #[error("the model {} cannot be read: {source}", path.display())]
    BadModel {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: botany_learn::Error,
    },
    /// Two programs want to follow with one bookmark.
    #[error("another `botany watch` uses {}: stop it, or choose another folder with --state", .0.display())]
    Busy(PathBuf),
    /// A bookmark that cannot be read.
    #[error(
        "the bookmark {} cannot be read ({source}): remove it to begin anew", path.display()
    )]
    BadBookmark {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// A log, or the journal, could not be read.
    #[error(transparent)]
    Read(#[from] botany_collect::Error),
}

impl Error {
    /// An [`Error::Io`], for `map_err`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { doing, path, source }
    }
}
