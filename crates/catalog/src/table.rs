//! A table is a name, a sentence and a list of documented columns.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The type of a column, as few as the house needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Microseconds since 1970-01-01T00:00:00Z, always UTC.
    Time,
    /// UTF-8 text.
    Text,
    /// True or false.
    Bool,
    /// Unsigned, 8 bits: a flag byte, an ICMP type.
    U8,
    /// Unsigned, 16 bits: a port.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits: a counter.
    U64,
    /// A real number.
    F64,
}

impl Kind {
    /// The Arrow type that stores this kind.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Text => DataType::Utf8,
            Kind::Bool => DataType::Boolean,
            Kind::U8 => DataType::UInt8,
            Kind::U16 => DataType::UInt16,
            Kind::U32 => DataType::UInt32,
            Kind::U64 => DataType::UInt64,
            Kind::F64 => DataType::Float64,
        }
    }
}

/// One column of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The name, as it stands in SQL.
    pub name: &'static str,
    /// The type.
    pub kind: Kind,
    /// The unit, or an empty string where there is none.
    pub unit: &'static str,
    /// What it says, and when it is null.
    pub doc: &'static str,
    /// Whether a row may lack it.
    pub nullable: bool,
}

impl Column {
    /// A column every row has.
    pub const fn required(
        name: &'static str,
        kind: Kind,
        unit: &'static str,
        doc: &'static str,
    ) -> Self {
        Column { name, kind, unit, doc, nullable: false }
    }

    /// A column a row may lack.
    pub const fn optional(
        name: &'static str,
        kind: Kind,
        unit: &'static str,
        doc: &'static str,
    ) -> Self {
        Column { name, kind, unit, doc, nullable: true }
    }
}

/// A typed table. Its first column is `event_time`, which also decides the day it is filed under.
#[derive(Debug)]
pub struct Table {
    /// The name, as it stands in SQL and on disk.
    pub name: &'static str,
    /// What one row is.
    pub doc: &'static str,
    /// The columns, in order.
    pub columns: &'static [Column],
}

impl Table {
    /// The Arrow schema of this table.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|c| Field::new(c.name, c.kind.data_type(), c.nullable))
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// The column of that name, if there is one.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}
