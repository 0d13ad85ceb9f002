use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::lines::LONGEST;

/// A log with its writer and its keeper.
struct Log {
    folder: TempDir,
    writer: File,
    written: usize,
    rotations: u32,
}

impl Log {
    fn new() -> Log {
        let folder = tempfile::tempdir().unwrap();
        let writer = append(&folder.path().join("eve.json"));
        Log { folder, writer, written: 0, rotations: 0 }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("eve.json")
    }

    fn write(&mut self, lines: usize) {
        for _ in 0..lines {
            self.written += 1;
            writeln!(self.writer, "line {}", self.written).unwrap();
        }
    }

    /// Rotated files move up, `eve.json` becomes `eve.json.1`; clocks of file systems are too coarse for a test.
    fn make_room(&mut self) -> PathBuf {
        let rotated = |n: u32| self.folder.path().join(format!("eve.json.{n}"));
        for n in (1..=self.rotations).rev() {
            fs::rename(rotated(n), rotated(n + 1)).unwrap();
        }
        self.rotations += 1;
        rotated(1)
    }

    fn stamp(&self, path: &Path) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1000 + u64::from(self.rotations));
        OpenOptions::new().append(true).open(path).unwrap().set_modified(time).unwrap();
    }

    fn rename(&mut self) {
        let to = self.make_room();
        fs::rename(self.path(), &to).unwrap();
        self.stamp(&to);
        self.writer = append(&self.path());
    }

    fn copy_and_truncate(&mut self) {
        let to = self.make_room();
        fs::copy(self.path(), &to).unwrap();
        self.stamp(&to);
        self.writer.set_len(0).unwrap();
    }

    fn expected(&self) -> Vec<String> {
        (1..=self.written).map(|n| format!("line {n}")).collect()
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

fn text(piece: &Piece) -> Vec<String> {
    String::from_utf8_lossy(&piece.bytes).lines().map(str::to_owned).collect()
}

fn drain(tail: &mut Tail) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(piece) = tail.next(64).unwrap() {
        all.extend(text(&piece));
    }
    all
}

#[test]
fn a_line_is_given_when_it_is_whole_and_numbered_in_its_file() {
    let mut log = Log::new();
    let mut tail = Tail::open(&log.path(), &Begin::Start).unwrap();
    assert_eq!(tail.next(64).unwrap(), None);
    log.writer.write_all(b"one\ntw").unwrap();
    let piece = tail.next(64).unwrap().unwrap();
    assert_eq!((piece.first, text(&piece)), (1, vec!["one".to_owned()]));
    assert_eq!((tail.next(64).unwrap(), tail.behind()), (None, 2));
    log.writer.write_all(b"o\nthree\n").unwrap();
    let piece = tail.next(64).unwrap().unwrap();
    assert_eq!((piece.first, text(&piece)), (2, vec!["two".to_owned(), "three".to_owned()]));
}

#[test]
fn a_file_that_is_not_there_is_waited_for_and_the_end_may_be_the_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eve.json");
    let mut tail = Tail::open(&path, &Begin::End).unwrap();
    assert_eq!(tail.next(64).unwrap(), None);
    fs::write(&path, "one\n").unwrap();
    assert_eq!(drain(&mut tail), ["one"]);
    let mut late = Tail::open(&path, &Begin::End).unwrap();
    append(&path).write_all(b"two\n").unwrap();
    assert_eq!(drain(&mut late), ["two"]);
}

#[test]
fn a_line_too_long_to_be_kept_is_one_line_and_the_next_is_read() {
    let mut log = Log::new();
    let long = vec![b'x'; LONGEST + 3_000_000];
    log.writer.write_all(&long).unwrap();
    let mut tail = Tail::open(&log.path(), &Begin::Start).unwrap();
    let front = tail.next(1 << 20).unwrap().unwrap();
    assert!(front.bytes.len() > LONGEST && front.bytes.ends_with(b"x\n"));
    assert_eq!(tail.next(1 << 20).unwrap(), None);
    log.writer.write_all(b"xx\nnext\n").unwrap();
    let next = tail.next(1 << 20).unwrap().unwrap();
    assert_eq!((next.first, text(&next)), (2, vec!["next".to_owned()]));
}

#[test]
fn what_was_missed_for_sure_is_said() {
    let mut log = Log::new();
    log.write(3);
    let mut tail = Tail::open(&log.path(), &Begin::Start).unwrap();
    drain(&mut tail);
    log.writer.set_len(0).unwrap();
    log.write(1);
    assert_eq!(drain(&mut tail), ["line 4"]);
    let notices = tail.notices();
    assert!(notices[0].contains("truncated after 3 lines"), "{notices:?}");
    assert!(tail.notices().is_empty());

    let places = tail.places();
    fs::remove_file(log.path()).unwrap();
    log.writer = append(&log.path());
    log.write(1);
    let mut tail = Tail::open(&log.path(), &Begin::At(places)).unwrap();
    assert_eq!(drain(&mut tail), ["line 5"]);
    assert!(tail.notices()[0].contains("read up to line 1 and is gone"));
}

