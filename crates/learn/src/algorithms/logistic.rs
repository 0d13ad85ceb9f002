//! Logistic regression: the log-odds of label 1 as a weighted sum of the features.
//!
//! Minimises `|w|² / 2 + c Σ sᵢ log(1 + exp(−tᵢ (w·xᵢ + b)))` with `tᵢ` = ±1 and `sᵢ` the weight of the row's
//! class, which is scikit-learn's objective; the intercept `b` is not penalised. Solved by Newton's method on
//! centred and scaled features (the penalty scaled along, so that the solution is that of the raw features).

use super::{Algorithm, Checked, Classifier, Parameter, Range, Setting, Settings, class_weight};
use crate::codec::{Reader, Writer};
use crate::oversight::Oversight;
use crate::scale::StandardScaler;
use crate::{Error, Matrix};

/// Logistic regression with an L2 penalty.
pub struct LogisticRegression;

#[derive(Debug)]
struct Fitted {
    coefficients: Vec<f64>,
    intercept: f64,
}

impl Algorithm for LogisticRegression {
    fn name(&self) -> &'static str {
        "logistic-regression"
    }

    fn doc(&self) -> &'static str {
        "Logistic regression with an L2 penalty: one weight a feature, easy to read; best with `scale = true` below \
         `[learn.classifier]` of a recipe, as the penalty compares the weights."
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![
            Parameter {
                name: "c",
                doc: "the inverse of the strength of the penalty: smaller is stricter",
                default: Setting::Real(1.0),
                range: Range::Real(1e-9, 1e9),
            },
            class_weight(),
            Parameter {
                name: "max_iterations",
                doc: "the most Newton steps to take",
                default: Setting::Integer(100),
                range: Range::Integer(1, 10_000),
            },
        ]
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &[u8],
        settings: &Settings,
        _: u64,
    ) -> Result<Box<dyn Classifier>, Error> {
        let settings = Checked::new(self.name(), &self.parameters(), settings)?;
        let balanced = settings.text("class_weight") == "balanced";
        let fitted = fit(x, y, settings.real("c"), balanced, settings.count("max_iterations"))?;
        Ok(Box::new(fitted))
    }

    fn load(&self, reader: &Reader<'_>) -> Result<Box<dyn Classifier>, Error> {
        let coefficients = reader.f64s("coefficients")?;
        match reader.f64s("intercept")?[..] {
            [intercept] => Ok(Box::new(Fitted { coefficients, intercept })),
            _ => Err(Error::ModelFile("as it does not have one intercept".into())),
        }
    }
}

impl Classifier for Fitted {
    fn probabilities(&self, x: &Matrix) -> Vec<f64> {
        let mut odds = vec![self.intercept; x.rows()];
        for (j, weight) in self.coefficients.iter().enumerate().take(x.cols()) {
            odds.iter_mut().zip(x.col(j)).for_each(|(z, v)| *z += weight * v);
        }
        // Infinite odds both ways cancel to NaN: nothing is known of such a row.
        odds.iter().map(|z| if z.is_nan() { 0.5 } else { sigmoid(*z) }).collect()
    }

    fn columns(&self) -> Option<usize> {
        Some(self.coefficients.len())
    }

    fn save(&self, writer: &mut Writer<'_>) {
        writer.f64s("coefficients", &self.coefficients);
        writer.f64s("intercept", &[self.intercept]);
    }

