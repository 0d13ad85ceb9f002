//! Lloyd's search: every row to its nearest centroid, every centroid to the mean of its rows, again and again.
//!
//! Rows are taken in blocks of a fixed length and the partial sums of the blocks are added in the order of the
//! blocks, so that the rounding, and with it every byte of the result, is the same on any number of threads.

use rayon::prelude::*;

use super::Assignment;
use super::block::{BLOCK, Block};
use crate::Matrix;

/// Where a search ended.
pub(super) struct Search {
    pub centroids: Vec<Vec<f64>>,
    pub assignment: Assignment,
    pub inertia: f64,
    pub iterations: usize,
}

/// Squared Euclidean distances of the rows to `point`.
pub(crate) fn squared_distances(x: &Matrix, point: &[f64], out: &mut [f64]) {
    Block::of(x, 0, out.len()).distances(point, out);
}

/// The nearest centroid of each row, the first of equally near ones.
pub(super) fn assign(x: &Matrix, centroids: &[Vec<f64>]) -> Assignment {
    let mut rounds = Rounds::new(x, centroids.len());
    rounds.assign(x, centroids);
    rounds.assignment
}

/// The rows and the sum of the rows of each cluster.
#[derive(Clone)]
struct Part {
    counts: Vec<u64>,
    sums: Vec<f64>,
}

/// What one round leaves to the next.
struct Rounds {
    assignment: Assignment,
    /// One a block, made anew only where a row has changed its cluster.
    parts: Vec<Part>,
}

impl Rounds {
    /// No row has a cluster yet.
    fn new(x: &Matrix, k: usize) -> Rounds {
        let (cluster, distance) = (vec![u32::MAX; x.rows()], vec![0.0; x.rows()]);
        let part = Part { counts: vec![0; k], sums: vec![0.0; k * x.cols()] };
        let parts = vec![part; x.rows().div_ceil(BLOCK)];
        Rounds { assignment: Assignment { cluster, distance }, parts }
    }

    /// Puts each row into its nearest cluster; gives whether that is news for any.
    fn assign(&mut self, x: &Matrix, centroids: &[Vec<f64>]) -> bool {
        let Assignment { cluster, distance } = &mut self.assignment;
        let rows = cluster.par_chunks_mut(BLOCK).zip(distance.par_chunks_mut(BLOCK));
        rows.zip(&mut self.parts)
            .enumerate()
            .map(|(index, ((cluster, distance), part))| {
                let block = Block::of(x, index * BLOCK, cluster.len());
                let news = block.assign(centroids, cluster, distance);
                if news {
                    part.counts.fill(0);
                    cluster.iter().for_each(|c| part.counts[*c as usize] += 1);
                    part.sums = block.sums(cluster, centroids.len());
                }
                news
            })
            .reduce(|| false, |a, b| a | b)
    }

    /// The rows and the sum of the rows of each cluster.
    fn sums(&self, k: usize, columns: usize) -> (Vec<u64>, Vec<Vec<f64>>) {
        let (mut counts, mut totals) = (vec![0; k], vec![vec![0.0; columns]; k]);
        for part in &self.parts {
            counts.iter_mut().zip(&part.counts).for_each(|(sum, count)| *sum += count);
            for (total, sums) in totals.iter_mut().zip(part.sums.chunks_exact(columns)) {
                total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            }
        }
        (counts, totals)
    }
}

/// Gives each empty cluster one of the rows that lie farthest from their centroids, the farthest first.
fn fill_empty(x: &Matrix, assignment: &Assignment, counts: &mut [u64], totals: &mut [Vec<f64>]) {
    let empty: Vec<usize> = (0..counts.len()).filter(|&c| counts[c] == 0).collect();
    if empty.is_empty() || assignment.distance.iter().all(|&d| d == 0.0) {
        return;
    }
    let mut far: Vec<usize> = (0..x.rows()).collect();
    let farther = |&a: &usize, &b: &usize| {
        assignment.distance[b].total_cmp(&assignment.distance[a]).then(a.cmp(&b))
    };
    if empty.len() < far.len() {
        far.select_nth_unstable_by(empty.len() - 1, farther);
        far.truncate(empty.len());
    }
    far.sort_by(farther);
    for (c, row) in empty.into_iter().zip(far) {
        let from = assignment.cluster[row] as usize;
        let values = x.row(row);
        totals[from].iter_mut().zip(&values).for_each(|(sum, v)| *sum -= v);
        counts[from] -= 1;
        totals[c] = values;
        counts[c] = 1;
    }
}

/// The means of the clusters; one that is still empty is put onto the largest.
fn means(counts: &[u64], mut totals: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for (total, &count) in totals.iter_mut().zip(counts) {
        if count > 0 {
            total.iter_mut().for_each(|v| *v /= count as f64);
        }
    }
    // The first of the largest.
    let largest = (0..counts.len()).rev().max_by_key(|&c| counts[c]).unwrap_or(0);
    for c in 0..counts.len() {
        if counts[c] == 0 {
            totals[c] = totals[largest].clone();
        }
    }
    totals
}

/// Searches from `start` until no row changes its cluster, the centroids' squared moves sum to no more than
/// `tolerance`, or `most` rounds are done.
pub(super) fn search(x: &Matrix, start: Vec<Vec<f64>>, most: usize, tolerance: f64) -> Search {
    let mut centroids = start;
    let mut rounds = Rounds::new(x, centroids.len());
    let mut iterations = 0;
    loop {
        let news = rounds.assign(x, &centroids);
        if iterations == most {
            break;
        }
        iterations += 1;
        let (mut counts, mut totals) = rounds.sums(centroids.len(), x.cols());
        fill_empty(x, &rounds.assignment, &mut counts, &mut totals);
        let moved = means(&counts, totals);
        let shift: f64 = moved
            .iter()
            .flatten()
            .zip(centroids.iter().flatten())
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        let settled = !news && moved == centroids;
        centroids = moved;
        if settled {
            break;
        }
        if !news || shift <= tolerance {
            rounds.assign(x, &centroids);
            break;
        }
    }
    let assignment = rounds.assignment;
    let inertia = assignment.distance.chunks(BLOCK).map(|b| b.iter().sum::<f64>()).sum();
    Search { centroids, assignment, inertia, iterations }
}
