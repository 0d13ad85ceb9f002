//! Lloyd's search: every row to its nearest centroid, every centroid to the mean of its rows, again and again.
//!
//! Rows are taken in blocks of a fixed length and the partial sums of the blocks are added in the order of the
//! blocks, so that the rounding, and with it every byte of the result, is the same on any number of threads.

use rayon::prelude::*;

use super::Assignment;
use crate::Matrix;

/// Rows of one block: small enough that a column's part stays in the cache.
const BLOCK: usize = 1_024;

/// Where a search ended.
pub(super) struct Search {
    pub centroids: Vec<Vec<f64>>,
    pub assignment: Assignment,
    pub inertia: f64,
    pub iterations: usize,
}

/// Squared Euclidean distances of the rows `from..from + out.len()` to `point`.
pub(crate) fn squared_distances(x: &Matrix, from: usize, point: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (j, centre) in point.iter().enumerate() {
        let column = &x.col(j)[from..from + out.len()];
        for (sum, value) in out.iter_mut().zip(column) {
            let off = value - centre;
            *sum += off * off;
        }
    }
}

/// The nearest centroid of each row, the first of equally near ones.
pub(super) fn assign(x: &Matrix, centroids: &[Vec<f64>]) -> Assignment {
    let mut cluster = vec![0u32; x.rows()];
    let mut distance = vec![f64::INFINITY; x.rows()];
    cluster.par_chunks_mut(BLOCK).zip(distance.par_chunks_mut(BLOCK)).enumerate().for_each(
        |(block, (cluster, distance))| {
            let mut found = vec![0.0; cluster.len()];
            for (c, centroid) in centroids.iter().enumerate() {
                squared_distances(x, block * BLOCK, centroid, &mut found);
                for ((cluster, distance), found) in
                    cluster.iter_mut().zip(distance.iter_mut()).zip(&found)
                {
                    if *found < *distance {
                        (*cluster, *distance) = (c as u32, *found);
                    }
                }
            }
        },
    );
    Assignment { cluster, distance }
}

/// The rows and the sum of the rows of each cluster.
fn sums(x: &Matrix, cluster: &[u32], k: usize) -> (Vec<u64>, Vec<Vec<f64>>) {
    let blocks: Vec<(Vec<u64>, Vec<f64>)> = cluster
        .par_chunks(BLOCK)
        .enumerate()
        .map(|(block, cluster)| {
            let mut sums = vec![0.0; k * x.cols()];
            for j in 0..x.cols() {
                let sums = &mut sums[j * k..(j + 1) * k];
                let column = &x.col(j)[block * BLOCK..];
                cluster.iter().zip(column).for_each(|(&c, v)| sums[c as usize] += v);
            }
            let mut counts = vec![0; k];
            cluster.iter().for_each(|&c| counts[c as usize] += 1);
            (counts, sums)
        })
        .collect();
    let (mut counts, mut totals) = (vec![0; k], vec![vec![0.0; x.cols()]; k]);
    for (block_counts, block_sums) in blocks {
        for c in 0..k {
            counts[c] += block_counts[c];
            for j in 0..x.cols() {
                totals[c][j] += block_sums[j * k + c];
            }
        }
    }
    (counts, totals)
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
    let mut before: Option<Vec<u32>> = None;
    let mut iterations = 0;
    let assignment = loop {
        let assignment = assign(x, &centroids);
        if iterations == most {
            break assignment;
        }
        iterations += 1;
        let (mut counts, mut totals) = sums(x, &assignment.cluster, centroids.len());
        fill_empty(x, &assignment, &mut counts, &mut totals);
        let moved = means(&counts, totals);
        let shift: f64 = moved
            .iter()
            .flatten()
            .zip(centroids.iter().flatten())
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        let settled = before.as_ref() == Some(&assignment.cluster);
        centroids = moved;
        if settled || shift <= tolerance {
            break assign(x, &centroids);
        }
        before = Some(assignment.cluster);
    };
    let inertia = assignment.distance.chunks(BLOCK).map(|b| b.iter().sum::<f64>()).sum();
    Search { centroids, assignment, inertia, iterations }
}
