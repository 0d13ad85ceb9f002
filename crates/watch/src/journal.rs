//! The journal: what was alerted, a line each, in a file that only grows.
//!
//! It is what makes an alert happen once. Lines are written and synced before the [`crate::Bookmark`] says that
//! their events were read; after a crash in between, the events come again, and the journal says which of them
//! were told already. A torn last line is cut off: nobody was promised it. The file may be rotated by rename at
//! any time.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use botany_collect::follow::{self, Begin, Place, Tail};

use crate::Error;

/// Bytes of the journal read at once.
const PIECE: usize = 1 << 20;

/// Bytes before the bookmark that [`Opened::before`] is of, at most.
const BEFORE: u64 = 16 << 20;

/// A journal that is open for writing.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Reads what was written, to know where it stands after a rotation.
    place: Tail,
    /// Told after the last bookmark: not told again.
    told: HashMap<String, usize>,
    unsynced: bool,
}

/// What [`Journal::open`] finds.
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// Lines written before the bookmark, oldest first: the last few megabytes, also of files that were rotated and
    /// not compressed.
    pub before: Vec<String>,
    /// The lines written after the bookmark, oldest first.
    pub after: Vec<String>,
}

impl Journal {
    /// Opens a journal, or begins one. `committed` is where the last bookmark saw its end; lines after it are
    /// known by the text `id` takes from them.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Read`].
    pub fn open(
        path: &Path,
        committed: &[Place],
        id: impl Fn(&str) -> Option<String>,
    ) -> Result<Opened, Error> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(path)
            .map_err(Error::io("open", path))?;
        mend(&mut file).map_err(Error::io("mend", path))?;
        let begin = match committed {
            [] => Begin::End,
            places => Begin::At(places.to_vec()),
        };
        let before = before(path, committed).map_err(Error::io("read", path))?;
        let mut place = Tail::open(path, &begin)?;
        let mut after = Vec::new();
        while let Some(piece) = place.next(PIECE)? {
            let text = String::from_utf8_lossy(&piece.bytes);
            after.extend(text.lines().map(str::to_owned));
        }
        let mut told = HashMap::new();
        for id in after.iter().filter_map(|line| id(line)) {
            *told.entry(id).or_default() += 1;
        }
        let journal = Journal { path: path.to_owned(), file, place, told, unsynced: false };
        Ok(Opened { journal, before, after })
    }

    /// Writes those of the lines that were not told before a crash. Returns how many.
    ///
    /// # Errors
    /// [`Error::Io`]; some of the lines may then stand in the journal.
    pub fn tell<'a>(
        &mut self,
        alerts: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<usize, Error> {
        let mut text = String::new();
        let mut lines = 0;
        for (id, line) in alerts {
            if !self.forget(id) {
                text.push_str(line);
                text.push('\n');
                lines += 1;
            }
        }
        if lines > 0 {
            self.reopen().map_err(Error::io("open", &self.path))?;
            self.file.write_all(text.as_bytes()).map_err(Error::io("write", &self.path))?;
            self.unsynced = true;
        }
        Ok(lines)
    }

    /// Everything that was read before the last crash was read again by now: nothing need be remembered of it.
    pub fn caught_up(&mut self) {
        self.told = HashMap::new();
    }

    /// Whether something was told before a crash that was not read again yet: a bookmark made now would forget it.
    pub fn remembers(&self) -> bool {
        !self.told.is_empty()
    }

    /// Whether it was told before the crash; once for each time it was told.
    fn forget(&mut self, id: &str) -> bool {
        let Some(times) = self.told.get_mut(id) else { return false };
        *times -= 1;
        if *times == 0 {
            self.told.remove(id);
        }
        true
    }

    /// Syncs what was written, and says where it ends now, for the bookmark.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Read`].
    pub fn end(&mut self) -> Result<Vec<Place>, Error> {
        if std::mem::take(&mut self.unsynced) {
            self.file.sync_data().map_err(Error::io("sync", &self.path))?;
        }
        while self.place.next(PIECE)?.is_some() {}
        Ok(self.place.places())
    }

    /// Goes to the new file if the old one was renamed or removed.
    fn reopen(&mut self) -> io::Result<()> {
        let own = self.file.metadata()?;
        let same = |there: &fs::Metadata| (there.dev(), there.ino()) == (own.dev(), own.ino());
        if !fs::metadata(&self.path).is_ok_and(|there| same(&there)) {
            self.file.sync_data()?;
            self.file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        }
        Ok(())
    }
}

