//! Which algorithms can tell the two labels apart?
//!
//! A shelf: one file an algorithm, one line in [`ALL`]. What is listed here appears in the help, the forms and
//! the reference, and is put through the same conformance check as all the others.

use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

mod boosted;
#[cfg(test)]
mod check_estimator;
mod dummy;
mod forest;
mod logistic;
mod model;
mod naive_bayes;
pub mod settings;
mod tree;

pub use forest::Forest;
pub use model::Model;
pub(crate) use model::check_labels;
pub use settings::{Checked, CountOr, Parameter, Range, Setting, Settings, class_weight};
pub use tree::{Node, Tree};

/// An algorithm that learns to tell label 1 from label 0.
///
/// Fit through [`Model`], which checks the data; an algorithm may rely on a matrix of at least one row and one
/// column, all finite, and on as many labels as rows, each 0 or 1 (possibly all the same).
pub trait Algorithm: Sync {
    /// The name it is chosen by, in kebab case.
    fn name(&self) -> &'static str;

    /// What it does and when to take it, in a sentence or two.
    fn doc(&self) -> &'static str;

    /// What can be set.
    fn parameters(&self) -> Vec<Parameter>;

    /// Learns from `x` (rows by features) and the labels `y`.
    ///
    /// Uses the rayon pool it is called on; what it learns depends on `seed` alone, not on the pool.
    ///
    /// # Errors
    /// Settings that do not pass [`Checked::new`], or data it cannot learn from.
    fn fit(
        &self,
        x: &Matrix,
        y: &[u8],
        settings: &Settings,
        seed: u64,
    ) -> Result<Box<dyn Classifier>, Error>;

    /// Reads back what [`Classifier::save`] wrote.
    ///
    /// # Errors
    /// Parts that are absent or do not fit together: nothing read here may make a later call panic.
    fn load(&self, reader: &Reader<'_>) -> Result<Box<dyn Classifier>, Error>;
}

/// A fitted algorithm.
pub trait Classifier: Send + Sync {
    /// The probability of label 1, one a row, each within 0 and 1. `x` has the columns of the fit.
    fn probabilities(&self, x: &Matrix) -> Vec<f64>;

    /// How much each feature told, one a column, summing to 1 (or all 0); `None` if it cannot say.
    fn importances(&self) -> Option<Vec<f64>> {
        None
    }

    /// The number of columns it was fitted on; `None` if it looks at none.
    fn columns(&self) -> Option<usize> {
        None
    }

    /// Writes all that [`Algorithm::load`] needs.
    fn save<'a>(&'a self, writer: &mut Writer<'a>);

    /// The name of its algorithm.
    fn algorithm(&self) -> &'static str;

    /// The share of rows told right by the trees that had not seen them, if it knows.
    fn out_of_bag(&self) -> Option<f64> {
        None
    }

    /// Its trees, to be read one at a time; the probability is the mean of their leaves'. `None` if it is made of none.
    fn trees(&self) -> Option<Trees<'_>> {
        None
    }
}

/// Trees, each made when its turn comes: as anyone may read it a tree takes several times what it takes to ask it.
pub type Trees<'a> = Box<dyn ExactSizeIterator<Item = Tree> + 'a>;

/// The shelf.
pub static ALL: &[&dyn Algorithm] = &[
    &forest::RandomForest,
    &tree::DecisionTree,
    &logistic::LogisticRegression,
    &naive_bayes::NaiveBayes,
    &boosted::BoostedTrees,
    &dummy::Dummy,
];

/// The algorithm of that name.
///
/// # Errors
/// There is none; the message lists the names there are.
pub fn find(name: &str) -> Result<&'static dyn Algorithm, Error> {
    ALL.iter().copied().find(|a| a.name() == name).ok_or_else(|| Error::UnknownAlgorithm {
        name: name.to_owned(),
        available: ALL.iter().map(|a| a.name()).collect::<Vec<_>>().join(", "),
    })
}
