//! A classifier together with the columns it was fitted on: the guarded way to fit and ask one.

use super::{Algorithm, Classifier, Settings, find};
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

/// A fitted classifier that knows its columns and refuses others.
pub struct Model {
    columns: Vec<String>,
    classifier: Box<dyn Classifier>,
}

impl Model {
    /// Checks the data and fits `algorithm` to it.
    ///
    /// # Errors
    /// No rows or columns, a missing or infinite value (with the column's name), labels that are not 0 or 1 or
    /// not one a row, settings out of range, or what the algorithm itself refuses.
    pub fn fit(
        algorithm: &dyn Algorithm,
        x: &Matrix,
        y: &[u8],
        settings: &Settings,
        seed: u64,
    ) -> Result<Model, Error> {
        if x.cols() == 0 {
            return Err(Error::NoFeatures);
        }
        if x.rows() == 0 {
            return Err(Error::NoRows);
        }
        check_labels(x.rows(), y)?;
        x.check_finite()?;
        let classifier = algorithm.fit(x, y, settings, seed)?;
        Ok(Model { columns: x.names().to_vec(), classifier })
    }

    /// The probability of label 1, one a row.
    ///
    /// # Errors
    /// Other columns than those of the fit, or a missing or infinite value.
    pub fn probabilities(&self, x: &Matrix) -> Result<Vec<f64>, Error> {
        x.check_names(&self.columns)?;
        x.check_finite()?;
        Ok(self.classifier.probabilities(x))
    }

    /// The columns it was fitted on.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The fitted algorithm itself.
    pub fn classifier(&self) -> &dyn Classifier {
        &*self.classifier
    }

    /// Writes the model.
    pub fn save<'a>(&'a self, writer: &mut Writer<'a>) {
        writer.value("algorithm", &self.classifier.algorithm());
        writer.value("columns", &self.columns);
        writer.within("classifier", |w| self.classifier.save(w));
    }

    /// Reads a model.
    ///
    /// # Errors
    /// Parts that are absent or do not fit together, or an algorithm this build does not have.
    pub fn load(reader: &Reader<'_>) -> Result<Model, Error> {
        let name: String = reader.value("algorithm")?;
        let columns: Vec<String> = reader.value("columns")?;
        let classifier = find(&name)?.load(&reader.within("classifier"))?;
        match classifier.columns() {
            Some(n) if n != columns.len() => Err(Error::ModelFile(format!(
                "as it names {} columns and its {name} has {n}",
                columns.len()
            ))),
            _ => Ok(Model { columns, classifier }),
        }
    }
}

/// Whether `y` is one label a row, each 0 or 1.
pub(crate) fn check_labels(rows: usize, y: &[u8]) -> Result<(), Error> {
    if y.len() != rows {
        return Err(Error::LabelCount { labels: y.len(), rows });
    }
    match y.iter().position(|&v| v > 1) {
        Some(row) => Err(Error::Label { row, value: y[row] }),
        None => Ok(()),
    }
}
