//! How well rows sit in their clusters.

use rayon::prelude::*;

use crate::kmeans::Block;
use crate::{Error, Matrix, sample};

/// Up to this many rows the silhouette is exact; of more, a seeded sample of this many is measured, as the work
/// grows with the square of the rows.
pub const SILHOUETTE_ROWS: usize = 5_000;

/// The mean silhouette (Rousseeuw 1987) over all rows, from −1 to 1: of each row `(b − a) / max(a, b)`, where `a` is
/// its mean Euclidean distance to the other rows of its cluster and `b` that to the rows of the nearest other
/// cluster; 0 for a row alone in its cluster.
///
/// Of more than [`SILHOUETTE_ROWS`] rows a sample is measured against itself, chosen by `seed`. `None` if there are
/// fewer than two clusters, or as many as rows.
///
/// # Errors
/// Not one cluster a row, or a missing or infinite value.
pub fn silhouette(x: &Matrix, cluster: &[u32], seed: u64) -> Result<Option<f64>, Error> {
    if cluster.len() != x.rows() {
        return Err(Error::LabelCount { labels: cluster.len(), rows: x.rows() });
    }
    x.check_finite()?;
    if x.rows() <= SILHOUETTE_ROWS {
        return Ok(exact(x, cluster));
    }
    let rows = sample(x.rows(), SILHOUETTE_ROWS, seed);
    let cluster: Vec<u32> = rows.iter().map(|&i| cluster[i]).collect();
    Ok(exact(&x.take(&rows), &cluster))
}

fn exact(x: &Matrix, cluster: &[u32]) -> Option<f64> {
    let mut names = cluster.to_vec();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 || names.len() >= x.rows() {
        return None;
    }
    let place = |c: &u32| names.binary_search(c).unwrap_or(0);
    let cluster: Vec<usize> = cluster.iter().map(place).collect();
    let mut sizes = vec![0.0; names.len()];
    cluster.iter().for_each(|&c| sizes[c] += 1.0);

    let all = Block::of(x, 0, x.rows());
    let each: Vec<f64> = (0..x.rows())
        .into_par_iter()
        .map_init(
            || vec![0.0; x.rows()],
            |distances, row| {
                all.distances(&x.row(row), distances);
                let mut sums = vec![0.0; sizes.len()];
                cluster.iter().zip(&*distances).for_each(|(&c, d)| sums[c] += d.sqrt());
                let own = cluster[row];
                if sizes[own] <= 1.0 {
                    return 0.0;
                }
                let a = sums[own] / (sizes[own] - 1.0);
                let others = (0..sizes.len()).filter(|&c| c != own).map(|c| sums[c] / sizes[c]);
                let b = others.fold(f64::INFINITY, f64::min);
                let widest = a.max(b);
                if widest > 0.0 { (b - a) / widest } else { 0.0 }
            },
        )
        .collect();
    Some(each.iter().sum::<f64>() / each.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(values: Vec<f64>) -> Matrix {
        Matrix::new(vec!["a".into()], vec![values]).unwrap()
    }

    /// By hand: rows 0, 1 | 5. Row 0: a 1, b 5 → 0.8. Row 1: a 1, b 4 → 0.75. Row 5 is alone → 0.
    #[test]
    fn agrees_with_a_sum_by_hand() {
        let found = silhouette(&matrix(vec![0.0, 1.0, 5.0]), &[0, 0, 7], 0).unwrap().unwrap();
        assert!((found - 1.55 / 3.0).abs() < 1e-15, "{found}");
    }

    #[test]
    fn is_not_defined_for_one_cluster_or_for_as_many_as_rows() {
        let x = matrix(vec![0.0, 1.0, 5.0]);
        assert_eq!(silhouette(&x, &[1, 1, 1], 0).unwrap(), None);
        assert_eq!(silhouette(&x, &[0, 1, 2], 0).unwrap(), None);
        assert!(silhouette(&x, &[0, 1], 0).is_err());
        assert_eq!(silhouette(&matrix(vec![2.0; 4]), &[0, 0, 1, 1], 0).unwrap(), Some(0.0));
    }

    #[test]
    fn of_many_rows_a_sample_comes_near() {
        let values = (0..8_000).map(|i| f64::from(i % 2) * 3.0 + f64::from(i % 97) / 97.0);
        let x = matrix(values.collect());
        let cluster: Vec<u32> = (0..8_000).map(|i| i % 2).collect();
        let sampled = silhouette(&x, &cluster, 1).unwrap().unwrap();
        let whole = exact(&x, &cluster).unwrap();
        assert_ne!(sampled, whole);
        assert!((sampled - whole).abs() < 0.01, "{sampled} {whole}");
        assert_eq!(silhouette(&x, &cluster, 1).unwrap(), Some(sampled));
    }
}
