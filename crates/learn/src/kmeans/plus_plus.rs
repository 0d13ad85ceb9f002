//! Where to start: k-means++ (Arthur and Vassilvitskii 2007), the greedy kind.
//!
//! The first centroid is any row. Each next one is drawn with a chance that grows with the squared distance to
//! the centroids there are; of `2 + ln k` draws the one that lowers the sum of these distances most is taken.

use rayon::prelude::*;

use super::block::{BLOCK, Block};
use crate::{Matrix, Rng};

/// `k` rows of `x` as starting centroids. `x` has at least one row.
pub(super) fn centroids(x: &Matrix, k: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
    let draws = 2 + (k as f64).ln() as usize;
    let mut centroids = vec![x.row(rng.below(x.rows()))];
    let mut nearest = vec![f64::INFINITY; x.rows()];
    while centroids.len() < k {
        let sums = lower(x, &centroids[centroids.len() - 1], &mut nearest);
        let candidates: Vec<Vec<f64>> =
            (0..draws).map(|_| x.row(draw(&nearest, &sums, rng))).collect();
        let left = left(x, &nearest, &candidates);
        // The first of equals.
        let best =
            (1..draws).fold(0, |best, other| if left[other] < left[best] { other } else { best });
        centroids.push(candidates[best].clone());
    }
    centroids
}

/// Lowers the distances to those to `point`, and gives the sum of each block.
fn lower(x: &Matrix, point: &[f64], nearest: &mut [f64]) -> Vec<f64> {
    let blocks = nearest.par_chunks_mut(BLOCK).enumerate();
    blocks
        .map(|(index, nearest)| {
            Block::of(x, index * BLOCK, nearest.len()).lower(point, nearest);
            nearest.iter().sum()
        })
        .collect()
}

/// A row, with a chance that grows with its distance; `sums` has the sum of each block.
fn draw(nearest: &[f64], sums: &[f64], rng: &mut Rng) -> usize {
    let mut rest = rng.unit() * sums.iter().sum::<f64>();
    // `<=` passes over rows of distance 0, which are centroids already.
    let mut passes = |&value: &f64| {
        let passed = value <= rest;
        rest -= if passed { value } else { 0.0 };
        passed
    };
    let block = sums.iter().take_while(|sum| passes(sum)).count().min(sums.len() - 1);
    let rows = &nearest[block * BLOCK..];
    let row = rows.iter().take_while(|distance| passes(distance)).count();
    (block * BLOCK + row).min(nearest.len() - 1)
}

/// For each candidate the sum of the distances it would leave.
fn left(x: &Matrix, nearest: &[f64], candidates: &[Vec<f64>]) -> Vec<f64> {
    let blocks: Vec<Vec<f64>> = nearest
        .par_chunks(BLOCK)
        .enumerate()
        .map(|(index, nearest)| {
            let block = Block::of(x, index * BLOCK, nearest.len());
            candidates.iter().map(|candidate| block.lowered(candidate, nearest)).collect()
        })
        .collect();
    (0..candidates.len()).map(|c| blocks.iter().map(|block| block[c]).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three far heaps: greedy draws find one start in each, from every seed.
    #[test]
    fn starts_in_every_heap() {
        let values: Vec<f64> =
            (0..300).map(|i| f64::from(i % 3) * 1_000.0 + f64::from(i) / 300.0).collect();
        let x = Matrix::new(vec!["a".into()], vec![values]).unwrap();
        for seed in 0..50 {
            let starts = centroids(&x, 3, &mut Rng::new(seed));
            let mut heaps: Vec<i64> = starts.iter().map(|c| (c[0] / 1_000.0) as i64).collect();
            heaps.sort_unstable();
            assert_eq!(heaps, [0, 1, 2], "seed {seed}");
        }
    }

    #[test]
    fn starts_even_where_all_rows_are_equal() {
        let x = Matrix::new(vec!["a".into()], vec![vec![4.0; 5]]).unwrap();
        assert_eq!(centroids(&x, 3, &mut Rng::new(1)), vec![vec![4.0]; 3]);
    }
}
