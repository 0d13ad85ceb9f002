//! One cell: a value of a row on its way into a column.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanBuilder, Float64Builder, StringBuilder, TimestampMicrosecondBuilder,
    UInt8Builder, UInt16Builder, UInt32Builder, UInt64Builder, new_null_array,
};
use arrow::datatypes::DataType;
use botany_catalog::Kind;

use super::Text;

/// Bytes of a text to make room for.
const TEXT: usize = 16;

/// The columns of a batch that hold nothing, one for each type and length: most of a table's are such, and each would
/// take as much memory as if it held something.
#[derive(Debug, Default)]
pub(crate) struct Nulls(Vec<ArrayRef>);

impl Nulls {
    pub(crate) fn column(&mut self, data_type: &DataType, rows: usize) -> ArrayRef {
        let same = |column: &&ArrayRef| column.len() == rows && column.data_type() == data_type;
        if let Some(column) = self.0.iter().find(same) {
            return Arc::clone(column);
        }
        let column = new_null_array(data_type, rows);
        self.0.push(Arc::clone(&column));
        column
    }
}

/// A growing column of one [`Kind`]. Most columns of most rows are null: such a column is not even touched, and gets
/// its nulls when the next value says in which row it stands.
#[derive(Debug)]
pub(crate) struct Cells {
    kind: Kind,
    /// Rows to make room for.
    room: usize,
    /// None before the first value.
    values: Option<Values>,
    /// Rows up to the last value.
    rows: usize,
}

#[derive(Debug)]
enum Values {
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Bool(BooleanBuilder),
    U8(UInt8Builder),
    U16(UInt16Builder),
    U32(UInt32Builder),
    U64(UInt64Builder),
    F64(Float64Builder),
}

/// The same done with the builder of any kind.
macro_rules! any {
    ($values:expr, $cells:ident => $done:expr) => {
        match $values {
            Values::Time($cells) => $done,
            Values::Text($cells) => $done,
            Values::Bool($cells) => $done,
            Values::U8($cells) => $done,
            Values::U16($cells) => $done,
            Values::U32($cells) => $done,
            Values::U64($cells) => $done,
            Values::F64($cells) => $done,
        }
    };
}

impl Values {
    fn new(kind: Kind, room: usize) -> Self {
        match kind {
            Kind::Time => Values::Time(
                TimestampMicrosecondBuilder::with_capacity(room)
                    .with_data_type(Kind::Time.data_type()),
            ),
            Kind::Text => Values::Text(StringBuilder::with_capacity(room, room * TEXT)),
            Kind::Bool => Values::Bool(BooleanBuilder::with_capacity(room)),
            Kind::U8 => Values::U8(UInt8Builder::with_capacity(room)),
            Kind::U16 => Values::U16(UInt16Builder::with_capacity(room)),
            Kind::U32 => Values::U32(UInt32Builder::with_capacity(room)),
            Kind::U64 => Values::U64(UInt64Builder::with_capacity(room)),
            Kind::F64 => Values::F64(Float64Builder::with_capacity(room)),
        }
    }
}

impl Cells {
    /// An empty column that will have about `room` rows. A chunk may give a rare table a single row, and the
    /// batches of such a table wait for each other: too much room would be held for long.
    pub(crate) fn new(kind: Kind, room: usize) -> Self {
        // A few more, lest every other column grows to twice its size for its last rows.
        let room = room + room / 16;
        Cells { kind, room, values: None, rows: 0 }
    }

    /// The column of so many rows. Those of nulls alone share their memory by `nulls`.
    pub(crate) fn finish(mut self, rows: usize, nulls: &mut Nulls) -> ArrayRef {
        match self.values {
            None => nulls.column(&self.kind.data_type(), rows),
            Some(_) => any!(self.before(rows), cells => Arc::new(cells.finish())),
        }
    }

    /// Adds to every number of a column of such.
    pub(crate) fn raise(&mut self, by: u64) {
        if let Some(Values::U64(numbers)) = &mut self.values {
            numbers.values_slice_mut().iter_mut().for_each(|number| *number += by);
        }
    }

    /// The builder, with all nulls before this row in it.
    #[inline]
    fn before(&mut self, row: usize) -> &mut Values {
        let values = self.values.get_or_insert_with(|| Values::new(self.kind, self.room));
        if self.rows < row {
            any!(values, cells => cells.append_nulls(row - self.rows));
            self.rows = row;
        }
        values
    }
}

/// A value that knows which kind of column it belongs to.
pub(crate) trait Cell {
    /// Puts it into this row, which comes after all that have been put there.
    fn put(&self, cells: &mut Cells, row: usize);
}

macro_rules! cell {
    ($type:ty, $kind:ident, $value:ident => $plain:expr) => {
        impl Cell for $type {
            #[inline]
            fn put(&self, cells: &mut Cells, row: usize) {
                let $value = self;
                if let Values::$kind(values) = cells.before(row) {
                    values.append_value($plain);
                    cells.rows = row + 1;
                } else {
                    // It stays null; the schema decides whether it may.
                    debug_assert!(false, "a field and its column differ in kind");
                }
            }
        }

        impl Cell for Option<$type> {
            #[inline]
            fn put(&self, cells: &mut Cells, row: usize) {
                if let Some(value) = self {
                    value.put(cells, row);
                }
            }
        }
    };
}

// No row of a log holds a plain i64: it is always a time.
cell!(i64, Time, value => *value);
cell!(bool, Bool, value => *value);
cell!(u8, U8, value => *value);
cell!(u16, U16, value => *value);
cell!(u32, U32, value => *value);
cell!(u64, U64, value => *value);
cell!(Text<'_>, Text, value => value);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_the_type_its_kind_names() {
        for kind in [
            Kind::Time,
            Kind::Text,
            Kind::Bool,
            Kind::U8,
            Kind::U16,
            Kind::U32,
            Kind::U64,
            Kind::F64,
        ] {
            assert_eq!(
                Cells::new(kind, 0).finish(0, &mut Nulls::default()).data_type(),
                &kind.data_type()
            );
        }
    }

    #[test]
    fn a_missing_value_is_a_null() {
        let mut cells = Cells::new(Kind::U16, 4);
        for (row, value) in [Some(22_u16), None, Some(23), None].into_iter().enumerate() {
            Cell::put(&value, &mut cells, row);
        }
        let array = cells.finish(4, &mut Nulls::default());
        assert_eq!((array.len(), array.null_count()), (4, 2));
        assert!(array.is_valid(0) && array.is_null(1) && array.is_valid(2) && array.is_null(3));
    }
}
