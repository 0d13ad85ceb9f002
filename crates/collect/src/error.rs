//! The few ways a collection can fail.

use std::io;

use crate::SinkError;

/// Why a collection could not go on. A line that cannot be read is no error: it is a reject.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input could not be opened.
    #[error("cannot open {file}: {cause}; check the path and its permissions")]
    Open {
        /// The path as given.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The system stopped giving bytes.
    #[error("cannot read {file}: {cause}; what was read before is not kept, collect it again")]
    Read {
        /// The path as given, `-` for standard input.
        file: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The caller named a log source that does not exist.
    #[error("no log source is called {name}; choose one of {known}")]
    UnknownSource {
        /// The name as given.
        name: String,
        /// The names there are, joined by commas.
        known: String,
    },
    /// The receiver of the rows refused them.
    #[error("cannot store the rows of {file}: {cause}")]
    Sink {
        /// The path as given.
        file: String,
        /// What the sink said.
        cause: SinkError,
    },
    /// Rows could not be put together; a defect of this crate.
    #[error("cannot put rows of {table} together: {cause}; please report this")]
    Batch {
        /// The table's name.
        table: &'static str,
        /// What Arrow said.
        cause: arrow::error::ArrowError,
    },
    /// A thread ended before its work; a defect of this crate.
    #[error("reading {file} stopped half-way; please report this with the file")]
    Stopped {
        /// The path as given.
        file: String,
    },
}
