//! The way of one file: unpacked and cut by one thread at a time, read by all, put together in order.

use std::mem;
use std::thread;

use arrow::array::RecordBatch;
use botany_catalog::{Table, tables};

use crate::chunk::{Chunk, Shelf};
use crate::desk::{Desk, Next, Part};
use crate::input::{Opened, open};
use crate::lines::{Cutting, How, SIZES};
use crate::rows::{Room, join};
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
    let threads = options.threads.max(1);
    let desk = Desk::new(&file, Cutting::new(opened, after, SIZES, how), threads);
    let mut tally = thread::scope(|scope| {
        let _watch = desk.watch();
        // This thread reads as well, whenever there is nothing to put together.
        for _ in 1..threads {
            let (desk, shelf, state) = (&desk, &shelf, state.clone());
            scope.spawn(move || desk.work(shelf, state));
        }
        let merger = Merger::new(&file, &shelf, state.clone(), options, sink, progress);
        let merged = merger.all(&desk, state.clone());
        desk.stop();
        merged
    })?;
    let end = desk.end()?;
    (tally.bytes, tally.held_back) = (end.bytes, end.held_back);
    (tally.digest, tally.head_digest) = (end.digest, end.head_digest);
    Ok(tally)
}

/// Batches of a table that wait, before they are put together.
const WAITING: usize = 32;

/// Takes the chunks in the file's order, reads what was left of them, and feeds the sink.
struct Merger<'a> {
    file: &'a str,
    shelf: &'a Shelf,
    state: State,
    batch_rows: usize,
    sink: &'a mut dyn Sink,
    progress: &'a dyn Progress,
    tally: Tally,
    /// Number of the line that comes next.
    line: u64,
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
    ) -> Self {
        Merger {
            file,
            shelf,
            state,
            batch_rows: options.batch_rows.max(1),
            sink,
            progress,
            tally: Tally::default(),
            line: 1,
            room: Room::default(),
            waiting: Vec::new(),
        }
    }

    /// Puts all parts together, and reads such as are not there yet.
    fn all(mut self, desk: &Desk<'_>, mut state: State) -> Result<Tally, Error> {
        let mut had = 0;
        loop {
            let part = match desk.next(had) {
                Next::Part(part) => part,
                Next::Help(room) => match desk.read(self.shelf, &mut state, room) {
                    Some((number, part)) if number == had => part,
                    Some((number, part)) => {
                        desk.lay(number, part);
                        continue;
                    }
                    None => continue,
                },
                Next::End => return self.finish(),
                Next::Lost => return Err(Error::Stopped { file: self.file.to_owned() }),
            };
            had += 1;
            let block = self.put(part)?;
            desk.spare.give(block, 2 * SIZES.chunk);
            desk.gave(self.room);
        }
    }

    /// Puts the next part where it belongs; returns the block it stood in.
    fn put(&mut self, part: Part) -> Result<Vec<u8>, Error> {
        match part {
            Part::Old(bytes) => {
                let chunk = Chunk::new(self.file, self.line, bytes, Room::default());
                self.line = chunk.remember(self.shelf, &mut self.state);
                Ok(Vec::new())
            }
            Part::Unreadable { reason, head } => {
                self.state.line = self.line;
                let chunk = Chunk::unreadable(self.file, self.line, reason, &head, &self.state);
                self.line += 1;
                self.take(chunk)
            }
            Part::Read(mut chunk) => {
                chunk.stand(self.line);
                chunk.read(self.shelf, &mut self.state, true);
                self.line = chunk.next_line();
                self.take(*chunk)
            }
        }
    }

    /// Takes a chunk that was read to its end; returns its block.
    fn take(&mut self, mut chunk: Chunk) -> Result<Vec<u8>, Error> {
        let block = mem::take(&mut chunk.bytes);
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
        Ok(block)
    }

    /// Puts the waiting batches of a table together and writes them if they are enough, or with `all`.
    fn flush(&mut self, at: usize, all: bool) -> Result<(), Error> {
        let Some((table, batches, rows)) = self.waiting.get_mut(at) else { return Ok(()) };
        let table: &'static Table = table;
        let whole = match mem::take(batches).as_slice() {
            [] => return Ok(()),
            [one] => one.clone(),
            many => join(table, many).map_err(|cause| Error::Batch { table: table.name, cause })?,
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
