//! Lloyd's search: every row to its nearest centroid, every centroid to the mean of its rows, again and again.
//!
//! Rows are taken in blocks of a fixed length and the partial sums of the blocks are added in the order of the
//! blocks, so that the rounding, and with it every byte of the result, is the same on any number of threads. All
//! searches go on together: a block that is in the cache serves every one of them.

use std::cell::LazyCell;

use rayon::prelude::*;

use super::Assignment;
use super::block::{BLOCK, Block, LANES, sizes};
use super::bounds::{Bound, moves};
use crate::oversight::Oversight;
use crate::{Error, Matrix};

/// A search, on its way or where it ended.
pub(super) struct Search {
    pub centroids: Vec<Vec<f64>>,
    /// The most that two centroids moved together in the last round.
    pub moved: f64,
    pub inertia: f64,
    pub iterations: usize,
}

/// The nearest centroid of each row, the first of equally near ones.
pub(super) fn assign(x: &Matrix, centroids: &[Vec<f64>]) -> Assignment {
    let (mut cluster, mut distance) = (vec![0; x.rows()], vec![0.0; x.rows()]);
    let rows = cluster.par_chunks_mut(BLOCK).zip(distance.par_chunks_mut(BLOCK));
    rows.enumerate().for_each(|(index, (cluster, distance))| {
        Block::of(x, index * BLOCK, cluster.len()).assign(centroids, cluster, distance);
    });
    Assignment { cluster, distance }
}

/// Searches from each of the starts until no row changes its cluster, the centroids' squared moves sum to no more
/// than `tolerance`, or `most` rounds are done.
///
/// # Errors
/// [`Error::Stopped`] between two rounds.
pub(super) fn search(
    x: &Matrix,
    starts: Vec<Vec<Vec<f64>>>,
    most: usize,
    tolerance: f64,
) -> Result<Vec<Search>, Error> {
    let oversight = Oversight::here();
    let search = |centroids| Search { centroids, moved: 0.0, inertia: 0.0, iterations: 0 };
    let mut searches: Vec<Search> = starts.into_iter().map(search).collect();
    let mut rounds = Rounds::new(x, &searches);
    let mut open: Vec<usize> = (0..searches.len()).collect();
    while !open.is_empty() {
        oversight.goes_on()?;
        let news = rounds.assign(x, &searches, &open);
        let goes_on = |(s, news): (usize, bool)| {
            let search = &mut searches[s];
            if search.iterations == most {
                return None;
            }
            search.iterations += 1;
            let (mut counts, mut totals) = rounds.sums(s, x.cols());
            fill_empty(x, &search.centroids, &mut counts, &mut totals);
            let moved = means(&counts, totals);
            let pairs = moved.iter().flatten().zip(search.centroids.iter().flatten());
            let shift: f64 = pairs.map(|(a, b)| (a - b) * (a - b)).sum();
            search.moved = moves(&search.centroids, &moved);
            search.centroids = moved;
            (news && shift > tolerance).then_some(s)
        };
        open = open.into_iter().zip(news).filter_map(goes_on).collect();
    }
    let inertias = rounds.inertias(x, &searches);
    searches.iter_mut().zip(inertias).for_each(|(search, inertia)| search.inertia = inertia);
    Ok(searches)
}

/// What a search knows of a block: each row's cluster, and the rows and the sum of the rows of each cluster, made
/// anew only where a row has changed its cluster.
struct Part {
    cluster: Vec<u32>,
    /// One a tile.
    bounds: Vec<Bound>,
    counts: Vec<u64>,
    sums: Vec<f64>,
}

/// What one round leaves to the next.
struct Rounds {
    /// Of each block a part a search.
    blocks: Vec<Vec<Part>>,
}

impl Rounds {
    /// No row has a cluster yet.
    fn new(x: &Matrix, searches: &[Search]) -> Rounds {
        let part = |rows, search: &Search| {
            let k = search.centroids.len();
            Part {
                cluster: vec![u32::MAX; rows],
                bounds: vec![Bound::NONE; rows.div_ceil(LANES)],
                counts: vec![0; k],
                sums: vec![0.0; k * x.cols()],
            }
        };
        let block = |from| {
            let rows = BLOCK.min(x.rows() - from);
            searches.iter().map(|search| part(rows, search)).collect()
        };
        Rounds { blocks: (0..x.rows()).step_by(BLOCK).map(block).collect() }
    }

    /// Puts each row into its nearest cluster in each of the `open` searches; gives for each of these whether that
    /// is news for any row.
    fn assign(&mut self, x: &Matrix, searches: &[Search], open: &[usize]) -> Vec<bool> {
        let blocks = self.blocks.par_iter_mut().enumerate().map(|(index, parts)| {
            let rows = parts[0].cluster.len();
            let block = LazyCell::new(|| Block::of(x, index * BLOCK, rows));
            let assign = |&s: &usize| {
                let Part { cluster, bounds, counts, sums } = &mut parts[s];
                bounds.iter_mut().for_each(|bound| bound.moved(searches[s].moved));
                if bounds.iter().all(|bound| bound.holds()) {
                    return false;
                }
                let news = block.assign_again(&searches[s].centroids, cluster, bounds);
                if news {
                    *counts = sizes(cluster, counts.len());
                    *sums = block.sums(cluster, counts.len());
                }
                news
            };
            open.iter().map(assign).collect()
        });
        let any = |a: Vec<bool>, b: Vec<bool>| a.iter().zip(b).map(|(a, b)| a | b).collect();
        blocks.reduce(|| vec![false; open.len()], any)
    }

    /// The rows and the sum of the rows of each cluster of a search.
    fn sums(&self, search: usize, columns: usize) -> (Vec<u64>, Vec<Vec<f64>>) {
        let k = self.blocks[0][search].counts.len();
        let (mut counts, mut totals) = (vec![0; k], vec![vec![0.0; columns]; k]);
        for part in self.blocks.iter().map(|parts| &parts[search]) {
            counts.iter_mut().zip(&part.counts).for_each(|(sum, count)| *sum += count);
            for (total, sums) in totals.iter_mut().zip(part.sums.chunks_exact(columns)) {
                total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            }
        }
        (counts, totals)
    }

    /// The sum of the squared distances to the nearest centroid, for each search.
    fn inertias(&mut self, x: &Matrix, searches: &[Search]) -> Vec<f64> {
        let blocks = self.blocks.par_iter_mut().enumerate().map(|(index, parts)| {
            let mut distance = [0.0; BLOCK];
            let block = Block::of(x, index * BLOCK, parts[0].cluster.len());
            let inertia = |(part, search): (&mut Part, &Search)| -> f64 {
                block.assign(&search.centroids, &mut part.cluster, &mut distance);
                distance.iter().take(part.cluster.len()).sum()
            };
            parts.iter_mut().zip(searches).map(inertia).collect()
        });
        let blocks: Vec<Vec<f64>> = blocks.collect();
        (0..searches.len()).map(|s| blocks.iter().map(|block| block[s]).sum()).collect()
    }
}

/// Gives each empty cluster one of the rows that lie farthest from their centroids, the farthest first.
fn fill_empty(x: &Matrix, centroids: &[Vec<f64>], counts: &mut [u64], totals: &mut [Vec<f64>]) {
    let empty: Vec<usize> = (0..counts.len()).filter(|&c| counts[c] == 0).collect();
    if empty.is_empty() {
        return;
    }
    let assignment = assign(x, centroids);
    if assignment.distance.iter().all(|&d| d == 0.0) {
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
