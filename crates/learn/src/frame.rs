//! Named columns of numbers and categories: what comes from a query, before it is made a matrix.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use crate::Error;

/// The code of a missing category.
pub const MISSING: u32 = u32::MAX;

/// The values of a column, one a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; NaN is a missing one.
    Number(Vec<f64>),
    /// Words, each stored once.
    Category {
        /// One a row: the place of its word in `levels`, or [`MISSING`].
        codes: Vec<u32>,
        /// The words.
        levels: Vec<String>,
    },
}

impl Values {
    /// Numbers.
    pub fn numbers(values: impl IntoIterator<Item = f64>) -> Values {
        Values::Number(values.into_iter().collect())
    }

    /// Words, `None` for a missing one. The levels are sorted, so that they do not depend on the order of rows.
    pub fn words<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Values {
        // Coded as they come, then by their order.
        let mut found: HashMap<&str, u32> = HashMap::new();
        let mut last = None;
        let mut code = |word: &'a str| match last {
            Some((same, code)) if same == word => code,
            _ => {
                let next = found.len() as u32;
                let code = *found.entry(word).or_insert(next);
                last = Some((word, code));
                code
            }
        };
        let mut codes: Vec<u32> =
            values.into_iter().map(|word| word.map_or(MISSING, &mut code)).collect();
        let mut sorted: Vec<(&str, u32)> = found.into_iter().collect();
        sorted.sort_unstable();
        let mut place = vec![0; sorted.len()];
        for (new, (_, old)) in sorted.iter().enumerate() {
            place[*old as usize] = new as u32;
        }
        for code in codes.iter_mut().filter(|code| **code != MISSING) {
            *code = place[*code as usize];
        }
        Values::Category { codes, levels: sorted.iter().map(|(word, _)| (*word).into()).collect() }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Values::Number(values) => values.len(),
            Values::Category { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows without a value.
    pub fn missing(&self) -> usize {
        match self {
            Values::Number(values) => values.iter().filter(|v| v.is_nan()).count(),
            Values::Category { codes, .. } => codes.iter().filter(|c| **c == MISSING).count(),
        }
    }

    fn take(&self, rows: &[usize]) -> Values {
        match self {
            Values::Number(values) => Values::Number(rows.iter().map(|&i| values[i]).collect()),
            Values::Category { codes, levels } => Values::Category {
                codes: rows.iter().map(|&i| codes[i]).collect(),
                levels: levels.clone(),
            },
        }
    }

    /// Whether every code has its word.
    fn codes_fit(&self) -> bool {
        match self {
            Values::Number(_) => true,
            Values::Category { codes, levels } => {
                codes.iter().all(|&c| c == MISSING || (c as usize) < levels.len())
            }
        }
    }
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values, one a row.
    pub values: Values,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, values: Values) -> Column {
        Column { name: name.into(), values }
    }
}

/// Columns of one length, each named once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    columns: Vec<Column>,
    rows: usize,
}

impl Frame {
    /// A frame of these columns.
    ///
    /// # Errors
    /// Columns of unequal length, a name given twice, or a category code without a level.
    pub fn new(columns: Vec<Column>) -> Result<Frame, Error> {
        let rows = columns.first().map_or(0, |c| c.values.len());
        for (j, column) in columns.iter().enumerate() {
            let name = &column.name;
            if column.values.len() != rows {
                return Err(Error::UnequalColumns {
                    column: name.clone(),
                    rows: column.values.len(),
                    expected: rows,
                });
            }
            if columns[..j].iter().any(|c| c.name == *name) {
                return Err(Error::DuplicateColumn(name.clone()));
            }
            if !column.values.codes_fit() {
                return Err(Error::WrongKind {
                    column: name.clone(),
                    found: "codes without a level".into(),
                    expected: "codes of its own levels",
                });
            }
        }
        Ok(Frame { columns, rows })
    }

