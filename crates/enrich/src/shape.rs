//! Results brought into the schema they are promised in.
//!
//! The engine chooses its own text and counter types, and gives no batch at all for an empty result.
//! A table that others build on has one schema, and exists when it is empty.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{Field, Schema, SchemaRef};
use botany_catalog::Column;

use crate::Error;

/// The Arrow schema of documented columns.
pub fn schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> =
        columns.iter().map(|c| Field::new(c.name, c.kind.data_type(), c.nullable)).collect();
    Arc::new(Schema::new(fields))
}

/// The batches with their columns cast to `schema`, by name; at least one batch, if an empty one.
pub fn conform(batches: &[RecordBatch], schema: &SchemaRef) -> Result<Vec<RecordBatch>, Error> {
    if batches.iter().all(|b| b.num_rows() == 0) {
        return Ok(vec![RecordBatch::new_empty(schema.clone())]);
    }
    batches
        .iter()
        .filter(|batch| batch.num_rows() > 0)
        .map(|batch| {
            let columns = schema
                .fields()
                .iter()
                .map(|field| {
                    let index = batch.schema().index_of(field.name())?;
                    cast(batch.column(index), field.data_type())
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(RecordBatch::try_new(schema.clone(), columns)?)
        })
        .collect()
}
