//! A block of rows, small enough for the cache, and its distances a few rows at a time.
//!
//! The loops run in the widest registers of the processor they meet, which do the same additions in the same
//! order: every bit is the same on all. Choices are made by masks, as a jump a row would cost more.

use pulp::{Arch, Simd, WithSimd};

use super::bounds::Bound;
use crate::Matrix;

/// Rows of one block. The rounding of sums depends on it, so it is fixed.
pub const BLOCK: usize = 1_024;

/// Rows whose distance is computed together: their sums stay in registers over all columns.
pub const LANES: usize = 8;

/// Sums that are kept apart and added at the end, so that an addition need not wait for the one before.
const APART: usize = 4;

/// Clusters up to which it is cheaper to add every value to all of them than to look for its own.
const FEW: usize = 10;

/// Clusters whose sums stay in registers together.
const AT_ONCE: usize = 5;

/// A loop that is compiled for several processors, if it is inlined.
struct Loop<F>(F);

impl<F: FnMut()> WithSimd for Loop<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        (self.0)();
    }
}

/// Runs a loop in the widest registers there are.
fn wide(work: impl FnMut()) {
    Arch::new().dispatch(Loop(work));
}

/// All bits where it is so, none where not.
#[inline(always)]
fn mask(so: bool) -> u64 {
    u64::from(so).wrapping_neg()
}

/// Some rows of a matrix in lanes.
pub struct Block {
    /// Lanes of the first column, of the second, and so on, then the next lanes of the first; zeros fill the last.
    tiles: Vec<[f64; LANES]>,
    columns: usize,
}

impl Block {
    /// The rows `from..from + rows` of `x`, which has a column.
    pub fn of(x: &Matrix, from: usize, rows: usize) -> Block {
        let columns = x.cols();
        let mut tiles = vec![[0.0; LANES]; rows.div_ceil(LANES) * columns];
        for j in 0..columns {
            let (full, last) = x.col(j)[from..from + rows].as_chunks();
            let mut tiles = tiles.iter_mut().skip(j).step_by(columns);
            tiles.by_ref().zip(full).for_each(|(tile, values)| *tile = *values);
            tiles.for_each(|tile| tile[..last.len()].copy_from_slice(last));
        }
        Block { tiles, columns }
    }

    /// The lanes with all their columns.
    #[inline(always)]
    fn lanes(&self) -> impl Iterator<Item = &[[f64; LANES]]> {
        self.tiles.chunks_exact(self.columns)
    }

    /// Squared Euclidean distances of the rows to `point`.
    pub fn distances(&self, point: &[f64], out: &mut [f64]) {
        wide(
            #[inline(always)]
            || {
                for (out, tile) in out.chunks_mut(LANES).zip(self.lanes()) {
                    put(out, &off(tile, point));
                }
            },
        );
    }

    /// Lowers each of `nearest` to the squared distance to `point`, where that is less.
    pub fn lower(&self, point: &[f64], nearest: &mut [f64]) {
        wide(
            #[inline(always)]
            || {
                for (nearest, tile) in nearest.chunks_mut(LANES).zip(self.lanes()) {
                    let both = nearest.iter_mut().zip(off(tile, point));
                    both.for_each(|(nearest, found)| *nearest = nearest.min(found));
                }
            },
        );
    }

    /// The sum of what [`Self::lower`] would leave.
    pub fn lowered(&self, point: &[f64], nearest: &[f64]) -> f64 {
        let mut sums = [0.0; LANES];
        wide(
            #[inline(always)]
            || {
                for (nearest, tile) in nearest.chunks(LANES).zip(self.lanes()) {
                    let both = nearest.iter().zip(off(tile, point));
                    let each = sums.iter_mut().zip(both);
                    each.for_each(|(sum, (nearest, found))| *sum += nearest.min(found));
                }
            },
        );
        sums.iter().sum()
    }

