//! Which flows resemble each other? k-means.
//!
//! Each row belongs to the nearest of `k` centroids, each centroid is the mean of its rows. The start is
//! k-means++ ([`plus_plus`]), the search Lloyd's ([`lloyd`]); the best of several restarts is kept.

use crate::codec::{Reader, Writer};
use crate::scale::moments;
use crate::{Error, Matrix, Rng, with_threads};

mod block;
mod bounds;
mod lloyd;
mod plus_plus;
#[cfg(test)]
mod tests;

pub(crate) use block::Block;

/// How k-means searches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KMeansOptions {
    /// Clusters to make.
    pub k: usize,
    /// Searches from different starts, of which the one with the least inertia is kept.
    pub restarts: usize,
    /// The most rounds of one search.
    pub max_iterations: usize,
    /// A search ends when the squared moves of the centroids sum to no more than this times the mean variance of
    /// the columns.
    pub tolerance: f64,
    /// The seed of the starts.
    pub seed: u64,
    /// Threads to use, 0 = as many as there are. The result does not depend on it.
    pub threads: usize,
}

impl Default for KMeansOptions {
    fn default() -> KMeansOptions {
        KMeansOptions {
            k: 5,
            restarts: 10,
            max_iterations: 300,
            tolerance: 1e-4,
            seed: 0,
            threads: 0,
        }
    }
}

/// Fitted clusters.
///
/// They are numbered by their centroids, sorted by the first column, then the second and so on (to a millionth of
/// the column's range), so that the same clusters have the same numbers whatever the start was. Where the rows have fewer than `k` different values,
/// centroids repeat and the later of two equal ones stays empty.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeans {
    /// The columns, in the order of the centroids' values.
    pub names: Vec<String>,
    /// `k` centroids of one value a column.
    pub centroids: Vec<Vec<f64>>,
    /// The sum over all rows of the squared Euclidean distance to the own centroid.
    pub inertia: f64,
    /// The rounds of the search that was kept.
    pub iterations: usize,
    /// The rows of each cluster in the fit.
    pub sizes: Vec<u64>,
}

/// To which cluster each row belongs, and how far it lies from its centroid.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// One cluster a row, from 0.
    pub cluster: Vec<u32>,
    /// One squared Euclidean distance a row, to the centroid of its own cluster.
    pub distance: Vec<f64>,
}

/// Rows times searches that go on together: a hundred megabytes of distances at most.
const TOGETHER: usize = 1 << 24;

impl KMeans {
    /// Finds `options.k` clusters.
    ///
    /// # Errors
    /// A missing or infinite value, fewer rows than clusters, options out of range, or [`Error::Stopped`].
    pub fn fit(x: &Matrix, options: &KMeansOptions) -> Result<KMeans, Error> {
        check(x, options)?;
        let tolerance = tolerance(x, options);
        let mut best: Option<lloyd::Search> = None;
        with_threads(options.threads, || {
            let together = TOGETHER.div_ceil(x.rows());
            for first in (0..options.restarts).step_by(together) {
                let some = first..options.restarts.min(first.saturating_add(together));
                let stream = |restart| Rng::stream(options.seed, restart as u64);
                let mut rngs: Vec<Rng> = some.map(stream).collect();
                let starts = plus_plus::centroids(x, options.k, &mut rngs)?;
                for search in lloyd::search(x, starts, options.max_iterations, tolerance)? {
                    // The first of equals.
                    if best.as_ref().is_none_or(|best| search.inertia < best.inertia) {
                        best = Some(search);
                    }
                }
            }
            Ok(())
        })?;
        let search = best.ok_or(Error::Clusters { k: options.k, rows: x.rows() })?;
        Ok(named(x, search))
    }

    /// Finds clusters from these starting centroids, one search. `options.k`, `restarts` and `seed` are not used.
    ///
    /// # Errors
    /// As for [`KMeans::fit`], or a start that does not have one finite value a column.
    pub fn fit_from(
        x: &Matrix,
        start: &[Vec<f64>],
        options: &KMeansOptions,
    ) -> Result<KMeans, Error> {
        check(x, &KMeansOptions { k: start.len(), restarts: 1, ..*options })?;
        for centroid in start {
            if centroid.len() != x.cols() || centroid.iter().any(|v| !v.is_finite()) {
                return Err(Error::WrongColumns {
                    found: format!("a start of {} values", centroid.len()),
                    expected: format!("{} finite ones", x.cols()),
                });
            }
        }
        let search = with_threads(options.threads, || {
            let starts = vec![start.to_vec()];
            lloyd::search(x, starts, options.max_iterations, tolerance(x, options))
        });
        Ok(named(x, search?.swap_remove(0)))
    }

