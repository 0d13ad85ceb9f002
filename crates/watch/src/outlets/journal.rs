//! The journal of alerts as those read it who pass it on: lines of a file that only grows, in order, over rotations.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Bytes of a file's beginning that tell it from others.
const MARK: usize = 4096;

/// Files read to their end that are remembered, so that none is read again.
const DONE: usize = 64;

/// Where a line begins: what a bookmark holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The BLAKE3 of the file's first line (of its first 4096 bytes, if it is longer): it stays what it is when the file is
    /// renamed or copied, and no other file has it.
    pub file: String,
    /// Bytes from the file's beginning.
    pub offset: u64,
}

/// Lines that come one after the other, perhaps later.
pub trait Lines: Send {
    /// The next whole line without its newline; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// The file system's. Asking again goes on where it stopped.
    fn next(&mut self) -> io::Result<Option<String>>;

    /// Where the line after the last one given begins; `None` as long as none was given.
    fn place(&self) -> Option<Place>;

    /// About how many bytes there are that were not given yet.
    fn waiting(&self) -> io::Result<u64>;
}

/// A file that only grows, and may be renamed (`alerts.json` to `alerts.json.1` or `alerts.json-20180506`) or copied and
/// cut off, while a new one takes its place. Renamed files are read to their end, the oldest first; files that were
/// packed or deleted before they were read are gone for this reader, so keep the last two unpacked (`delaycompress`).
pub struct Journal {
    path: PathBuf,
    open: Option<Open>,
    /// Marks of files read to their end.
    done: VecDeque<String>,
}

/// A file being read.
struct Open {
    reader: BufReader<File>,
    /// Its mark, once it has a line.
    mark: Option<String>,
    /// Where the next line begins.
    offset: u64,
}

impl Journal {
    /// Reads the journal at `path` from `place` on; from its beginning where there is no place, or none of the files that
    /// are there is the one it names. The file may come to be later.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn open(path: impl Into<PathBuf>, place: Option<&Place>) -> io::Result<Journal> {
        let path = path.into();
        let open = match place {
            Some(place) => locate(&path, place)?,
            None => None,
        };
        Ok(Journal { path, open, done: VecDeque::new() })
    }

    /// Reads only what comes from now on: the place behind the last whole line there is.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn at_end(path: impl Into<PathBuf>) -> io::Result<Journal> {
        let mut journal = Journal::open(path, None)?;
        while journal.next()?.is_some() {}
        Ok(journal)
    }

    /// The file that follows the one being read, if that one was renamed or cut off: the oldest renamed one that is not
    /// older, or the one at the path.
    fn successor(&self, open: &Open) -> io::Result<Option<PathBuf>> {
        let now = mark_of(&self.path)?;
        let Some(mark) = &open.mark else {
            // Renamed before it had a line: there is nothing to wait for in it.
            let (own, there) = (open.reader.get_ref().metadata()?, fs::metadata(&self.path));
            let other =
                there.is_ok_and(|there| (there.dev(), there.ino()) != (own.dev(), own.ino()));
            return Ok((other && now.is_some()).then(|| self.path.clone()));
        };
        if now.as_ref() == Some(mark) {
            return Ok(None);
        }
        let is_new = |other: &String| other != mark && !self.done.contains(other);
        let written = open.reader.get_ref().metadata()?.modified()?;
        let mut renamed = Vec::new();
        for path in beside(&self.path)? {
            let modified = fs::metadata(&path).and_then(|m| m.modified());
            let (Ok(modified), Some(other)) = (modified, mark_of(&path)?) else { continue };
            // A copy of what is at the path is being made.
            if modified >= written && is_new(&other) && Some(&other) != now.as_ref() {
                renamed.push((modified, path));
            }
        }
        renamed.sort();
        let at_path = now.map(|_| self.path.clone());
        Ok(renamed.into_iter().next().map(|(_, path)| path).or(at_path))
    }
}

impl Lines for Journal {
    fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let Some(open) = &mut self.open else {
                match found(File::open(&self.path))? {
                    Some(file) => self.open = Some(Open::new(file)),
                    None => return Ok(None),
                }
                continue;
            };
            if open.was_cut()? {
                // What was not read yet may lie in a copy; if there is none, the file begins anew.
                let place = open.place();
                let copy = place.map(|place| locate(&self.path, &place)).transpose()?.flatten();
                self.open = copy;
                continue;
            }
            if let Some(line) = open.line()? {
                return Ok(Some(line));
            }
            let Some(open) = &self.open else { continue };
            let Some(path) = self.successor(open)? else { return Ok(None) };
            // A last line may have been written just before the file was renamed.
            let Some(open) = &mut self.open else { continue };
            if let Some(line) = open.line()? {
                return Ok(Some(line));
            }
            let Some(file) = found(File::open(path))? else { return Ok(None) };
            let ended = std::mem::replace(open, Open::new(file));
            self.done.extend(ended.mark);
            if self.done.len() > DONE {
                self.done.pop_front();
            }
        }
    }

    fn place(&self) -> Option<Place> {
        self.open.as_ref().and_then(Open::place)
    }

    fn waiting(&self) -> io::Result<u64> {
        let length = |path: &Path| fs::metadata(path).map_or(0, |m| m.len());
        let Some(open) = &self.open else { return Ok(length(&self.path)) };
        let rest = open.reader.get_ref().metadata()?.len().saturating_sub(open.offset);
        let renamed = open.mark.is_some() && mark_of(&self.path)? != open.mark;
        Ok(rest + if renamed { length(&self.path) } else { 0 })
    }
}

