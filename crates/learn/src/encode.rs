//! Categories as columns of zeros and ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codec::{Reader, Writer};
use crate::{Column, Error, Frame, MISSING, Matrix, Values};

/// The most values a category may have: beyond this it is an identifier, not a category.
pub const MOST_LEVELS: usize = 1_000;

/// Makes a matrix of a frame: numbers stay, every value of a category becomes a column `field=value` of 0 and 1.
///
/// The columns are sorted by name, as the article's toolkit does. A value not seen in the fit is 0 in every
/// column of its field.
///
/// ```
/// use botany_learn::{Column, Frame, OneHot, Values};
/// let frame = Frame::new(vec![
///     Column::new("packets_total", Values::numbers([4.0, 230.0])),
///     Column::new("packet_pcr_range", Values::words([Some("Pure Push"), Some("3:1 Import")])),
/// ])?;
/// let matrix = OneHot::fit(&frame)?.transform(&frame)?;
/// assert_eq!(
///     matrix.names(),
///     ["packet_pcr_range=3:1 Import", "packet_pcr_range=Pure Push", "packets_total"]
/// );
/// # Ok::<(), botany_learn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OneHot {
    fields: Vec<Field>,
    outputs: Vec<Output>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Field {
    name: String,
    /// The values seen, sorted; `None` for a field of numbers.
    levels: Option<Vec<String>>,
}

/// Where a column of the matrix comes from.
#[derive(Clone, Debug, PartialEq)]
struct Output {
    name: String,
    field: usize,
    level: usize,
}

impl OneHot {
    /// Learns the fields and the values of `frame`. Of a category only the values that occur count.
    ///
    /// # Errors
    /// No columns, a missing value, a category of more than [`MOST_LEVELS`] values, or two outputs of one name.
    pub fn fit(frame: &Frame) -> Result<OneHot, Error> {
        let mut fields = Vec::new();
        for column in frame.columns() {
            check_present(column)?;
            let levels = match &column.values {
                Values::Number(_) => None,
                Values::Category { codes, levels } => Some(seen(codes, levels)),
            };
            let count = levels.as_ref().map_or(0, Vec::len);
            if count > MOST_LEVELS {
                let column = column.name.clone();
                return Err(Error::TooManyLevels { column, levels: count, most: MOST_LEVELS });
            }
            fields.push(Field { name: column.name.clone(), levels });
        }
        OneHot::of(fields)
    }

    fn of(fields: Vec<Field>) -> Result<OneHot, Error> {
        let mut outputs = Vec::new();
        for (at, field) in fields.iter().enumerate() {
            match &field.levels {
                None => outputs.push(Output { name: field.name.clone(), field: at, level: 0 }),
                Some(levels) => outputs.extend(levels.iter().enumerate().map(|(level, word)| {
                    Output { name: format!("{}={word}", field.name), field: at, level }
                })),
            }
        }
        if outputs.is_empty() {
            return Err(Error::NoFeatures);
        }
        outputs.sort_by(|a, b| a.name.cmp(&b.name));
        match outputs.windows(2).find(|w| w[0].name == w[1].name) {
            Some(twice) => Err(Error::DuplicateColumn(twice[0].name.clone())),
            None => Ok(OneHot { fields, outputs }),
        }
    }

    /// The columns of the matrix it makes.
    pub fn names(&self) -> Vec<String> {
        self.outputs.iter().map(|o| o.name.clone()).collect()
    }

    /// The columns of a frame it needs.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|f| f.name.as_str())
    }

    /// The columns of a frame it needs, each with its words, or none if it holds numbers.
    pub fn levels(&self) -> impl Iterator<Item = (&str, Option<&[String]>)> {
        self.fields.iter().map(|field| (field.name.as_str(), field.levels.as_deref()))
    }

    /// Of each column of the matrix, the field of [`OneHot::levels`] it is made of and the place of its word there.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        self.outputs.iter().map(|output| (output.field, output.level))
    }

    /// The matrix of `frame`, whose other columns are left aside.
    ///
    /// # Errors
    /// A field that is not there, is of the other kind, or misses a value.
    pub fn transform(&self, frame: &Frame) -> Result<Matrix, Error> {
        let columns: Vec<&Column> = self
            .fields
            .iter()
            .map(|field| matching(frame.column(&field.name)?, field))
            .collect::<Result<_, _>>()?;
        let values = self.outputs.iter().map(|output| match &columns[output.field].values {
            Values::Number(values) => values.clone(),
            Values::Category { codes, levels } => {
                let word =
                    self.fields[output.field].levels.as_ref().and_then(|l| l.get(output.level));
                let code = levels.iter().position(|l| Some(l) == word).unwrap_or(MISSING as usize);
                codes.iter().map(|&c| f64::from(u8::from(c as usize == code))).collect()
            }
        });
        Matrix::new(self.names(), values.collect())
    }

    /// Writes it.
    pub fn save(&self, writer: &mut Writer<'_>) {
        writer.value("fields", &self.fields);
    }

    /// Reads it.
    ///
    /// # Errors
    /// Parts that are absent or do not fit together.
    pub fn load(reader: &Reader<'_>) -> Result<OneHot, Error> {
        OneHot::of(reader.value("fields")?)
    }
}

