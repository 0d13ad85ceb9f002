//! Finds the splits of a tree of the forest: histograms over bins, on a random choice of features.

use std::ops::Range;

use super::super::tree::gini::{ClassWeights, Counts};
use super::super::tree::grow::{Split, Splitter};
use super::bins::{Bins, MOST};
use super::rows::{Rows, Table, Tag};
use super::sweep::{Cell, Filled, Sweep};
use crate::Rng;

/// Nodes of so few rows are sorted instead of counted.
const FEW: usize = 24;

/// Cells of one bin where the bins are few.
const APART: usize = 4;

/// The most features whose rows are counted in one go.
const TOGETHER: usize = 4;

/// The bins of a column and one to spare, so that a masked bin is always within.
const CELLS: usize = MOST + 1;
const WORDS: usize = CELLS / 64;

/// What every tree of a forest uses alike.
pub struct Ground<'a> {
    /// The bins of the columns.
    pub bins: &'a Bins,
    /// The binned rows.
    pub table: &'a Table,
    /// What a row of either class weighs.
    pub weights: ClassWeights,
    /// Features drawn for each split.
    pub max_features: usize,
    /// Draws either side of a split must hold.
    pub min_samples_leaf: u32,
    /// Whether the histogram of the larger child may be had by subtraction; only ever a matter of time.
    pub subtract: bool,
}

/// The splitter of one tree.
pub struct Histograms<'a, R> {
    ground: &'a Ground<'a>,
    rows: R,
    rng: Rng,
    features: Vec<u32>,
    /// Where the histogram of each feature begins in a full one, and where the last one ends.
    starts: Vec<usize>,
    /// Histograms of as many features as are counted together.
    cells: [Box<[Cell; CELLS]>; TOGETHER],
    occupied: [u64; WORDS],
    filled: Filled,
}