    fn algorithm(&self) -> &'static str {
        "logistic-regression"
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// `log(1 + exp(z))` without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

fn fit(x: &Matrix, y: &[u8], c: f64, balanced: bool, most: usize) -> Result<Fitted, Error> {
    let ones = y.iter().filter(|&&v| v == 1).count();
    if ones == 0 || ones == y.len() {
        let intercept = if ones == 0 { f64::NEG_INFINITY } else { f64::INFINITY };
        return Ok(Fitted { coefficients: vec![0.0; x.cols()], intercept });
    }
    let weights = if balanced {
        let n = y.len() as f64;
        [n / (2.0 * (y.len() - ones) as f64), n / (2.0 * ones as f64)]
    } else {
        [1.0, 1.0]
    };
    let scaler = StandardScaler::fit(x)?;
    let problem = Problem {
        rows: scaler.transform(x)?.row_major(),
        cols: x.cols(),
        labels: y,
        weights: weights.map(|w| w * c),
        penalties: scaler.scales().iter().map(|s| 1.0 / (s * s)).collect(),
    };
    let (v, b) = problem.solve(most)?;
    let coefficients: Vec<f64> = v.iter().zip(scaler.scales()).map(|(v, s)| v / s).collect();
    let shift: f64 = coefficients.iter().zip(scaler.means()).map(|(w, m)| w * m).sum();
    if coefficients.iter().chain([&b]).any(|w| !w.is_finite()) {
        return Err(Error::Fit {
            algorithm: "logistic-regression",
            reason: "the weights grow without end; set a smaller `c` or scale the features".into(),
        });
    }
    Ok(Fitted { coefficients, intercept: b - shift })
}

/// The objective over scaled features; the unknowns are one weight a column and the intercept, in this order.
struct Problem<'a> {
    rows: Vec<f64>,
    cols: usize,
    labels: &'a [u8],
    /// Of class 0 and 1, times `c`.
    weights: [f64; 2],
    penalties: Vec<f64>,
}

impl Problem<'_> {
    fn each(&self, theta: &[f64], mut see: impl FnMut(&[f64], f64, usize)) {
        for (row, &label) in self.rows.chunks_exact(self.cols).zip(self.labels) {
            let dot: f64 = row.iter().zip(theta).map(|(a, b)| a * b).sum();
            see(row, dot + theta[self.cols], usize::from(label));
        }
    }

    fn objective(&self, theta: &[f64]) -> f64 {
        let penalty: f64 = self.penalties.iter().zip(theta).map(|(p, w)| 0.5 * p * w * w).sum();
        let mut loss = 0.0;
        self.each(theta, |_, z, label| {
            loss += self.weights[label] * softplus(if label == 1 { -z } else { z });
        });
        penalty + loss
    }

    /// The gradient, and the lower triangle of the Hessian row by row.
    fn slopes(&self, theta: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = self.cols + 1;
        let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
        self.each(theta, |row, z, label| {
            let p = sigmoid(z);
            let slope = self.weights[label] * (p - label as f64);
            let curve = self.weights[label] * p * (1.0 - p);
            for j in 0..n {
                let value = if j < self.cols { row[j] } else { 1.0 };
                gradient[j] += slope * value;
                let line = &mut hessian[j * n..j * n + j + 1];
                line.iter_mut().zip(row).for_each(|(h, v)| *h += curve * value * v);
            }
            hessian[n * n - 1] += curve;
        });
        for (j, penalty) in self.penalties.iter().enumerate() {
            gradient[j] += penalty * theta[j];
            hessian[j * n + j] += penalty;
        }
        (gradient, hessian)
    }

    /// Newton's method with halved steps until the objective falls.
    fn solve(&self, most: usize) -> Result<(Vec<f64>, f64), Error> {
        let oversight = Oversight::here();
        let mut theta = vec![0.0; self.cols + 1];
        let mut value = self.objective(&theta);
        for _ in 0..most {
            oversight.goes_on()?;
            let (gradient, hessian) = self.slopes(&theta);
            let step = newton_step(&hessian, &gradient);
            let gain: f64 = step.iter().zip(&gradient).map(|(s, g)| s * g).sum();
            if !gain.is_finite() || gain <= 1e-15 * (1.0 + value.abs()) {
                break;
            }
            let mut size = 1.0;
            let moved = loop {
                let next: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t - size * s).collect();
                let reached = self.objective(&next);
                if reached <= value - 1e-4 * size * gain {
                    break Some((next, reached));
                }
                size *= 0.5;
                if size < 1e-10 {
                    break None;
                }
            };
            let Some((next, reached)) = moved else { break };
            (theta, value) = (next, reached);
        }
        let intercept = theta.pop().unwrap_or(0.0);
        Ok((theta, intercept))
    }
}

