//! The way of one file: unpacked and cut on one thread, parsed on others, put together in order.

use std::collections::VecDeque;
use std::mem;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use botany_catalog::{Table, tables};

use crate::chunk::{Chunk, Shelf};
use crate::input::{Opened, open};
use crate::lines::{How, Piece, SIZES, cut};
use crate::rows::Room;
use crate::spare::Spare;
use crate::{Error, Input, Options, Progress, Sink, State, Tally, sources};

/// Reads an input from its beginning.
///
/// # Errors
/// [`Error::Open`], [`Error::Read`], [`Error::Sink`] and [`Error::UnknownSource`]; a line that
/// cannot be read, or compressed data that is damaged, is a reject and no error. After an error the
/// sink may hold some of the rows.
pub fn read(
    input: &Input,
    options: &Options,
    sink: &mut dyn Sink,
    progress: &dyn Progress,
) -> Result<Tally, Error> {
    read_after(input, 0, options, sink, progress)
}

/// Reads what an input has beyond its first `after` decompressed bytes.
///
/// Lines keep their numbers in the whole file, and digest and bytes of the [`Tally`] are those of
/// the whole file too; its other counts are of the new lines. Where the old bytes end within a line,
/// that line is read again, complete. The old lines are shown to the sources that remember, so that
/// the new ones are read as they would have been at once. Whether the file still begins as it did is the
/// caller's to check, with [`crate::digest`].
///
/// # Errors
/// As [`read`].
pub fn read_after(
    input: &Input,
    after: u64,
    options: &Options,
    sink: &mut dyn Sink,
    progress: &dyn Progress,
) -> Result<Tally, Error> {
    read_opened(|| open(input, progress), after, options, sink, progress)
}

pub(crate) fn read_opened<'p>(
    open: impl FnOnce() -> Result<Opened<'p>, Error>,
    after: u64,
    options: &Options,
    sink: &mut dyn Sink,
    progress: &'p dyn Progress,
) -> Result<Tally, Error> {
    let shelf = Shelf::new(options).ok_or_else(|| sources::unknown(options))?;
    let opened = open()?;
    let file = opened.file.clone();
    let state = State::new(&file, options);
    let how = How { hold_back: options.hold_back, digest: options.digest };
    let workers = if options.threads > 1 { options.threads } else { 0 };
    let spare = Spare::default();
    thread::scope(|scope| {
        let (pieces, cut_pieces) = sync_channel(2);
        let spare = &spare;
        let cutter = scope.spawn(move || {
            cut(opened, after, SIZES, how, spare, &mut |piece| pieces.send(piece).is_ok())
        });
        let (jobs, waiting) = sync_channel::<Job>(workers);
        // Each worker holds the receiver, so that the jobs' channel closes when all have ended.
        let waiting = std::sync::Arc::new(Mutex::new(waiting));
        for _ in 0..workers {
            let (waiting, shelf, state) = (std::sync::Arc::clone(&waiting), &shelf, state.clone());
            scope.spawn(move || work(&waiting, shelf, state));
        }
        drop(waiting);
        let mut merger = Merger::new(&file, &shelf, state, options, sink, progress, spare);
        let mut parts: VecDeque<Receiver<Chunk>> = VecDeque::new();
        for piece in &cut_pieces {
            match piece {
                Piece::Old { first, bytes } => {
                    merger.remember(Chunk::new(&file, first, bytes, Room::default()));
                }
                Piece::Lines { first, bytes } => {
                    let mut chunk = Chunk::new(&file, first, bytes, merger.room);
                    if workers == 0 {
                        merger.parse(&mut chunk, false);
                        merger.take(chunk)?;
                        continue;
                    }
                    let (done, part) = sync_channel(1);
                    jobs.send((chunk, done)).map_err(|_| Error::Stopped { file: file.clone() })?;
                    parts.push_back(part);
                    if parts.len() > workers {
                        merger.take_next(&mut parts)?;
                    }
                }
                Piece::Unreadable { line, reason, head } => {
                    while !parts.is_empty() {
                        merger.take_next(&mut parts)?;
                    }
                    merger.unreadable(line, reason, &head)?;
                }
            }
        }
        while !parts.is_empty() {
            merger.take_next(&mut parts)?;
        }
        let mut tally = merger.finish()?;
        let end = cutter.join().map_err(|_| Error::Stopped { file: file.clone() })??;
        (tally.bytes, tally.held_back) = (end.bytes, end.held_back);
        (tally.digest, tally.head_digest) = (end.digest, end.head_digest);
        Ok(tally)
    })
}

