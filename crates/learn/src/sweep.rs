//! How many clusters? The same rows with one k after the other, to look for the knee.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{Error, KMeans, KMeansOptions, Matrix, silhouette, with_threads};

/// What one k came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Clusters.
    pub k: usize,
    /// The sum of squared distances to the own centroid: falls as k grows; look where it stops falling fast.
    pub inertia: f64,
    /// The mean silhouette, from −1 to 1: higher is better parted; `None` where it is not defined (k = 1).
    pub silhouette: Option<f64>,
}

/// Fits k-means for every k of `ks`, with `options` otherwise.
///
/// # Errors
/// As for [`KMeans::fit`], for any of them.
pub fn sweep(
    x: &Matrix,
    ks: RangeInclusive<usize>,
    options: &KMeansOptions,
) -> Result<Vec<SweepPoint>, Error> {
    ks.map(|k| {
        let kmeans = KMeans::fit(x, &KMeansOptions { k, ..*options })?;
        let cluster = kmeans.assign(x)?.cluster;
        let silhouette = with_threads(options.threads, || silhouette(x, &cluster, options.seed))?;
        Ok(SweepPoint { k, inertia: kmeans.inertia, silhouette })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three heaps on a line: the inertia stops falling fast at 3, and there the silhouette peaks.
    #[test]
    fn finds_the_knee() {
        let values = (0..90).map(|i| f64::from(i % 3) * 100.0 + f64::from(i / 3));
        let x = Matrix::new(vec!["a".into()], vec![values.collect()]).unwrap();
        let points = sweep(&x, 1..=6, &KMeansOptions::default()).unwrap();
        assert_eq!(points.iter().map(|p| p.k).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert!(points.windows(2).all(|w| w[1].inertia < w[0].inertia));
        assert!(points[1].inertia / points[2].inertia > 10.0);
        assert!(points[2].inertia / points[3].inertia < 2.0);
        assert_eq!(points[0].silhouette, None);
        let best = points.iter().max_by(|a, b| a.silhouette.partial_cmp(&b.silhouette).unwrap());
        assert_eq!(best.unwrap().k, 3);
    }

    #[test]
    fn refuses_more_clusters_than_rows() {
        let x = Matrix::new(vec!["a".into()], vec![vec![1.0, 2.0]]).unwrap();
        let error = sweep(&x, 2..=3, &KMeansOptions::default()).unwrap_err().to_string();
        assert!(error.contains("3 clusters of 2 rows"), "{error}");
    }
}
