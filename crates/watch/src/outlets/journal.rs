//! The journal of alerts as those read it who pass it on: lines of a file that only grows, in order, over rotations.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use botany_collect::follow::{Begin, Piece, Place, Tail};

/// Bytes of the journal read at once.
const PIECE: usize = 1 << 16;

/// Lines that come one after the other, perhaps later.
pub trait Lines: Send {
    /// The next whole line without its newline; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// The file system's. Asking again goes on where it stopped.
    fn next(&mut self) -> io::Result<Option<String>>;

    /// Where the line after the last one given begins: of each file that may still hold lines.
    fn places(&self) -> Vec<Place>;

    /// About how many bytes there are that were not given yet.
    fn waiting(&self) -> u64;
}

/// The journal, followed as every log is (see [`Tail`]): renamed, or copied and cut off, while a new file takes its place.
/// Files that were packed or deleted before they were read are gone for this reader, so keep the last two unpacked
/// (`delaycompress`).
pub struct Journal {
    tail: Tail,
    /// Lines that were read and not given yet, each with its newline.
    lines: VecDeque<Vec<u8>>,
    /// Where the lines of the piece begin: in which file, and how far that was read then.
    piece: Option<Place>,
}

impl Journal {
    /// Reads the journal at `path` from `places` on; from its beginning where there are none. The file may come to be later.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn open(path: &Path, places: &[Place]) -> io::Result<Journal> {
        let begin = match places {
            [] => Begin::Start,
            places => Begin::At(places.to_vec()),
        };
        let tail = Tail::open(path, &begin).map_err(io::Error::other)?;
        Ok(Journal { tail, lines: VecDeque::new(), piece: None })
    }

    /// Reads the next piece; whether there was one.
    fn read(&mut self) -> io::Result<bool> {
        let before = self.tail.places();
        let Some(Piece { bytes, .. }) = self.tail.next(PIECE).map_err(io::Error::other)? else {
            return Ok(false);
        };
        let length = bytes.len() as u64;
        // The file the piece is of has gone on by it; others that are new were not read yet.
        let after = self.tail.places();
        self.piece =
            after.into_iter().find(|place| place.offset >= length && !before.contains(place));
        self.lines = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        Ok(true)
    }

    fn left(&self) -> u64 {
        self.lines.iter().map(|line| line.len() as u64).sum()
    }
}

impl Lines for Journal {
    fn next(&mut self) -> io::Result<Option<String>> {
        if self.lines.is_empty() && !self.read()? {
            return Ok(None);
        }
        let line = self.lines.pop_front().unwrap_or_default();
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        Ok(Some(String::from_utf8_lossy(text).into_owned()))
    }

    fn places(&self) -> Vec<Place> {
        let mut places = self.tail.places();
        let own =
            self.piece.as_ref().and_then(|piece| places.iter_mut().find(|place| *place == piece));
        if let Some(place) = own {
            place.offset -= self.left();
            place.lines -= self.lines.len() as u64;
        }
        places
    }

    fn waiting(&self) -> u64 {
        self.tail.behind() + self.left()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

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

        /// Written to so many seconds ago, whatever the clock of the disk can tell apart.
        fn age(&self, name: &str, seconds: u64) {
            let then = SystemTime::now() - Duration::from_secs(seconds);
            let file = File::options().append(true).open(self.path(name)).unwrap();
            file.set_modified(then).unwrap();
        }

        fn open(&self, places: &[Place]) -> Journal {
            Journal::open(&self.path("alerts.json"), places).unwrap()
        }
    }

    fn rest(journal: &mut Journal) -> Vec<String> {
        std::iter::from_fn(|| journal.next().unwrap()).collect()
    }

    #[test]
    fn lines_come_when_they_are_whole() {
        let folder = Folder::new();
        let mut journal = folder.open(&[]);
        assert_eq!((journal.next().unwrap(), journal.places()), (None, Vec::new()));
        folder.write("one\ntw");
        assert_eq!(rest(&mut journal), ["one"]);
        assert_eq!(journal.waiting(), 2);
        folder.write("o\n\nthree\n");
        assert_eq!(rest(&mut journal), ["two", "", "three"]);
        assert_eq!((journal.waiting(), journal.places()[0].offset), (0, 15));
    }

