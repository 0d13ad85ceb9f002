//! What the trees of a forest ask for: the looking at rows while they are grown, the questions while rows are scored.

use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use botany_learn::algorithms::{Model, Tree};
use botany_learn::codec::Reader;
use rayon::prelude::*;
use serde_json::json;

use super::{Timed, timed};
use crate::npy;

/// Cells of a histogram, and the most bins of a column.
const CELLS: usize = 4096;

/// Cells of one bin where the bins are few: the next addition does not wait for the one before.
const APART: usize = 4;

/// Nodes of so few rows need no histogram and are left out.
const FEW: usize = 24;

/// Rows whose questions are counted.
const ASKED: usize = 2000;

/// The time of adding to histograms which these very trees ask for, and of nothing else. Features are drawn anew at each
/// node, so each that is split has its rows looked at in as many columns as are tried, whoever grows it: here rows that lie
/// beside each other, in columns that take turns. Rows are not parted, cuts not scored, labels not counted. The answer
/// says how many rows were looked at, and how many questions the trees ask a row that is scored. For trees without class
/// weights, whose nodes weigh as many draws as reached them.
pub fn forest(model: &Path, train_x: &Path, x: &Path) -> Result<Timed> {
    let bytes = std::fs::read(model)?;
    let model = Model::load(&Reader::open(&bytes)?)?;
    let (train, columns) = npy::read_doubles(train_x)?;
    let (asked, width) = npy::read_doubles(x)?;
    let known = model.classifier().columns();
    ensure!(known == Some(columns) && columns == width, "the rows are not those of the model");
    let trees = model.classifier().trees().ok_or_else(|| anyhow!("a forest without trees"))?;
    let asked: Vec<&[f64]> = asked.chunks_exact(columns).take(ASKED).collect();
    let (mut nodes, mut questions) = (0, 0);
    let mut splits = Vec::with_capacity(trees.len());
    for tree in trees {
        nodes += tree.nodes.len();
        questions += asked.iter().map(|row| way(&tree, row)).sum::<usize>();
        splits.push(looked_at(&tree));
    }
    let binned = Binned::new(&train, columns);
    // What is tried where nothing is said: the square root of the columns.
    let tried = columns.isqrt();
    let (counted, seconds) =
        timed(|| Ok(splits.par_iter().map(|rows| binned.count(rows, tried)).collect::<Vec<_>>()))?;
    let answer = json!({
        "nodes": nodes,
        "rows_looked_at": splits.iter().flatten().sum::<usize>(),
        "columns_tried": tried,
        "fullest_cell": counted.iter().max(),
        "questions_a_row": questions as f64 / asked.len().max(1) as f64,
    });
    Ok((answer, seconds))
}

/// Different rows at each node that is split, but for the smallest.
fn looked_at(tree: &Tree) -> Vec<usize> {
    // A sample of n draws from n rows has so many different ones; the others are counted with them.
    let different = 1.0 - (-1.0f64).exp();
    let splits = tree.nodes.iter().filter(|node| !node.is_leaf());
    splits.map(|node| (node.weight * different) as usize).filter(|rows| *rows > FEW).collect()
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

/// Rows in bins, row after row.
struct Binned {
    bins: Vec<u16>,
    /// Cells of one bin, by column.
    apart: Vec<usize>,
}

impl Binned {
    /// Each different value of a column by itself where they are few enough, otherwise as many rows a bin.
    fn new(values: &[f64], columns: usize) -> Binned {
        let rows = values.len() / columns;
        let mut bins = vec![0; rows * columns];
        let mut apart = Vec::with_capacity(columns);
        for column in 0..columns {
            let own: Vec<f64> = values.iter().skip(column).step_by(columns).copied().collect();
            let mut sorted = own.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let all = sorted.len();
            let mut different = sorted.clone();
            different.dedup();
            let few = different.len() < CELLS;
            for (row, value) in own.iter().enumerate() {
                let below = |sorted: &[f64]| sorted.partition_point(|other| other < value);
                let bin = if few { below(&different) } else { below(&sorted) * (CELLS - 1) / all };
                bins[row * columns + column] = bin as u16;
            }
            apart.push(if different.len() * APART <= CELLS { APART } else { 1 });
        }
        Binned { bins, apart }
    }

    /// Adds up so many rows, node by node; gives the fullest cell.
    fn count(&self, nodes: &[usize], tried: usize) -> u32 {
        let columns = self.apart.len();
        let all = self.bins.len() / columns;
        let mut cells = vec![[0u32; CELLS]; tried];
        let mut begin = 0;
        for (turn, rows) in nodes.iter().enumerate() {
            let rows = (*rows).min(all);
            begin = (begin + rows) % (all - rows + 1);
            let records = self.bins[begin * columns..][..rows * columns].chunks_exact(columns);
            let looked: Vec<(usize, usize)> = (0..tried)
                .map(|at| (turn + at) % columns)
                .map(|column| (column, self.apart[column]))
                .collect();
            for (row, record) in records.enumerate() {
                for (cells, (column, apart)) in cells.iter_mut().zip(&looked) {
                    let place = usize::from(record[*column]) * apart + (row & (apart - 1));
                    cells[place % CELLS] += 1;
                }
            }
        }
        cells.iter().flatten().copied().max().unwrap_or(0)
    }
}
