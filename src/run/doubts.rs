//! The ways in which a recipe's result may be wrong, tested.

use anyhow::Result;
use botany_learn::PipelineSpec;
use botany_validate::doubts::{Case, DoubtOptions, examine};
use botany_validate::{Scorecard, Split};

use super::evidence;
use super::rows::Rows;
use crate::recipe::Recipe;
use crate::report::model::Doubt;

/// Every doubt of the shelf, tested on these rows.
pub fn all(
    recipe: &Recipe,
    spec: &PipelineSpec,
    rows: &Rows,
    card: &Scorecard,
) -> Result<Vec<Doubt>> {
    let options = DoubtOptions {
        split: super::evaluation(recipe).split,
        permutations: recipe.validate.permutations,
    };
    let by_address = card.evaluations.iter().find(|e| e.split == Split::Address.name());
    let case = Case {
        spec,
        frame: &rows.frame,
        y: &rows.label,
        keys: &rows.keys,
        by_address,
        options: &options,
    };
    let found = examine(&case)?;
    Ok(found.iter().map(|finding| evidence::doubt(recipe.enrich.grain.name(), finding)).collect())
}
