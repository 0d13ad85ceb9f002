//! What can go wrong, and whose fault it is.

use std::io;
use std::path::{Path, PathBuf};

use botany_catalog::nearest::nearest;
use datafusion::error::DataFusionError;

/// Who can put an [`Error`] right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The person who asked: the query is wrong.
    Input,
    /// The person who set it up: the directory, its rights, the disk, the memory, the cluster.
    Configuration,
    /// Nobody outside: a defect, or a store that something else has damaged.
    Internal,
}

/// An error of the store or of the engine. The message names the next step.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The query cannot be planned, or fails on the values it meets.
    #[error("{message}; {hint}")]
    Query {
        /// What is wrong with it.
        message: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The query names a table there is none of.
    #[error("there is no table `{table}`; the tables are {}", known.join(", "))]
    UnknownTable {
        /// The name in the query.
        table: String,
        /// Every table there is, sorted.
        known: Vec<String>,
    },
    /// The query names a column its tables do not have.
    #[error("{}; the columns here are {}", Error::no_column(column, known), known.join(", "))]
    UnknownColumn {
        /// The name in the query.
        column: String,
        /// The columns of the tables the query reads, in their order.
        known: Vec<String>,
    },
    /// The query would change something.
    #[error(
        "{statement} is not allowed, the store is read-only here; ask with SELECT, EXPLAIN, SHOW or DESCRIBE"
    )]
    ReadOnly {
        /// The kind of statement.
        statement: String,
    },
    /// The query needs more memory than the engine was given.
    #[error(
        "the query needs more memory than it may take ({message}); raise the memory limit, or ask for fewer rows or groups"
    )]
    Memory {
        /// What the engine was doing.
        message: String,
    },
    /// A file or a directory cannot be created, read, written or renamed.
    #[error("cannot {action} {}: {source}; check the rights and the free space there", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The path is not a data directory of ours, and not an empty one either.
    #[error("{} {what}; name an empty directory, or one that Botany made", path.display())]
    NotAStore {
        /// The path given.
        path: PathBuf,
        /// What stands there.
        what: &'static str,
    },
    /// A later version made the store.
    #[error("{} has store format {found}, this version reads up to {known}; use the version that made it, or a later one", path.display())]
    NewerStore {
        /// The store.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format this version knows.
        known: u32,
    },
    /// The cluster cannot be reached, or its address is not one.
    #[error(
        "cannot use the cluster {url}: {reason}; name it as df://HOST:PORT and see that its scheduler runs"
    )]
    Cluster {
        /// The address given.
        url: String,
        /// Why not.
        reason: String,
    },
    /// Something other than Botany has changed the store.
    #[error("{} is damaged: {reason}; restore it from a copy, or collect into a new directory", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A batch does not have the columns of its table.
    #[error(
        "a batch for table `{table}` cannot be stored: {reason}; this is a defect, please report it"
    )]
    Batch {
        /// The table.
        table: String,
        /// What is wrong with the batch.
        reason: String,
    },
    /// The engine failed in a way no query should make it fail.
    #[error("the engine failed: {0}; this is a defect or a damaged file, please report it")]
    Engine(#[source] Box<DataFusionError>),
}

impl Error {
    /// That there is no such column, and what may have been meant, without all that there are.
    pub fn no_column(column: &str, known: &[String]) -> String {
        match nearest(column, known.iter().map(String::as_str)) {
            Some(meant) => format!("there is no column `{column}`, did you mean `{meant}`"),
            None => format!(
                "there is no column `{column}` (a word to compare with stands in quotes, such as proto = 'TCP')"
            ),
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Error::Query { .. }
            | Error::UnknownTable { .. }
            | Error::UnknownColumn { .. }
            | Error::ReadOnly { .. } => Fault::Input,
            Error::Memory { .. }
            | Error::Io { .. }
            | Error::NotAStore { .. }
            | Error::NewerStore { .. }
            | Error::Cluster { .. } => Fault::Configuration,
            Error::Damaged { .. } | Error::Batch { .. } | Error::Engine(_) => Fault::Internal,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::Io { action, path, source }
    }
}

/// An error the engine raised by itself, sorted by whose fault it is.
impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Error {
        use datafusion::common::SchemaError;

        let text = |e: &dyn std::fmt::Display| sentence(&e.to_string());
        match error.find_root() {
            DataFusionError::SchemaError(inner, _) => match inner.as_ref() {
                SchemaError::FieldNotFound { field, valid_fields } => {
                    let mut known: Vec<String> = Vec::new();
                    for column in valid_fields {
                        if !known.contains(&column.name) {
                            known.push(column.name.clone());
                        }
                    }
                    Error::UnknownColumn { column: field.name.clone(), known }
                }
                other => Error::Query {
                    message: text(other),
                    hint: "name the table before the column where both tables have it",
                },
            },
            DataFusionError::SQL(inner, _) => Error::Query {
                message: format!("the query is not valid SQL: {}", text(inner)),
                hint: "check the query at the place named",
            },
            DataFusionError::Plan(message) => Error::Query {
                message: sentence(message),
                hint: "DESCRIBE TABLE shows what is there",
            },
            DataFusionError::NotImplemented(message) => Error::Query {
                message: sentence(message),
                hint: "the engine does not know this kind of SQL, write it another way",
            },
            DataFusionError::Execution(message) => Error::Query {
                message: sentence(message),
                hint: "check the values the query meets",
            },
            DataFusionError::ArrowError(inner, _) => {
                Error::Query { message: text(inner), hint: "check the values the query meets" }
            }
            DataFusionError::ResourcesExhausted(message) => {
                Error::Memory { message: sentence(message) }
            }
            _ => Error::Engine(Box::new(error)),
        }
    }
}

/// The first line of a message from below, without the full stop and the capital letter.
fn sentence(message: &str) -> String {
    let line = message.trim().lines().next().unwrap_or_default();
    let line = line.trim_end_matches(['.', ' ']);
    let mut letters = line.chars();
    match (letters.next(), letters.clone().next()) {
        // A word in capitals (SQL, UTF-8) stays as it is.
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_from_below_is_made_to_fit_ours() {
        assert_eq!(
            sentence("Invalid function 'foo'.\nDid you mean 'bar'?"),
            "invalid function 'foo'"
        );
        assert_eq!(sentence("SQL is odd"), "SQL is odd");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn a_slip_in_a_column_is_answered_with_its_name_first() {
        let known = vec!["src_port".to_owned(), "dest_port".to_owned()];
        let error = Error::UnknownColumn { column: "dst_port".to_owned(), known: known.clone() };
        let told = "there is no column `dst_port`, did you mean `dest_port`; the columns here are src_port, dest_port";
        assert_eq!(error.to_string(), told);
        assert!(Error::no_column("tcp", &known).contains("proto = 'TCP'"));
    }

    #[test]
    fn every_side_has_its_faults() {
        let input = Error::from(DataFusionError::Plan("No".into()));
        assert_eq!(input.fault(), Fault::Input);
        let memory = Error::from(DataFusionError::ResourcesExhausted("No".into()));
        assert_eq!(memory.fault(), Fault::Configuration);
        let defect = Error::from(DataFusionError::Internal("No".into()));
        assert_eq!(defect.fault(), Fault::Internal);
    }
}
