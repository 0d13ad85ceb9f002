//! Grows the trees of a forest, each from its own seed, on as many threads as there are.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::super::tree::gini::{ClassWeights, Counts};
use super::super::tree::grow::{Limits, Sprout, grow};
use super::bag::{self, Unseen};
use super::bins::Bins;
use super::block::alike;
use super::model::Forest;
use super::rows::{Indexed, Records, Rows, Table};
use super::split::{Ground, Histograms};
use super::walk::Walker;
use crate::oversight::Oversight;
use crate::{Error, Matrix, Rng};

/// How a forest is grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Trees.
    pub trees: usize,
    /// Features drawn for each split, at least 1.
    pub max_features: usize,
    /// Whether each tree sees its own draw of the rows, or all of them.
    pub bootstrap: bool,
    /// Whether rows are told by the trees that have not seen them.
    pub oob_score: bool,
    /// When a node is not split.
    pub limits: Limits,
    /// What a row of either class weighs.
    pub weights: ClassWeights,
    /// The most bins of a column.
    pub max_bins: usize,
}

/// Grows a forest on finite `x` and labels `y` of 0 and 1.
///
/// # Errors
/// [`Error::Stopped`] between two trees.
pub fn fit(x: &Matrix, y: &[u8], options: &Options, seed: u64) -> Result<Forest, Error> {
    let bins = Bins::fit(x, options.max_bins);
    let table = Table::new(x, &bins);
    let ground = Ground {
        bins: &bins,
        table: &table,
        weights: options.weights,
        max_features: options.max_features,
        min_samples_leaf: options.limits.min_samples_leaf,
        subtract: true,
    };
    let (oversight, grown) = (Oversight::here(), AtomicUsize::new(0));
    let out_of_bag = options.bootstrap && options.oob_score;
    let trees: Vec<(Walker, Option<Unseen>)> = (0..options.trees)
        .into_par_iter()
        .with_max_len(1)
        .map(|tree| {
            oversight.goes_on()?;
            let mut rng = Rng::stream(seed, tree as u64);
            let draws = match options.bootstrap {
                true => bag::bootstrap(&mut rng, y.len()),
                false => vec![1; y.len()],
            };
            let sprouts = tree_of(&ground, &draws, y, &options.limits, rng);
            let unseen = out_of_bag.then(|| Unseen::new(&draws));
            let tree = (Walker::new(&sprouts, options.weights), unseen);
            oversight.trees(grown.fetch_add(1, Ordering::Relaxed) + 1, options.trees);
            Ok(tree)
        })
        .collect::<Result<_, Error>>()?;
    let told: Vec<(&Walker, &Unseen)> =
        trees.iter().filter_map(|(walker, unseen)| Some((walker, unseen.as_ref()?))).collect();
    let out_of_bag = match told.is_empty() {
        true => None,
        false => bag::accuracy(&told, &table, &alike(&table, &bins), y),
    };
    let trees = trees.into_iter().map(|(walker, _)| walker).collect();
    Ok(Forest::new(bins, options.weights, trees, out_of_bag))
}

/// Grows one tree on the smallest records its rows fit into.
fn tree_of(ground: &Ground, draws: &[u16], y: &[u8], limits: &Limits, rng: Rng) -> Vec<Sprout> {
    let mut counts = Counts::default();
    for (draws, label) in draws.iter().zip(y) {
        match label {
            0 => counts.negative += u32::from(*draws),
            _ => counts.positive += u32::from(*draws),
        }
    }
    macro_rules! records {
        ($size:literal) => {{
            let rows = Records::<$size>::new(ground.table, draws, y);
            let length = rows.len();
            from_rows(ground, rows, length, counts, limits, rng)
        }};
    }
    match ground.table.width() {
        width if Records::<16>::fit(width) => records!(16),
        width if Records::<24>::fit(width) => records!(24),
        width if Records::<32>::fit(width) => records!(32),
        width if Records::<64>::fit(width) => records!(64),
        _ => {
            let rows = Indexed::new(ground.table, draws, y);
            let length = rows.len();
            from_rows(ground, rows, length, counts, limits, rng)
        }
    }
}

fn from_rows<R: Rows>(
    ground: &Ground,
    rows: R,
    length: usize,
    counts: Counts,
    limits: &Limits,
    rng: Rng,
) -> Vec<Sprout> {
    grow(&mut Histograms::new(ground, rows, rng), length, counts, limits, ground.weights)
}
