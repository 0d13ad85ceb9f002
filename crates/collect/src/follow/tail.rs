//! A log followed by its path, through whatever its keeper does to it.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::reader::Reader;
use super::{Piece, Place, rotated};
use crate::Error;

/// A rotated file is given up after this time without a line: its writer was told to open the new one long ago.
const GRACE: Duration = Duration::from_secs(60);

/// Where to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With the first line there is.
    Start,
    /// With the next line that is written.
    End,
    /// Where reading had come to before: what [`Tail::places`] gave.
    At(Vec<Place>),
}

/// A followed file. Every line is given once, in the order of its file; lines of a rotated file may come after
/// the first of the new one if their writer was late.
pub struct Tail {
    path: PathBuf,
    name: String,
    current: Option<Reader>,
    /// Rotated files that may still hold lines, the oldest first.
    older: VecDeque<Reader>,
    notices: Vec<String>,
}

impl Tail {
    /// Begins to follow a path; a file that is not there yet is waited for.
    ///
    /// # Errors
    /// [`Error::Open`] for a file that is there and cannot be read.
    pub fn open(path: &Path, begin: &Begin) -> Result<Tail, Error> {
        let name = path.display().to_string();
        let mut tail = Tail {
            path: path.to_owned(),
            name,
            current: None,
            older: VecDeque::new(),
            notices: Vec::new(),
        };
        let begun = match begin {
            Begin::Start => tail.open_current(),
            Begin::End => tail.open_current().and_then(|()| tail.skip_to_end()),
            Begin::At(places) => tail.resume(places),
        };
        begun.map_err(|cause| Error::Open { file: tail.name.clone(), cause })?;
        Ok(tail)
    }

    /// The path, as rows name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// About `most` bytes of new whole lines; `None` if there is none now.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn next(&mut self, most: usize) -> Result<Option<Piece>, Error> {
        self.advance(most).map_err(|cause| Error::Read { file: self.name.clone(), cause })
    }

    /// Where reading has come to, the oldest file first.
    pub fn places(&self) -> Vec<Place> {
        self.older.iter().chain(&self.current).map(|reader| reader.place.clone()).collect()
    }

    /// Bytes that are written and not read yet.
    pub fn behind(&self) -> u64 {
        self.older.iter().chain(&self.current).filter_map(|reader| reader.behind().ok()).sum()
    }

    /// Whether a file lies at the path, as far as was looked.
    pub fn is_there(&self) -> bool {
        self.current.is_some()
    }

    /// What somebody should know: lines that may have been missed, and why. Each is given once.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    fn advance(&mut self, most: usize) -> io::Result<Option<Piece>> {
        while let Some(reader) = self.older.front_mut() {
            // With another file after it in line, or after the grace, nobody writes to it any more.
            let ended = reader.idle() > GRACE;
            if let Some(piece) = reader.next(most, ended)? {
                return Ok(Some(piece));
            }
            if !ended {
                break;
            }
            self.older.pop_front();
        }
        for reader in self.older.iter_mut().skip(1) {
            if let Some(piece) = reader.next(most, false)? {
                return Ok(Some(piece));
            }
        }
        if self.see_truncation()? {
            // What was written before it was truncated comes first.
            return self.advance(most);
        }
        if let Some(reader) = &mut self.current
            && let Some(piece) = reader.next(most, false)?
        {
            return Ok(Some(piece));
        }
        if self.see_rotation()? {
            return self.advance(most);
        }
        Ok(None)
    }

    /// Copied and truncated: what was written since the last look is in the copy. Whether there is one.
    fn see_truncation(&mut self) -> io::Result<bool> {
        let Some(reader) = &mut self.current else { return Ok(false) };
        if !reader.was_truncated()? {
            return Ok(false);
        }
        let place = reader.place.clone();
        reader.restart()?;
        self.read_on_in_copy(place)
    }

    fn read_on_in_copy(&mut self, place: Place) -> io::Result<bool> {
        let mut rotated = rotated::all(&self.path)?;
        match rotated::find(&rotated, &place)? {
            Some(copy) => {
                let copy = rotated.swap_remove(copy).file;
                self.older.push_back(Reader::found(copy, place)?);
                return Ok(true);
            }
            None => self.notices.push(format!(
                "{} was truncated after {} lines and no copy of it lies beside it: lines written just before may \
                 have been missed",
                self.name, place.lines
            )),
        }
        Ok(false)
    }

    /// Whether another file lies at the path now; what was read so far is kept until its writer is done.
    fn see_rotation(&mut self) -> io::Result<bool> {
        let there = match fs::metadata(&self.path) {
            Ok(there) => there,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(cause) => return Err(cause),
        };
        let Some(reader) = &self.current else {
            self.open_current()?;
            return Ok(self.current.is_some());
        };
        if reader.place.is(&there) {
            return Ok(false);
        }
        let modified = reader.file.metadata()?.modified()?;
        self.older.extend(self.current.take().map(Reader::rotated));
        self.open_between(modified)?;
        self.open_current()?;
        Ok(true)
    }

    /// Files that came and went between two looks: rotated, and written to after `since`.
    fn open_between(&mut self, since: SystemTime) -> io::Result<()> {
        for one in rotated::all(&self.path)? {
            let place = Place::beginning(&one.file)?;
            let known = self.older.iter().any(|r| r.place.inode == place.inode);
            if one.modified() > since && !known {
                self.older.push_back(Reader::at(one.file, place));
            }
        }
        Ok(())
    }

    fn open_current(&mut self) -> io::Result<()> {
        match Reader::open(&self.path) {
            Ok(reader) => self.current = Some(reader),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(cause),
        }
        Ok(())
    }

    fn skip_to_end(&mut self) -> io::Result<()> {
        self.current.as_mut().map_or(Ok(()), Reader::skip_to_end)
    }

    /// Finds the files of the places again, at the path or rotated.
    fn resume(&mut self, places: &[Place]) -> io::Result<()> {
        let mut newest = None;
        for place in places {
            let current = match File::open(&self.path) {
                Ok(file) => Some(file),
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
                Err(cause) => return Err(cause),
            };
            if let Some(file) = current
                && place.is(&file.metadata()?)
            {
                if place.holds(&file)? {
                    self.current = Some(Reader::at(file, place.clone()));
                } else {
                    self.current = Some(Reader::open(&self.path)?);
                    self.read_on_in_copy(place.clone())?;
                    // Truncated more than once: the copies made since then.
                    newest = newest.max(place.written());
                }
                continue;
            }
            let mut rotated = rotated::all(&self.path)?;
            match rotated::find(&rotated, place)? {
                Some(found) => {
                    let found = rotated.swap_remove(found);
                    newest = newest.max(Some(found.modified()));
                    self.older.push_back(Reader::found(found.file, place.clone())?);
                }
                None => {
                    newest = newest.max(place.written());
                    if place.lines > 0 {
                        self.notices.push(format!(
                            "{} was read up to line {} and is gone since, or was compressed: what it held after \
                             that was missed; `botany score` reads it",
                            self.name, place.lines
                        ));
                    }
                }
            }
        }
        if let Some(since) = newest {
            self.open_between(since)?;
        }
        if self.current.is_none() {
            self.open_current()?;
        }
        Ok(())
    }
}