impl Open {
    fn new(file: File) -> Open {
        Open { reader: BufReader::with_capacity(1 << 16, file), mark: None, offset: 0 }
    }

    fn place(&self) -> Option<Place> {
        Some(Place { file: self.mark.clone()?, offset: self.offset })
    }

    /// The next whole line. What is not whole yet is read again the next time.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        let read = self.reader.read_until(b'\n', &mut bytes);
        if read.is_err() || bytes.last() != Some(&b'\n') {
            self.reader.seek(SeekFrom::Start(self.offset))?;
            return read.map(|_| None);
        }
        if self.mark.is_none() {
            self.mark = Some(mark(&bytes));
        }
        self.offset += bytes.len() as u64;
        bytes.pop();
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Whether the file was cut off, and perhaps written anew, since it was opened. Only looked at where more has to be
    /// read.
    fn was_cut(&mut self) -> io::Result<bool> {
        if self.mark.is_none() || self.reader.buffer().contains(&b'\n') {
            return Ok(false);
        }
        let file = self.reader.get_mut();
        file.seek(SeekFrom::Start(0))?;
        let found = read_mark(file)?;
        let cut = found != self.mark || file.metadata()?.len() < self.offset;
        self.reader.seek(SeekFrom::Start(self.offset))?;
        Ok(cut)
    }
}

/// The file a place names, at the path or beside it, where it goes on; `None` if it is not there or shorter.
fn locate(path: &Path, place: &Place) -> io::Result<Option<Open>> {
    for path in std::iter::once(path.to_owned()).chain(beside(path)?) {
        let Some(mut file) = found(File::open(path))? else { continue };
        let mark = read_mark(&mut file)?;
        if mark.as_ref() == Some(&place.file) && file.metadata()?.len() >= place.offset {
            file.seek(SeekFrom::Start(place.offset))?;
            return Ok(Some(Open { mark, offset: place.offset, ..Open::new(file) }));
        }
    }
    Ok(None)
}

/// The files beside `path` that bear its name and a number or a date: what it was renamed to.
fn beside(path: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(name) = path.file_name().map(OsStr::to_string_lossy) else { return Ok(Vec::new()) };
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(entries) = found(fs::read_dir(folder))? else { return Ok(Vec::new()) };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry?;
        let other = entry.file_name();
        let other = other.to_string_lossy();
        let suffix = other.strip_prefix(&*name).unwrap_or_default();
        let stamp = |c: char| c.is_ascii_digit() || ".-_:TZ".contains(c);
        if suffix.starts_with(['.', '-', '_']) && suffix.len() > 1 && suffix.chars().all(stamp) {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

/// The mark of the file at `path`; `None` if there is none or it has no line yet.
fn mark_of(path: &Path) -> io::Result<Option<String>> {
    found(File::open(path))?.map_or(Ok(None), |mut file| read_mark(&mut file))
}

/// The mark of a file that stands at its beginning.
fn read_mark(file: &mut File) -> io::Result<Option<String>> {
    let mut bytes = Vec::with_capacity(MARK);
    file.take(MARK as u64).read_to_end(&mut bytes)?;
    Ok((bytes.len() == MARK || bytes.contains(&b'\n')).then(|| mark(&bytes)))
}

/// The mark of a file that begins so.
fn mark(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(MARK)];
    let end = bytes.iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| at + 1);
    blake3::hash(&bytes[..end]).to_hex().to_string()
}

