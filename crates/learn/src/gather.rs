//! Rows gathered from frames that come one after the other.

use std::collections::BTreeMap;

use crate::{Column, Error, Frame, MISSING, Values};

/// Chosen rows of frames of the same columns, in the order they came.
///
/// The words of a category are those of all rows that were shown, chosen or not, so that the frame is the one
/// that choosing from all rows at once gives.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    columns: Vec<Gathering>,
}

#[derive(Clone, Debug)]
struct Gathering {
    name: String,
    values: Vec<f64>,
    codes: Vec<u32>,
    /// The words with their codes; `None` for numbers.
    words: Option<BTreeMap<String, u32>>,
}

impl Gathered {
    /// Takes the rows of these numbers, in this order.
    ///
    /// # Errors
    /// A frame of other columns than those before, or of other kinds.
    ///
    /// # Panics
    /// A number that is not below [`Frame::rows`], as with any index.
    pub fn take(&mut self, frame: &Frame, rows: &[usize]) -> Result<(), Error> {
        if self.columns.is_empty() {
            self.columns = frame.columns().iter().map(Gathering::of).collect();
        }
        let names = |columns: Vec<&String>| {
            columns.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        };
        let (expected, found): (Vec<&String>, Vec<&String>) = (
            self.columns.iter().map(|c| &c.name).collect(),
            frame.columns().iter().map(|c| &c.name).collect(),
        );
        if expected != found {
            return Err(Error::WrongColumns { found: names(found), expected: names(expected) });
        }
        for (gathering, column) in self.columns.iter_mut().zip(frame.columns()) {
            gathering.take(column, rows)?;
        }
        Ok(())
    }

    /// The frame of all rows taken.
    ///
    /// # Errors
    /// None but a defect of this crate.
    pub fn finish(self) -> Result<Frame, Error> {
        Frame::new(self.columns.into_iter().map(Gathering::finish).collect())
    }
}

impl Gathering {
    fn of(column: &Column) -> Gathering {
        let words = match &column.values {
            Values::Number(_) => None,
            Values::Category { .. } => Some(BTreeMap::new()),
        };
        Gathering { name: column.name.clone(), values: Vec::new(), codes: Vec::new(), words }
    }

    fn take(&mut self, column: &Column, rows: &[usize]) -> Result<(), Error> {
        let wrong = |found: &str, expected| Error::WrongKind {
            column: column.name.clone(),
            found: found.into(),
            expected,
        };
        match (&column.values, &mut self.words) {
            (Values::Number(values), None) => {
                self.values.extend(rows.iter().map(|&row| values[row]))
            }
            (Values::Category { codes, levels }, Some(words)) => {
                let own: Vec<u32> = levels
                    .iter()
                    .map(|word| {
                        let next = words.len() as u32;
                        *words.entry(word.clone()).or_insert(next)
                    })
                    .collect();
                let code = |row: &usize| own.get(codes[*row] as usize).copied().unwrap_or(MISSING);
                self.codes.extend(rows.iter().map(code));
            }
            (Values::Number(_), Some(_)) => return Err(wrong("numbers", "words")),
            (Values::Category { .. }, None) => return Err(wrong("words", "numbers")),
        }
        Ok(())
    }

    fn finish(self) -> Column {
        let Some(words) = self.words else {
            return Column::new(self.name, Values::Number(self.values));
        };
        // Codes by the order of the words, as if all had been seen at once.
        let mut place = vec![MISSING; words.len()];
        for (rank, code) in (0u32..).zip(words.values()) {
            place[*code as usize] = rank;
        }
        let codes = self.codes.iter().map(|&c| place.get(c as usize).copied().unwrap_or(MISSING));
        let values =
            Values::Category { codes: codes.collect(), levels: words.into_keys().collect() };
        Column::new(self.name, values)
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
    fn rows_of_pieces_are_the_rows_of_the_whole() {
        let words =
            [Some("new"), None, Some("closed"), Some("established"), Some("closed"), Some("")];
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let whole = frame(&words, &numbers);
        for cut in 0..=6 {
            let mut gathered = Gathered::default();
            let chosen = [0, 1, 4];
            for (first, last) in [(0, cut), (cut, 6)] {
                let piece = frame(&words[first..last], &numbers[first..last]);
                let rows =
                    chosen.iter().filter(|row| (first..last).contains(*row)).map(|row| row - first);
                gathered.take(&piece, &rows.collect::<Vec<_>>()).unwrap();
            }
            assert_eq!(gathered.finish().unwrap(), whole.take(&chosen), "cut at {cut}");
        }
        assert_eq!(Gathered::default().finish().unwrap().rows(), 0);
    }

    #[test]
    fn other_columns_and_other_kinds_are_refused() {
        let mut gathered = Gathered::default();
        gathered.take(&frame(&[Some("a")], &[1.0]), &[0]).unwrap();
        let less = frame(&[Some("a")], &[1.0]).select(&["age"]).unwrap();
        assert!(gathered.take(&less, &[0]).unwrap_err().to_string().contains("state, age"));
        let swapped = Frame::new(vec![
            Column::new("state", Values::numbers([1.0])),
            Column::new("age", Values::numbers([1.0])),
        ]);
        let error = gathered.take(&swapped.unwrap(), &[0]).unwrap_err().to_string();
        assert!(error.contains("`state` holds numbers"), "{error}");
    }
}
