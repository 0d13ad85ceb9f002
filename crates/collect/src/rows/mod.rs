//! Rows on their way to columns: one typed row per table of the catalog.
//!
//! A row struct has the fields of its table, in the table's order and by the table's names; what a
//! field means is documented where the column is declared. `file` and `line` are not among them:
//! the frame knows where a line stood and fills them in.

mod cell;
mod eve;
mod login;
mod reject;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::compute::concat;
use arrow::error::ArrowError;
use botany_catalog::{Table, tables};

use crate::{Error, Outcome};
use cell::{Cell, Cells, Nulls};

pub use eve::{AlertRow, FlowRow, NetflowRow, SshRow};
pub use login::LoginRow;
pub(crate) use reject::RejectRow;

/// Text of a row: borrowed from the line where it can be.
pub type Text<'a> = Cow<'a, str>;

/// A row that knows its table.
trait Row {
    const TABLE: &'static Table;
    /// The fields, in order: the table's columns up to `file` and `line`.
    #[cfg(test)]
    const FIELDS: &'static [&'static str];
    fn event_time(&self) -> i64;
    fn put(&self, cells: &mut [Cells], at: usize);
}

/// Declares a row struct and how its fields become cells.
macro_rules! row {
    ($(#[$doc:meta])* $vis:vis struct $name:ident of $table:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        $vis struct $name<'a> {
            $(
                #[doc = concat!("Column `", stringify!($field), "`.")]
                pub $field: $type,
            )*
        }

        impl $crate::rows::Row for $name<'_> {
            const TABLE: &'static botany_catalog::Table = &botany_catalog::tables::$table;
            #[cfg(test)]
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn event_time(&self) -> i64 {
                self.event_time
            }

            fn put(&self, cells: &mut [$crate::rows::cell::Cells], at: usize) {
                let mut cells = cells.iter_mut();
                $(
                    if let Some(cells) = cells.next() {
                        $crate::rows::cell::Cell::put(&self.$field, cells, at);
                    }
                )*
            }
        }
    };
}
pub(crate) use row;

/// Takes the rows the sources make of the lines, one row a line at most.
#[derive(Debug)]
pub struct Rows {
    file: Arc<str>,
    line: u64,
    tables: Vec<Columns>,
    room: Room,
    /// Table and time of the row that the current line gave.
    given: Option<(&'static Table, i64)>,
}

/// The rows of each table to make room for, in the order of the catalog.
pub(crate) type Room = [usize; tables::ALL.len()];

/// The growing columns of one table; none before its first row.
#[derive(Debug)]
struct Columns {
    table: &'static Table,
    cells: Vec<Cells>,
    rows: usize,
}

impl Rows {
    /// No rows yet, of this file.
    pub fn new(file: &str) -> Self {
        Rows::with_room(file, Room::default())
    }

    pub(crate) fn with_room(file: &str, room: Room) -> Self {
        let none = |table: &&'static Table| Columns { table, cells: Vec::new(), rows: 0 };
        let tables = tables::ALL.iter().map(none).collect();
        Rows { file: file.into(), line: 0, tables, room, given: None }
    }

    /// Stores a flow; returns [`Outcome::Stored`].
    pub fn flow(&mut self, row: &FlowRow<'_>) -> Outcome {
        self.push(row)
    }

    /// Stores one direction of a flow; returns [`Outcome::Stored`].
    pub fn netflow(&mut self, row: &NetflowRow<'_>) -> Outcome {
        self.push(row)
    }

    /// Stores an alert; returns [`Outcome::Stored`].
    pub fn alert(&mut self, row: &AlertRow<'_>) -> Outcome {
        self.push(row)
    }

    /// Stores an SSH handshake; returns [`Outcome::Stored`].
    pub fn ssh(&mut self, row: &SshRow<'_>) -> Outcome {
        self.push(row)
    }

    /// Stores a log-in; returns [`Outcome::Stored`].
    pub fn login(&mut self, row: &LoginRow<'_>) -> Outcome {
        self.push(row)
    }

    pub(crate) fn reject(&mut self, row: RejectRow<'_>) {
        self.push(&row);
    }

    /// Begins a line: rows from here on stood in it.
    pub(crate) fn begin(&mut self, line: u64) {
        self.line = line;
        self.given = None;
    }

    /// Raises the line of every row by so many: those that were found to stand before.
    pub(crate) fn raise_lines(&mut self, by: u64) {
        for Columns { table, cells, .. } in &mut self.tables {
            let lines = cells.iter_mut().zip(table.columns);
            lines
                .filter(|(_, column)| column.name == "line")
                .for_each(|(cells, _)| cells.raise(by));
        }
    }

