//! Record batches as a table to print.

use anyhow::Result;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Value, json};

use super::output::Table;

/// The batches as one table. Numbers stay numbers; times are RFC 3339 in UTC.
pub fn table(batches: &[RecordBatch]) -> Result<Table> {
    let schema = batches.first().map(RecordBatch::schema);
    let names =
        schema.iter().flat_map(|s| s.fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>());
    let mut table = Table::new(names);
    for batch in batches {
        let columns = batch.columns().iter().map(|c| values(c)).collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            table.row(columns.iter().map(|column| column[row].clone()).collect());
        }
    }
    Ok(table)
}

/// The first row as names and values.
pub fn first_row(batches: &[RecordBatch]) -> Result<Vec<(String, Value)>> {
    let Some(batch) = batches.iter().find(|b| b.num_rows() > 0) else { return Ok(Vec::new()) };
    let one = batch.slice(0, 1);
    let named = one.schema_ref().fields().iter().zip(one.columns());
    named.map(|(field, column)| Ok((field.name().clone(), values(column)?.remove(0)))).collect()
}

fn values(column: &dyn Array) -> Result<Vec<Value>> {
    use DataType as T;
    Ok(match column.data_type() {
        T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => {
            let numbers = cast(column, &T::UInt64)?;
            numbers.as_primitive::<UInt64Type>().iter().map(|v| json!(v)).collect()
        }
        T::Int8 | T::Int16 | T::Int32 | T::Int64 => {
            let numbers = cast(column, &T::Int64)?;
            numbers.as_primitive::<Int64Type>().iter().map(|v| json!(v)).collect()
        }
        T::Float16 | T::Float32 | T::Float64 => {
            let numbers = cast(column, &T::Float64)?;
            numbers.as_primitive::<Float64Type>().iter().map(|v| json!(v)).collect()
        }
        T::Boolean => column.as_boolean().iter().map(|v| json!(v)).collect(),
        _ => {
            let options =
                FormatOptions::default().with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.6fZ"));
            let formatter = ArrayFormatter::try_new(column, &options)?;
            let text = |row| (!column.is_null(row)).then(|| formatter.value(row).to_string());
            (0..column.len()).map(|row| json!(text(row))).collect()
        }
    })
}
