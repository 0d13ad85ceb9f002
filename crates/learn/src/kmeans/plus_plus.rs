//! Where to start: k-means++ (Arthur and Vassilvitskii 2007), the greedy kind.
//!
//! The first centroid is any row. Each next one is drawn with a chance that grows with the squared distance to
//! the centroids there are; of `2 + ln k` draws the one that lowers the sum of these distances most is taken.

use super::lloyd::squared_distances;
use crate::{Matrix, Rng};

/// `k` rows of `x` as starting centroids. `x` has at least one row.
pub(super) fn centroids(x: &Matrix, k: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
    let draws = 2 + (k as f64).ln() as usize;
    let first = x.row(rng.below(x.rows()));
    let mut nearest = vec![0.0; x.rows()];
    squared_distances(x, 0, &first, &mut nearest);
    let mut centroids = vec![first];
    let mut found = vec![0.0; x.rows()];
    while centroids.len() < k {
        let mut sum = 0.0;
        let cumulated: Vec<f64> = nearest
            .iter()
            .map(|d| {
                sum += d;
                sum
            })
            .collect();
        let mut best: Option<(f64, Vec<f64>, Vec<f64>)> = None;
        for _ in 0..draws {
            let drawn = rng.unit() * sum;
            // `<=` passes over rows of distance 0, which are centroids already.
            let row = cumulated.partition_point(|&c| c <= drawn).min(x.rows() - 1);
            let candidate = x.row(row);
            squared_distances(x, 0, &candidate, &mut found);
            found.iter_mut().zip(&nearest).for_each(|(f, n)| *f = f.min(*n));
            let left: f64 = found.iter().sum();
            if best.as_ref().is_none_or(|(least, ..)| left < *least) {
                best = Some((left, candidate, found.clone()));
            }
        }
        let Some((_, candidate, lowered)) = best else { break };
        centroids.push(candidate);
        nearest = lowered;
    }
    centroids
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
