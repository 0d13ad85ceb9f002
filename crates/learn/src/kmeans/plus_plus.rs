//! Where to start: k-means++ (Arthur and Vassilvitskii 2007), the greedy kind.
//!
//! The first centroid is any row. Each next one is drawn with a chance that grows with the squared distance to
//! the centroids there are; of `2 + ln k` draws the one that lowers the sum of these distances most is taken.

use rayon::prelude::*;

use super::block::{BLOCK, Block};
use crate::oversight::Oversight;
use crate::{Error, Matrix, Rng};

/// Of each block, for each search, each row's squared distance to the nearest centroid.
type Nearest = Vec<Vec<Vec<f64>>>;

/// `k` rows of `x` as starting centroids, for each of the generators. `x` has at least one row.
///
/// # Errors
/// [`Error::Stopped`] between two of the `k`.
pub(super) fn centroids(
    x: &Matrix,
    k: usize,
    rngs: &mut [Rng],
) -> Result<Vec<Vec<Vec<f64>>>, Error> {
    let oversight = Oversight::here();
    let draws = 2 + (k as f64).ln() as usize;
    let mut starts: Vec<Vec<Vec<f64>>> =
        rngs.iter_mut().map(|rng| vec![x.row(rng.below(x.rows()))]).collect();
    let far = |from| vec![vec![f64::INFINITY; BLOCK.min(x.rows() - from)]; starts.len()];
    let mut nearest: Nearest = (0..x.rows()).step_by(BLOCK).map(far).collect();
    for round in 1..k {
        oversight.goes_on()?;
        let sums = lower(x, &starts, &mut nearest);
        let mut candidates = |(search, rng): (usize, &mut Rng)| -> Vec<Vec<f64>> {
            (0..draws).map(|_| x.row(draw(&nearest, &sums, search, rng))).collect()
        };
        let candidates: Vec<_> = rngs.iter_mut().enumerate().map(&mut candidates).collect();
        let left = left(x, &nearest, &candidates);
        for ((start, candidates), left) in starts.iter_mut().zip(candidates).zip(left) {
            // The first of equals.
            let less = |best, other| if left[other] < left[best] { other } else { best };
            let best = (1..draws).fold(0, less);
            start.extend(candidates.into_iter().nth(best));
            debug_assert_eq!(start.len(), round + 1);
        }
    }
    Ok(starts)
}

/// Lowers the distances to those to each search's last centroid, and gives the sum of each block for each search.
fn lower(x: &Matrix, starts: &[Vec<Vec<f64>>], nearest: &mut Nearest) -> Vec<Vec<f64>> {
    let blocks = nearest.par_iter_mut().enumerate().map(|(index, nearest)| {
        let block = Block::of(x, index * BLOCK, nearest[0].len());
        let lower = |(nearest, start): (&mut Vec<f64>, &Vec<Vec<f64>>)| {
            start.last().into_iter().for_each(|point| block.lower(point, nearest));
            nearest.iter().sum()
        };
        nearest.iter_mut().zip(starts).map(lower).collect()
    });
    blocks.collect()
}

/// A row, with a chance that grows with its distance; `sums` has the sum of each block.
fn draw(nearest: &Nearest, sums: &[Vec<f64>], search: usize, rng: &mut Rng) -> usize {
    let mut rest = rng.unit() * sums.iter().map(|sums| sums[search]).sum::<f64>();
    // `<=` passes over rows of distance 0, which are centroids already.
    let mut passes = |value: f64| {
        let passed = value <= rest;
        rest -= if passed { value } else { 0.0 };
        passed
    };
    let block = sums.iter().take_while(|sums| passes(sums[search])).count().min(sums.len() - 1);
    let rows = nearest[block..].iter().flat_map(|nearest| &nearest[search]);
    let row = rows.take_while(|distance| passes(**distance)).count();
    let all: usize = nearest.iter().map(|nearest| nearest[search].len()).sum();
    (block * BLOCK + row).min(all - 1)
}

/// For each candidate of each search the sum of the distances it would leave.
fn left(x: &Matrix, nearest: &Nearest, candidates: &[Vec<Vec<f64>>]) -> Vec<Vec<f64>> {
    let blocks = nearest.par_iter().enumerate().map(|(index, nearest)| {
        let block = Block::of(x, index * BLOCK, nearest[0].len());
        let left = |(nearest, candidates): (&Vec<f64>, &Vec<Vec<f64>>)| -> Vec<f64> {
            candidates.iter().map(|candidate| block.lowered(candidate, nearest)).collect()
        };
        nearest.iter().zip(candidates).map(left).collect()
    });
    let blocks: Vec<Vec<Vec<f64>>> = blocks.collect();
    let of = |search: usize, c: usize| blocks.iter().map(|block| block[search][c]).sum();
    let all = candidates.iter().enumerate();
    all.map(|(search, own)| (0..own.len()).map(|c| of(search, c)).collect()).collect()
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
            let starts = centroids(&x, 3, &mut [Rng::new(seed)]).unwrap().swap_remove(0);
            let mut heaps: Vec<i64> = starts.iter().map(|c| (c[0] / 1_000.0) as i64).collect();
            heaps.sort_unstable();
            assert_eq!(heaps, [0, 1, 2], "seed {seed}");
        }
    }

    #[test]
    fn starts_even_where_all_rows_are_equal() {
        let x = Matrix::new(vec!["a".into()], vec![vec![4.0; 5]]).unwrap();
        assert_eq!(centroids(&x, 3, &mut [Rng::new(1)]).unwrap(), [vec![vec![4.0]; 3]]);
    }
}
