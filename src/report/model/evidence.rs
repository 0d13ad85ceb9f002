//! What the method gives, and why to believe or doubt it.

use serde::{Deserialize, Serialize};

/// A number with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The value; `None` is undefined (say, precision without a predicted positive).
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
}

impl Estimate {
    /// A number without an interval.
    pub fn exact(value: f64) -> Self {
        Estimate { value: Some(value), low: None, high: None }
    }

    /// A number with its interval.
    pub fn between(value: f64, low: f64, high: f64) -> Self {
        Estimate { value: Some(value), low: Some(low), high: Some(high) }
    }
}

/// What the method gives when a row is a flow, an address or a block.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grain {
    /// What a row is: `flow`, `address` or `block`.
    pub grain: String,
    /// The recipe that asked.
    pub recipe: String,
    /// The question, in a sentence: `can one flow tell that its source is on the list?`
    pub question: String,
    /// The algorithm with the settings that matter, e.g. `random-forest, 100 trees`.
    pub model: String,
    /// The features it was given.
    pub features: Vec<String>,
    /// One evaluation a split, in the order row, address, block, time; other data last.
    pub evaluations: Vec<Evaluation>,
    /// What a model that learnt nothing gives.
    pub baseline: Baseline,
    /// What is left of the random-row number on addresses never seen, then on blocks and on what came
    /// later: a sentence each.
    pub drop: Vec<String>,
    /// Whether the model is better than the baseline, in plain words.
    pub verdict: String,
    /// Importance of each input, of the model fitted on all rows; empty where there is none.
    pub importances: Vec<Importance>,
}

/// One model evaluated on one kind of split.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Name of the split: `row`, `address`, `block`, `time`, or the name of other data.
    pub split: String,
    /// Whether rows of one address may be on both sides (`row` does).
    pub leaks: bool,
    /// Rows tested.
    pub rows: u64,
    /// Those labelled 1.
    pub positives: u64,
    /// Distinct source addresses tested.
    pub addresses: u64,
    /// Those with a row labelled 1.
    pub positive_addresses: u64,
    /// The folds; empty for other data.
    pub folds: Vec<Fold>,
    /// Predicted 1 from this probability on.
    pub threshold: f64,
    /// Metrics over rows, in the order in which they are shown.
    pub metrics: Vec<Metric>,
    /// Metrics over addresses (the highest score of an address's rows); may be empty.
    pub address_metrics: Vec<Metric>,
    /// Rows by label (first index) and prediction (second index).
    pub confusion: [[u64; 2]; 2],
    /// Points (false positive rate, true positive rate), by falling threshold.
    pub roc: Vec<(f64, f64)>,
    /// Points (recall, precision), by falling threshold.
    pub pr: Vec<(f64, f64)>,
    /// What went not as asked, e.g. that a fold had no positives.
    pub notes: Vec<String>,
}

impl Evaluation {
    /// The metric of this name over rows; undefined when it was not computed.
    pub fn metric(&self, name: &str) -> Estimate {
        find(&self.metrics, name)
    }

    /// The metric of this name over addresses; undefined when it was not computed.
    pub fn address_metric(&self, name: &str) -> Estimate {
        find(&self.address_metrics, name)
    }

    /// Part of the rows labelled 1; `None` without rows.
    pub fn base_rate(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.positives as f64 / self.rows as f64)
    }
}

fn find(metrics: &[Metric], name: &str) -> Estimate {
    metrics.iter().find(|m| m.name == name).map(|m| m.estimate).unwrap_or_default()
}

/// Class counts of one fold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Rows fitted on.
    pub train_rows: u64,
    /// Those labelled 1.
    pub train_positives: u64,
    /// Rows tested.
    pub test_rows: u64,
    /// Those labelled 1.
    pub test_positives: u64,
}

/// One metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name. Shown first when present: `average_precision`, `roc_auc`, `precision`, `recall`,
    /// `f1`, `balanced_accuracy`, `accuracy`.
    pub name: String,
    /// Its name for a reader: `average precision`.
    pub label: String,
    /// Its value.
    pub estimate: Estimate,
}

/// What a model that learnt nothing gives on the same rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// What it does: `always the commoner class`.
    pub what: String,
    /// Its metrics over rows, by the names of [`Metric::name`].
    pub metrics: Vec<Metric>,
}

impl Baseline {
    /// The metric of this name; undefined when it was not computed.
    pub fn metric(&self, name: &str) -> Estimate {
        find(&self.metrics, name)
    }
}

/// How much an input counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    /// The input, e.g. `packet_pcr_range=3:1 Import`.
    pub feature: String,
    /// Its part of the whole, 0 to 1.
    pub value: f64,
}

/// One label definition at one grain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelRow {
    /// The definition: `six names of 2016`, `any Mirai name`, …
    pub label: String,
    /// The service it is asked of: `ssh` or `telnet`.
    pub service: String,
    /// What a row is: `flow` or `address`.
    pub grain: String,
    /// Whether this is the definition of the recipe.
    pub chosen: bool,
    /// Rows, and those labelled 1.
    pub rows: u64,
    /// Rows labelled 1.
    pub positives: u64,
    /// Distinct source addresses.
    pub addresses: u64,
    /// Those with a row labelled 1.
    pub positive_addresses: u64,
    /// Scores by the random-row split, which leaks.
    pub by_row: Scores,
    /// Scores on addresses never seen.
    pub by_address: Scores,
    /// Scores of a model that learnt nothing.
    pub baseline: Scores,
    /// In plain words: `no better than the baseline`.
    pub verdict: String,
}

impl LabelRow {
    /// Part of the rows labelled 1; `None` without rows.
    pub fn base_rate(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.positives as f64 / self.rows as f64)
    }
}

/// The three numbers of the label table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Area under the precision/recall curve.
    pub average_precision: Estimate,
    /// Harmonic mean of precision and recall of the label 1.
    pub f1: Estimate,
    /// Mean of the recalls of both labels.
    pub balanced_accuracy: Estimate,
}

/// A way in which the result may be wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Its name.
    pub name: String,
    /// The question it asks.
    pub question: String,
    /// What testing it found.
    pub finding: String,
    /// How much it weighs.
    pub severity: Severity,
}

/// How much a doubt weighs, least first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Tested and not found.
    Fine,
    /// Could not be tested, or says little.
    #[default]
    Note,
    /// Found: read the numbers with it in mind.
    Caution,
    /// Found, and the numbers cannot be believed with it.
    Serious,
}

impl Severity {
    /// The word shown.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Fine => "fine",
            Severity::Note => "note",
            Severity::Caution => "caution",
            Severity::Serious => "serious",
        }
    }
}
