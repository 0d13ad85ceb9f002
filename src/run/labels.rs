//! The label is a choice, and the result hangs on it: several of them side by side.

use anyhow::Result;
use botany_validate::{Error, Scorecard, Split, scorecard_while};

use super::progress::{Say, Stopped};
use super::rows::{self, Rows};
use super::{Workspace, evidence};
use crate::recipe::{LabelChoice, Recipe};
use crate::report::model::LabelRow;

/// Asks the recipe's question under each of its label definitions.
///
/// The recipe's own label is in force again afterwards.
pub fn side_by_side(
    recipe: &Recipe,
    own: &Scorecard,
    workspace: &Workspace,
    say: &Say,
) -> Result<Vec<LabelRow>> {
    let grain = recipe.enrich.grain.name();
    let mut table = Vec::new();
    for choice in &recipe.validate.labels {
        say.step("validate", &format!("label: {}", choice.name))?;
        let service = choice.threat.services.join(", ");
        if is_own(recipe, choice) {
            table.push(evidence::label_row(&choice.name, &service, grain, true, own));
            continue;
        }
        table.push(match judge(recipe, choice, workspace, say)? {
            Ok(card) => evidence::label_row(&choice.name, &service, grain, false, &card),
            Err(why) => evidence::label_row_without(&choice.name, &service, grain, false, why),
        });
    }
    rows::label(workspace, &recipe.enrich, &recipe.enrich.threat)?;
    Ok(table)
}

fn is_own(recipe: &Recipe, choice: &LabelChoice) -> bool {
    let filter = &recipe.enrich.filter;
    choice.threat == recipe.enrich.threat && (choice.filter.is_empty() || choice.filter == *filter)
}

/// The scorecard under another label, or why there is none: a label nobody carries is a finding.
fn judge(
    recipe: &Recipe,
    choice: &LabelChoice,
    workspace: &Workspace,
    say: &Say,
) -> Result<Result<Scorecard, String>> {
    let filter = if choice.filter.is_empty() { &recipe.enrich.filter } else { &choice.filter };
    rows::label(workspace, &recipe.enrich, &choice.threat)?;
    let rows = Rows::select(workspace, recipe, filter)?;
    if let Err(why) = rows.check(&choice.name) {
        return Ok(Err(format!("not judged: {why}")));
    }
    let spec = super::pipeline(recipe, workspace.config.threads());
    let splits = [Split::Row, Split::Address];
    let options = super::evaluation(recipe);
    let go_on = |_| say.goes_on();
    let card =
        scorecard_while(&spec, &rows.frame, &rows.label, &rows.keys, &splits, &options, &go_on);
    match card {
        Err(Error::Stopped) => Err(Stopped.into()),
        card => Ok(card.map_err(|error| format!("not judged: {error}"))),
    }
}
