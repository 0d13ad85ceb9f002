//! Rows that were put in order once, in a scratch file for whoever goes over them again.
//!
//! The file has no name: it is gone with the last handle to it, whatever the process dies of.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _, Write};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use crate::Error;

/// Bytes a scratch file may take: some ten million rows. More are asked for again.
const MOST: u64 = 2 << 30;

/// A scratch file that is being written.
pub(super) struct Keeping {
    rows: StreamWriter<BufWriter<Bounded>>,
}

impl Keeping {
    /// An empty file in a folder; `None` where there can be none, such as on a disk that is read-only.
    pub(super) fn begin(folder: &Path, schema: &SchemaRef) -> Option<Keeping> {
        Keeping::within(folder, schema, MOST)
    }

    fn within(folder: &Path, schema: &SchemaRef, most: u64) -> Option<Keeping> {
        let file = Bounded { file: tempfile::tempfile_in(folder).ok()?, left: most };
        let rows = StreamWriter::try_new(BufWriter::with_capacity(1 << 18, file), schema).ok()?;
        Some(Keeping { rows })
    }

    /// With these rows as well; `None` if they find no room.
    pub(super) fn with(mut self, rows: &RecordBatch) -> Option<Keeping> {
        self.rows.write(rows).ok()?;
        Some(self)
    }

    /// All rows there are.
    pub(super) fn finish(mut self) -> Option<Kept> {
        self.rows.finish().ok()?;
        let mut out = self.rows.into_inner().ok()?;
        out.flush().ok()?;
        Some(Kept { file: out.into_inner().ok()?.file })
    }
}

/// A file that takes no more than it may.
struct Bounded {
    file: File,
    left: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(io::ErrorKind::QuotaExceeded.into());
        };
        let written = self.file.write(bytes)?;
        self.left = left + (bytes.len() - written) as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A scratch file that holds all rows.
pub(super) struct Kept {
    file: File,
}

impl Kept {
    /// Hands on the batches as they were put there.
    ///
    /// # Errors
    /// [`Error::Scratch`] for a disk that fails, and those of `visit`, which end it.
    pub(super) fn each<E: From<Error>>(
        &self,
        mut visit: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |cause: io::Error| Error::Scratch(cause.into());
        let mut file = self.file.try_clone().map_err(failed)?;
        file.rewind().map_err(failed)?;
        let file = BufReader::with_capacity(1 << 18, file);
        let rows = StreamReader::try_new(file, None).map_err(Error::Scratch)?;
        for batch in rows {
            visit(batch.map_err(Error::Scratch)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, StringArray};

    use super::*;

    fn batch(first: f64) -> RecordBatch {
        let columns: [(&str, ArrayRef, bool); 2] = [
            ("word", Arc::new(StringArray::from(vec![Some("a"), None, Some("")])), true),
            ("number", Arc::new(Float64Array::from(vec![first, -0.0, f64::INFINITY])), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    fn all(kept: &Kept) -> Vec<RecordBatch> {
        let mut all = Vec::new();
        let take = |rows| {
            all.push(rows);
            Ok::<_, Error>(())
        };
        kept.each(take).unwrap();
        all
    }

    #[test]
    fn rows_come_back_as_often_as_asked_and_leave_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [batch(0.1), batch(1e300)];
        let keeping = Keeping::begin(folder.path(), &rows[0].schema()).unwrap();
        let kept = keeping.with(&rows[0]).unwrap().with(&rows[1]).unwrap().finish().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(all(&kept), rows);
        assert_eq!(all(&kept), rows, "once more");
        let stopped = kept.each(|_| Err(Error::Setting("enough".to_owned()))).unwrap_err();
        assert_eq!(stopped.to_string(), "enough");
        assert_eq!(all(&kept), rows, "after it was stopped");
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let (folder, rows) = (tempfile::tempdir().unwrap(), batch(1.0));
        assert!(Keeping::begin(&folder.path().join("none"), &rows.schema()).is_none());
        let keeping = Keeping::within(folder.path(), &rows.schema(), 100).unwrap();
        assert!(keeping.with(&rows).and_then(Keeping::finish).is_none());
    }
}