impl<'a, R: Rows> Histograms<'a, R> {
    /// A splitter over the rows of one tree.
    pub fn new(ground: &'a Ground<'a>, rows: R, rng: Rng) -> Histograms<'a, R> {
        let columns = ground.bins.columns();
        let mut starts = vec![0];
        for feature in 0..columns {
            starts.push(starts[feature] + ground.bins.count(feature));
        }
        Histograms {
            ground,
            rows,
            rng,
            features: (0..columns as u32).collect(),
            starts,
            cells: std::array::from_fn(|_| Box::new([0; CELLS])),
            occupied: [0; WORDS],
            filled: Filled::new(),
        }
    }

    /// Subtraction pays where every feature is looked at and the rows outnumber the bins.
    fn pays(&self, rows: usize) -> bool {
        let columns = self.features.len();
        self.ground.subtract
            && self.ground.max_features >= columns
            && rows * columns >= 2 * self.starts[columns]
    }

    /// The histograms of all features, one after the other.
    fn full(&self, rows: Range<usize>) -> Vec<Cell> {
        let mut full = vec![0; self.starts[self.features.len()]];
        for feature in 0..self.features.len() {
            let cells = &mut full[self.starts[feature]..self.starts[feature + 1]];
            let place = self.ground.table.place(feature as u32);
            self.rows
                .scan(rows.clone(), [place], |[bin], tag| cells[usize::from(bin)] += tag.cell());
        }
        full
    }

    /// Sweeps one feature, counting the rows of the node first; gives whether it is not constant.
    fn look(&mut self, sweep: &mut Sweep, feature: u32, rows: Range<usize>) -> bool {
        let bins = self.ground.bins.count(feature as usize);
        if rows.len() <= FEW {
            self.sorted(sweep, feature, rows)
        } else if bins * APART <= rows.len().min(CELLS) {
            self.counted_apart(sweep, feature, rows, bins)
        } else if bins <= rows.len() {
            self.counted(sweep, feature, rows, bins)
        } else {
            self.marked(sweep, feature, rows)
        }
    }

    /// For more rows than any column has bins: sweeps the first `N` features in their order, counting all of them while
    /// the rows go by once. Gives whether any is not constant.
    fn counted_together<const N: usize>(&mut self, sweep: &mut Sweep, rows: Range<usize>) -> bool {
        let features: [u32; N] = std::array::from_fn(|at| self.features[at]);
        let bins = features.map(|feature| self.ground.bins.count(feature as usize));
        // As in `counted_apart`.
        let apart = bins.map(|bins| if bins * APART <= CELLS { APART } else { 1 });
        let cells: &mut [Box<[Cell; CELLS]>; TOGETHER] = &mut self.cells;
        let mut row = 0;
        let places = features.map(|feature| self.ground.table.place(feature));
        self.rows.scan(rows, places, |bins, tag| {
            let cell = tag.cell();
            for at in 0..N {
                let place = usize::from(bins[at]) * apart[at] + (row & (apart[at] - 1));
                cells[at][place & (CELLS - 1)] += cell;
            }
            row += 1;
        });
        let mut any_cut = false;
        for at in 0..N {
            let used = cells[at][..bins[at] * apart[at]].chunks_exact_mut(apart[at]);
            let summed = used.zip(0..).map(|(apart, bin)| {
                let cell: Cell = apart.iter().sum();
                apart.fill(0);
                (bin, cell)
            });
            any_cut |= sweep.feature(features[at], &mut self.filled, summed);
        }
        any_cut
    }

    /// For few rows: sorts bins and tags.
    fn sorted(&mut self, sweep: &mut Sweep, feature: u32, rows: Range<usize>) -> bool {
        let mut keys = [0u32; FEW];
        let mut length = 0;
        self.rows.scan(rows, [self.ground.table.place(feature)], |[bin], tag| {
            let key = u32::from(bin) << 8 | u32::from(tag.bits());
            let mut at = length;
            while at > 0 && keys[at - 1] > key {
                keys[at] = keys[at - 1];
                at -= 1;
            }
            keys[at] = key;
            length += 1;
        });
        let bin = |key: u32| (key >> 8) as u16;
        let groups = keys[..length].chunk_by(|a, b| bin(*a) == bin(*b));
        sweep.feature(
            feature,
            &mut self.filled,
            groups.map(|group| {
                let cell = group.iter().map(|key| Tag::from_bits(*key as u8).cell()).sum();
                (bin(group[0]), cell)
            }),
        )
    }

    /// For more rows than bins: goes through every bin.
    fn counted(
        &mut self,
        sweep: &mut Sweep,
        feature: u32,
        rows: Range<usize>,
        bins: usize,
    ) -> bool {
        let cells = &mut *self.cells[0];
        self.rows.scan(rows, [self.ground.table.place(feature)], |[bin], tag| {
            cells[usize::from(bin) & (CELLS - 1)] += tag.cell();
        });
        let used = cells[..bins].iter_mut().enumerate();
        let used = used.map(|(bin, cell)| (bin as u16, std::mem::take(cell)));
        sweep.feature(feature, &mut self.filled, used)
    }

    /// For few bins: row after row counts in another cell of its bin, as the next addition to the same cell would
    /// have to wait for the last.
    fn counted_apart(
        &mut self,
        sweep: &mut Sweep,
        feature: u32,
        rows: Range<usize>,
        bins: usize,
    ) -> bool {
        let cells = &mut *self.cells[0];
        let mut row = 0;
        self.rows.scan(rows, [self.ground.table.place(feature)], |[bin], tag| {
            cells[(usize::from(bin) * APART + row % APART) & (CELLS - 1)] += tag.cell();
            row += 1;
        });
        let used = cells[..bins * APART].chunks_exact_mut(APART).enumerate();
        let summed = used.map(|(bin, apart)| {
            let cell: Cell = apart.iter().sum();
            apart.fill(0);
            (bin as u16, cell)
        });
        sweep.feature(feature, &mut self.filled, summed)
    }

    /// For more bins than rows: marks the bins that hold a row, and goes through these.
    fn marked(&mut self, sweep: &mut Sweep, feature: u32, rows: Range<usize>) -> bool {
        let (cells, occupied) = (&mut *self.cells[0], &mut self.occupied);
        self.rows.scan(rows, [self.ground.table.place(feature)], |[bin], tag| {
            let bin = usize::from(bin) & (CELLS - 1);
            cells[bin] += tag.cell();
            occupied[bin / 64] |= 1 << (bin % 64);
        });
        let words = occupied.iter_mut().enumerate();
        let used = words
            .flat_map(|(index, word)| Bits(std::mem::take(word)).map(move |bit| index * 64 + bit));
        let used = used.map(|bin| (bin as u16, std::mem::take(&mut cells[bin])));
        sweep.feature(feature, &mut self.filled, used)
    }
}

/// The places of the bits that are set, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

