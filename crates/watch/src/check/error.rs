//! What stands between rules and their judgement.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What is wrong with a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line of the file, from 1; that of the rule's begin if it spans several.
    pub line: usize,
    /// What is wrong and what to do.
    pub reason: String,
}

/// An error of checking. Its text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rule set is refused.
    #[error("{} is refused for {}: {}", file.display(), some(faults.len()), Lines(faults))]
    Refused {
        /// The file.
        file: PathBuf,
        /// What is wrong, by line.
        faults: Vec<Fault>,
    },
    /// There is no engine.
    #[error(
        "there is no Suricata to ask (`{program}`: {cause}): install it, on Debian bookworm from its backports with \
         `apt-get install -t bookworm-backports suricata`, or name it with --engine PATH"
    )]
    NoEngine {
        /// What was called.
        program: String,
        /// Why not.
        cause: io::Error,
    },
    /// What was called is no Suricata.
    #[error("`{program}` does not say that it is Suricata: name another with --engine PATH")]
    NotSuricata {
        /// What was called.
        program: String,
    },
    /// A file that is no capture.
    #[error("{} is no capture: give pcap or pcapng, plain, gzip or Zstandard", path.display())]
    NoCapture {
        /// The file.
        path: PathBuf,
    },
    /// The engine failed for another reason than a rule.
    #[error("Suricata could not {doing}: {said}")]
    Engine {
        /// What it was asked to do.
        doing: &'static str,
        /// What it said last.
        said: String,
    },
    /// The file system refused.
    #[error("cannot {doing} {}: {cause}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
}

impl Error {
    /// An [`Error::Io`], for `map_err`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |cause| Error::Io { doing, path, cause }
    }
}

fn some(faults: usize) -> String {
    if faults == 1 { "one fault".to_owned() } else { format!("{faults} faults") }
}

struct Lines<'a>(&'a [Fault]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { "; " };
            write!(f, "{gap}line {}: {}", fault.line, fault.reason)?;
        }
        Ok(())
    }
}
