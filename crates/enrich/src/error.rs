//! What can go wrong here, and whose fault it is.

use std::path::PathBuf;

/// Why a question about a flow could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] botany_engine::Error),
    /// A batch had not the shape its statement promised. A defect of this crate.
    #[error("a result has not the shape it should have: {0}; please report this")]
    Shape(#[from] arrow::error::ArrowError),
    /// No item of a shelf has that name.
    #[error("there is no {shelf} `{name}`{}; {}", hint(.nearest), next_step(.shelf))]
    Unknown {
        /// What was looked for: `dictionary`, `feature`, …
        shelf: &'static str,
        /// The name asked for.
        name: String,
        /// The closest name there is, if one is close.
        nearest: Option<String>,
    },
    /// A rule, a selection or an option that cannot be meant.
    #[error("{0}")]
    Setting(String),
    /// A dictionary file that cannot be read as one.
    #[error("{}: line {line}: {reason}", .path.display())]
    Dictionary {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it, and what to write instead.
        reason: String,
    },
    /// A file that cannot be opened.
    #[error("cannot read {}: {cause}; check the path", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The disk failed where rows are put aside.
    #[error("rows that were put aside cannot be read again: {0}; check the data directory's disk")]
    Scratch(#[source] arrow::error::ArrowError),
    /// A file that is no database of addresses.
    #[error(
        "{name} is no database of addresses: {reason}; give a file in MaxMind DB format (.mmdb)"
    )]
    Database {
        /// The file, or what stands for it.
        name: String,
        /// What the reader said.
        reason: String,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(", did you mean `{name}`")).unwrap_or_default()
}

fn next_step(shelf: &str) -> &'static str {
    match shelf {
        "feature" => "`botany features` lists them",
        "dictionary" => "give one of the built-in names or the path of a CSV file",
        _ => "see the reference",
    }
}
