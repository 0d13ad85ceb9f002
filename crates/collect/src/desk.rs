//! Where the threads of a collection meet: each takes a block of the input, one at a time, reads it while it is in its
//! core's cache, and lays the rows down; one of them puts them together in the order of the file.
//!
//! No block goes from thread to thread before it is read, and no thread only cuts or only waits, so that all cores
//! are busy however long unpacking, reading and storing take beside one another.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex};

use crate::chunk::{Chunk, Shelf};
use crate::lines::{Cutting, End, Piece};
use crate::rows::Room;
use crate::spare::Spare;
use crate::{Error, State};

/// A piece of the file, its lines read as far as they can be without those before them.
pub(crate) enum Part {
    Old(Vec<u8>),
    Read(Box<Chunk>),
    Unreadable { reason: String, head: Vec<u8> },
}

/// What there is to do for the thread that puts together.
pub(crate) enum Next {
    /// This comes next.
    Part(Part),
    /// What comes next is not there yet, and there is room for one part more.
    Help(Room),
    /// All is put together.
    End,
    /// A thread was lost.
    Lost,
}

pub(crate) struct Desk<'p> {
    file: String,
    intake: Mutex<Intake<'p>>,
    table: Mutex<OnTable>,
    changed: Condvar,
    /// Parts that may be under way at once.
    most: usize,
    pub(crate) spare: Spare,
}

struct Intake<'p> {
    cutting: Cutting<'p>,
    /// Cut and not taken: a block may end a line that cannot be read and begin others.
    cut: VecDeque<Piece>,
    /// Number of the next piece.
    next: usize,
    end: Option<Result<End, Error>>,
}

#[derive(Default)]
struct OnTable {
    /// By number.
    parts: BTreeMap<usize, Part>,
    /// Parts that are under way or lie here.
    under_way: usize,
    /// Pieces there are, once it is known.
    pieces: Option<usize>,
    /// The rows the last part gave.
    room: Room,
    /// Nobody puts together any more.
    stopped: bool,
    lost: bool,
}

impl<'p> Desk<'p> {
    pub(crate) fn new(file: &str, cutting: Cutting<'p>, threads: usize) -> Self {
        let intake = Intake { cutting, cut: VecDeque::new(), next: 0, end: None };
        Desk {
            file: file.to_owned(),
            intake: Mutex::new(intake),
            table: Mutex::default(),
            changed: Condvar::new(),
            // As many wait to be put together as are read, and a few more while a batch goes to the disk.
            most: 2 * threads + 2,
            spare: Spare::default(),
        }
    }

    /// Takes pieces and reads them until there are no more.
    pub(crate) fn work(&self, shelf: &Shelf, mut state: State) {
        let _watch = self.watch();
        while let Some(room) = self.room() {
            let Some((number, part)) = self.read(shelf, &mut state, room) else { break };
            let Ok(mut table) = self.table.lock() else { break };
            table.parts.insert(number, part);
            drop(table);
            self.changed.notify_all();
        }
    }

    /// Held by every thread that reads or puts together, lest the others wait for one that is lost.
    pub(crate) fn watch(&self) -> Watch<'_, 'p> {
        Watch(self)
    }

    /// Waits until one more part may be under way.
    fn room(&self) -> Option<Room> {
        let table = self.table.lock().ok()?;
        let full =
            |table: &mut OnTable| table.under_way >= self.most && !table.stopped && !table.lost;
        let mut table = self.changed.wait_while(table, full).ok()?;
        if table.stopped || table.lost {
            return None;
        }
        table.under_way += 1;
        Some(table.room)
    }

    /// Takes the next piece and reads it; `None` behind the last one.
    pub(crate) fn read(
        &self,
        shelf: &Shelf,
        state: &mut State,
        room: Room,
    ) -> Option<(usize, Part)> {
        let (number, piece) = match self.take() {
            Ok(piece) => piece,
            Err(pieces) => {
                if let Ok(mut table) = self.table.lock() {
                    table.pieces = pieces;
                    table.lost |= pieces.is_none();
                }
                self.changed.notify_all();
                return None;
            }
        };
        let part = match piece {
            Piece::Old { bytes } => Part::Old(bytes),
            Piece::Unreadable { reason, head } => Part::Unreadable { reason, head },
            Piece::Lines { front, bytes } => {
                let mut chunk = Chunk::new(&self.file, u64::from(front), bytes, room);
                chunk.read(shelf, state, false);
                Part::Read(Box::new(chunk))
            }
        };
        Some((number, part))
    }