    #[test]
    fn it_goes_on_from_a_place_though_the_file_was_renamed() {
        let folder = Folder::new();
        folder.write("one\ntwo\n");
        let mut journal = folder.open(&[]);
        assert_eq!(journal.next().unwrap().as_deref(), Some("one"));
        let place = journal.places();
        folder.rename("alerts.json", "alerts.json-20180506");
        folder.write("three\n");
        assert_eq!(rest(&mut folder.open(&place)), ["two", "three"]);
        assert_eq!(rest(&mut journal), ["two", "three"]);
    }

    #[test]
    fn two_rotations_while_nobody_read_lose_nothing() {
        let folder = Folder::new();
        folder.write("one\n");
        let mut journal = folder.open(&[]);
        assert_eq!(rest(&mut journal), ["one"]);
        let place = journal.places();
        folder.write("two\n");
        folder.age("alerts.json", 9);
        folder.rename("alerts.json", "alerts.json.1");
        folder.write("three\n");
        folder.age("alerts.json", 5);
        folder.rename("alerts.json.1", "alerts.json.2");
        folder.rename("alerts.json", "alerts.json.1");
        folder.write("four\n");
        // Bookmarks and packed files are no journals.
        fs::write(folder.path("alerts.json.webhook"), "x\n").unwrap();
        fs::write(folder.path("alerts.json.3.gz"), "x\n").unwrap();
        assert_eq!(rest(&mut journal), ["two", "three", "four"]);
        assert_eq!(rest(&mut folder.open(&place)), ["two", "three", "four"]);
        folder.write("five\n");
        assert_eq!(rest(&mut journal), ["five"]);
    }

    #[test]
    fn a_line_written_into_a_renamed_file_is_read() {
        let folder = Folder::new();
        folder.write("one\n");
        let mut journal = folder.open(&[]);
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
        let mut journal = folder.open(&[]);
        assert_eq!(rest(&mut journal), ["one"]);
        let place = journal.places();
        folder.write("two\n");
        fs::copy(folder.path("alerts.json"), folder.path("alerts.json.1")).unwrap();
        fs::write(folder.path("alerts.json"), "").unwrap();
        // As much as there was before: the length alone would not tell.
        folder.write("1st\n2nd\n3rd\n");
        assert_eq!(rest(&mut journal), ["two", "1st", "2nd", "3rd"]);
        assert_eq!(rest(&mut folder.open(&place)), ["two", "1st", "2nd", "3rd"]);
    }

    #[test]
    fn another_file_of_the_same_name_is_read_from_its_beginning() {
        let folder = Folder::new();
        folder.write("one\ntwo\n");
        let mut journal = folder.open(&[]);
        assert_eq!(rest(&mut journal).len(), 2);
        let place = journal.places();
        fs::remove_file(folder.path("alerts.json")).unwrap();
        folder.write("three\nfour\nfive\n");
        assert_eq!(rest(&mut folder.open(&place)), ["three", "four", "five"]);
        assert_eq!(rest(&mut journal), ["three", "four", "five"]);
    }

    /// Lines over the length of a mark, and what is no text.
    #[test]
    fn long_lines_and_any_bytes_are_read() {
        let folder = Folder::new();
        let long = "x".repeat(200_000);
        folder.write(&format!("{long}\n"));
        fs::write(folder.path("alerts.json"), [long.as_bytes(), b"\n\xff\n"].concat()).unwrap();
        let mut journal = folder.open(&[]);
        assert_eq!(rest(&mut journal), [long, "\u{fffd}".to_owned()]);
        let place = journal.places();
        folder.write("more\n");
        assert_eq!(rest(&mut folder.open(&place)), ["more"]);
    }
}
