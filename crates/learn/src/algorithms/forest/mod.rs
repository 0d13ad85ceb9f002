//! Random forest: many trees, each on its own draw of rows and with its own draw of features at every split.

use super::tree::{self, check_size, limits};
use super::{Algorithm, Checked, Classifier, Parameter, Range, Setting, Settings, class_weight};
use crate::codec::Reader;
use crate::{Error, Matrix};

mod bag;
mod bins;
mod block;
mod fit;
mod model;
#[cfg(test)]
pub(super) mod reference;
mod rows;
mod split;
mod sweep;
#[cfg(test)]
mod tests;
mod walk;

pub use model::Forest;

use fit::Options;

const NAME: &str = "random-forest";

/// A forest of gini trees (Breiman, Random Forests, 2001) over binned columns; its probability is the mean of the
/// shares in the leaves.
pub struct RandomForest;

impl Algorithm for RandomForest {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        "many trees, each grown on its own draw of the rows and asked for their mean: the article's choice, needs no \
         scaling and little setting"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mut all = vec![
            Parameter {
                name: "n_estimators",
                doc: "how many trees",
                default: Setting::Integer(100),
                range: Range::Integer(1, 10_000),
            },
            Parameter {
                name: "max_features",
                doc: "features drawn for each split: the square root of their number, all, or a whole number",
                default: "sqrt".into(),
                range: Range::Choice(&["sqrt", "all"]),
            },
        ];
        all.extend(limits::parameters());
        all.extend([
            Parameter {
                name: "bootstrap",
                doc: "whether each tree sees its own draw of as many rows, with replacement; without it there is no \
                      out-of-bag score",
                default: Setting::Bool(true),
                range: Range::Bool,
            },
            class_weight(),
            Parameter {
                name: "max_bins",
                doc: "bins of a column with more different values than that; 255 is faster and a little worse",
                default: Setting::Integer(bins::MOST as i64),
                range: Range::Integer(2, bins::MOST as i64),
            },
        ]);
        all
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &[u8],
        settings: &Settings,
        seed: u64,
    ) -> Result<Box<dyn Classifier>, Error> {
        let options = options(&self.parameters(), settings, x.cols(), y)?;
        x.check_finite()?;
        check_size(NAME, x)?;
        Ok(Box::new(fit::fit(x, y, &options, seed)))
    }

    fn load(&self, reader: &Reader<'_>) -> Result<Box<dyn Classifier>, Error> {
        Ok(Box::new(Forest::load(reader)?))
    }
}

fn options(
    parameters: &[Parameter],
    settings: &Settings,
    columns: usize,
    y: &[u8],
) -> Result<Options, Error> {
    // A number of features is as good as a word; the check knows only the words.
    let mut worded = settings.clone();
    let number = match settings.get("max_features") {
        Some(Setting::Integer(number)) => Some(*number),
        _ => None,
    };
    if let Some(number) = number {
        if number < 1 {
            return Err(Error::Setting {
                of: NAME.into(),
                name: "max_features".into(),
                value: number.to_string(),
                range: "sqrt, all or a whole number from 1".into(),
            });
        }
        worded.remove("max_features");
    }
    let checked = Checked::new(NAME, parameters, &worded)?;
    let max_features = match (number, checked.text("max_features")) {
        (Some(number), _) => usize::try_from(number).unwrap_or(columns),
        (None, "all") => columns,
        (None, _) => columns.isqrt(),
    };
    Ok(Options {
        trees: checked.count("n_estimators"),
        max_features: max_features.clamp(1, columns.max(1)),
        bootstrap: checked.flag("bootstrap"),
        limits: limits::limits(&checked),
        weights: tree::weights(&checked, tree::count(y)),
        max_bins: checked.count("max_bins"),
    })
}
