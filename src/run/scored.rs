//! What a model of the registry says of everything a data directory holds.

use anyhow::{Context as _, Result, bail};
use botany_enrich::rows::Selection;
use botany_watch::Model;

use super::rows::{self, Rows};
use super::{Workspace, pieces};
use crate::recipe::Recipe;

/// Rows with what a model says of each.
pub struct Scored {
    /// The recipe the model was made by.
    pub recipe: Recipe,
    /// Every row the recipe's filter lets through, labelled by the recipe's own rule.
    pub rows: Rows,
    /// The probability of label 1, one a row.
    pub probability: Vec<f64>,
}

/// Scores the rows of a data directory: threat list, label and features as the model's own recipe makes them.
///
/// `also` are features beside those the model needs, `carry` columns of the flow (see
/// [`botany_enrich::rows::Selection`]).
///
/// # Errors
///
/// If there is no row to score; the engine's.
pub fn scored(
    model: &Model,
    workspace: &Workspace,
    also: &[&str],
    carry: &[&str],
) -> Result<Scored> {
    let (recipe, mut selection) = asked(model, workspace)?;
    for name in also {
        if !selection.features.iter().any(|f| f == name) {
            selection.features.push((*name).to_owned());
        }
    }
    selection.carry = carry.iter().map(|name| (*name).to_owned()).collect();
    let rows = Rows::every(workspace, &recipe, &selection)?;
    some(rows.frame.rows(), &recipe, workspace)?;
    let probability = model.pipeline.probabilities(&rows.frame)?;
    Ok(Scored { recipe, rows, probability })
}

/// Scores the same rows a piece at a time, for who does not need them all at once. Gives the model's recipe.
///
/// # Errors
///
/// As [`scored`], and those of `visit`, which end it.
pub fn each_scored(
    model: &Model,
    workspace: &Workspace,
    mut visit: impl FnMut(&Rows, &[f64]) -> Result<()>,
) -> Result<Recipe> {
    let (recipe, selection) = asked(model, workspace)?;
    let rows = pieces::each(workspace, &recipe, &selection, |rows| {
        visit(&rows, &model.pipeline.probabilities(&rows.frame)?)
    })?;
    some(rows, &recipe, workspace)?;
    Ok(recipe)
}

/// What a model's own recipe asks for, labelled by its rule.
fn asked(model: &Model, workspace: &Workspace) -> Result<(Recipe, Selection)> {
    let recipe = own_recipe(model)?;
    let enrich = &recipe.enrich;
    rows::label(workspace, enrich, &enrich.threat)?;
    let selection = rows::selection(&recipe, &enrich.filter);
    Ok((recipe, selection))
}

fn some(rows: usize, recipe: &Recipe, workspace: &Workspace) -> Result<()> {
    if rows == 0 {
        bail!(
            "{} holds no row the model could score (filter: {})",
            workspace.data.display(),
            recipe.enrich.filter
        );
    }
    Ok(())
}

/// The recipe a model was made by, from its card.
///
/// # Errors
///
/// If the card's recipe cannot be read any more.
pub fn own_recipe(model: &Model) -> Result<Recipe> {
    Recipe::parse(&model.card.recipe, &model.card.name).context("the model's card is damaged")
}
