//! Rows of lines that come piece by piece.

use std::sync::Arc;

use arrow::array::RecordBatch;
use botany_catalog::{Table, tables};

use crate::chunk::{Chunk, Shelf};
use crate::follow::Piece;
use crate::rows::Room;
use crate::{Error, Options, State, Tally, sources};

/// A batch a table, in the order of the catalog; tables without rows are left out.
pub type Batches = Vec<(&'static Table, RecordBatch)>;

/// Reads the lines of one log as they come, in order; what [`crate::read`] does with a file that has ended.
///
/// Most lines can be read without those before them: a [`Part`] does that on any thread, and [`Stream::finish`] what
/// is left of it, part after part.
pub struct Stream {
    file: String,
    shelf: Arc<Shelf>,
    state: State,
    /// The rows the last part gave.
    room: Room,
}

/// Lines on their way to rows.
pub struct Part {
    shelf: Arc<Shelf>,
    state: State,
    chunk: Chunk,
}

impl Part {
    /// Reads the lines up to the first that cannot be read without those before it.
    pub fn read(&mut self) {
        self.chunk.read(&self.shelf, &mut self.state, false);
    }

    /// Whether all lines were read: nothing is left for [`Stream::finish`] to read.
    pub fn is_read(&self) -> bool {
        self.chunk.is_read()
    }

    /// The rows of the lines read, and what became of the lines.
    ///
    /// # Errors
    /// [`Error::Batch`], a defect of this crate.
    pub fn rows(self) -> Result<(Tally, Batches), Error> {
        Ok((self.chunk.tally, self.chunk.rows.finish()?))
    }
}

impl Stream {
    /// Before the first line of a log of this name.
    ///
    /// # Errors
    /// [`Error::UnknownSource`].
    pub fn new(file: &str, options: &Options) -> Result<Stream, Error> {
        let shelf = Shelf::new(options).ok_or_else(|| sources::unknown(options))?;
        let state = State::new(file, options);
        Ok(Stream { file: file.to_owned(), shelf: Arc::new(shelf), state, room: Room::default() })
    }

    /// The next lines, of which none was read.
    pub fn part(&self, piece: Piece) -> Part {
        Part {
            shelf: Arc::clone(&self.shelf),
            state: State::new(&self.file, &self.state.options),
            chunk: Chunk::new(&self.file, piece.first, piece.bytes, self.room),
        }
    }

    /// Reads what was not read of a part. Parts that are not read to their end come here in the order of their lines.
    ///
    /// # Errors
    /// [`Error::Batch`], a defect of this crate.
    pub fn finish(&mut self, mut part: Part) -> Result<(Tally, Batches), Error> {
        part.chunk.read(&self.shelf, &mut self.state, true);
        part.rows()
    }

    /// Takes note of the rows a part gave: room is made for as many in those to come.
    pub fn gave(&mut self, batches: &Batches) {
        for (room, table) in self.room.iter_mut().zip(tables::ALL) {
            let found = batches.iter().find(|(other, _)| std::ptr::eq(*other, *table));
            *room = found.map_or(0, |(_, batch)| batch.num_rows());
        }
    }

    /// The rows of the next lines, a batch a table in the order of the catalog, and what became of the lines.
    ///
    /// # Errors
    /// [`Error::Batch`], a defect of this crate.
    pub fn read(&mut self, piece: Piece) -> Result<(Tally, Batches), Error> {
        let part = self.part(piece);
        self.finish(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::ALL;
    use crate::{Input, Memory, read};

    #[test]
    fn pieces_give_the_rows_of_the_whole_file() {
        // Sources that remember find what they remembered in the piece before.
        let lines: Vec<String> = ALL.iter().map(|s| format!("{}\n", s.example())).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let text = lines.concat().repeat(3);
        std::fs::write(&path, &text).unwrap();
        let options = Options::default();
        let mut whole = Memory::default();
        let tally = read(&Input::File(path.clone()), &options, &mut whole, &()).unwrap();

        let mut stream = Stream::new(&path.display().to_string(), &options).unwrap();
        let (mut sum, mut pieces) = (Tally::default(), Memory::default());
        for (line, bytes) in text.split_inclusive('\n').enumerate() {
            let piece = Piece { first: line as u64 + 1, bytes: bytes.into() };
            let (part, batches) = stream.read(piece).unwrap();
            sum.add(&part);
            pieces.batches.extend(batches);
        }
        assert_eq!((sum.lines, &sum.stored), (tally.lines, &tally.stored));
        for table in ["flow", "login", "reject"] {
            let joined = |memory: &Memory| {
                let batches = memory.table(table);
                let schema = batches.first().map(|batch| batch.schema())?;
                arrow::compute::concat_batches(&schema, batches).ok()
            };
            assert_eq!(joined(&pieces), joined(&whole), "{table}");
        }
    }

    #[test]
    fn parts_read_apart_give_what_lines_read_in_order_give() {
        let examples: Vec<String> = ALL.iter().map(|s| format!("{}\n", s.example())).collect();
        let eve = format!("{}\nno log line\n\n", ALL[0].example());
        let texts = [eve.repeat(4), examples.concat(), "  \n".to_owned(), eve, examples.concat()];
        let options = Options::default();
        let [mut ahead, mut in_order] = [0; 2].map(|_| Stream::new("log", &options).unwrap());
        let mut first = 1;
        let mut parts = Vec::new();
        for text in &texts {
            parts.push(ahead.part(Piece { first, bytes: text.clone().into_bytes() }));
            first += text.lines().count() as u64;
        }
        // The last is begun first.
        parts.iter_mut().rev().for_each(Part::read);
        assert_eq!(parts.iter().filter(|part| part.is_read()).count(), 3);
        let mut first = 1;
        for (text, part) in texts.iter().zip(parts) {
            let piece = Piece { first, bytes: text.clone().into_bytes() };
            first += text.lines().count() as u64;
            let (tally, batches) = ahead.finish(part).unwrap();
            ahead.gave(&batches);
            let (expected, rows) = in_order.read(piece).unwrap();
            assert_eq!(format!("{tally:?}"), format!("{expected:?}"));
            let named = |batches: Batches| -> Vec<_> {
                batches.into_iter().map(|(table, batch)| (table.name, batch)).collect()
            };
            assert_eq!(named(batches), named(rows));
        }
    }
}