    /// Puts each row into the cluster of the nearest centroid, the first of equally near ones, and tells the squared
    /// distance.
    pub fn assign(&self, centroids: &[Vec<f64>], cluster: &mut [u32], distance: &mut [f64]) {
        wide(
            #[inline(always)]
            || {
                let rows = cluster.chunks_mut(LANES).zip(distance.chunks_mut(LANES));
                for ((cluster, distance), tile) in rows.zip(self.lanes()) {
                    let (own, nearest, _) = nearest(tile, centroids);
                    put(cluster, &own);
                    put(distance, &nearest);
                }
            },
        );
    }

    /// The same clusters, of which those whose bound holds are known; gives whether one is news for any row.
    pub fn assign_again(
        &self,
        centroids: &[Vec<f64>],
        cluster: &mut [u32],
        bounds: &mut [Bound],
    ) -> bool {
        let mut news = false;
        wide(
            #[inline(always)]
            || {
                let rows = cluster.chunks_mut(LANES).zip(&mut *bounds);
                for ((cluster, bound), tile) in rows.zip(self.lanes()) {
                    if bound.holds() {
                        continue;
                    }
                    let (own, nearest, next) = nearest(tile, centroids);
                    *bound = Bound::new(&nearest, &next);
                    let before = match cluster.first_chunk::<LANES>() {
                        Some(before) => *before,
                        None => {
                            std::array::from_fn(|lane| *cluster.get(lane).unwrap_or(&own[lane]))
                        }
                    };
                    let off = own.iter().zip(&before).fold(0, |off, (a, b)| off | a ^ b);
                    news |= off != 0;
                    put(cluster, &own);
                }
            },
        );
        news
    }

    /// The sum of the rows of each of `k` clusters, column by column and cluster after cluster.
    pub fn sums(&self, cluster: &[u32], k: usize) -> Vec<f64> {
        let mut apart = vec![[0.0; APART]; k * self.columns];
        if k <= FEW {
            wide(
                #[inline(always)]
                || self.add_all(cluster, k, &mut apart),
            );
        } else {
            self.add_each(cluster, &mut apart);
        }
        apart.iter().map(|sums| sums.iter().sum()).collect()
    }

    /// Adds to every cluster all values of its own, and zeros for the others.
    #[inline(always)]
    fn add_all(&self, cluster: &[u32], k: usize, apart: &mut [[f64; APART]]) {
        // No cluster has the number of the rows that are not there.
        let mut own = [[u64::MAX; LANES]; BLOCK / LANES];
        own.as_flattened_mut().iter_mut().zip(cluster).for_each(|(own, c)| *own = u64::from(*c));
        for j in 0..self.columns {
            for first in (0..k).step_by(AT_ONCE) {
                let mut sums = [[0.0; APART]; AT_ONCE];
                for (own, tile) in own.iter().zip(self.lanes()) {
                    for half in [0, APART] {
                        for (c, sums) in sums.iter_mut().enumerate() {
                            for lane in 0..APART {
                                let mask = mask(own[half + lane] == (first + c) as u64);
                                let value = tile[j][half + lane].to_bits() & mask;
                                sums[lane] += f64::from_bits(value);
                            }
                        }
                    }
                }
                for (c, sums) in (first..k).zip(sums) {
                    apart[c * self.columns + j] = sums;
                }
            }
        }
    }

    /// Adds each value to the sum of its cluster.
    fn add_each(&self, cluster: &[u32], apart: &mut [[f64; APART]]) {
        for (cluster, tile) in cluster.chunks(LANES).zip(self.lanes()) {
            for (j, values) in tile.iter().enumerate() {
                for (lane, (c, value)) in cluster.iter().zip(values).enumerate() {
                    apart[*c as usize * self.columns + j][lane % APART] += value;
                }
            }
        }
    }
}

