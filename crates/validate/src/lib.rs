//! Why should anyone believe it?
//!
//! [`splits`] say which rows train and which test; [`metrics`] say how good the probabilities are
//! and [`intervals`] how far that may be off; [`evaluate`] fits the whole pipeline anew in each fold
//! and puts both together; [`compare`] sets the article's random rows beside the honest splits and a
//! baseline; [`doubts`] test the ways in which the result may be wrong.
//!
//! This crate knows no disk, no clock and no engine. What is drawn at random is drawn by seed, so
//! that the same rows give the same report on any number of threads.

mod comparison;
pub mod doubts;
mod error;
mod evaluate;
mod evaluation;
pub mod intervals;
mod keys;
mod measure;
pub mod metrics;
#[cfg(test)]
mod planted;
mod scorecard;
pub mod splits;

pub use comparison::{Compared, ComparedSplit, Comparison, baselines, compare};
pub use doubts::{Case, Doubt, DoubtOptions, Finding, Severity, examine};
pub use error::Error;
pub use evaluate::{GoOn, evaluate, evaluate_on};
pub use evaluation::{
    AddressSummary, ClassRow, Counts, EvaluateOptions, Evaluation, FoldCounts, MetricValue,
};
pub use intervals::Interval;
pub use keys::Keys;
pub use scorecard::{Scorecard, scorecard, scorecard_while};
pub use splits::{Fold, Split, SplitOptions, folds};
