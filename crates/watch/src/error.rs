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
    /// A list that cannot be made as asked.
    #[error("{0}")]
    BadList(String),
    /// There is no such form of a list.
    #[error("a list cannot leave as `{name}`: choose from {known}")]
    NoOutput {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Nobody listens at the socket.
    #[error(
        "cannot reach Suricata at {} ({why}): is it running, and does `unix-command:` of its suricata.yaml say `enabled: yes` and name this socket?",
        path.display()
    )]
    NoSocket {
        /// The socket.
        path: PathBuf,
        /// Why not.
        why: io::Error,
    },
    /// What came back is no answer of Suricata's.
    #[error(
        "{} did not answer as Suricata does ({why}): is this its command socket, and is it still running?",
        path.display()
    )]
    NoAnswer {
        /// The socket.
        path: PathBuf,
        /// What was wrong.
        why: String,
    },
    /// Suricata has no such dataset.
    #[error(
        "Suricata knows no dataset `{0}` of type ip: paste what `botany watch list --as dataset --out DIR` writes into its suricata.yaml and start it again, or name another with --set"
    )]
    NoSet(String),
    /// Suricata refused.
    #[error("Suricata refused `{command}`: {message}")]
    Refused {
        /// What was asked.
        command: String,
        /// What it said.
        message: String,
    },
    /// What was pushed cannot be read.
    #[error("{} cannot be read ({why}): restore it, or delete it and clear the dataset in Suricata", path.display())]
    BadState {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

impl Error {
    /// An [`Error::Io`], for `map_err`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { doing, path, source }
    }
}
