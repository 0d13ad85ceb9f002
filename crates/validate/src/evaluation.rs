//! What an evaluation says, as it is written to a report and read back.

use serde::{Deserialize, Serialize};

use crate::intervals::Interval;
use crate::splits::SplitOptions;

/// How to evaluate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateOptions {
    /// How the folds are made. Its seed also draws the intervals.
    pub split: SplitOptions,
    /// A row is called 1 when its probability is at least this.
    pub threshold: f64,
    /// Draws of an interval; 0 for none.
    pub draws: usize,
    /// Whether the probability of each row is kept in the evaluation.
    pub keep_scores: bool,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        EvaluateOptions {
            split: SplitOptions::default(),
            threshold: 0.5,
            draws: 1000,
            keep_scores: true,
        }
    }
}

/// One metric with its interval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// Name in files, such as `average_precision`.
    pub name: String,
    /// Name in a table.
    pub label: String,
    /// Its value; `None` where the data leave it undefined.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Draws left out of the interval because the metric was undefined in them.
    pub skipped: usize,
}

impl MetricValue {
    /// The interval alone.
    pub fn interval(&self) -> Interval {
        Interval { low: self.low, high: self.high, skipped: self.skipped }
    }
}

/// Precision, recall and F1 of one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassRow {
    /// The label, 0 or 1.
    pub class: u8,
    /// Of the rows called so, the share that is.
    pub precision: Option<f64>,
    /// Of the rows that are so, the share called so.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// Rows that carry the label.
    pub support: u64,
}

/// Rows, addresses and labels on one side of a fold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows.
    pub rows: usize,
    /// Rows with label 1.
    pub positives: usize,
    /// Addresses.
    pub addresses: usize,
    /// Addresses with at least one row of label 1.
    pub positive_addresses: usize,
}

/// What one fold trained and tested on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldCounts {
    /// The fold, counted from 1.
    pub fold: usize,
    /// What trained.
    pub train: Counts,
    /// What was tested.
    pub test: Counts,
    /// Tested addresses which also trained.
    pub shared_addresses: usize,
    /// Why the fold was not fitted, if it was not.
    pub skipped: Option<String>,
}

/// The evaluation with one decision an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddressSummary {
    /// How an address is decided, in a sentence.
    pub rule: String,
    /// Addresses decided.
    pub addresses: usize,
    /// Addresses with at least one row of label 1.
    pub positives: usize,
    /// Addresses that have rows of both labels.
    pub mixed: usize,
    /// Every metric, counting addresses instead of rows.
    pub metrics: Vec<MetricValue>,
    /// Addresses by label (row) and call (column): `[[tn, fp], [fn, tp]]`.
    pub confusion: [[u64; 2]; 2],
}

/// How good a model is, on rows it did not learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The split: `row`, `address`, `block`, `time`, or `unseen` for data of another time or place.
    pub split: String,
    /// How a sentence puts the split, such as `on addresses never seen`.
    pub phrase: String,
    /// Whether the same address trains and tests by construction.
    pub leaks: bool,
    /// The algorithm.
    pub algorithm: String,
    /// Folds that were fitted; 0 for unseen data.
    pub folds: usize,
    /// Rows given.
    pub given: usize,
    /// Rows that were tested; all counts and metrics are of these.
    pub rows: usize,
    /// Tested rows with label 1.
    pub positives: usize,
    /// Addresses of the tested rows.
    pub addresses: usize,
    /// Of these, those with at least one row of label 1.
    pub positive_addresses: usize,
    /// What each fold trained and tested on; empty for unseen data.
    pub per_fold: Vec<FoldCounts>,
    /// A row is called 1 when its probability is at least this.
    pub threshold: f64,
    /// Every metric, over rows, with intervals over addresses.
    pub metrics: Vec<MetricValue>,
    /// Precision, recall and F1 of label 0 and of label 1.
    pub per_class: Vec<ClassRow>,
    /// Rows by label (row) and call (column): `[[tn, fp], [fn, tp]]`.
    pub confusion: [[u64; 2]; 2],
    /// ROC curve for drawing: (false positive rate, recall), at most 500 points.
    pub roc: Vec<(f64, f64)>,
    /// Precision-recall curve for drawing: (recall, precision), at most 500 points.
    pub pr: Vec<(f64, f64)>,
    /// The same with one decision an address.
    pub per_address: AddressSummary,
    /// Probability of each row given, NaN (null in JSON) where the row was not tested.
    #[serde(with = "missing")]
    pub scores: Option<Vec<f64>>,
    /// What has to be known to read the numbers.
    pub notes: Vec<String>,
}

impl Evaluation {
    /// The metric of that name.
    pub fn metric(&self, name: &str) -> Option<&MetricValue> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// The metric of that name, counting addresses.
    pub fn address_metric(&self, name: &str) -> Option<&MetricValue> {
        self.per_address.metrics.iter().find(|metric| metric.name == name)
    }

    /// Share of the tested rows with label 1.
    pub fn prevalence(&self) -> f64 {
        self.positives as f64 / self.rows.max(1) as f64
    }
}

/// JSON knows no NaN: a row without a probability is null there.
mod missing {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(scores: &Option<Vec<f64>>, to: S) -> Result<S::Ok, S::Error> {
        let scores: Option<Vec<Option<f64>>> = scores
            .as_ref()
            .map(|scores| scores.iter().map(|&p| p.is_finite().then_some(p)).collect());
        scores.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<f64>>, D::Error> {
        let scores: Option<Vec<Option<f64>>> = Option::deserialize(from)?;
        Ok(scores.map(|scores| scores.into_iter().map(|p| p.unwrap_or(f64::NAN)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untested_rows_survive_a_file() {
        #[derive(Serialize, Deserialize)]
        struct Kept {
            #[serde(with = "missing")]
            scores: Option<Vec<f64>>,
        }
        let text = serde_json::to_string(&Kept { scores: Some(vec![0.25, f64::NAN]) }).unwrap();
        assert_eq!(text, r#"{"scores":[0.25,null]}"#);
        let read: Kept = serde_json::from_str(&text).unwrap();
        let scores = read.scores.unwrap();
        assert!(scores[0] == 0.25 && scores[1].is_nan());
    }
}
