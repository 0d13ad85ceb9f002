//! A Parquet file that is no part of the store: written whole, read whole.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::Error;

/// Writes batches of one schema as a Parquet file; without a batch the file has no column and no row.
///
/// # Errors
/// [`Error::Io`] if `out` fails or a column cannot be written.
pub fn write(batches: &[RecordBatch], out: &mut (dyn Write + Send)) -> Result<(), Error> {
    let failed = |error: ParquetError| io("write", Path::new("the Parquet file"), error);
    let schema: SchemaRef =
        batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(failed)?;
    for batch in batches {
        writer.write(batch).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

/// Reads such a file.
///
/// # Errors
/// [`Error::Io`] if there is none, [`Error::Damaged`] if it is no Parquet file.
pub fn read(path: &Path) -> Result<Vec<RecordBatch>, Error> {
    let file = File::open(path).map_err(|source| Error::Io {
        action: "open",
        path: path.to_owned(),
        source,
    })?;
    let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|error| damaged(error.to_string()))?;
    // The batches come without the remarks on the file.
    let schema = Arc::clone(builder.schema());
    let reader = builder.build().map_err(|error| damaged(error.to_string()))?;
    let whole = |batch: RecordBatch| batch.with_schema(Arc::clone(&schema));
    reader.map(|batch| batch.and_then(whole).map_err(|error| damaged(error.to_string()))).collect()
}

fn io(action: &'static str, path: &Path, error: ParquetError) -> Error {
    let source = std::io::Error::other(error);
    Error::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow::array::{ArrayRef, Float64Array, StringArray};

    use super::*;

    #[test]
    fn what_is_written_is_read_with_its_remarks() {
        let columns: [(&str, ArrayRef); 2] = [
            ("word", Arc::new(StringArray::from(vec![Some("a"), None]))),
            ("number", Arc::new(Float64Array::from(vec![f64::NAN, 0.5]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let remarks = HashMap::from([("grain".to_owned(), "flow".to_owned())]);
        let schema = Arc::new(batch.schema().as_ref().clone().with_metadata(remarks));
        let batch = batch.with_schema(schema).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        write(std::slice::from_ref(&batch), &mut File::create(&path).unwrap()).unwrap();
        let read_back = read(&path).unwrap();
        assert_eq!(read_back[0].schema().metadata()["grain"], "flow");
        assert_eq!((read_back[0].num_rows(), read_back[0].column(0)), (2, batch.column(0)));
    }

    #[test]
    fn no_batch_is_a_file_and_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        assert!(matches!(read(&path), Err(Error::Io { .. })));
        write(&[], &mut File::create(&path).unwrap()).unwrap();
        assert_eq!(read(&path).unwrap().iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
        std::fs::write(&path, "no parquet").unwrap();
        assert!(matches!(read(&path), Err(Error::Damaged { .. })));
    }
}