    /// The rows of Arrow batches of one schema: whole and real numbers, decimals, booleans (as 0 and 1),
    /// timestamps and dates (as their count since 1970 in the column's own unit) become numbers; text becomes
    /// a category; null is a missing value.
    ///
    /// # Errors
    /// Batches of different schemas, or a column of any other type.
    pub fn from_batches(batches: &[RecordBatch]) -> Result<Frame, Error> {
        let Some(first) = batches.first() else { return Ok(Frame::default()) };
        let schema = first.schema();
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let parts = batches.iter().map(|batch| batch.column_by_name(field.name()).cloned());
            let wrong = || Error::ColumnType {
                column: field.name().clone(),
                kind: field.data_type().to_string(),
            };
            let parts: Vec<_> = parts
                .map(|part| part.ok_or_else(wrong).and_then(|p| read(&p).ok_or_else(wrong)))
                .collect::<Result<_, _>>()?;
            columns.push(Column::new(field.name(), join(parts).ok_or_else(wrong)?));
        }
        Frame::new(columns)
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that name.
    ///
    /// # Errors
    /// There is none; the message lists the names there are.
    pub fn column(&self, name: &str) -> Result<&Column, Error> {
        self.columns.iter().find(|c| c.name == name).ok_or_else(|| Error::NoColumn {
            column: name.to_owned(),
            available: self.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The numbers of the column of that name.
    ///
    /// # Errors
    /// There is none, or it holds words.
    pub fn numbers(&self, name: &str) -> Result<&[f64], Error> {
        match &self.column(name)?.values {
            Values::Number(values) => Ok(values),
            Values::Category { .. } => Err(Error::WrongKind {
                column: name.to_owned(),
                found: "words".into(),
                expected: "numbers",
            }),
        }
    }

    /// The columns of these names, in this order.
    ///
    /// # Errors
    /// A name that is not there, or given twice.
    pub fn select(&self, names: &[&str]) -> Result<Frame, Error> {
        let columns = names.iter().map(|name| self.column(name).cloned());
        Frame::new(columns.collect::<Result<_, _>>()?)
    }

    /// The rows of these numbers, in this order; a row may be taken more than once.
    ///
    /// # Panics
    /// A number that is not below [`Self::rows`], as with any index.
    pub fn take(&self, rows: &[usize]) -> Frame {
        let columns = self.columns.iter().map(|c| Column::new(&c.name, c.values.take(rows)));
        Frame { columns: columns.collect(), rows: rows.len() }
    }

    /// The frame with one more column, which takes the place of a column of the same name.
    ///
    /// # Errors
    /// It is not as long as the others.
    pub fn with(&self, column: Column) -> Result<Frame, Error> {
        let mut columns = self.columns.clone();
        match columns.iter_mut().find(|c| c.name == column.name) {
            Some(place) => *place = column,
            None => columns.push(column),
        }
        Frame::new(columns)
    }
}

/// One part of a column as it comes from Arrow.
enum Part {
    Number(Vec<f64>),
    Words(StringArray),
}

fn read(array: &dyn Array) -> Option<Part> {
    use DataType as T;
    let numbers = |array: &dyn Array| {
        let cast = cast(array, &T::Float64).ok()?;
        let values = cast.as_primitive::<Float64Type>();
        Some(Part::Number(match values.null_count() {
            0 => values.values().to_vec(),
            _ => values.iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
        }))
    };
    match array.data_type() {
        T::Utf8 | T::LargeUtf8 | T::Utf8View => {
            let cast = cast(array, &T::Utf8).ok()?;
            Some(Part::Words(cast.as_string::<i32>().clone()))
        }
        T::Dictionary(_, value) => read(&cast(array, value).ok()?),
        T::Null => Some(Part::Number(vec![f64::NAN; array.len()])),
        T::Timestamp(..) | T::Date64 | T::Duration(_) => numbers(&cast(array, &T::Int64).ok()?),
        T::Date32 => numbers(&cast(array, &T::Int32).ok()?),
        T::Boolean => numbers(&cast(array, &T::UInt8).ok()?),
        kind if kind.is_numeric() => numbers(array),
        _ => None,
    }
}

/// One column of its parts; `None` if they are not of one kind.
fn join(parts: Vec<Part>) -> Option<Values> {
    let mut numbers = Vec::new();
    let mut words = Vec::new();
    let (mut some_numbers, mut some_words) = (false, false);
    for part in parts {
        match part {
            Part::Number(values) => {
                some_numbers = true;
                numbers.extend(values);
            }
            Part::Words(values) => {
                some_words = true;
                words.push(values);
            }
        }
    }
    match (some_numbers, some_words) {
        (true, true) => None,
        (_, true) => Some(Values::words(words.iter().flatten())),
        _ => Some(Values::Number(numbers)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Float64Array, Int32Array, StringViewArray, UInt64Array,
    };

    use super::*;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
            .unwrap()
    }

    #[test]
    fn reads_numbers_booleans_and_words_over_batches() {
        let one = batch(vec![
            ("n", Arc::new(UInt64Array::from(vec![Some(3), None]))),
            ("b", Arc::new(BooleanArray::from(vec![Some(true), Some(false)]))),
            ("w", Arc::new(StringViewArray::from(vec![Some("z"), None]))),
        ]);
        let two = batch(vec![
            ("n", Arc::new(UInt64Array::from(vec![Some(4)]))),
            ("b", Arc::new(BooleanArray::from(vec![None::<bool>]))),
            ("w", Arc::new(StringViewArray::from(vec![Some("a")]))),
        ]);
        let frame = Frame::from_batches(&[one, two]).unwrap();
        assert_eq!(frame.rows(), 3);
        let n = frame.numbers("n").unwrap();
        assert!(n[0] == 3.0 && n[1].is_nan() && n[2] == 4.0);
        assert_eq!(frame.numbers("b").unwrap()[..2], [1.0, 0.0]);
        assert_eq!(frame.column("b").unwrap().values.missing(), 1);
        let expected =
            Values::Category { codes: vec![1, MISSING, 0], levels: vec!["a".into(), "z".into()] };
        assert_eq!(frame.column("w").unwrap().values, expected);
    }

    #[test]
    fn refuses_batches_of_different_kinds() {
        let one = batch(vec![("x", Arc::new(Int32Array::from(vec![1])))]);
        let two = batch(vec![("x", Arc::new(StringArray::from(vec!["a"])))]);
        let error = Frame::from_batches(&[one.clone(), two]).unwrap_err().to_string();
        assert!(error.contains("`x`"), "{error}");
        let other = batch(vec![("y", Arc::new(Float64Array::from(vec![1.0])))]);
        assert!(Frame::from_batches(&[one, other]).is_err());
    }

    #[test]
    fn selects_takes_and_replaces() {
        let column = |name: &str, v: &[f64]| Column::new(name, Values::Number(v.to_vec()));
        let frame = Frame::new(vec![column("a", &[1.0, 2.0]), column("b", &[3.0, 4.0])]).unwrap();
        assert_eq!(frame.select(&["b"]).unwrap().columns().len(), 1);
        assert_eq!(frame.take(&[1, 1, 0]).numbers("a").unwrap(), [2.0, 2.0, 1.0]);
        let frame = frame.with(column("a", &[9.0, 9.0])).unwrap();
        assert_eq!(frame.columns().len(), 2);
        assert_eq!(frame.numbers("a").unwrap(), [9.0, 9.0]);
        assert!(frame.with(column("c", &[1.0])).is_err());
        let error = frame.select(&["c"]).unwrap_err().to_string();
        assert!(error.contains("`c`") && error.contains("a, b"), "{error}");
    }

    #[test]
    fn refuses_codes_without_a_level() {
        let values = Values::Category { codes: vec![0, 1], levels: vec!["a".into()] };
        assert!(Frame::new(vec![Column::new("w", values)]).is_err());
    }
}
