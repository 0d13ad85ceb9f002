//! What a source may remember from one line of a file to the next.

use crate::Options;
use crate::sources::{Swept, cowrie, telnet_honey};
use crate::syslog;

/// One per file, made new for each. A source whose reading hangs on it says so by
/// [`crate::Source::stateful`], and then gets every line of the file in order.
#[derive(Clone, Debug)]
pub struct State {
    /// The file as the rows name it, `-` for standard input.
    pub file: String,
    /// Number of the line being read, from 1; of a line that can be read without those before it, from where its piece
    /// begins. The frame sets it, and sets rows right.
    pub line: u64,
    /// What the caller decided: year, offset and clock for stamps that lack them.
    pub options: Options,
    /// What sshd, dropbear and telnetd share: their lines stand mixed in one file and follow one clock.
    pub(crate) syslog: syslog::Memory,
    /// The open sessions of cowrie.
    pub(crate) cowrie: cowrie::Memory,
    /// The last inputs of the telnet honeypot.
    pub(crate) honey: telnet_honey::Memory,
    /// What is known of the EVE line being read.
    pub(crate) swept: Swept,
}

impl State {
    /// The state before the first line of a file.
    pub fn new(file: &str, options: &Options) -> Self {
        State {
            file: file.to_owned(),
            line: 0,
            options: options.clone(),
            syslog: syslog::Memory::default(),
            cowrie: cowrie::Memory::default(),
            honey: telnet_honey::Memory::default(),
            swept: Swept::default(),
        }
    }
}