    /// Table and time of the row the current line gave.
    pub(crate) fn given(&self) -> Option<(&'static Table, i64)> {
        self.given
    }

    fn push<R: Row>(&mut self, row: &R) -> Outcome {
        debug_assert!(self.given.is_none(), "a second row of {} {}", self.file, self.line);
        self.given = Some((R::TABLE, row.event_time()));
        let mut found = self.tables.iter_mut().zip(self.room);
        let found = found.find(|(columns, _)| std::ptr::eq(columns.table, R::TABLE));
        if let Some((Columns { table, cells, rows }, room)) = found {
            if cells.is_empty() {
                let new = table.columns.iter().map(|column| Cells::new(column.kind, room));
                *cells = new.collect();
            }
            row.put(cells, *rows);
            // The reject table has its line among its own columns.
            if place_of(table).is_some()
                && let Some(line) = cells.last_mut()
            {
                Cell::put(&self.line, line, *rows);
            }
            *rows += 1;
        }
        Outcome::Stored(R::TABLE)
    }

    /// The rows as one batch a table, in the order of the catalog; tables without rows are left out.
    ///
    /// # Errors
    /// [`Error::Batch`] if the columns do not fit the table, which the tests rule out.
    pub(crate) fn finish(self) -> Result<Vec<(&'static Table, RecordBatch)>, Error> {
        let filled = self.tables.into_iter().filter(|columns| !columns.cells.is_empty());
        filled
            .map(|Columns { table, cells, rows }| {
                let mut nulls = Nulls::default();
                let place = place_of(table);
                let arrays: Vec<ArrayRef> = (0..)
                    .zip(cells)
                    .map(|(at, cells)| match place {
                        Some(file) if file == at => {
                            Arc::new(StringArray::new_repeated(&*self.file, rows))
                        }
                        _ => cells.finish(rows, &mut nulls),
                    })
                    .collect();
                RecordBatch::try_new(table.schema(), arrays)
                    .map(|batch| (table, batch))
                    .map_err(|cause| Error::Batch { table: table.name, cause })
            })
            .collect()
    }
}

/// Where the columns `file` and `line` of a table begin that the frame fills in; the reject table has them among its own.
fn place_of(table: &Table) -> Option<usize> {
    (table.name != tables::REJECT.name).then(|| table.columns.len().saturating_sub(2))
}

/// Batches of a table put together.
pub(crate) fn join(table: &Table, batches: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut nulls = Nulls::default();
    let columns = (0..table.columns.len()).map(|at| {
        let parts: Vec<&dyn Array> =
            batches.iter().filter_map(|batch| Some(batch.columns().get(at)?.as_ref())).collect();
        match parts.iter().find(|part| part.null_count() < part.len()) {
            Some(_) => concat(&parts),
            None => Ok(nulls.column(&table.columns[at].kind.data_type(), rows)),
        }
    });
    RecordBatch::try_new(table.schema(), columns.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<R: Row + Default>() {
        let columns: Vec<&str> = R::TABLE.columns.iter().map(|column| column.name).collect();
        let ends_with_place = R::TABLE.name != tables::REJECT.name;
        let own = columns.len() - if ends_with_place { 2 } else { 0 };
        assert_eq!(&columns[..own], R::FIELDS, "{}", R::TABLE.name);
        // Kinds and nulls: a batch of a default row is accepted by the schema.
        let mut rows = Rows::new("f");
        rows.begin(1);
        rows.push(&R::default());
        let batches = rows.finish().unwrap();
        assert_eq!((batches.len(), batches[0].1.num_rows()), (1, 1), "{}", R::TABLE.name);
    }

    #[test]
    fn every_row_has_the_columns_of_its_table() {
        agrees::<FlowRow>();
        agrees::<NetflowRow>();
        agrees::<AlertRow>();
        agrees::<SshRow>();
        agrees::<LoginRow>();
        agrees::<RejectRow>();
        assert_eq!(tables::ALL.len(), 6);
    }

    #[test]
    fn the_frame_fills_in_where_a_line_stood() {
        let mut rows = Rows::new("eve.json");
        for line in [3, 9] {
            rows.begin(line);
            rows.ssh(&SshRow {
                event_time: 7,
                client_proto: Some("2.0".into()),
                ..SshRow::default()
            });
        }
        let batches = rows.finish().unwrap();
        let json = format!("{:?}", batches[0].1);
        assert!(json.contains("eve.json"), "{json}");
        let line = batches[0].1.column_by_name("line").unwrap();
        assert_eq!(format!("{line:?}").matches("3,").count(), 1);
        assert_eq!(batches[0].0.name, "ssh");
    }
}
