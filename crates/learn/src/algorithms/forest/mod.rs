//! Random forest: many trees, each on its own draw of rows and with its own draw of features at every split.

use super::tree::{self, check_size, limits};
use super::{
    Algorithm, Checked, Classifier, CountOr, Parameter, Range, Setting, Settings, class_weight,
};
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
                doc: "how many features, drawn anew, each question of a tree may choose from: the square root of their number, all, or a whole number",
                default: "sqrt".into(),
                range: Range::CountOr(&["sqrt", "all"]),
            },
        ];
        all.extend(limits::parameters());
        all.extend([
            Parameter {
                name: "bootstrap",
                doc: "whether each tree learns from its own draw of as many rows, with replacement; without it no rows \
                      are out-of-bag",
                default: Setting::Bool(true),
                range: Range::Bool,
            },
            Parameter {
                name: "oob_score",
                doc: "whether the share of rows that are told right by the trees they are out-of-bag for is kept with \
                      the forest; the trees are the same without it, and fitting is faster",
                default: Setting::Bool(false),
                range: Range::Bool,
            },
            class_weight(),
            Parameter {
                name: "max_bins",
                doc: "columns of more distinct values than this are grouped into this many bins; 255 is faster and a little worse",
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
        Ok(Box::new(fit::fit(x, y, &options, seed)?))
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
    let checked = Checked::new(NAME, parameters, settings)?;
    let max_features = match checked.count_or("max_features") {
        CountOr::Count(number) => number,
        CountOr::Word("all") => columns,
        CountOr::Word(_) => columns.isqrt(),
    };
    Ok(Options {
        trees: checked.count("n_estimators"),
        max_features: max_features.clamp(1, columns.max(1)),
        bootstrap: checked.flag("bootstrap"),
        oob_score: checked.flag("oob_score"),
        limits: limits::limits(&checked),
        weights: tree::weights(&checked, tree::count(y)),
        max_bins: checked.count("max_bins"),
    })
}