    /// The nearest centroid of each row; the lower number of two equally near.
    ///
    /// # Errors
    /// Other columns than those of the fit, or a missing or infinite value.
    pub fn assign(&self, x: &Matrix) -> Result<Assignment, Error> {
        x.check_names(&self.names)?;
        x.check_finite()?;
        Ok(lloyd::assign(x, &self.centroids))
    }

    /// Writes it.
    pub fn save(&self, writer: &mut Writer<'_>) {
        writer.value("names", &self.names);
        writer.value("iterations", &self.iterations);
        writer.f64s("inertia", &[self.inertia]);
        writer.f64s("centroids", &self.centroids.concat());
        writer.u64s("sizes", &self.sizes);
    }

    /// Reads it.
    ///
    /// # Errors
    /// Parts that are absent or do not fit together.
    pub fn load(reader: &Reader<'_>) -> Result<KMeans, Error> {
        let names: Vec<String> = reader.value("names")?;
        let (values, sizes) = (reader.f64s("centroids")?, reader.u64s("sizes")?);
        let inertia = reader.f64s("inertia")?;
        let fits = !names.is_empty() && !sizes.is_empty() && inertia.len() == 1;
        if !fits || sizes.len().checked_mul(names.len()) != Some(values.len()) {
            return Err(Error::ModelFile("as its centroids do not fit its columns".into()));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(Error::ModelFile("as a centroid is not finite".into()));
        }
        Ok(KMeans {
            centroids: values.chunks_exact(names.len()).map(<[f64]>::to_vec).collect(),
            names,
            inertia: inertia[0],
            iterations: reader.value("iterations")?,
            sizes,
        })
    }
}

fn check(x: &Matrix, options: &KMeansOptions) -> Result<(), Error> {
    if x.cols() == 0 {
        return Err(Error::NoFeatures);
    }
    if x.rows() == 0 {
        return Err(Error::NoRows);
    }
    if options.k == 0 || options.k > x.rows() {
        return Err(Error::Clusters { k: options.k, rows: x.rows() });
    }
    let refuse = |name: &str, value: String, range: &str| {
        let (of, name, range) = ("k-means".into(), name.into(), range.into());
        Err(Error::Setting { of, name, value, range })
    };
    if options.restarts == 0 {
        return refuse("restarts", "0".into(), "at least 1");
    }
    if options.max_iterations == 0 {
        return refuse("max_iterations", "0".into(), "at least 1");
    }
    if options.tolerance.is_nan() || options.tolerance < 0.0 {
        return refuse("tolerance", options.tolerance.to_string(), "at least 0");
    }
    x.check_finite()
}

/// The tolerance in the data's own units: squared, so relative to the mean variance of the columns.
fn tolerance(x: &Matrix, options: &KMeansOptions) -> f64 {
    let sum: f64 = (0..x.cols()).map(|j| moments(x.col(j)).1).sum();
    options.tolerance * sum / x.cols() as f64
}

/// The centroids' values as millionths of each column's range: what is compared to number the clusters, so that two
/// centroids that differ by rounding alone in one column are told apart by the next.
fn places(x: &Matrix, centroids: &[Vec<f64>]) -> Vec<Vec<i64>> {
    let ends = |j: usize| {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        x.col(j).iter().fold(ends, |(low, high), v| (low.min(*v), high.max(*v)))
    };
    let ends: Vec<(f64, f64)> = (0..x.cols()).map(ends).collect();
    let place = |(value, (low, high)): (&f64, &(f64, f64))| {
        // A column without a range gives NaN, which casts to 0.
        ((value - low) / (high - low) * 1e6).round() as i64
    };
    centroids.iter().map(|c| c.iter().zip(&ends).map(place).collect()).collect()
}

/// The search's clusters under their stable numbers.
fn named(x: &Matrix, search: lloyd::Search) -> KMeans {
    let places = places(x, &search.centroids);
    let mut order: Vec<usize> = (0..search.centroids.len()).collect();
    order.sort_by(|&a, &b| places[a].cmp(&places[b]).then(a.cmp(&b)));
    let mut sizes = vec![0u64; order.len()];
    lloyd::assign(x, &search.centroids).cluster.iter().for_each(|&c| sizes[c as usize] += 1);
    KMeans {
        names: x.names().to_vec(),
        inertia: search.inertia,
        iterations: search.iterations,
        sizes: order.iter().map(|&c| sizes[c]).collect(),
        centroids: order.iter().map(|&c| search.centroids[c].clone()).collect(),
    }
}
