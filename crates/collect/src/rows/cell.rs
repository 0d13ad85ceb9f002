//! One cell: a value of a row on its way into a column.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, StringBuilder, TimestampMicrosecondBuilder,
    UInt8Builder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use botany_catalog::Kind;

use super::Text;

/// A growing column of one [`Kind`].
#[derive(Debug)]
pub(crate) enum Cells {
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    Bool(BooleanBuilder),
    U8(UInt8Builder),
    U16(UInt16Builder),
    U32(UInt32Builder),
    U64(UInt64Builder),
    F64(Float64Builder),
}

impl Cells {
    pub(crate) fn new(kind: Kind) -> Self {
        // No room in advance: a chunk may give a rare table a single row, and the batches of such a
        // table wait for each other. Arrow's own choice is room for 1,024 rows in every column.
        match kind {
            Kind::Time => Cells::Time(
                TimestampMicrosecondBuilder::with_capacity(0)
                    .with_data_type(Kind::Time.data_type()),
            ),
            Kind::Text => Cells::Text(StringBuilder::with_capacity(0, 0)),
            Kind::Bool => Cells::Bool(BooleanBuilder::with_capacity(0)),
            Kind::U8 => Cells::U8(UInt8Builder::with_capacity(0)),
            Kind::U16 => Cells::U16(UInt16Builder::with_capacity(0)),
            Kind::U32 => Cells::U32(UInt32Builder::with_capacity(0)),
            Kind::U64 => Cells::U64(UInt64Builder::with_capacity(0)),
            Kind::F64 => Cells::F64(Float64Builder::with_capacity(0)),
        }
    }

    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            Cells::Time(mut cells) => Arc::new(cells.finish()),
            Cells::Text(mut cells) => Arc::new(cells.finish()),
            Cells::Bool(mut cells) => Arc::new(cells.finish()),
            Cells::U8(mut cells) => Arc::new(cells.finish()),
            Cells::U16(mut cells) => Arc::new(cells.finish()),
            Cells::U32(mut cells) => Arc::new(cells.finish()),
            Cells::U64(mut cells) => Arc::new(cells.finish()),
            Cells::F64(mut cells) => Arc::new(cells.finish()),
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        match self {
            Cells::Text(cells) => cells.append_value(text),
            other => other.mismatch(),
        }
    }

    pub(crate) fn u64(&mut self, number: u64) {
        Cell::put(number, self);
    }

    /// A row whose field has another kind than its column: a defect, found by the test of the rows.
    fn mismatch(&mut self) {
        debug_assert!(false, "a field and its column differ in kind");
        // A null keeps the columns of equal length; the schema decides whether it may stand.
        match self {
            Cells::Time(cells) => cells.append_null(),
            Cells::Text(cells) => cells.append_null(),
            Cells::Bool(cells) => cells.append_null(),
            Cells::U8(cells) => cells.append_null(),
            Cells::U16(cells) => cells.append_null(),
            Cells::U32(cells) => cells.append_null(),
            Cells::U64(cells) => cells.append_null(),
            Cells::F64(cells) => cells.append_null(),
        }
    }
}

/// A value that knows which kind of column it belongs to.
pub(crate) trait Cell {
    fn put(self, cells: &mut Cells);
}

macro_rules! cell {
    ($type:ty, $kind:ident) => {
        impl Cell for $type {
            fn put(self, cells: &mut Cells) {
                match cells {
                    Cells::$kind(cells) => cells.append_value(self),
                    other => other.mismatch(),
                }
            }
        }

        impl Cell for Option<$type> {
            fn put(self, cells: &mut Cells) {
                match cells {
                    Cells::$kind(cells) => cells.append_option(self),
                    other => other.mismatch(),
                }
            }
        }
    };
}

// No row of a log holds a plain i64: it is always a time.
cell!(i64, Time);
cell!(bool, Bool);
cell!(u8, U8);
cell!(u16, U16);
cell!(u32, U32);
cell!(u64, U64);
cell!(Text<'_>, Text);

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
            assert_eq!(Cells::new(kind).finish().data_type(), &kind.data_type());
        }
    }

    #[test]
    fn a_missing_value_is_a_null() {
        let mut cells = Cells::new(Kind::U16);
        Cell::put(Some(22_u16), &mut cells);
        Cell::put(None::<u16>, &mut cells);
        let array = cells.finish();
        assert_eq!((array.len(), array.null_count()), (2, 1));
    }
}
