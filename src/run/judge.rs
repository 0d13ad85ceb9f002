//! Judging a pipeline by splits, telling how far it is, and stopping between two folds if asked to.

use std::cell::Cell;

use anyhow::{Context as _, Result};
use botany_learn::PipelineSpec;
use botany_validate::{Error, EvaluateOptions, Scorecard, Split, scorecard_while};

use super::progress::{Say, Stopped};
use super::rows::Rows;

/// The scorecard of a pipeline on these rows; `whose` stands before the split in what is told.
///
/// # Errors
///
/// [`Stopped`] if it is not wanted any more; otherwise why the rows cannot be judged.
pub fn judge(
    spec: &PipelineSpec,
    rows: &Rows,
    splits: &[Split],
    options: &EvaluateOptions,
    whose: &str,
    say: &Say,
) -> Result<Scorecard> {
    let told = Cell::new(None);
    let go_on = |split: Split| {
        if told.replace(Some(split)) == Some(split) {
            return say.goes_on();
        }
        say.step("validate", &format!("{whose}split by {split}")).is_ok()
    };
    match scorecard_while(spec, &rows.frame, &rows.label, &rows.keys, splits, options, &go_on) {
        Err(Error::Stopped) => Err(Stopped.into()),
        card => card.context("the rows cannot be judged"),
    }
}
