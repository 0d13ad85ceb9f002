//! One pipeline by every split asked for, with its baseline.

use std::collections::BTreeMap;

use botany_learn::{Frame, PipelineSpec};
use serde::{Deserialize, Serialize};

use crate::comparison::{Comparison, compare};
use crate::error::Error;
use crate::evaluate::evaluate;
use crate::evaluation::{EvaluateOptions, Evaluation};
use crate::keys::Keys;
use crate::splits::Split;

/// Evaluations of one pipeline, its baselines, and both side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// One evaluation a split that could be made.
    pub evaluations: Vec<Evaluation>,
    /// The `dummy` algorithm on the same folds.
    pub baselines: Vec<Evaluation>,
    /// Both side by side, in sentences.
    pub comparison: Comparison,
    /// Splits that could not be made, and why.
    pub notes: Vec<String>,
}

/// Evaluates a pipeline, and the `dummy` algorithm, by each of `splits`.
///
/// A split that the data do not allow (too few blocks, say) becomes a note.
///
/// # Errors
/// When none of the splits can be made, with the reason of the first; or when a fit fails.
pub fn scorecard(
    spec: &PipelineSpec,
    frame: &Frame,
    y: &[u8],
    keys: &Keys,
    splits: &[Split],
    options: &EvaluateOptions,
) -> Result<Scorecard, Error> {
    let dummy = baseline(spec);
    let without_scores =
        EvaluateOptions { draws: 0, keep_scores: false, ..options.clone() };
    let (mut evaluations, mut baselines) = (Vec::new(), Vec::new());
    let mut notes = Vec::new();
    let mut first_error = None;
    for &split in splits {
        match evaluate(spec, frame, y, keys, split, options) {
            Ok(evaluation) => {
                evaluations.push(evaluation);
                baselines.push(evaluate(&dummy, frame, y, keys, split, &without_scores)?);
            }
            Err(error @ Error::Learn(_)) => return Err(error),
            Err(error) => {
                notes.push(format!("not by {split}: {error}"));
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if evaluations.is_empty() => Err(error),
        _ => {
            let comparison = compare(&evaluations, &baselines);
            Ok(Scorecard { evaluations, baselines, comparison, notes })
        }
    }
}

/// The pipeline with an algorithm that looks at no feature, and with no clusters to be fitted for it.
fn baseline(spec: &PipelineSpec) -> PipelineSpec {
    let made_up = |name: &String| name == "cluster" || name == "cluster_distance";
    let features: Vec<String> = spec.features.iter().filter(|name| !made_up(name)).cloned().collect();
    let mut dummy = spec.clone();
    dummy.algorithm = "dummy".to_owned();
    dummy.settings = BTreeMap::new();
    if !features.is_empty() {
        dummy.features = features;
        dummy.clustering = None;
    }
    dummy
}
