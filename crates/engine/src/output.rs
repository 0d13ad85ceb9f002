//! Answers as text: CSV, JSON, and cells for a table.
//!
//! Times are RFC 3339 in UTC with a `Z`, days `YYYY-MM-DD`. A null is an empty cell, and `null` in JSON.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::json::writer::{JsonArray, JsonFormat, LineDelimited};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;

use crate::Error;

/// A time without a zone is UTC as well: the session has no other.
const TIME: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

/// Writes CSV with a header. Lists and structs stand as text.
///
/// # Errors
/// If `out` fails, or a value cannot be written.
pub fn csv(batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = arrow::csv::WriterBuilder::new()
        .with_header(true)
        .with_timestamp_format(TIME.to_owned())
        .build(out);
    for batch in batches {
        writer.write(&flat(batch)?).map_err(failed)?;
    }
    Ok(())
}

/// Writes one JSON object a line.
///
/// # Errors
/// As [`csv`].
pub fn json_lines(batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), Error> {
    json::<LineDelimited>(batches, out)
}

/// Writes one JSON array of objects, and a line end.
///
/// # Errors
/// As [`csv`].
pub fn json_array(batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), Error> {
    json::<JsonArray>(batches, out)?;
    out.write_all(b"\n").map_err(|error| failed(error.into()))
}

/// The names of the columns.
pub fn columns(batches: &[RecordBatch]) -> Vec<String> {
    let schema = batches.first().map(RecordBatch::schema);
    schema.map_or(Vec::new(), |s| s.fields().iter().map(|f| f.name().clone()).collect())
}

/// The rows, a text for each cell, in order.
///
/// # Errors
/// If a column is of a type that has no text.
pub fn rows(batches: &[RecordBatch]) -> Result<impl Iterator<Item = Vec<String>>, Error> {
    let batches: Vec<_> = batches.iter().map(texts).collect::<Result<_, Error>>()?;
    Ok(batches.into_iter().flatten())
}

/// The rows of one batch.
fn texts(batch: &RecordBatch) -> Result<impl Iterator<Item = Vec<String>> + use<>, Error> {
    let columns: Vec<Vec<String>> = batch
        .columns()
        .iter()
        .map(|column| {
            let options = cells();
            let formatter = ArrayFormatter::try_new(column, &options).map_err(failed)?;
            // A time beyond the calendar has no text of its own: an empty cell, as for a null.
            Ok((0..column.len())
                .map(|row| formatter.value(row).try_to_string().unwrap_or_default())
                .collect())
        })
        .collect::<Result<_, Error>>()?;
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    Ok((0..batch.num_rows())
        .map(move |_| columns.iter_mut().map(|cells| cells.next().unwrap_or_default()).collect()))
}

fn json<F: JsonFormat>(batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), Error> {
    let mut writer = arrow::json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_timestamp_format(TIME.to_owned())
        .build::<_, F>(out);
    for batch in batches {
        writer.write(batch).map_err(failed)?;
    }
    writer.finish().map_err(failed)
}

fn cells() -> FormatOptions<'static> {
    FormatOptions::new().with_null("").with_timestamp_format(Some(TIME))
}

/// The batch with its lists, structs and the like as text: CSV has no place for them.
fn flat(batch: &RecordBatch) -> Result<RecordBatch, Error> {
    if !batch.schema().fields().iter().any(|field| field.data_type().is_nested()) {
        return Ok(batch.clone());
    }
    let options = cells();
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if field.data_type().is_nested() {
            let formatter = ArrayFormatter::try_new(column, &options).map_err(failed)?;
            let texts: Result<Vec<String>, ArrowError> =
                (0..column.len()).map(|row| formatter.value(row).try_to_string()).collect();
            columns.push(Arc::new(StringArray::from(texts.map_err(failed)?)));
            fields.push(Field::new(field.name(), DataType::Utf8, true));
        } else {
            columns.push(Arc::clone(column));
            fields.push(field.as_ref().clone());
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(failed)
}

fn failed(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, source) => {
            Error::Io { action: "write", path: "the output".into(), source }
        }
        other => DataFusionError::from(other).into(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, ListArray, TimestampMicrosecondArray, UInt64Array};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn answer() -> Vec<RecordBatch> {
        let times = TimestampMicrosecondArray::from(vec![Some(1_700_000_000_250_000), None]);
        let zoned = times.clone().with_timezone("UTC");
        let names = StringArray::from(vec![Some("a,\"b\"\nc"), None]);
        let counts = UInt64Array::from(vec![u64::MAX, 0]);
        let reals = Float64Array::from(vec![Some(0.5), None]);
        let lists =
            ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), None]), None]);
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("zoned", Arc::new(zoned) as ArrayRef, true),
            ("time", Arc::new(times), true),
            ("name", Arc::new(names), true),
            ("count", Arc::new(counts), false),
            ("real", Arc::new(reals), true),
            ("list", Arc::new(lists), true),
        ]);
        vec![batch.unwrap()]
    }

    fn text(
        write: fn(&[RecordBatch], &mut dyn Write) -> Result<(), Error>,
        of: &[RecordBatch],
    ) -> String {
        let mut out = Vec::new();
        write(of, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_are_plain_and_nulls_empty() {
        let rows: Vec<Vec<String>> = rows(&answer()).unwrap().collect();
        let time = "2023-11-14T22:13:20.250Z";
        assert_eq!(rows[0][..5], [time, time, "a,\"b\"\nc", "18446744073709551615", "0.5"]);
        assert_eq!(rows[1], ["", "", "", "0", "", ""]);
        assert_eq!(columns(&answer()), ["zoned", "time", "name", "count", "real", "list"]);
    }

    #[test]
    fn csv_is_quoted_and_has_its_header_even_without_rows() {
        let csv_text = text(csv, &answer());
        assert!(csv_text.starts_with("zoned,time,name,count,real,list\n"), "{csv_text}");
        assert!(
            csv_text.contains("250Z,\"a,\"\"b\"\"\nc\",18446744073709551615,0.5,\"[1, ]\"\n"),
            "{csv_text}"
        );
        assert!(csv_text.ends_with("\n,,,0,,\n"), "{csv_text}");
        assert_eq!(text(csv, &[answer()[0].slice(0, 0)]).lines().count(), 1);
    }

    #[test]
    fn json_keeps_every_key() {
        let lines = text(json_lines, &answer());
        let second =
            "{\"zoned\":null,\"time\":null,\"name\":null,\"count\":0,\"real\":null,\"list\":null}";
        assert_eq!(lines.lines().nth(1), Some(second));
        assert!(
            lines.starts_with(
                "{\"zoned\":\"2023-11-14T22:13:20.250Z\",\"time\":\"2023-11-14T22:13:20.250Z\""
            ),
            "{lines}"
        );
        let array: serde_json::Value = serde_json::from_str(&text(json_array, &answer())).unwrap();
        assert_eq!(array.as_array().map(Vec::len), Some(2));
        assert_eq!(text(json_array, &[answer()[0].slice(0, 0)]), "[]\n");
    }
}
