//! The shelf of log sources: one file an item, one line here.

pub(crate) mod cowrie;
pub(crate) mod dropbear;
mod eve;
pub(crate) mod journal;
pub(crate) mod sshd;
pub(crate) mod telnet_honey;
pub(crate) mod telnetd;
#[cfg(test)]
pub(crate) mod told;

use std::borrow::Cow;

use botany_catalog::Table;

use crate::{Error, Options, Rows, State};

pub use eve::STORED as EVE_STORED;
pub(crate) use eve::Swept;

/// Every log source, in the order they are asked about a line.
pub static ALL: &[&dyn Source] = &[
    &eve::Eve,
    &sshd::Sshd,
    &dropbear::Dropbear,
    &telnetd::Telnetd,
    &journal::Journal,
    &cowrie::Cowrie,
    &telnet_honey::TelnetHoney,
];

/// The source of that name, if there is one.
pub fn find(name: &str) -> Option<&'static dyn Source> {
    ALL.iter().copied().find(|source| source.name() == name)
}

/// The error that the options name a source that is none.
pub(crate) fn unknown(options: &Options) -> Error {
    let known: Vec<&str> = ALL.iter().map(|source| source.name()).collect();
    Error::UnknownSource {
        name: options.source.unwrap_or_default().to_owned(),
        known: known.join(", "),
    }
}

/// Something that writes logs we can read.
///
/// No two sources recognise the same line: then it does not matter who is asked first.
pub trait Source: Sync {
    /// The name, as it stands in `--source` and in the tables.
    fn name(&self) -> &'static str;
    /// One sentence: what writes these lines and which tables they fill.
    fn doc(&self) -> &'static str;
    /// One line as the source writes it.
    fn example(&self) -> &'static str;
    /// Whether the line is this source's to read. Cheap, and the same whatever was read before.
    fn recognises(&self, line: &[u8]) -> bool;
    /// Reads a line it recognises: at most one row into `out`, and what became of the line.
    ///
    /// The line has no newline, and is never blank; its bytes may be no UTF-8. No line may panic.
    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome;
    /// Finds the end of the line that begins with these bytes, recognises and reads it in one go, and gives it without
    /// its newline; or says nothing of it and gives no row. For lines that come by the million; asked only of a source
    /// that is not [`Source::stateful`].
    ///
    /// What ends the line is a newline or the end of the bytes: a carriage return, or blanks around it, are for
    /// [`Source::read`].
    fn glance<'l>(
        &self,
        _lines: &'l [u8],
        _state: &mut State,
        _out: &mut Rows,
    ) -> Option<(&'l [u8], Outcome)> {
        None
    }
    /// Whether reading a line hangs on the lines before it. If not, lines are read in parallel, each
    /// with a state of its own.
    fn stateful(&self) -> bool {
        true
    }
}

/// What became of a line.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is a row of this table; what the appenders of [`Rows`] return.
    Stored(&'static Table),
    /// It is known and not stored; the kind as a person would name it, such as `dns` or
    /// `sshd: connection closed`.
    Counted(Cow<'static, str>),
    /// It could not be read: the reason and what to do about it.
    Rejected(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for source in ALL {
            assert_eq!(find(source.name()).map(Source::name), Some(source.name()));
            assert!(!source.doc().is_empty(), "{}", source.name());
            assert_eq!(ALL.iter().filter(|other| other.name() == source.name()).count(), 1);
        }
    }

    #[test]
    fn an_example_is_recognised_by_its_own_source_alone() {
        for source in ALL.iter().filter(|source| !source.example().is_empty()) {
            let line = source.example().as_bytes();
            let who: Vec<&str> =
                ALL.iter().filter(|s| s.recognises(line)).map(|s| s.name()).collect();
            assert_eq!(who, [source.name()], "{}", source.example());
        }
    }
}