/// Solves `hessian · step = gradient` by Cholesky; where a pivot vanishes, a little is added to the diagonal.
fn newton_step(hessian: &[f64], gradient: &[f64]) -> Vec<f64> {
    let n = gradient.len();
    let largest = (0..n).map(|j| hessian[j * n + j]).fold(0.0, f64::max);
    let mut added = 0.0;
    loop {
        if let Some(step) = cholesky_solve(hessian, gradient, added) {
            return step;
        }
        added = if added == 0.0 { 1e-12 * largest.max(1e-12) } else { added * 100.0 };
        if !added.is_finite() || added > 1e12 * largest.max(1.0) {
            return vec![0.0; n];
        }
    }
}

fn cholesky_solve(matrix: &[f64], right: &[f64], added: f64) -> Option<Vec<f64>> {
    let n = right.len();
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = matrix[i * n + j] - dot;
            if i == j {
                let pivot = rest + added;
                if pivot.is_nan() || pivot <= 1e-14 * (matrix[i * n + i] + added) {
                    return None;
                }
                l[i * n + i] = pivot.sqrt();
            } else {
                l[i * n + j] = rest / l[j * n + j];
            }
        }
    }
    let mut x = right.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| l[i * n + k] * x[k]).sum();
        x[i] = (x[i] - dot) / l[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| l[k * n + i] * x[k]).sum();
        x[i] = (x[i] - dot) / l[i * n + i];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::{answers, assert_near, labels, matrix, numbers};

    #[test]
    fn the_weights_are_those_of_the_reference() {
        for case in answers("logistic").as_array().unwrap() {
            let name = case["data"].as_str().unwrap();
            let (x, y) = (matrix(name), labels(name));
            let balanced = case["class_weight"] == "balanced";
            let fitted = fit(&x, &y, case["c"].as_f64().unwrap(), balanced, 100).unwrap();
            assert_near(&fitted.coefficients, &numbers(&case["coefficients"]), 1e-6, name);
            assert_near(&[fitted.intercept], &[case["intercept"].as_f64().unwrap()], 1e-6, name);
            let probabilities = fitted.probabilities(&x);
            assert_near(&probabilities[..50], &numbers(&case["probabilities"]), 1e-7, name);
        }
    }

    fn line(values: &[f64]) -> Matrix {
        Matrix::new(vec!["a".into()], vec![values.to_vec()]).unwrap()
    }

    /// Parted labels have no finite answer without a penalty; with the weakest one allowed the fit must end.
    #[test]
    fn parted_labels_end_in_sure_answers() {
        let x = line(&[-2.0, -1.0, 1.0, 2.0]);
        let fitted = fit(&x, &[0, 0, 1, 1], 1e9, false, 10_000).unwrap();
        let p = fitted.probabilities(&x);
        assert!(p[1] < 1e-3 && p[2] > 0.999, "{p:?}");
    }

    #[test]
    fn huge_and_tiny_columns_are_no_trouble() {
        let x = line(&[1e12, 2e12, 3e12, 4e12]);
        let fitted = fit(&x, &[0, 1, 0, 1], 1.0, false, 100).unwrap();
        assert!(fitted.probabilities(&x).iter().all(|p| (0.1..0.9).contains(p)));
        let fitted = fit(&line(&[1e-12, 2e-12, 3e-12]), &[0, 1, 1], 1.0, false, 100).unwrap();
        assert!((fitted.probabilities(&line(&[0.0]))[0] - 2.0 / 3.0).abs() < 1e-6);
    }

    /// With `balanced` and no feature that tells, the odds are even.
    #[test]
    fn balanced_classes_count_alike() {
        let fitted = fit(&line(&[1.0; 5]), &[1, 0, 0, 0, 0], 1.0, true, 100).unwrap();
        assert!((fitted.probabilities(&line(&[1.0]))[0] - 0.5).abs() < 1e-9);
    }
}
