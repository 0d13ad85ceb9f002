//! What every metric is computed from.

use serde::{Deserialize, Serialize};

/// Weights of rows by label and call at the threshold. A row is called 1 when its probability is at
/// least the threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Label 0, called 0.
    pub true_negative: f64,
    /// Label 0, called 1.
    pub false_positive: f64,
    /// Label 1, called 0.
    pub false_negative: f64,
    /// Label 1, called 1.
    pub true_positive: f64,
}

impl Confusion {
    /// Rows that carry `label`.
    pub fn actual(&self, label: u8) -> f64 {
        match label {
            0 => self.true_negative + self.false_positive,
            _ => self.true_positive + self.false_negative,
        }
    }

    /// Rows that are called `label`.
    pub fn called(&self, label: u8) -> f64 {
        match label {
            0 => self.true_negative + self.false_negative,
            _ => self.true_positive + self.false_positive,
        }
    }

    /// Rows that carry `label` and are called so.
    pub fn hit(&self, label: u8) -> f64 {
        if label == 0 { self.true_negative } else { self.true_positive }
    }

    /// All rows.
    pub fn total(&self) -> f64 {
        self.actual(0) + self.actual(1)
    }

    /// The usual table, a row per label and a column per call: `[[tn, fp], [fn, tp]]`.
    pub fn table(&self) -> [[u64; 2]; 2] {
        [
            [self.true_negative as u64, self.false_positive as u64],
            [self.false_negative as u64, self.true_positive as u64],
        ]
    }
}

/// What is called 1 when the threshold is lowered to one of the probabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Step {
    /// The probability the threshold is lowered to.
    pub threshold: f64,
    /// Positives at or above it.
    pub true_positives: f64,
    /// Negatives at or above it.
    pub false_positives: f64,
}

/// Labels and probabilities, condensed: every metric is a function of this.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Calls at the threshold.
    pub confusion: Confusion,
    /// One step per distinct probability, the highest first; the last one calls every row 1.
    pub steps: Vec<Step>,
    /// Sum over rows of minus the natural logarithm of the probability given to the row's label.
    pub log_loss: f64,
    /// Sum over rows of the squared difference of probability and label.
    pub squared_error: f64,
}

impl Evidence {
    /// Positives and negatives there are, as the last step counts them.
    pub fn totals(&self) -> (f64, f64) {
        self.steps.last().map_or((0.0, 0.0), |last| (last.true_positives, last.false_positives))
    }
}