/// The words that occur, sorted.
fn seen(codes: &[u32], levels: &[String]) -> Vec<String> {
    let words: BTreeMap<&str, ()> =
        codes.iter().filter_map(|&c| levels.get(c as usize)).map(|w| (w.as_str(), ())).collect();
    words.into_keys().map(ToOwned::to_owned).collect()
}

fn check_present(column: &Column) -> Result<(), Error> {
    match column.values.missing() {
        0 => Ok(()),
        count => {
            Err(Error::Missing { column: column.name.clone(), count, rows: column.values.len() })
        }
    }
}

/// `column`, if it is of the kind `field` was.
fn matching<'a>(column: &'a Column, field: &Field) -> Result<&'a Column, Error> {
    let wrong = |found: &str, expected| {
        Err(Error::WrongKind { column: column.name.clone(), found: found.into(), expected })
    };
    check_present(column)?;
    match (&column.values, &field.levels) {
        (Values::Number(_), Some(_)) => wrong("numbers", "words"),
        (Values::Category { .. }, None) => wrong("words", "numbers"),
        _ => Ok(column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(words: &[Option<&str>], numbers: &[f64]) -> Frame {
        Frame::new(vec![
            Column::new("state", Values::words(words.iter().copied())),
            Column::new("age", Values::numbers(numbers.iter().copied())),
        ])
        .unwrap()
    }

    #[test]
    fn an_unseen_value_is_zero_everywhere() {
        let onehot = OneHot::fit(&frame(&[Some("new"), Some("closed")], &[1.0, 2.0])).unwrap();
        let m = onehot.transform(&frame(&[Some("closed"), Some("bypassed")], &[5.0, 6.0])).unwrap();
        assert_eq!(m.names(), ["age", "state=closed", "state=new"]);
        assert_eq!((m.row(0), m.row(1)), (vec![5.0, 1.0, 0.0], vec![6.0, 0.0, 0.0]));
    }

    /// A fold's training rows still carry the levels of all rows; those of the other side must not show.
    #[test]
    fn values_that_do_not_occur_make_no_column() {
        let all = frame(&[Some("a"), Some("b"), Some("c")], &[1.0, 2.0, 3.0]);
        let onehot = OneHot::fit(&all.take(&[0, 2])).unwrap();
        assert_eq!(onehot.names(), ["age", "state=a", "state=c"]);
        assert_eq!(onehot.transform(&all).unwrap().row(1), [2.0, 0.0, 0.0]);
    }

    #[test]
    fn names_the_column_that_misses_values() {
        let says = |f: &Frame| OneHot::fit(f).unwrap_err().to_string();
        assert!(
            says(&frame(&[Some("a"), None], &[1.0, 2.0])).contains("`state` misses a value in 1")
        );
        let holed = frame(&[Some("a"), Some("b")], &[f64::NAN, f64::NAN]);
        assert!(says(&holed).contains("`age` misses a value in 2 of 2"));
        let onehot = OneHot::fit(&frame(&[Some("a")], &[1.0])).unwrap();
        assert!(onehot.transform(&holed).is_err());
    }

    #[test]
    fn refuses_other_columns_and_other_kinds() {
        let onehot = OneHot::fit(&frame(&[Some("a")], &[1.0])).unwrap();
        let swapped = Frame::new(vec![
            Column::new("state", Values::numbers([1.0])),
            Column::new("age", Values::numbers([1.0])),
        ]);
        let says = |f: &Frame| onehot.transform(f).unwrap_err().to_string();
        assert!(says(&swapped.unwrap()).contains("`state` holds numbers, not words"));
        let less = frame(&[Some("a")], &[1.0]).select(&["state"]).unwrap();
        assert!(says(&less).contains("no column `age`"));
        assert!(matches!(OneHot::fit(&Frame::default()), Err(Error::NoFeatures)));
    }

    #[test]
    fn refuses_an_identifier() {
        let words: Vec<String> = (0..=MOST_LEVELS).map(|i| i.to_string()).collect();
        let values = Values::words(words.iter().map(|w| Some(w.as_str())));
        let frame = Frame::new(vec![Column::new("src_ip", values)]).unwrap();
        assert!(OneHot::fit(&frame).unwrap_err().to_string().contains("1001 different values"));
    }

    #[test]
    fn refuses_two_outputs_of_one_name() {
        let frame = Frame::new(vec![
            Column::new("a", Values::words([Some("b")])),
            Column::new("a=b", Values::numbers([1.0])),
        ]);
        assert!(matches!(OneHot::fit(&frame.unwrap()), Err(Error::DuplicateColumn(_))));
    }

    #[test]
    fn is_read_as_written() {
        let onehot = OneHot::fit(&frame(&[Some("a b"), Some("")], &[1.0, 2.0])).unwrap();
        let mut writer = Writer::new();
        onehot.save(&mut writer);
        let bytes = writer.finish();
        assert_eq!(OneHot::load(&Reader::open(&bytes).unwrap()).unwrap(), onehot);
    }
}