/// The rows of each of `k` clusters. Where these are few, all rows are compared with each: an addition to the count of
/// the row's own cluster would wait for the one before.
pub fn sizes(cluster: &[u32], k: usize) -> Vec<u64> {
    let mut sizes = vec![0; k];
    if k > FEW {
        cluster.iter().for_each(|c| sizes[*c as usize] += 1);
        return sizes;
    }
    wide(
        #[inline(always)]
        || {
            for (c, size) in (0_u32..).zip(&mut sizes) {
                let own = cluster.iter().fold(0_u32, |own, other| own + u32::from(*other == c));
                *size = u64::from(own);
            }
        },
    );
    sizes
}

/// Writes lanes to where there may be fewer, in the last tile.
#[inline(always)]
fn put<T: Copy>(out: &mut [T], lanes: &[T; LANES]) {
    match out.first_chunk_mut::<LANES>() {
        Some(out) => *out = *lanes,
        None => out.copy_from_slice(&lanes[..out.len()]),
    }
}

/// Squared Euclidean distances of the rows of a tile to `point`.
#[inline(always)]
fn off(tile: &[[f64; LANES]], point: &[f64]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (values, centre) in tile.iter().zip(point) {
        for (sum, value) in sums.iter_mut().zip(values) {
            let off = value - centre;
            *sum += off * off;
        }
    }
    sums
}

/// The nearest centroid of the rows of a tile, the first of equally near ones, and the squared distances to it and to
/// the next.
#[inline(always)]
fn nearest(
    tile: &[[f64; LANES]],
    centroids: &[Vec<f64>],
) -> ([u32; LANES], [f64; LANES], [f64; LANES]) {
    let mut own = [0_u64; LANES];
    let (mut nearest, mut next) = ([f64::INFINITY; LANES], [f64::INFINITY; LANES]);
    for (c, centroid) in centroids.iter().enumerate() {
        let found = off(tile, centroid);
        for lane in 0..LANES {
            let nearer = mask(found[lane] < nearest[lane]);
            own[lane] = own[lane] & !nearer | c as u64 & nearer;
            let (old, new) = (nearest[lane].to_bits(), found[lane].to_bits());
            nearest[lane] = f64::from_bits(old & !nearer | new & nearer);
            let other = f64::from_bits(new & !nearer | old & nearer);
            next[lane] = if other < next[lane] { other } else { next[lane] };
        }
    }
    (own.map(|c| c as u32), nearest, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    /// The two ways of adding differ in speed only, and in no bit.
    #[test]
    fn sums_are_the_same_both_ways() {
        let mut rng = Rng::new(3);
        for rows in [1, 4, 7, 8, 13, 1_000, BLOCK] {
            let column = |_| (0..rows).map(|_| rng.unit() * 1e6 - 5e5).collect();
            let columns: Vec<Vec<f64>> = (0..3).map(column).collect();
            let names = ["a", "b", "c"].map(str::to_owned).to_vec();
            let block = Block::of(&Matrix::new(names, columns).unwrap(), 0, rows);
            for k in 1..=FEW {
                let cluster: Vec<u32> = (0..rows).map(|_| rng.below(k) as u32).collect();
                let mut apart = vec![[0.0; APART]; k * 3];
                block.add_each(&cluster, &mut apart);
                let each: Vec<f64> = apart.iter().map(|sums| sums.iter().sum()).collect();
                assert_eq!(block.sums(&cluster, k), each, "{rows} rows, {k} clusters");
            }
        }
    }

    #[test]
    fn every_row_is_counted_in_its_cluster() {
        let mut rng = Rng::new(5);
        for k in [1, 2, FEW, FEW + 1, 40] {
            let cluster: Vec<u32> = (0..999).map(|_| rng.below(k) as u32).collect();
            let mut each = vec![0; k];
            cluster.iter().for_each(|c| each[*c as usize] += 1);
            assert_eq!(sizes(&cluster, k), each, "{k} clusters");
        }
    }
}
