//! Logs that are still being written: whole lines as they come, and where reading has come to.
//!
//! [`Tail`] follows a file by its path through rotation, by rename and by copying and truncating; its [`Place`]s
//! find the same line again after a restart. [`Feed`] takes lines from standard input or a Unix socket, which
//! cannot be asked for a line again. [`crate::Stream`] makes rows of what either gives.
//!
//! Files are asked by polling: one `stat` each time. Notifications of the kernel miss what a network file system
//! or a truncation does, and would have to be backed by polling anyway.

use std::path::Path;

use crate::input::open;
use crate::lines::{self, Cutting, How, SIZES, count};
use crate::spare::Spare;
use crate::{Error, Input};

mod before;
mod feed;
mod place;
mod reader;
mod rotated;
mod tail;
#[cfg(test)]
mod tests;

pub use before::before;
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

/// Cuts a file that has ended, plain or compressed, into pieces, in order. Stops when `take` says so by `false`.
/// Returns what could not be read of it and why, a line each; what was there of such a line is given as a line.
///
/// # Errors
/// [`Error::Open`] and [`Error::Read`].
pub fn pieces(path: &Path, take: &mut dyn FnMut(Piece) -> bool) -> Result<Vec<String>, Error> {
    let opened = open(&Input::File(path.to_owned()), &())?;
    let how = How { hold_back: false, digest: false };
    let (mut line, mut unreadable) = (1, Vec::new());
    let (mut cutting, spare) = (Cutting::new(opened, 0, SIZES, how), Spare::default());
    let mut hand_on = |piece| match piece {
        lines::Piece::Lines { bytes, .. } => {
            let first = line;
            line += count(&bytes);
            take(Piece { first, bytes })
        }
        lines::Piece::Old { .. } => true,
        lines::Piece::Unreadable { reason, head } => {
            unreadable.push(format!("{}, line {line}: {reason}", path.display()));
            line += 1;
            take(Piece { first: line - 1, bytes: [head.as_slice(), b"\n"].concat() })
        }
    };
    while cutting.step(&spare, &mut hand_on)?.is_none() {}
    Ok(unreadable)
}