/// What may happen to a log and to who follows it.
#[derive(Clone, Debug)]
enum Event {
    Write(usize),
    WriteLate(usize),
    Rename,
    CopyAndTruncate(usize),
    CopyTruncateAndRename(usize, usize),
    Look,
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1_usize..30).prop_map(Event::Write),
        1 => (1_usize..5).prop_map(Event::WriteLate),
        2 => Just(Event::Rename),
        1 => (0_usize..5).prop_map(Event::CopyAndTruncate),
        1 => (0_usize..5, 0_usize..30).prop_map(|(a, b)| Event::CopyTruncateAndRename(a, b)),
        3 => Just(Event::Look),
        2 => Just(Event::Restart),
    ]
}

proptest! {
    /// Whatever the keeper does, every line is given once. Of a file that is truncated something was read before,
    /// and somebody looks after that: a keeper rotates by the day, a look takes a moment.
    #[test]
    fn every_line_is_given_once(events in proptest::collection::vec(event(), 1..40)) {
        let mut log = Log::new();
        let mut tail = Tail::open(&log.path(), &Begin::Start).unwrap();
        let mut seen = Vec::new();
        for event in events {
            match event {
                Event::Write(lines) => log.write(lines),
                Event::WriteLate(lines) => {
                    // The writer is told of the rotation only after some more lines.
                    seen.extend(drain(&mut tail));
                    let to = log.make_room();
                    fs::rename(log.path(), &to).unwrap();
                    log.write(lines);
                    log.stamp(&to);
                    log.writer = append(&log.path());
                }
                Event::Rename => log.rename(),
                Event::CopyAndTruncate(unseen) => {
                    log.write(1);
                    seen.extend(drain(&mut tail));
                    log.write(unseen);
                    log.copy_and_truncate();
                    seen.extend(drain(&mut tail));
                }
                Event::CopyTruncateAndRename(unseen, lines) => {
                    // Somebody looks before, and then only after a crash.
                    log.write(1);
                    seen.extend(drain(&mut tail));
                    log.write(unseen);
                    log.copy_and_truncate();
                    log.write(lines);
                    log.rename();
                    tail = Tail::open(&log.path(), &Begin::At(tail.places())).unwrap();
                }
                Event::Look => seen.extend(drain(&mut tail)),
                Event::Restart => tail = Tail::open(&log.path(), &Begin::At(tail.places())).unwrap(),
            }
        }
        seen.extend(drain(&mut tail));
        let mut expected = log.expected();
        expected.sort();
        seen.sort();
        prop_assert_eq!(seen, expected);
    }
}

fn fed(feed: &mut Feed, lines: usize) -> Vec<String> {
    let mut all = Vec::new();
    while all.len() < lines {
        match feed.next(1 << 20) {
            Fed::Lines(piece) => {
                assert_eq!(piece.first, all.len() as u64 + 1);
                all.extend(text(&piece));
            }
            Fed::Nothing => thread::yield_now(),
            Fed::Ended => break,
        }
    }
    all
}

#[test]
fn a_reader_is_read_to_its_end_and_a_cut_line_is_given() {
    let text = b"one\ntwo\nthr".to_vec();
    let mut feed = Feed::reading("-", std::io::Cursor::new(text));
    assert_eq!(fed(&mut feed, 3), ["one", "two", "thr"]);
    while feed.next(1) != Fed::Ended {
        thread::yield_now();
    }
}

#[test]
fn a_socket_takes_several_senders_and_replaces_what_a_dead_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eve.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let mut feed = Feed::stream_socket(&path).unwrap();
    assert!(Feed::stream_socket(&path).is_err(), "somebody listens there");
    for n in 0..3 {
        UnixStream::connect(&path).unwrap().write_all(format!("a {n}\nb {n}").as_bytes()).unwrap();
    }
    let mut lines = fed(&mut feed, 6);
    lines.sort();
    assert_eq!(lines, ["a 0", "a 1", "a 2", "b 0", "b 1", "b 2"]);
    drop(feed);
    assert!(!path.exists());
}

#[test]
fn a_datagram_is_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eve.sock");
    let mut feed = Feed::datagram_socket(&path).unwrap();
    let sender = UnixDatagram::unbound().unwrap();
    sender.send_to(b"one", &path).unwrap();
    sender.send_to(b"two\n", &path).unwrap();
    assert_eq!(fed(&mut feed, 2), ["one", "two"]);
}