impl<R: Rows> Splitter for Histograms<'_, R> {
    /// The histograms of all features, where the parent could have them for less than counting.
    type Memo = Option<Vec<Cell>>;

    /// Looks at `max_features` features drawn without replacement, and at more as long as all were constant.
    fn best(
        &mut self,
        rows: Range<usize>,
        counts: Counts,
        memo: &mut Option<Vec<Cell>>,
    ) -> Option<Split> {
        let mut sweep = Sweep::new(self.ground.weights, counts, self.ground.min_samples_leaf);
        if memo.is_none() && self.pays(rows.len()) {
            *memo = Some(self.full(rows.clone()));
        }
        let first = self.ground.max_features;
        let together = memo.is_none() && rows.len() > MOST && (2..=TOGETHER).contains(&first);
        let mut any_cut = false;
        for seen in 0..self.features.len() {
            if seen >= first && any_cut {
                break;
            }
            let drawn = seen + self.rng.below(self.features.len() - seen);
            self.features.swap(seen, drawn);
            let feature = self.features[seen];
            if together && seen < first {
                // All of them are drawn before the rows are gone through.
                any_cut |= match first {
                    _ if seen + 1 < first => false,
                    2 => self.counted_together::<2>(&mut sweep, rows.clone()),
                    3 => self.counted_together::<3>(&mut sweep, rows.clone()),
                    _ => self.counted_together::<TOGETHER>(&mut sweep, rows.clone()),
                };
                continue;
            }
            any_cut |= match memo {
                Some(full) => {
                    let start = self.starts[feature as usize];
                    let cells = &full[start..self.starts[feature as usize + 1]];
                    let used = cells.iter().zip(0..).map(|(cell, bin)| (bin, *cell));
                    sweep.feature(feature, &mut self.filled, used)
                }
                None => self.look(&mut sweep, feature, rows.clone()),
            };
        }
        sweep.best.map(|best| {
            let cut = self.ground.bins.middle(best.feature as usize, best.low, best.high);
            Split { feature: best.feature, cut: u32::from(cut), left: best.left }
        })
    }

    fn divide(
        &mut self,
        rows: Range<usize>,
        split: &Split,
        memo: Option<Vec<Cell>>,
    ) -> (usize, Option<Vec<Cell>>, Option<Vec<Cell>>) {
        let place = self.ground.table.place(split.feature);
        let middle = self.rows.part(rows.clone(), place, split.cut as u16);
        let (left, right) = (rows.start..middle, middle..rows.end);
        let left_is_smaller = left.len() <= right.len();
        let (smaller, larger) = if left_is_smaller { (left, right) } else { (right, left) };
        let Some(mut rest) = memo.filter(|_| self.pays(larger.len())) else {
            return (middle, None, None);
        };
        let counted = self.full(smaller);
        for (cell, taken) in rest.iter_mut().zip(&counted) {
            *cell -= taken;
        }
        let (smaller, larger) = (Some(counted), Some(rest));
        if left_is_smaller { (middle, smaller, larger) } else { (middle, larger, smaller) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::grow::{Limits, Sprout, grow};
    use super::super::rows::Records;
    use super::*;
    use crate::Matrix;

    const LIMITS: Limits =
        Limits { max_depth: None, max_leaf_nodes: None, min_samples_split: 2, min_samples_leaf: 1 };

    fn example(rows: usize) -> (Matrix, Vec<u8>) {
        let mut rng = Rng::new(3);
        let many: Vec<f64> = (0..rows).map(|_| rng.unit()).collect();
        let few: Vec<f64> = (0..rows).map(|_| rng.below(4) as f64).collect();
        let label = |row: usize| u8::from(many[row] + few[row] / 4.0 > 0.9);
        let y = (0..rows).map(|row| label(row) ^ u8::from(row % 17 == 0)).collect();
        (Matrix::new(vec!["many".into(), "few".into()], vec![many, few]).unwrap(), y)
    }

    fn grown(
        x: &Matrix,
        y: &[u8],
        most: usize,
        max_features: usize,
        subtract: bool,
    ) -> Vec<Sprout> {
        let bins = Bins::fit(x, most);
        let table = Table::new(x, &bins);
        let weights = ClassWeights::NONE;
        let ground = Ground {
            bins: &bins,
            table: &table,
            weights,
            max_features,
            min_samples_leaf: 1,
            subtract,
        };
        let rows = Records::<16>::new(&table, &vec![1; x.rows()], y);
        let positive = y.iter().filter(|label| **label == 1).count() as u32;
        let counts = Counts { negative: y.len() as u32 - positive, positive };
        let mut splitter = Histograms::new(&ground, rows, Rng::new(1));
        grow(&mut splitter, x.rows(), counts, &LIMITS, weights)
    }

    #[test]
    fn sibling_subtraction_changes_nothing() {
        let (x, y) = example(4000);
        for most in [16, 255] {
            let with = grown(&x, &y, most, 2, true);
            assert!(with.len() > 100);
            assert_eq!(with, grown(&x, &y, most, 2, false));
        }
    }

    #[test]
    fn sorting_counting_and_marking_find_the_same_cut() {
        let (x, y) = example(FEW);
        let bins = Bins::fit(&x, 255);
        let table = Table::new(&x, &bins);
        let weights = ClassWeights::NONE;
        let ground = Ground {
            bins: &bins,
            table: &table,
            weights,
            max_features: 2,
            min_samples_leaf: 1,
            subtract: false,
        };
        let rows = Records::<16>::new(&table, &[1; FEW], &y);
        let positive = y.iter().filter(|label| **label == 1).count() as u32;
        let counts = Counts { negative: FEW as u32 - positive, positive };
        let mut splitter = Histograms::new(&ground, rows, Rng::new(1));
        let mut cut = |way: u8, feature: u32| {
            let mut sweep = Sweep::new(weights, counts, 1);
            let count = bins.count(feature as usize);
            match way {
                0 => splitter.sorted(&mut sweep, feature, 0..FEW),
                1 => splitter.counted(&mut sweep, feature, 0..FEW, count),
                2 => splitter.counted_apart(&mut sweep, feature, 0..FEW, count),
                _ => splitter.marked(&mut sweep, feature, 0..FEW),
            };
            sweep.best.map(|best| (best.low, best.high, best.left))
        };
        for feature in 0..2 {
            let sorted = cut(0, feature);
            assert!(sorted.is_some());
            // Twice: the second look must find the cells and marks of the first cleared.
            for way in [1, 2, 3, 1, 2, 3] {
                assert_eq!(cut(way, feature), sorted);
            }
        }
    }

    #[test]
    fn features_counted_together_have_the_cut_of_each_counted_alone() {
        let rows = MOST + 905;
        let (x, y) = example(rows);
        let names = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let other = |by: usize| (0..rows).map(|row| (row * by % 1500) as f64).collect();
        let columns = vec![x.col(1).to_vec(), other(7), x.col(0).to_vec(), other(13)];
        let x = Matrix::new(names, columns).unwrap();
        let bins = Bins::fit(&x, MOST);
        let table = Table::new(&x, &bins);
        let weights = ClassWeights { negative: 0.7, positive: 1.9 };
        let ground = Ground {
            bins: &bins,
            table: &table,
            weights,
            max_features: 4,
            min_samples_leaf: 3,
            subtract: false,
        };
        let records = Records::<16>::new(&table, &vec![2; rows], &y);
        let positive = 2 * y.iter().filter(|label| **label == 1).count() as u32;
        let counts = Counts { negative: 2 * rows as u32 - positive, positive };
        let mut splitter = Histograms::new(&ground, records, Rng::new(1));
        // Twice: the second time must find the cells cleared.
        for _ in 0..2 {
            for first in 2..=4 {
                let (mut together, mut alone) =
                    (Sweep::new(weights, counts, 3), Sweep::new(weights, counts, 3));
                match first {
                    2 => splitter.counted_together::<2>(&mut together, 0..rows),
                    3 => splitter.counted_together::<3>(&mut together, 0..rows),
                    _ => splitter.counted_together::<4>(&mut together, 0..rows),
                };
                for feature in 0..first {
                    let count = bins.count(feature as usize);
                    splitter.counted(&mut alone, feature, 0..rows, count);
                }
                let cut = |sweep: Sweep| {
                    sweep.best.map(|best| (best.feature, best.low, best.high, best.left))
                };
                let found = cut(together);
                assert!(found.is_some());
                assert_eq!(found, cut(alone), "{first}");
            }
        }
    }

    #[test]
    fn constant_features_do_not_use_up_the_draw() {
        let (x, y) = example(200);
        let mut columns = vec![x.col(0).to_vec()];
        columns.extend((0..9).map(|_| vec![1.0; 200]));
        let names = (0..10).map(|index| format!("c{index}")).collect();
        let nodes = grown(&Matrix::new(names, columns).unwrap(), &y, 255, 1, true);
        assert!(nodes.iter().filter(|node| node.child == 0).all(|node| node.counts.is_pure()));
    }
}
