//! Columns brought to mean 0 and standard deviation 1.

use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

/// Subtracts the mean of each column and divides by its standard deviation (of the population, not the sample).
///
/// A constant column is only centred: its standard deviation counts as 1.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardScaler {
    names: Vec<String>,
    means: Vec<f64>,
    scales: Vec<f64>,
}

/// Mean and variance (of the population) of a column, in two passes with the rounding of the first corrected
/// in the second (Chan, Golub and LeVeque 1983).
pub(crate) fn moments(column: &[f64]) -> (f64, f64) {
    let n = column.len() as f64;
    if column.is_empty() {
        return (0.0, 0.0);
    }
    let mean = column.iter().sum::<f64>() / n;
    let (mut squares, mut rest) = (0.0, 0.0);
    for value in column {
        let off = value - mean;
        squares += off * off;
        rest += off;
    }
    (mean, (squares - rest * rest / n).max(0.0) / n)
}

/// Whether a variance is no more than the rounding of the mean explains.
fn constant(mean: f64, variance: f64, rows: usize) -> bool {
    let n = rows as f64;
    variance <= n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2)
}

impl StandardScaler {
    /// Learns mean and standard deviation of each column.
    ///
    /// # Errors
    /// No rows, or a missing or infinite value.
    pub fn fit(x: &Matrix) -> Result<StandardScaler, Error> {
        if x.rows() == 0 {
            return Err(Error::NoRows);
        }
        x.check_finite()?;
        let (mut means, mut scales) = (Vec::new(), Vec::new());
        for j in 0..x.cols() {
            let (mean, variance) = moments(x.col(j));
            means.push(mean);
            scales.push(if constant(mean, variance, x.rows()) { 1.0 } else { variance.sqrt() });
        }
        Ok(StandardScaler { names: x.names().to_vec(), means, scales })
    }

    /// The mean of each column.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// What each column is divided by.
    pub fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// The columns it was fitted on.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The scaled matrix.
    ///
    /// # Errors
    /// Other columns than those of the fit.
    pub fn transform(&self, x: &Matrix) -> Result<Matrix, Error> {
        x.check_names(&self.names)?;
        let columns = (0..x.cols()).map(|j| {
            let (mean, scale) = (self.means[j], self.scales[j]);
            x.col(j).iter().map(|v| (v - mean) / scale).collect()
        });
        Matrix::new(self.names.clone(), columns.collect())
    }

    /// A scaled row in the columns' own units.
    pub fn undo(&self, row: &[f64]) -> Vec<f64> {
        let fitted = self.means.iter().zip(&self.scales);
        row.iter().zip(fitted).map(|(v, (mean, scale))| v * scale + mean).collect()
    }

    /// Writes it.
    pub fn save(&self, writer: &mut Writer<'_>) {
        writer.value("names", &self.names);
        writer.f64s("means", &self.means);
        writer.f64s("scales", &self.scales);
    }

    /// Reads it.
    ///
    /// # Errors
    /// Parts that are absent or do not fit together.
    pub fn load(reader: &Reader<'_>) -> Result<StandardScaler, Error> {
        let names: Vec<String> = reader.value("names")?;
        let (means, scales) = (reader.f64s("means")?, reader.f64s("scales")?);
        if means.len() != names.len() || scales.len() != names.len() {
            return Err(Error::ModelFile("as its scaler does not fit its columns".into()));
        }
        Ok(StandardScaler { names, means, scales })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(column: &[f64]) -> Matrix {
        Matrix::new(vec!["a".into()], vec![column.to_vec()]).unwrap()
    }

    #[test]
    fn scales_by_the_population() {
        let x = matrix(&[1.0, 3.0]);
        let scaler = StandardScaler::fit(&x).unwrap();
        assert_eq!((scaler.means(), scaler.scales()), (&[2.0][..], &[1.0][..]));
        assert_eq!(scaler.transform(&matrix(&[2.0, 5.0])).unwrap().col(0), [0.0, 3.0]);
    }

    #[test]
    fn a_constant_column_is_only_centred() {
        let x = matrix(&[0.1; 7]);
        let scaler = StandardScaler::fit(&x).unwrap();
        assert_eq!(scaler.scales(), [1.0]);
        assert!(scaler.transform(&x).unwrap().col(0).iter().all(|v| v.abs() < 1e-15));
    }

    #[test]
    fn refuses_what_it_was_not_fitted_on() {
        let scaler = StandardScaler::fit(&matrix(&[1.0, 2.0])).unwrap();
        let other = Matrix::new(vec!["b".into()], vec![vec![1.0]]).unwrap();
        assert!(scaler.transform(&other).is_err());
        assert!(StandardScaler::fit(&matrix(&[])).is_err());
        assert!(StandardScaler::fit(&matrix(&[f64::NAN])).is_err());
    }
}
