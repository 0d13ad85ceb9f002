//! One pipeline by every split asked for, with its baseline.

use std::collections::BTreeMap;

use botany_learn::{CLUSTER, CLUSTER_DISTANCE, Frame, PipelineSpec};
use serde::{Deserialize, Serialize};

use crate::comparison::{Comparison, compare};
use crate::error::Error;
use crate::evaluate::{GoOn, evaluate, evaluate_while};
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
    scorecard_while(spec, frame, y, keys, splits, options, &|_| true)
}

/// [`scorecard`], asking before each fold of the pipeline whether to go on.
///
/// # Errors
/// Those of [`scorecard`], and [`Error::Stopped`] if not.
pub fn scorecard_while(
    spec: &PipelineSpec,
    frame: &Frame,
    y: &[u8],
    keys: &Keys,
    splits: &[Split],
    options: &EvaluateOptions,
    go_on: GoOn<'_>,
) -> Result<Scorecard, Error> {
    let dummy = baseline(spec);
    let without_scores = EvaluateOptions { draws: 0, keep_scores: false, ..options.clone() };
    let (mut evaluations, mut baselines) = (Vec::new(), Vec::new());
    let mut notes = Vec::new();
    let mut first_error = None;
    for &split in splits {
        match evaluate_while(spec, frame, y, keys, split, options, go_on) {
            Ok(evaluation) => {
                evaluations.push(evaluation);
                baselines.push(evaluate(&dummy, frame, y, keys, split, &without_scores)?);
            }
            Err(error @ (Error::Learn(_) | Error::Stopped)) => return Err(error),
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
    let made_up = |name: &String| [CLUSTER, CLUSTER_DISTANCE].contains(&name.as_str());
    let features: Vec<String> =
        spec.features.iter().filter(|name| !made_up(name)).cloned().collect();
    let mut dummy = spec.clone();
    dummy.algorithm = "dummy".to_owned();
    dummy.settings = BTreeMap::new();
    if !features.is_empty() {
        dummy.features = features;
        dummy.clustering = None;
    }
    dummy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::{Planted, memorable};

    #[test]
    fn what_is_only_remembered_falls_to_the_baseline_on_new_addresses() {
        let Planted { spec, frame, y, keys } = memorable(8);
        let options = EvaluateOptions { draws: 200, ..EvaluateOptions::default() };
        let splits = [Split::Row, Split::Address, Split::Block, Split::Time];
        let card = scorecard(&spec, &frame, &y, &keys, &splits, &options).unwrap();
        let f1 = |at: usize| card.evaluations[at].metric("f1").unwrap().value.unwrap();
        assert!(f1(0) > 0.95, "{}", f1(0));
        assert!(f1(1) < 0.6, "{}", f1(1));
        let words = card.comparison.statements.join("\n");
        assert!(words.contains("by random rows, ") && words.contains(": a drop of 0."), "{words}");
        assert!(
            words.contains("the same addresses are learnt from and tested on (fold by fold, 100 %"),
            "{words}"
        );
        assert!(words.contains("on addresses never seen the model is no better than"), "{words}");
        assert!(!card.comparison.splits[0].no_better_than_baseline);
        assert!(card.baselines.iter().all(|baseline| baseline.algorithm == "dummy"));
        let text = serde_json::to_string(&card.comparison).unwrap();
        assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), card.comparison);
    }

    #[test]
    fn a_split_that_cannot_be_made_is_a_note() {
        let Planted { spec, frame, y, mut keys } = memorable(4);
        keys.block = vec!["192.0.2.0/24".to_owned(); y.len()];
        let options = EvaluateOptions { draws: 0, ..EvaluateOptions::default() };
        let ask = |splits: &[Split]| scorecard(&spec, &frame, &y, &keys, splits, &options);
        let card = ask(&[Split::Block, Split::Address]).unwrap();
        assert_eq!(card.evaluations.len(), 1);
        assert!(card.notes[0].starts_with("not by block: label 1 occurs in one block only"));
        assert!(matches!(ask(&[Split::Block]), Err(Error::OneGroup { .. })));
    }

    #[test]
    fn who_does_not_want_to_go_on_is_heard_before_the_next_fold() {
        let Planted { spec, frame, y, keys } = memorable(4);
        let options = EvaluateOptions { draws: 0, ..EvaluateOptions::default() };
        let asked = std::cell::Cell::new(0);
        let go_on = |_| {
            asked.set(asked.get() + 1);
            asked.get() < 8
        };
        let splits = [Split::Row, Split::Address];
        let stopped = scorecard_while(&spec, &frame, &y, &keys, &splits, &options, &go_on);
        assert!(matches!(stopped, Err(Error::Stopped)));
        assert_eq!(asked.get(), 8, "five folds of the first split, three of the second");
    }
}
