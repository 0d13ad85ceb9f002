//! What can be wrong with a request to validate, and what to do about it.

use crate::splits::Split;

/// Why a validation could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Labels, keys or probabilities do not match the rows.
    #[error("{what}: {found} entries for {rows} rows, give one entry a row")]
    Length {
        /// Which list is too short or too long.
        what: &'static str,
        /// Entries it has.
        found: usize,
        /// Rows there are.
        rows: usize,
    },
    /// Whoever asked wants no answer any more.
    #[error("stopped before its end")]
    Stopped,
    /// There is nothing to validate on.
    #[error("no rows to validate on: widen the time window or loosen the conditions of the sample")]
    Empty,
    /// A label is neither 0 nor 1.
    #[error("label {label} in row {row}: labels are 0 or 1, recode the label column")]
    Label {
        /// The value found.
        label: u8,
        /// The row, counted from 0.
        row: usize,
    },
    /// Only one label occurs.
    #[error(
        "every row carries label {label}: a model is judged on both labels, widen the time window or loosen the label rule"
    )]
    OneLabel {
        /// The label every row carries.
        label: u8,
    },
    /// A probability is no number from 0 to 1.
    #[error(
        "probability {value} in row {row}: probabilities lie between 0 and 1, check the model file"
    )]
    Probability {
        /// The value found.
        value: f64,
        /// The row, counted from 0.
        row: usize,
    },
    /// Fewer than two folds were asked for.
    #[error("{folds} folds leave nothing to train on: use --folds 2 or more")]
    Folds {
        /// Folds asked for.
        folds: usize,
    },
    /// The share of a hold-out is no share.
    #[error(
        "a hold-out of {share} leaves one side empty: use a share between 0 and 1, such as 0.5"
    )]
    Holdout {
        /// Share asked for.
        share: f64,
    },
    /// The gap of a time split is negative.
    #[error("a gap of {seconds} s would train on what it tests: use --gap 0 or more")]
    Gap {
        /// Gap asked for, in seconds.
        seconds: i64,
    },
    /// The threshold is no probability.
    #[error("threshold {threshold} is no probability: use a value between 0 and 1, such as 0.5")]
    Threshold {
        /// Threshold asked for.
        threshold: f64,
    },
    /// A label occurs in fewer groups than there are folds, but in two or more.
    #[error(
        "only {found} {group} carry label {label} and {folds} folds need one each: use --folds {found}"
    )]
    FewGroups {
        /// What is counted: rows, addresses, blocks.
        group: &'static str,
        /// Groups in which the label occurs.
        found: usize,
        /// The label.
        label: u8,
        /// Folds asked for.
        folds: usize,
    },
    /// A label occurs in one group only, so that no fold can both train and test on it.
    #[error(
        "label {label} occurs in one {group} only, which cannot be trained on and tested at once: collect more, or loosen the label rule"
    )]
    OneGroup {
        /// What is counted, in the singular.
        group: &'static str,
        /// The label.
        label: u8,
    },
    /// The rows do not spread over enough instants.
    #[error(
        "the rows fall on too few instants for {folds} folds by time: use fewer with --folds, or collect over a longer time"
    )]
    FewTimes {
        /// Folds asked for.
        folds: usize,
    },
    /// No fold had both labels to train on.
    #[error(
        "no fold of the split by {split} has both labels to train on: use fewer folds, a smaller gap, or collect over a longer time"
    )]
    NothingTested {
        /// The split.
        split: Split,
    },
    /// A model could not be fitted or asked.
    #[error(transparent)]
    Learn(#[from] botany_learn::Error),
}
