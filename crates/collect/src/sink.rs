//! Where the rows go.

use arrow::array::RecordBatch;
use botany_catalog::Table;

/// Whatever went wrong at the receiver of the rows.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Takes the rows of a collection, in the order of the file within each table.
pub trait Sink {
    /// Takes one batch; its schema is the table's.
    ///
    /// # Errors
    /// Whatever the receiver says; the collection ends with [`crate::Error::Sink`].
    fn write(&mut self, table: &'static Table, batch: RecordBatch) -> Result<(), SinkError>;
}

/// Keeps every batch in memory.
#[derive(Debug, Default)]
pub struct Memory {
    /// The batches in the order they came.
    pub batches: Vec<(&'static Table, RecordBatch)>,
}

impl Memory {
    /// The batches of one table, in order.
    pub fn table(&self, name: &str) -> Vec<&RecordBatch> {
        self.batches
            .iter()
            .filter(|(table, _)| table.name == name)
            .map(|(_, batch)| batch)
            .collect()
    }

    /// The number of rows of one table.
    pub fn rows(&self, name: &str) -> usize {
        self.table(name).iter().map(|batch| batch.num_rows()).sum()
    }
}

impl Sink for Memory {
    fn write(&mut self, table: &'static Table, batch: RecordBatch) -> Result<(), SinkError> {
        self.batches.push((table, batch));
        Ok(())
    }
}
