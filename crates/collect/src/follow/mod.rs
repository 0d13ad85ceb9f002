//! Logs that are still being written: whole lines as they come, and where reading has come to.
//!
//! [`Tail`] follows a file by its path through rotation, by rename and by copying and truncating; its [`Place`]s
//! find the same line again after a restart. [`Feed`] takes lines from standard input or a Unix socket, which
//! cannot be asked for a line again. [`crate::Stream`] makes rows of what either gives.
//!
//! Files are asked by polling: one `stat` each time. Notifications of the kernel miss what a network file system
//! or a truncation does, and would have to be backed by polling anyway.

mod feed;
mod place;
mod reader;
mod rotated;
mod tail;
#[cfg(test)]
mod tests;

pub use feed::{Fed, Feed};
pub use place::Place;
pub use tail::{Begin, Tail};

/// Whole lines, each with its newline; the last line of an ended log may lack its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Number of the first line in its file, from 1.
    pub first: u64,
    /// The lines.
    pub bytes: Vec<u8>,
}
