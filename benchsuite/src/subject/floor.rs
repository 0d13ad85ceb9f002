//! What a forest cannot do without: the counting that fits it, the questions that are asked to score with it.

use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use botany_learn::algorithms::{Model, Tree};
use botany_learn::codec::Reader;
use rayon::prelude::*;
use serde_json::json;

use super::{Timed, timed};
use crate::npy;

/// Bins of a column, and a histogram's places.
const BINS: usize = 4096;

/// Rows whose ways down the trees are counted.
const WAYS: usize = 2000;

/// The time of adding to the histograms which a fitted forest's own trees ask for, and of nothing else: at each node the
/// draws of its smaller child, at the root all of them, each for as many features as are tried. Rows lie beside each other in the order in which they are
/// counted, as no fit has them. The answer has how often that is, and the questions a row is asked when scored.
pub fn forest(model: &Path, train_x: &Path, x: &Path) -> Result<Timed> {
    let bytes = std::fs::read(model)?;
    let model = Model::load(&Reader::open(&bytes)?)?;
    let trees = model.classifier().trees().ok_or_else(|| anyhow!("a forest without trees"))?;
    let trees: Vec<Tree> = trees.collect();
    let (train, columns) = npy::read_doubles(train_x)?;
    let (asked, width) = npy::read_doubles(x)?;
    ensure!(columns == width, "rows of {columns} and of {width} columns");
    let binned = binned(&train, columns);
    // As many features as are tried by themselves.
    let tried = columns.isqrt().max(1);
    let (counted, seconds) = timed(|| {
        Ok(trees
            .par_iter()
            .map(|tree| count(&binned, columns, tried, draws(tree)))
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1.max(b.1))))
    })?;
    let rows = asked.chunks_exact(columns).take(WAYS);
    let questions: usize =
        rows.clone().map(|row| trees.iter().map(|t| way(t, row)).sum::<usize>()).sum();
    let answer = json!({
        "draws_counted": counted.0,
        "features_tried": tried,
        "fullest_bin": counted.1,
        "questions_a_row": questions as f64 / rows.len().max(1) as f64,
        "nodes": trees.iter().map(|tree| tree.nodes.len()).sum::<usize>(),
    });
    Ok((answer, seconds))
}

/// Draws that are counted while a tree is grown, the larger child being what is left of its parent.
fn draws(tree: &Tree) -> usize {
    let weight = |at: u32| tree.nodes[at as usize].weight;
    let splits = tree.nodes.iter().filter(|node| !node.is_leaf());
    let children: f64 = splits.map(|node| weight(node.left).min(weight(node.right))).sum();
    (tree.nodes[0].weight + children) as usize
}

/// Adds so many draws to histograms, over and over the same rows.
fn count(binned: &[u16], columns: usize, tried: usize, draws: usize) -> (usize, u32) {
    let mut histograms = vec![[0u32; BINS]; tried];
    for row in binned.chunks_exact(columns).cycle().take(draws) {
        for (histogram, bin) in histograms.iter_mut().zip(row) {
            histogram[usize::from(*bin) % BINS] += 1;
        }
    }
    (draws, histograms.iter().flatten().copied().max().unwrap_or(0))
}

/// The questions a tree asks a row.
fn way(tree: &Tree, row: &[f64]) -> usize {
    let mut at = &tree.nodes[0];
    let mut questions = 0;
    while !at.is_leaf() {
        let left = row[at.feature as usize] <= at.threshold;
        at = &tree.nodes[if left { at.left } else { at.right } as usize];
        questions += 1;
    }
    questions
}

/// Row after row, each value by its place among those of its column, in as many steps as there are bins.
fn binned(values: &[f64], columns: usize) -> Vec<u16> {
    let rows = values.len() / columns;
    let mut bins = vec![0; rows * columns];
    for column in 0..columns {
        let own: Vec<f64> = values.iter().skip(column).step_by(columns).copied().collect();
        let mut sorted = own.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for (row, value) in own.iter().enumerate() {
            let below = sorted.partition_point(|other| other < value);
            bins[row * columns + column] = (below * (BINS - 1) / rows.max(1)) as u16;
        }
    }
    bins
}
