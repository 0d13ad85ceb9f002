//! Numbers in rows and named columns: what every algorithm learns from.

use crate::Error;

/// A table of `rows` by `cols` numbers, stored column by column, every column named once.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    rows: usize,
}

impl Matrix {
    /// A matrix of `columns`, one name each.
    ///
    /// # Errors
    /// Columns of unequal length, a name given twice, or not one name a column.
    pub fn new(names: Vec<String>, columns: Vec<Vec<f64>>) -> Result<Matrix, Error> {
        let rows = columns.first().map_or(0, Vec::len);
        if names.len() != columns.len() {
            return Err(Error::WrongColumns {
                found: format!("{} in number", columns.len()),
                expected: names.join(", "),
            });
        }
        for (j, (name, column)) in names.iter().zip(&columns).enumerate() {
            if column.len() != rows {
                let column_rows = column.len();
                return Err(Error::UnequalColumns {
                    column: name.clone(),
                    rows: column_rows,
                    expected: rows,
                });
            }
            if names[..j].contains(name) {
                return Err(Error::DuplicateColumn(name.clone()));
            }
        }
        Ok(Matrix { names, columns, rows })
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns.
    pub fn cols(&self) -> usize {
        self.columns.len()
    }

    /// The names of the columns, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The `j`-th column, `rows` long.
    pub fn col(&self, j: usize) -> &[f64] {
        &self.columns[j]
    }

    /// A copy of the `i`-th row, `cols` long.
    pub fn row(&self, i: usize) -> Vec<f64> {
        self.columns.iter().map(|column| column[i]).collect()
    }

    /// The rows of these numbers, in this order; a row may be taken more than once.
    ///
    /// # Panics
    /// A number that is not below [`Self::rows`], as with any index.
    pub fn take(&self, rows: &[usize]) -> Matrix {
        let columns = self.columns.iter().map(|c| rows.iter().map(|&i| c[i]).collect()).collect();
        Matrix { names: self.names.clone(), columns, rows: rows.len() }
    }

    /// All values row by row, `rows * cols` of them.
    pub fn row_major(&self) -> Vec<f64> {
        let cols = self.cols();
        let mut values = vec![0.0; self.rows * cols];
        for (j, column) in self.columns.iter().enumerate() {
            for (i, &value) in column.iter().enumerate() {
                values[i * cols + j] = value;
            }
        }
        values
    }

    /// Whether every value is a finite number.
    ///
    /// # Errors
    /// The first column with missing values (NaN) and how many, or with an infinite one.
    pub fn check_finite(&self) -> Result<(), Error> {
        for (name, column) in self.names.iter().zip(&self.columns) {
            let count = column.iter().filter(|v| v.is_nan()).count();
            if count > 0 {
                return Err(Error::Missing { column: name.clone(), count, rows: self.rows });
            }
            if column.iter().any(|v| v.is_infinite()) {
                return Err(Error::Infinite(name.clone()));
            }
        }
        Ok(())
    }

    /// Whether the columns are exactly `expected`, in that order.
    ///
    /// # Errors
    /// Both lists of names, if not.
    pub fn check_names(&self, expected: &[String]) -> Result<(), Error> {
        if self.names == expected {
            return Ok(());
        }
        Err(Error::WrongColumns { found: self.names.join(", "), expected: expected.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rows_and_columns_agree() {
        let m = Matrix::new(names(&["a", "b"]), vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]]);
        let m = m.unwrap();
        assert_eq!((m.rows(), m.cols()), (3, 2));
        assert_eq!(m.row(1), [2.0, 5.0]);
        assert_eq!(m.row_major(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(m.take(&[2, 2, 0]).col(0), [3.0, 3.0, 1.0]);
        assert!(m.check_names(&names(&["b", "a"])).is_err());
    }

    #[test]
    fn refuses_what_is_not_a_table() {
        let refused = |n: &[&str], c| Matrix::new(names(n), c).unwrap_err().to_string();
        assert!(refused(&["a", "b"], vec![vec![1.0], vec![]]).contains("`b` has 0 rows"));
        assert!(refused(&["a", "a"], vec![vec![1.0], vec![1.0]]).contains("`a` appears twice"));
        assert!(refused(&["a"], vec![vec![1.0], vec![1.0]]).contains("2 in number"));
    }

    #[test]
    fn names_the_column_that_misses_values() {
        let m = Matrix::new(names(&["a", "b"]), vec![vec![1.0, 2.0], vec![f64::NAN, 0.0]]).unwrap();
        assert!(m.check_finite().unwrap_err().to_string().contains("`b` misses a value in 1 of 2"));
        let m = Matrix::new(names(&["a"]), vec![vec![f64::INFINITY]]).unwrap();
        assert!(m.check_finite().unwrap_err().to_string().contains("infinite"));
    }
}
