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

/// Which k a sweep speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The k to take: that of the silhouette where it is defined, otherwise that of the elbow.
    pub k: usize,
    /// Where the mean silhouette is largest; the smallest of equals. `None` where it is defined nowhere.
    pub silhouette: Option<usize>,
    /// Where the inertia bends most: the point that lies furthest below the line from the first to the last, both
    /// axes from 0 to 1 (Satopää and others, Finding a "kneedle" in a haystack, 2011). `None` with fewer than three
    /// points, or where none lies below.
    pub elbow: Option<usize>,
}

/// What the points of a sweep, by rising k, speak for; `None` where they tell nothing.
pub fn advice(points: &[SweepPoint]) -> Option<Advice> {
    let larger = |best: Option<(usize, f64)>, (k, value): (usize, f64)| match best {
        Some((_, most)) if value <= most => best,
        _ => Some((k, value)),
    };
    let told = points.iter().filter_map(|p| Some((p.k, p.silhouette?)));
    let silhouette = told.fold(None, larger).map(|(k, _)| k);
    let elbow = match points {
        [first, .., last] if last.k > first.k + 1 && first.inertia > last.inertia => {
            let below = |p: &SweepPoint| {
                let along = (p.k - first.k) as f64 / (last.k - first.k) as f64;
                let left = (p.inertia - last.inertia) / (first.inertia - last.inertia);
                (p.k, 1.0 - along - left)
            };
            let bent = points.iter().map(below).filter(|(_, depth)| *depth > 1e-9);
            bent.fold(None, larger).map(|(k, _)| k)
        }
        _ => None,
    };
    Some(Advice { k: silhouette.or(elbow)?, silhouette, elbow })
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
        let told = Advice { k: 3, silhouette: Some(3), elbow: Some(3) };
        assert_eq!(advice(&points), Some(told));
    }

    #[test]
    fn advice_says_no_more_than_the_points_do() {
        let point = |(k, inertia, silhouette)| SweepPoint { k, inertia, silhouette };
        let told = |points: &[(usize, f64, Option<f64>)]| {
            advice(&points.iter().copied().map(point).collect::<Vec<_>>())
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[(1, 9.0, None)]), None);
        let straight = [(1, 3.0, None), (2, 2.0, None), (3, 1.0, None)];
        assert_eq!(told(&straight), None, "a line has no bend");
        let bent = [(1, 9.0, None), (2, 2.0, None), (3, 1.0, None), (4, 0.5, None)];
        assert_eq!(told(&bent), Some(Advice { k: 2, silhouette: None, elbow: Some(2) }));
        let other =
            [(2, 9.0, Some(0.4)), (3, 2.0, Some(0.7)), (4, 1.9, Some(0.7)), (5, 1.8, Some(0.1))];
        assert_eq!(told(&other), Some(Advice { k: 3, silhouette: Some(3), elbow: Some(3) }));
        let flat = [(2, 0.0, Some(1.0)), (3, 0.0, Some(1.0)), (4, 0.0, None)];
        assert_eq!(told(&flat), Some(Advice { k: 2, silhouette: Some(2), elbow: None }));
    }

    #[test]
    fn refuses_more_clusters_than_rows() {
        let x = Matrix::new(vec!["a".into()], vec![vec![1.0, 2.0]]).unwrap();
        let error = sweep(&x, 2..=3, &KMeansOptions::default()).unwrap_err().to_string();
        assert!(error.contains("3 clusters of 2 rows"), "{error}");
    }
}
