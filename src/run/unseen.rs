//! A model on data it has never seen.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Result, bail};
use botany_enrich::profiles::Grain;
use botany_validate::{EvaluateOptions, evaluate_on};
use botany_watch::Model;

use super::progress::Say;
use super::rows::{self, Rows};
use super::{Workspace, evidence};
use crate::cli::Context;
use crate::recipe::Enrich;
use crate::report::model::Evaluation;

/// Labels the other data as the model's own recipe labels, makes its features there, and judges the
/// model on every row, at its own threshold: nothing is fitted, nothing is sampled away.
pub fn validate_on(model: &Model, on: &Path, context: &Context, say: &Say) -> Result<Evaluation> {
    let recipe = super::own_recipe(model)?;
    let workspace = Workspace::at(on, &context.config)?;
    say.step("enrich", "the other data")?;
    let enrich = &recipe.enrich;
    rows::label(&workspace, enrich, &enrich.threat)?;
    let selection = rows::selection(&recipe, &enrich.filter);
    let rows = Rows::every(&workspace, &recipe, &selection)?;
    if rows.frame.rows() == 0 {
        bail!("{} holds no row the model could judge (filter: {})", on.display(), enrich.filter);
    }
    say.step("validate", "the other data")?;
    let own = super::evaluation(&recipe);
    let options = EvaluateOptions { threshold: model.card.threshold(), ..own };
    let found = evaluate_on(&model.pipeline, &rows.frame, &rows.label, &rows.keys, &options)?;
    let mut evaluation = evidence::evaluation(&found);
    let addresses = rows.keys.address.iter().map(String::as_str).collect();
    evaluation
        .notes
        .splice(0..0, seen_before(&addresses, enrich, &on.display().to_string(), context)?);
    Ok(evaluation)
}

/// Says so if the other data is not as unseen as it was meant to be: addresses that are also in the data
/// directory the model comes from.
pub(super) fn seen_before(
    addresses: &HashSet<&str>,
    enrich: &Enrich,
    on: &str,
    context: &Context,
) -> Result<Option<String>> {
    let own = Workspace::at(&context.data, &context.config)?;
    let (v4, v6) = (enrich.window.v4_bits, enrich.window.v6_bits);
    let (key, what) = match enrich.grain {
        Grain::Block => (format!("ip_block(src_ip, {v4}, {v6})"), "blocks"),
        Grain::Flow | Grain::Address => ("src_ip".to_owned(), "addresses"),
    };
    let sql = format!("SELECT DISTINCT {key} AS known FROM flow WHERE src_ip IS NOT NULL");
    let known: HashSet<String> = rows::texts(&own.sql(&sql)?, "known")?.into_iter().collect();
    let shared = addresses.iter().filter(|address| known.contains(**address)).count();
    Ok((shared > 0).then(|| {
        format!(
            "{shared} of the {} {what} of {} are also in {}, where the model was learnt: to the model they \
             are not unseen",
            addresses.len(),
            on,
            context.data.display()
        )
    }))
}
