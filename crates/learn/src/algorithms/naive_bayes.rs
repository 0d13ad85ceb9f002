//! Gaussian naive Bayes: each feature a bell curve per label, the features independent of each other.

use std::f64::consts::PI;

use super::{Algorithm, Checked, Classifier, Parameter, Range, Setting, Settings};
use crate::codec::{Reader, Writer};
use crate::scale::moments;
use crate::{Error, Matrix};

/// Gaussian naive Bayes.
pub struct NaiveBayes;

/// Index 0 is label 0, index 1 label 1; the inner vectors have one entry a column.
struct Fitted {
    priors: [f64; 2],
    means: [Vec<f64>; 2],
    variances: [Vec<f64>; 2],
}

impl Algorithm for NaiveBayes {
    fn name(&self) -> &'static str {
        "naive-bayes"
    }

    fn doc(&self) -> &'static str {
        "Gaussian naive Bayes: a bell curve per feature and label, taken as independent. Fast and crude; its \
         probabilities are often too sure of themselves."
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter {
            name: "var_smoothing",
            doc: "share of the largest variance of all features that is added to every variance",
            default: Setting::Real(1e-9),
            range: Range::Real(0.0, 1.0),
        }]
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &[u8],
        settings: &Settings,
        _: u64,
    ) -> Result<Box<dyn Classifier>, Error> {
        let settings = Checked::new(self.name(), &self.parameters(), settings)?;
        Ok(Box::new(fit(x, y, settings.real("var_smoothing"))))
    }

    fn load(&self, reader: &Reader<'_>) -> Result<Box<dyn Classifier>, Error> {
        let fitted = Fitted {
            priors: <[f64; 2]>::try_from(reader.f64s("priors")?)
                .map_err(|_| Error::ModelFile("as it does not have two priors".into()))?,
            means: [reader.f64s("means_0")?, reader.f64s("means_1")?],
            variances: [reader.f64s("variances_0")?, reader.f64s("variances_1")?],
        };
        let cols = fitted.means[0].len();
        if fitted.means.iter().chain(&fitted.variances).any(|v| v.len() != cols) {
            return Err(Error::ModelFile("as its labels differ in their columns".into()));
        }
        Ok(Box::new(fitted))
    }
}

fn fit(x: &Matrix, y: &[u8], smoothing: f64) -> Fitted {
    let largest = (0..x.cols()).map(|j| moments(x.col(j)).1).fold(0.0, f64::max);
    // Where nothing varies, any small variance says the same.
    let added = if largest > 0.0 { smoothing * largest } else { 1e-9 };
    let of_label = |label: u8| {
        let rows: Vec<usize> = (0..y.len()).filter(|&i| y[i] == label).collect();
        let part = x.take(&rows);
        let (means, variances) = (0..x.cols())
            .map(|j| {
                let (mean, variance) = moments(part.col(j));
                // With no smoothing a feature may be constant within a label; a variance must not be 0.
                (mean, (variance + added).max(f64::MIN_POSITIVE))
            })
            .unzip();
        (rows.len() as f64 / y.len().max(1) as f64, means, variances)
    };
    let ((prior_0, means_0, variances_0), (prior_1, means_1, variances_1)) =
        (of_label(0), of_label(1));
    Fitted {
        priors: [prior_0, prior_1],
        means: [means_0, means_1],
        variances: [variances_0, variances_1],
    }
}

impl Fitted {
    /// The logarithm of the prior times the likelihood of each row under `label`.
    fn log_likelihoods(&self, x: &Matrix, label: usize) -> Vec<f64> {
        let mut sums = vec![self.priors[label].ln(); x.rows()];
        for j in 0..x.cols().min(self.means[label].len()) {
            let (mean, variance) = (self.means[label][j], self.variances[label][j]);
            let log = (2.0 * PI * variance).ln();
            for (sum, value) in sums.iter_mut().zip(x.col(j)) {
                *sum -= 0.5 * (log + (value - mean).powi(2) / variance);
            }
        }
        sums
    }
}

impl Classifier for Fitted {
    fn probabilities(&self, x: &Matrix) -> Vec<f64> {
        let [_, prior] = self.priors;
        if prior == 0.0 || prior == 1.0 {
            return vec![prior; x.rows()];
        }
        let (zero, one) = (self.log_likelihoods(x, 0), self.log_likelihoods(x, 1));
        zero.iter()
            .zip(&one)
            .map(|(zero, one)| {
                let p = 1.0 / (1.0 + (zero - one).exp());
                // A value beyond both curves by more than an f64 can tell says nothing about the label.
                if p.is_nan() { prior } else { p }
            })
            .collect()
    }

    fn columns(&self) -> Option<usize> {
        Some(self.means[0].len())
    }

    fn save(&self, writer: &mut Writer<'_>) {
        writer.f64s("priors", &self.priors);
        writer.f64s("means_0", &self.means[0]);
        writer.f64s("means_1", &self.means[1]);
        writer.f64s("variances_0", &self.variances[0]);
        writer.f64s("variances_1", &self.variances[1]);
    }

    fn algorithm(&self) -> &'static str {
        "naive-bayes"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{answers, assert_near, labels, matrix, numbers, table};

    #[test]
    fn curves_and_probabilities_are_those_of_the_reference() {
        for case in answers("naive_bayes").as_array().unwrap() {
            let name = case["data"].as_str().unwrap();
            let x = matrix(name);
            let fitted = fit(&x, &labels(name), 1e-9);
            assert_near(&fitted.priors, &numbers(&case["priors"]), 1e-15, name);
            for label in 0..2 {
                assert_near(&fitted.means[label], &table(&case["means"])[label], 1e-12, name);
                let variances = &table(&case["variances"])[label];
                assert_near(&fitted.variances[label], variances, 1e-12, name);
            }
            let expected = numbers(&case["probabilities"]);
            let found = fitted.probabilities(&x);
            assert_near(&found[..expected.len()], &expected, 1e-9, name);
        }
    }

    #[test]
    fn a_value_out_of_all_bounds_still_has_a_probability() {
        let line = |v: &[f64]| Matrix::new(vec!["a".into()], vec![v.to_vec()]).unwrap();
        let fitted = fit(&line(&[1.0, 2.0, 3.0, 4.0]), &[0, 0, 1, 1], 0.0);
        let p = fitted.probabilities(&line(&[1e300, -1e300, 2.5]));
        assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{p:?}");
        assert!((p[2] - 0.5).abs() < 1e-12);
    }
}