/// Batches of a table that wait, before they are put together.
const WAITING: usize = 32;

/// A chunk and where to send it when its lines are read.
type Job = (Chunk, SyncSender<Chunk>);

/// Reads chunks until no more come, each up to its first line that must be read in order.
fn work(waiting: &Mutex<Receiver<Job>>, shelf: &Shelf, mut state: State) {
    loop {
        let job = match waiting.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok((mut chunk, done)) = job else { return };
        chunk.read(shelf, &mut state, false);
        // Nobody waits for it any more when the collection has failed.
        let _ = done.send(chunk);
    }
}

/// Takes the chunks in the file's order, reads what was left of them, and feeds the sink.
struct Merger<'a> {
    file: &'a str,
    shelf: &'a Shelf,
    state: State,
    batch_rows: usize,
    sink: &'a mut dyn Sink,
    progress: &'a dyn Progress,
    spare: &'a Spare,
    tally: Tally,
    /// The rows the last chunk gave.
    room: Room,
    /// Per table: the batches that wait to be one, and their rows.
    waiting: Vec<(&'static Table, Vec<RecordBatch>, usize)>,
}

impl<'a> Merger<'a> {
    fn new(
        file: &'a str,
        shelf: &'a Shelf,
        state: State,
        options: &Options,
        sink: &'a mut dyn Sink,
        progress: &'a dyn Progress,
        spare: &'a Spare,
    ) -> Self {
        Merger {
            file,
            shelf,
            state,
            batch_rows: options.batch_rows.max(1),
            sink,
            progress,
            spare,
            tally: Tally::default(),
            room: Room::default(),
            waiting: Vec::new(),
        }
    }

    fn remember(&mut self, chunk: Chunk) {
        chunk.remember(self.shelf, &mut self.state);
    }

    fn parse(&mut self, chunk: &mut Chunk, stateful: bool) {
        chunk.read(self.shelf, &mut self.state, stateful);
    }

    fn take_next(&mut self, parts: &mut VecDeque<Receiver<Chunk>>) -> Result<(), Error> {
        let Some(part) = parts.pop_front() else { return Ok(()) };
        let chunk = part.recv().map_err(|_| Error::Stopped { file: self.file.to_owned() })?;
        self.take(chunk)
    }

    fn take(&mut self, mut chunk: Chunk) -> Result<(), Error> {
        self.parse(&mut chunk, true);
        self.spare.give(mem::take(&mut chunk.bytes), 2 * SIZES.chunk);
        self.tally.add(&chunk.tally);
        self.progress.lines(chunk.tally.lines);
        let batches = chunk.rows.finish()?;
        for (room, table) in self.room.iter_mut().zip(tables::ALL) {
            let found = batches.iter().find(|(other, _)| std::ptr::eq(*other, *table));
            *room = found.map_or(0, |(_, batch)| batch.num_rows());
        }
        for (table, batch) in batches {
            let at = self.waiting.iter().position(|(other, ..)| other.name == table.name);
            let at = at.unwrap_or_else(|| {
                self.waiting.push((table, Vec::new(), 0));
                self.waiting.len() - 1
            });
            if let Some((_, batches, rows)) = self.waiting.get_mut(at) {
                *rows += batch.num_rows();
                batches.push(batch);
                // A rare table gives many small batches: put together, they hold only what they need.
                if *rows >= self.batch_rows || batches.len() >= WAITING {
                    self.flush(at, false)?;
                }
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, line: u64, reason: String, head: &[u8]) -> Result<(), Error> {
        self.state.line = line;
        self.take(Chunk::unreadable(self.file, line, reason, head, &self.state))
    }

    /// Puts the waiting batches of a table together and writes them if they are enough, or with `all`.
    fn flush(&mut self, at: usize, all: bool) -> Result<(), Error> {
        let Some((table, batches, rows)) = self.waiting.get_mut(at) else { return Ok(()) };
        let table: &'static Table = table;
        let whole = match mem::take(batches).as_slice() {
            [] => return Ok(()),
            [one] => one.clone(),
            many => concat_batches(&table.schema(), many)
                .map_err(|cause| Error::Batch { table: table.name, cause })?,
        };
        if !all && *rows < self.batch_rows {
            batches.push(whole);
            return Ok(());
        }
        *rows = 0;
        let written = self.sink.write(table, whole);
        written.map_err(|cause| Error::Sink { file: self.file.to_owned(), cause })
    }

    fn finish(mut self) -> Result<Tally, Error> {
        for at in 0..self.waiting.len() {
            self.flush(at, true)?;
        }
        Ok(self.tally)
    }
}

#[cfg(test)]
mod tests;
