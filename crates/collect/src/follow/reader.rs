//! One file, read on and on by whole lines.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::Piece;
use super::place::{Place, read_at};
use crate::lines::LONGEST;

/// A file that may still grow.
pub(super) struct Reader {
    pub(super) file: File,
    pub(super) place: Place,
    /// Length and time of writing seen last, to know a truncation by.
    looked: Option<(u64, SystemTime)>,
    /// When it last gave a line.
    last: Instant,
    /// Within a line too long to be kept: what is left of it is passed over.
    skipping: bool,
}

impl Reader {
    /// From the beginning of a file.
    pub(super) fn open(path: &Path) -> io::Result<Reader> {
        let file = File::open(path)?;
        let place = Place::beginning(&file)?;
        Ok(Reader::at(file, place))
    }

    /// From a place in it.
    pub(super) fn at(file: File, place: Place) -> Reader {
        Reader { looked: None, file, place, last: Instant::now(), skipping: false }
    }

    /// From a place in a file that may be a copy of the one it names: the copy has numbers of its own, and the
    /// file's may be found again at another log.
    pub(super) fn found(file: File, place: Place) -> io::Result<Reader> {
        let Place { device, inode, .. } = Place::beginning(&file)?;
        Ok(Reader::at(file, Place { device, inode, ..place }))
    }

    /// Goes to the end of the last whole line there is.
    pub(super) fn skip_to_end(&mut self) -> io::Result<()> {
        while self.next(1 << 22, false)?.is_some() {}
        Ok(())
    }

    /// The bytes not read yet.
    pub(super) fn behind(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len().saturating_sub(self.place.offset))
    }

    /// From now on it is a rotated file: its writer has time to be told.
    pub(super) fn rotated(mut self) -> Reader {
        self.last = Instant::now();
        self
    }

    /// How long it has given nothing.
    pub(super) fn idle(&self) -> Duration {
        self.last.elapsed()
    }

    /// Whether the file was truncated, or truncated and written anew, since the last look.
    pub(super) fn was_truncated(&mut self) -> io::Result<bool> {
        let there = self.file.metadata()?;
        let looked = Some((there.len(), there.modified()?));
        if looked == self.looked {
            return Ok(false);
        }
        self.looked = looked;
        Ok(!self.place.holds(&self.file)?)
    }

    /// Begins the same file again.
    pub(super) fn restart(&mut self) -> io::Result<()> {
        self.place = Place::beginning(&self.file)?;
        self.skipping = false;
        Ok(())
    }

    /// About `most` bytes of whole lines, or more if a line is longer; `None` if no line is complete. With `ended`
    /// nobody writes any more: a last line without newline is complete too.
    pub(super) fn next(&mut self, most: usize, ended: bool) -> io::Result<Option<Piece>> {
        if self.behind()? == 0 {
            return Ok(None);
        }
        let mut want = most;
        loop {
            let mut bytes = vec![0; want];
            let read = read_at(&self.file, &mut bytes, self.place.offset)?;
            bytes.truncate(read);
            if self.skipping {
                let end = memchr::memchr(b'\n', &bytes);
                let passed = end.map_or(read, |end| end + 1) as u64;
                self.skipping = end.is_none();
                self.place.advance(&self.file, passed, 0)?;
                if passed == 0 {
                    return Ok(None);
                }
                continue;
            }
            if let Some(end) = memchr::memrchr(b'\n', &bytes) {
                bytes.truncate(end + 1);
                return self.give(bytes).map(Some);
            }
            if read < want {
                return if ended && read > 0 { self.give(bytes).map(Some) } else { Ok(None) };
            }
            if want > LONGEST {
                // Too long to be kept: the front goes on as a line of its own, to be rejected.
                self.skipping = true;
                bytes.push(b'\n');
                let first = self.place.lines + 1;
                self.place.advance(&self.file, read as u64, 1)?;
                return Ok(Some(Piece { first, bytes }));
            }
            want = want.saturating_mul(4).min(LONGEST + 1);
        }
    }

    fn give(&mut self, bytes: Vec<u8>) -> io::Result<Piece> {
        let first = self.place.lines + 1;
        let newlines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        let lines = newlines + u64::from(!bytes.ends_with(b"\n"));
        self.place.advance(&self.file, bytes.len() as u64, lines)?;
        self.last = Instant::now();
        Ok(Piece { first, bytes })
    }
}