    /// The next piece and its number, or how many there were.
    fn take(&self) -> Result<(usize, Piece), Option<usize>> {
        let mut intake = self.intake.lock().map_err(|_| None)?;
        let Intake { cutting, cut, next, end } = &mut *intake;
        loop {
            if let Some(piece) = cut.pop_front() {
                *next += 1;
                return Ok((*next - 1, piece));
            }
            if end.is_some() {
                return Err(Some(*next));
            }
            let mut hand_on = |piece| {
                cut.push_back(piece);
                true
            };
            *end = cutting.step(&self.spare, &mut hand_on).transpose();
        }
    }

    /// What the thread that puts together should do, which has had so many parts.
    pub(crate) fn next(&self, had: usize) -> Next {
        let Ok(mut table) = self.table.lock() else { return Next::Lost };
        loop {
            if let Some(part) = table.parts.remove(&had) {
                return Next::Part(part);
            }
            if table.lost {
                return Next::Lost;
            }
            match table.pieces {
                Some(pieces) if pieces == had => return Next::End,
                None if table.under_way < self.most => {
                    table.under_way += 1;
                    return Next::Help(table.room);
                }
                _ => {}
            }
            table = match self.changed.wait(table) {
                Ok(table) => table,
                Err(_) => return Next::Lost,
            };
        }
    }

    /// Lays down a part that is not yet the next.
    pub(crate) fn lay(&self, number: usize, part: Part) {
        if let Ok(mut table) = self.table.lock() {
            table.parts.insert(number, part);
        }
    }

    /// A part was put together and gave so many rows.
    pub(crate) fn gave(&self, room: Room) {
        if let Ok(mut table) = self.table.lock() {
            table.under_way -= 1;
            table.room = room;
        }
        self.changed.notify_all();
    }

    /// Nothing more is put together.
    pub(crate) fn stop(&self) {
        if let Ok(mut table) = self.table.lock() {
            table.stopped = true;
        }
        self.changed.notify_all();
    }

    /// What is known of the whole stream, or what broke it off.
    pub(crate) fn end(self) -> Result<End, Error> {
        let stopped = Error::Stopped { file: self.file };
        match self.intake.into_inner() {
            Ok(Intake { end: Some(end), .. }) => end,
            _ => Err(stopped),
        }
    }
}

/// Says so when its thread is lost.
pub(crate) struct Watch<'a, 'p>(&'a Desk<'p>);

impl Drop for Watch<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            if let Ok(mut table) = self.0.table.lock() {
                table.lost = true;
            }
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::input::from_reader;
    use crate::lines::{How, Sizes};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn desk(text: &str, threads: usize) -> Desk<'static> {
        let raw = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let opened = from_reader("f".into(), raw, &()).unwrap();
        let (sizes, how) =
            (Sizes { chunk: 16, longest: 100 }, How { hold_back: false, digest: true });
        Desk::new("f", Cutting::new(opened, 0, sizes, how), threads)
    }

    #[test]
    fn parts_come_in_order_and_few_are_under_way() {
        let text: String = (0..500).map(|line| format!("no log {line}\n")).collect();
        for threads in [1, 4] {
            let desk = desk(&text, threads);
            let options = Options::default();
            let (shelf, mut state) = (Shelf::new(&options).unwrap(), State::new("f", &options));
            let (mut had, mut found) = (0, Vec::new());
            std::thread::scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(|| desk.work(&shelf, State::new("f", &options)));
                }
                loop {
                    match desk.next(had) {
                        Next::Part(Part::Read(chunk)) => {
                            found.extend_from_slice(&chunk.bytes);
                            had += 1;
                            assert!(desk.table.lock().unwrap().under_way <= 2 * threads + 2);
                            desk.gave(Room::default());
                        }
                        Next::Help(room) => {
                            if let Some((number, part)) = desk.read(&shelf, &mut state, room) {
                                desk.lay(number, part);
                            }
                        }
                        Next::End => break,
                        Next::Part(_) | Next::Lost => panic!("neither old nor lost"),
                    }
                }
            });
            assert_eq!(String::from_utf8(found).unwrap(), text);
            assert_eq!(desk.end().unwrap().bytes, text.len() as u64);
        }
    }

    #[test]
    fn a_lost_thread_is_not_waited_for() {
        let desk = desk("no log\n", 2);
        let lost = catch_unwind(AssertUnwindSafe(|| {
            let _watch = Watch(&desk);
            panic!("lost");
        }));
        assert!(lost.is_err());
        assert!(matches!(desk.next(0), Next::Lost));
        assert!(desk.room().is_none());
    }

    #[test]
    fn nobody_goes_on_behind_one_who_stopped() {
        let desk = desk("no log\n", 2);
        desk.stop();
        let options = Options::default();
        desk.work(&Shelf::new(&options).unwrap(), State::new("f", &options));
        assert!(desk.table.lock().unwrap().parts.is_empty());
    }
}