/// The lines before the bookmark, also of files the journal was rotated to.
fn before(path: &Path, committed: &[Place]) -> io::Result<Vec<String>> {
    let Some(place) = committed.last() else { return Ok(Vec::new()) };
    let bytes = follow::before(path, place, BEFORE)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line may have begun before.
    let first = usize::from(bytes.len() as u64 == BEFORE);
    Ok(text.lines().skip(first).map(str::to_owned).collect())
}

/// Cuts off a last line that was not written to its end.
fn mend(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut block = [0; 4096];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let part = block.get_mut(..(end - start) as usize).unwrap_or_default();
        file.seek(io::SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(newline) = part.iter().rposition(|byte| *byte == b'\n') {
            end = start + newline as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length { file.set_len(end) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, committed: &[Place]) -> Opened {
        Journal::open(path, committed, |line| line.split(' ').next().map(str::to_owned)).unwrap()
    }

    fn tell(journal: &mut Journal, lines: &[&str]) -> usize {
        let id = |line: &&'static str| line.split(' ').next().unwrap_or(line);
        let lines: Vec<&'static str> = lines.iter().map(|l| &*l.to_string().leak()).collect();
        journal.tell(lines.iter().map(|line| (id(line), *line))).unwrap()
    }

    #[test]
    fn what_was_told_before_a_crash_is_not_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        let mut journal = open(&path, &[]).journal;
        assert_eq!(tell(&mut journal, &["1 one", "2 two"]), 2);
        let committed = journal.end().unwrap();
        assert_eq!(tell(&mut journal, &["3 three"]), 1);
        drop(journal);
        // The machine stopped within a line.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"4 fo").unwrap();

        let Opened { mut journal, before, after } = open(&path, &committed);
        assert_eq!((before, after), (vec!["1 one".into(), "2 two".into()], vec!["3 three".into()]));
        assert_eq!(tell(&mut journal, &["3 three", "4 four"]), 1);
        // The same again is another event of the same look.
        assert_eq!(tell(&mut journal, &["3 three"]), 1);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "1 one\n2 two\n3 three\n4 four\n3 three\n");
    }

    #[test]
    fn a_rotated_journal_is_known_across_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        let mut journal = open(&path, &[]).journal;
        tell(&mut journal, &["1 one"]);
        let committed = journal.end().unwrap();
        tell(&mut journal, &["2 two"]);
        fs::rename(&path, folder.path().join("alerts.json.1")).unwrap();
        tell(&mut journal, &["3 three"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "3 three\n");
        drop(journal);
        let Opened { before, after, .. } = open(&path, &committed);
        assert_eq!((before, after), (vec!["1 one".into()], vec!["2 two".into(), "3 three".into()]));
    }

    #[test]
    fn what_was_told_before_rotations_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        let mut journal = open(&path, &[]).journal;
        for (n, line) in ["1 one", "2 two", "3 three"].into_iter().enumerate() {
            tell(&mut journal, &[line]);
            if n < 2 {
                let rotated = folder.path().join(format!("alerts.json.{}", 2 - n));
                fs::rename(&path, &rotated).unwrap();
                // Files of a minute ago and more, whatever the clock of the disk can tell apart.
                let age = std::time::Duration::from_secs(60 * (2 - n as u64));
                let then = std::time::SystemTime::now() - age;
                File::options().append(true).open(rotated).unwrap().set_modified(then).unwrap();
            }
        }
        let committed = journal.end().unwrap();
        drop(journal);
        assert_eq!(open(&path, &committed).before, ["1 one", "2 two", "3 three"]);
        // Rotated while nobody watched, and nothing was told since.
        fs::rename(&path, folder.path().join("alerts.json.0")).unwrap();
        assert_eq!(open(&path, &committed).before, ["1 one", "2 two", "3 three"]);
        // What was compressed or removed is forgotten, and what was told after it is not.
        fs::remove_file(folder.path().join("alerts.json.1")).unwrap();
        assert_eq!(open(&path, &committed).before, ["1 one", "3 three"]);
    }

    #[test]
    fn only_a_torn_line_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        for (text, kept) in [("", ""), ("a\n", "a\n"), ("torn", ""), ("a\nb\nto", "a\nb\n")] {
            let long = "x".repeat(9000);
            for text in [text.to_owned(), format!("{text}{long}")] {
                fs::write(&path, &text).unwrap();
                open(&path, &[]);
                assert_eq!(fs::read_to_string(&path).unwrap(), kept, "{text:.9}");
            }
        }
    }
}
