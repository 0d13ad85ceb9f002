//! Where reading a log has come to.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Bytes at a file's beginning that tell it from another: an event's time and number are among them.
const HEAD: u64 = 1024;

/// Where reading a file has come to: enough to know the file again under another name, or that it was truncated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Number of the device the file lies on.
    pub device: u64,
    /// Number of the file on it.
    pub inode: u64,
    /// Bytes that were read, all of them whole lines.
    pub offset: u64,
    /// Lines that were read.
    pub lines: u64,
    /// Bytes of the beginning that `head` is of: all that were there when it was last looked at, at most 1024.
    pub head_bytes: u64,
    /// BLAKE3 of the beginning, in lower-case hex.
    pub head: String,
    /// When it had been written to last, in nanoseconds since 1970 UTC, when it was read: what was rotated later is
    /// newer.
    pub written: u64,
}

impl Place {
    /// The beginning of a file. What is there already is looked at, so that a file that is truncated before
    /// anything was read of it is known too.
    pub(super) fn beginning(file: &File) -> io::Result<Place> {
        let there = file.metadata()?;
        let head_bytes = there.len().min(HEAD);
        let head = head(file, head_bytes)?;
        let (device, inode) = (there.dev(), there.ino());
        let written = nanoseconds(&there);
        Ok(Place { device, inode, head_bytes, head, written, ..Place::default() })
    }

    /// When it had been written to last.
    pub(super) fn written(&self) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(self.written))
    }

    /// Whether a file of these numbers is the one.
    pub(super) fn is(&self, file: &Metadata) -> bool {
        (self.device, self.inode) == (file.dev(), file.ino())
    }

    /// Whether a file begins as this one did, and still holds all that was read.
    pub(super) fn holds(&self, file: &File) -> io::Result<bool> {
        let least = self.offset.max(self.head_bytes);
        Ok(file.metadata()?.len() >= least && head(file, self.head_bytes)? == self.head)
    }

    /// Goes on by whole lines that were read.
    pub(super) fn advance(&mut self, file: &File, bytes: u64, lines: u64) -> io::Result<()> {
        self.offset += bytes;
        self.written = nanoseconds(&file.metadata()?);
        self.lines += lines;
        if self.head_bytes < HEAD && self.head_bytes < self.offset {
            self.head_bytes = self.offset.min(HEAD);
            self.head = head(file, self.head_bytes)?;
        }
        Ok(())
    }
}

fn nanoseconds(file: &Metadata) -> u64 {
    let seconds = u64::try_from(file.mtime()).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::try_from(file.mtime_nsec()).unwrap_or(0))
}

/// BLAKE3 of the first `bytes` of a file, or of what there is.
fn head(file: &File, bytes: u64) -> io::Result<String> {
    let mut buffer = vec![0; bytes.min(HEAD) as usize];
    let read = read_at(file, &mut buffer, 0)?;
    buffer.truncate(read);
    Ok(blake3::hash(&buffer).to_hex().to_string())
}

/// Fills the buffer from `offset` on; gives fewer bytes only at the end of the file.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(filled)
}