/// `None` for what is not there.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tempfile::TempDir;

    use super::*;

    struct Folder(TempDir);

    impl Folder {
        fn new() -> Folder {
            Folder(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, text: &str) {
            let path = self.path("alerts.json");
            let mut file = File::options().append(true).create(true).open(path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        fn rename(&self, from: &str, to: &str) {
            fs::rename(self.path(from), self.path(to)).unwrap();
        }

        fn open(&self, place: Option<&Place>) -> Journal {
            Journal::open(self.path("alerts.json"), place).unwrap()
        }
    }

    fn rest(journal: &mut Journal) -> Vec<String> {
        std::iter::from_fn(|| journal.next().unwrap()).collect()
    }

    #[test]
    fn lines_come_when_they_are_whole() {
        let folder = Folder::new();
        let mut journal = folder.open(None);
        assert_eq!((journal.next().unwrap(), journal.place()), (None, None));
        folder.write("one\ntw");
        assert_eq!(rest(&mut journal), ["one"]);
        assert_eq!(journal.waiting().unwrap(), 2);
        folder.write("o\n\nthree\n");
        assert_eq!(rest(&mut journal), ["two", "", "three"]);
        assert_eq!((journal.waiting().unwrap(), journal.place().unwrap().offset), (0, 15));
    }

    #[test]
    fn it_goes_on_from_a_place_though_the_file_was_renamed() {
        let folder = Folder::new();
        folder.write("one\ntwo\n");
        let mut journal = folder.open(None);
        assert_eq!(journal.next().unwrap().as_deref(), Some("one"));
        let place = journal.place();
        folder.rename("alerts.json", "alerts.json-20180506");
        folder.write("three\n");
        assert_eq!(rest(&mut folder.open(place.as_ref())), ["two", "three"]);
        assert_eq!(rest(&mut journal), ["two", "three"]);
        assert_eq!(rest(&mut Journal::at_end(folder.path("alerts.json")).unwrap()), [""; 0]);
    }

    #[test]
    fn two_rotations_while_nobody_read_lose_nothing() {
        let folder = Folder::new();
        folder.write("one\n");
        let mut journal = folder.open(None);
        assert_eq!(rest(&mut journal), ["one"]);
        let place = journal.place();
        folder.write("two\n");
        folder.rename("alerts.json", "alerts.json.1");
        folder.write("three\n");
        folder.rename("alerts.json.1", "alerts.json.2");
        folder.rename("alerts.json", "alerts.json.1");
        folder.write("four\n");
        // Bookmarks and packed files are no journals.
        fs::write(folder.path("alerts.json.webhook"), "x\n").unwrap();
        fs::write(folder.path("alerts.json.3.gz"), "x\n").unwrap();
        assert_eq!(rest(&mut journal), ["two", "three", "four"]);
        assert_eq!(rest(&mut folder.open(place.as_ref())), ["two", "three", "four"]);
        folder.write("five\n");
        assert_eq!(rest(&mut journal), ["five"]);
    }

    #[test]
    fn a_line_written_into_a_renamed_file_is_read() {
        let folder = Folder::new();
        folder.write("one\n");
        let mut journal = folder.open(None);
        let mut writer = File::options().append(true).open(folder.path("alerts.json")).unwrap();
        assert_eq!(rest(&mut journal), ["one"]);
        folder.rename("alerts.json", "alerts.json.1");
        assert_eq!(rest(&mut journal), [""; 0]);
        writer.write_all(b"two\n").unwrap();
        assert_eq!(rest(&mut journal), ["two"]);
        writer.write_all(b"three\n").unwrap();
        folder.write("four\n");
        assert_eq!(rest(&mut journal), ["three", "four"]);
    }

    #[test]
    fn what_was_copied_and_cut_off_is_read_from_the_copy() {
        let folder = Folder::new();
        folder.write("one\n");
        let mut journal = folder.open(None);
        assert_eq!(rest(&mut journal), ["one"]);
        let place = journal.place();
        folder.write("two\n");
        fs::copy(folder.path("alerts.json"), folder.path("alerts.json.1")).unwrap();
        fs::write(folder.path("alerts.json"), "").unwrap();
        // As much as there was before: the length alone would not tell.
        folder.write("1st\n2nd\n3rd\n");
        assert_eq!(rest(&mut journal), ["two", "1st", "2nd", "3rd"]);
        assert_eq!(rest(&mut folder.open(place.as_ref())), ["two", "1st", "2nd", "3rd"]);
    }

    #[test]
    fn another_file_of_the_same_name_is_read_from_its_beginning() {
        let folder = Folder::new();
        folder.write("one\ntwo\n");
        let mut journal = folder.open(None);
        assert_eq!(rest(&mut journal).len(), 2);
        let place = journal.place();
        fs::remove_file(folder.path("alerts.json")).unwrap();
        folder.write("three\nfour\nfive\n");
        assert_eq!(rest(&mut folder.open(place.as_ref())), ["three", "four", "five"]);
        assert_eq!(rest(&mut journal), ["three", "four", "five"]);
    }

    /// Lines over the length of a mark, and what is no text.
    #[test]
    fn long_lines_and_any_bytes_are_read() {
        let folder = Folder::new();
        let long = "x".repeat(200_000);
        folder.write(&format!("{long}\n"));
        fs::write(folder.path("alerts.json"), [long.as_bytes(), b"\n\xff\n"].concat()).unwrap();
        let mut journal = folder.open(None);
        assert_eq!(rest(&mut journal), [long, "\u{fffd}".to_owned()]);
        let place = journal.place().unwrap();
        folder.write("more\n");
        assert_eq!(rest(&mut folder.open(Some(&place))), ["more"]);
    }
}
