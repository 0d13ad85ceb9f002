//! A block of rows, small enough for the cache, and its distances a few rows at a time.
//!
//! The loops run in the widest registers of the processor they meet, which do the same additions in the same
//! order: every bit is the same on all.

use pulp::Arch;

use crate::Matrix;

/// Rows of one block. The rounding of sums depends on it, so it is fixed.
pub const BLOCK: usize = 1_024;

/// Rows whose distance is computed together: their sums stay in registers over all columns.
const LANES: usize = 8;

/// Sums that are kept apart and added at the end, so that an addition need not wait for the one before.
const APART: usize = 4;

/// Some rows of a matrix in lanes.
pub struct Block<'a> {
    /// Of each column the full lanes, and the last ones filled up with zeros.
    columns: Vec<(&'a [[f64; LANES]], [f64; LANES])>,
}

impl<'a> Block<'a> {
    /// The rows `from..from + rows` of `x`.
    pub fn of(x: &'a Matrix, from: usize, rows: usize) -> Block<'a> {
        let column = |j| {
            let (full, rest) = x.col(j)[from..from + rows].as_chunks();
            let mut last = [0.0; LANES];
            last[..rest.len()].copy_from_slice(rest);
            (full, last)
        };
        Block { columns: (0..x.cols()).map(column).collect() }
    }

    /// Squared Euclidean distances of the rows of some lanes to `point`.
    #[inline(always)]
    fn lanes(&self, at: usize, point: &[f64]) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for ((full, last), centre) in self.columns.iter().zip(point) {
            let values = full.get(at).unwrap_or(last);
            for (sum, value) in sums.iter_mut().zip(values) {
                let off = value - centre;
                *sum += off * off;
            }
        }
        sums
    }

    /// Squared Euclidean distances of the rows to `point`.
    pub fn distances(&self, point: &[f64], out: &mut [f64]) {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (at, out) in out.chunks_mut(LANES).enumerate() {
                    out.copy_from_slice(&self.lanes(at, point)[..out.len()]);
                }
            },
        );
    }

    /// Lowers each of `nearest` to the squared distance to `point`, where that is less.
    pub fn lower(&self, point: &[f64], nearest: &mut [f64]) {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (at, nearest) in nearest.chunks_mut(LANES).enumerate() {
                    let found = self.lanes(at, point);
                    let both = nearest.iter_mut().zip(found);
                    both.for_each(|(nearest, found)| *nearest = nearest.min(found));
                }
            },
        );
    }

    /// The sum of what [`Self::lower`] would leave.
    pub fn lowered(&self, point: &[f64], nearest: &[f64]) -> f64 {
        let mut sums = [0.0; LANES];
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (at, nearest) in nearest.chunks(LANES).enumerate() {
                    let found = self.lanes(at, point);
                    for (sum, (nearest, found)) in sums.iter_mut().zip(nearest.iter().zip(found)) {
                        *sum += nearest.min(found);
                    }
                }
            },
        );
        sums.iter().sum()
    }

    /// Puts each row into the cluster of the nearest centroid, the first of equally near ones; gives whether that
    /// is news for any.
    pub fn assign(
        &self,
        centroids: &[Vec<f64>],
        cluster: &mut [u32],
        distance: &mut [f64],
    ) -> bool {
        let mut news = false;
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let lanes = cluster.chunks_mut(LANES).zip(distance.chunks_mut(LANES));
                for (at, (cluster, distance)) in lanes.enumerate() {
                    let (own, nearest) = self.nearest(at, centroids);
                    for (cluster, own) in cluster.iter_mut().zip(own) {
                        news |= *cluster != own as u32;
                        *cluster = own as u32;
                    }
                    distance.copy_from_slice(&nearest[..distance.len()]);
                }
            },
        );
        news
    }

    /// The nearest centroid of the rows of some lanes, the first of equally near ones, and the squared distance.
    #[inline(always)]
    fn nearest(&self, at: usize, centroids: &[Vec<f64>]) -> ([u64; LANES], [f64; LANES]) {
        let (mut own, mut nearest) = ([0u64; LANES], [f64::INFINITY; LANES]);
        for (c, centroid) in centroids.iter().enumerate() {
            let found = self.lanes(at, centroid);
            for lane in 0..LANES {
                let nearer = found[lane] < nearest[lane];
                own[lane] = if nearer { c as u64 } else { own[lane] };
                nearest[lane] = if nearer { found[lane] } else { nearest[lane] };
            }
        }
        (own, nearest)
    }

    /// The sum of the rows of each of `k` clusters, column by column and cluster after cluster.
    pub fn sums(&self, cluster: &[u32], k: usize) -> Vec<f64> {
        let wide = self.columns.len();
        let mut apart = vec![[0.0; APART]; k * wide];
        for (at, cluster) in cluster.chunks(LANES).enumerate() {
            for (j, (full, last)) in self.columns.iter().enumerate() {
                let values = full.get(at).unwrap_or(last);
                for (lane, (c, value)) in cluster.iter().zip(values).enumerate() {
                    apart[*c as usize * wide + j][lane % APART] += value;
                }
            }
        }
        apart.iter().map(|sums| sums.iter().sum()).collect()
    }
}
