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
const TEXT: usize = 12;

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

/// A growing column of one [`Kind`].
#[derive(Debug)]
pub(crate) struct Cells {
    kind: Kind,
    /// Rows to make room for.
    room: usize,
    /// None before the first value.
    values: Option<Values>,
    /// Nulls since the last value. Most columns of most rows are null: counting them is all it takes.
    nulls: usize,
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
        Cells { kind, room, values: None, nulls: 0 }
    }

    /// The column. Those of nulls alone share their memory by `nulls`.
    pub(crate) fn finish(mut self, nulls: &mut Nulls) -> ArrayRef {
        match self.values {
            None => nulls.column(&self.kind.data_type(), self.nulls),
            Some(_) => any!(self.ready(), cells => Arc::new(cells.finish())),
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        Cell::put(&Text::Borrowed(text), self);
    }

    pub(crate) fn u64(&mut self, number: u64) {
        Cell::put(&number, self);
    }

    /// Adds to every number of a column of such.
    pub(crate) fn raise(&mut self, by: u64) {
        if let Some(Values::U64(numbers)) = &mut self.values {
            numbers.values_slice_mut().iter_mut().for_each(|number| *number += by);
        }
    }

    #[inline]
    fn null(&mut self) {
        self.nulls += 1;
    }

    /// The builder, with all nulls in it.
    #[inline]
    fn ready(&mut self) -> &mut Values {
        let values = self.values.get_or_insert_with(|| Values::new(self.kind, self.room));
        if self.nulls > 0 {
            let nulls = std::mem::take(&mut self.nulls);
            any!(values, cells => cells.append_nulls(nulls));
        }
        values
    }

    /// A row whose field has another kind than its column: a defect, found by the test of the rows.
    fn mismatch(&mut self) {
        debug_assert!(false, "a field and its column differ in kind");
        // A null keeps the columns of equal length; the schema decides whether it may stand.
        self.null();
    }
}

/// A value that knows which kind of column it belongs to.
pub(crate) trait Cell {
    fn put(&self, cells: &mut Cells);
}

macro_rules! cell {
    ($type:ty, $kind:ident, $value:ident => $plain:expr) => {
        impl Cell for $type {
            #[inline]
            fn put(&self, cells: &mut Cells) {
                let $value = self;
                match cells.ready() {
                    Values::$kind(cells) => cells.append_value($plain),
                    _ => cells.mismatch(),
                }
            }
        }

        impl Cell for Option<$type> {
            #[inline]
            fn put(&self, cells: &mut Cells) {
                match self {
                    Some(value) => value.put(cells),
                    None => cells.null(),
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
                Cells::new(kind, 0).finish(&mut Nulls::default()).data_type(),
                &kind.data_type()
            );
        }
    }

    #[test]
    fn a_missing_value_is_a_null() {
        let mut cells = Cells::new(Kind::U16, 4);
        Cell::put(&Some(22_u16), &mut cells);
        Cell::put(&None::<u16>, &mut cells);
        Cell::put(&Some(23_u16), &mut cells);
        Cell::put(&None::<u16>, &mut cells);
        let array = cells.finish(&mut Nulls::default());
        assert_eq!((array.len(), array.null_count()), (4, 2));
        assert!(array.is_valid(0) && array.is_null(1) && array.is_valid(2) && array.is_null(3));
    }
}
