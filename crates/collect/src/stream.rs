//! Rows of lines that come piece by piece.

use arrow::array::RecordBatch;
use botany_catalog::Table;

use crate::chunk::{Chunk, Shelf};
use crate::follow::Piece;
use crate::rows::Room;
use crate::{Error, Options, State, Tally, sources};

/// A batch a table, in the order of the catalog; tables without rows are left out.
pub type Batches = Vec<(&'static Table, RecordBatch)>;

/// Reads the lines of one log as they come, in order; what [`crate::read`] does with a file that has ended.
pub struct Stream {
    file: String,
    shelf: Shelf,
    state: State,
}

impl Stream {
    /// Before the first line of a log of this name.
    ///
    /// # Errors
    /// [`Error::UnknownSource`].
    pub fn new(file: &str, options: &Options) -> Result<Stream, Error> {
        let shelf = Shelf::new(options).ok_or_else(|| sources::unknown(options))?;
        Ok(Stream { file: file.to_owned(), shelf, state: State::new(file, options) })
    }

    /// The rows of the next lines, a batch a table in the order of the catalog, and what became of the lines.
    ///
    /// # Errors
    /// [`Error::Batch`], a defect of this crate.
    pub fn read(&mut self, piece: Piece) -> Result<(Tally, Batches), Error> {
        let mut chunk = Chunk::new(&self.file, piece.first, piece.bytes, Room::default());
        chunk.read(&self.shelf, &mut self.state, true);
        Ok((chunk.tally, chunk.rows.finish()?))
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
}
