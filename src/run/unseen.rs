//! A model on data it has never seen.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use botany_validate::evaluate_on;
use botany_watch::Model;

use super::progress::Say;
use super::rows::{self, Rows};
use super::{Workspace, evidence};
use crate::cli::Context;
use crate::recipe::Recipe;
use crate::report::model::Evaluation;

/// Labels the other data as the model's own recipe labels, makes its features there, and judges the
/// model on every row: nothing is fitted, nothing is sampled away.
pub fn validate_on(model: &Model, on: &Path, context: &Context, say: &Say) -> Result<Evaluation> {
    if !on.is_dir() {
        bail!("{} is no data directory: `botany collect --data {0} PATH…` makes one", on.display());
    }
    let name = &model.card.name;
    let recipe = Recipe::parse(&model.card.recipe, name).context("the model's card is damaged")?;
    let workspace = Workspace::at(on, &context.config)?;
    say.step("enrich", "the other data");
    let all = Recipe {
        learn: crate::recipe::Learn { sample: usize::MAX, ..recipe.learn.clone() },
        ..recipe
    };
    rows::label(&workspace, &all.enrich, &all.enrich.threat)?;
    let rows = Rows::select(&workspace, &all, &all.enrich.filter)?;
    if rows.frame.rows() == 0 {
        bail!(
            "{} holds no row the model could judge (filter: {})",
            on.display(),
            all.enrich.filter
        );
    }
    say.step("validate", "the other data");
    let options = super::evaluation(&all);
    let found = evaluate_on(&model.pipeline, &rows.frame, &rows.label, &rows.keys, &options)?;
    Ok(evidence::evaluation(&found))
}
