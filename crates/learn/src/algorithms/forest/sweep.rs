//! From the bins of a node's rows to its best cut.

use pulp::{Arch, Simd, WithSimd};

use super::super::tree::gini::{ClassWeights, Counts};
use super::bins::MOST;

/// Draws (low half) and draws of label 1 (high half) of a bin.
pub type Cell = u64;

/// The counts in a cell.
pub fn counts(cell: Cell) -> Counts {
    let (total, positive) = (cell as u32, (cell >> 32) as u32);
    Counts { negative: total - positive, positive }
}

/// The best cut seen so far in a node.
#[derive(Clone, Copy, Debug)]
pub struct Best {
    score: f64,
    /// The feature it asks for.
    pub feature: u32,
    /// The last bin that goes left.
    pub low: u16,
    /// The next bin that holds a row.
    pub high: u16,
    /// What goes left.
    pub left: Counts,
}

/// The bins of a node's rows that hold any, ascending, and the scores of the cuts between them.
pub struct Filled {
    bins: Box<[u16; MOST + 1]>,
    cells: Box<[Cell; MOST + 1]>,
    scores: Box<[f64; MOST + 1]>,
    arch: Arch,
}

impl Filled {
    /// Room for the bins of any column.
    pub fn new() -> Filled {
        Filled {
            bins: Box::new([0; MOST + 1]),
            cells: Box::new([0; MOST + 1]),
            scores: Box::new([0.0; MOST + 1]),
            arch: Arch::new(),
        }
    }

    /// Keeps those that hold a row; gives how many.
    #[inline(always)]
    fn keep(&mut self, bins: impl Iterator<Item = (u16, Cell)>) -> usize {
        let mut length = 0;
        for (bin, cell) in bins {
            // Written in any case, and written over if it is empty: no branch to guess wrong.
            self.bins[length & MOST] = bin;
            self.cells[length & MOST] = cell;
            length += usize::from(cell > 0);
        }
        length.min(MOST)
    }
}

/// Looks through the cuts of one node.
pub struct Sweep {
    weights: ClassWeights,
    total: Counts,
    min_samples_leaf: u32,
    /// The best cut, if any was allowed.
    pub best: Option<Best>,
}

impl Sweep {
    /// For a node that holds `total`.
    pub fn new(weights: ClassWeights, total: Counts, min_samples_leaf: u32) -> Sweep {
        Sweep { weights, total, min_samples_leaf, best: None }
    }

    /// Tries every cut between two of the bins that hold a row; they come ascending. Of equal cuts the first stays.
    /// Gives whether there was any, allowed or not.
    #[inline(always)]
    pub fn feature(
        &mut self,
        feature: u32,
        filled: &mut Filled,
        bins: impl Iterator<Item = (u16, Cell)>,
    ) -> bool {
        let length = filled.keep(bins);
        self.filled(feature, filled, length)
    }

    fn filled(&mut self, feature: u32, filled: &mut Filled, length: usize) -> bool {
        let Some(cuts) = length.checked_sub(1).filter(|cuts| *cuts > 0) else { return false };
        let lefts = &mut filled.cells[..cuts];
        let mut left: Cell = 0;
        for cell in &mut *lefts {
            left += *cell;
            *cell = left;
        }
        let scores = &mut filled.scores[..cuts];
        filled.arch.dispatch(Scoring { sweep: self, lefts, scores });
        let mut most = self.best.map_or(f64::NEG_INFINITY, |best| best.score);
        let mut found = None;
        for (at, score) in scores.iter().enumerate() {
            if *score > most {
                most = *score;
                found = Some(at);
            }
        }
        if let Some(at) = found {
            let (low, high) = (filled.bins[at], filled.bins[at + 1]);
            self.best = Some(Best { score: most, feature, low, high, left: counts(lefts[at]) });
        }
        true
    }

    /// How good each cut is that leaves this to its left. Up to a factor and a term which all cuts of a node share it is
    /// [`ClassWeights::split_purity`], which of two classes depends on how far their shares of label 1 lie apart; it
    /// is rounded otherwise, so that of cuts that are equally good but for rounding another may be taken.
    #[inline(always)]
    fn scores(&self, lefts: &[Cell], scores: &mut [f64]) {
        let ClassWeights { negative, positive } = self.weights;
        let (zeros, ones) = (f64::from(self.total.negative), f64::from(self.total.positive));
        let (weight, weight_of_ones) = (self.weights.weight(self.total), positive * ones);
        let least = f64::from(self.min_samples_leaf);
        for (score, cell) in scores.iter_mut().zip(lefts) {
            let ones_left = f64::from((cell >> 32) as u32);
            let zeros_left = f64::from(*cell as u32) - ones_left;
            let weight_of_ones_left = positive * ones_left;
            let left = negative * zeros_left + weight_of_ones_left;
            let right = negative * (zeros - zeros_left) + positive * (ones - ones_left);
            let apart = weight_of_ones_left * weight - weight_of_ones * left;
            let draws = zeros_left + ones_left;
            let smaller = draws.min(zeros + ones - draws);
            let found = apart * apart / (left * right);
            *score = if smaller < least { f64::NEG_INFINITY } else { found };
        }
    }
}

/// [`Sweep::scores`] in the widest registers there are.
struct Scoring<'a> {
    sweep: &'a Sweep,
    lefts: &'a [Cell],
    scores: &'a mut [f64],
}

impl WithSimd for Scoring<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.sweep.scores(self.lefts, self.scores);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(negative: u64, positive: u64) -> Cell {
        (negative + positive) | (positive << 32)
    }

    fn sweep(min_samples_leaf: u32, bins: &[(u16, Cell)]) -> (bool, Option<Best>) {
        let total = counts(bins.iter().map(|(_, cell)| cell).sum());
        let mut sweep = Sweep::new(ClassWeights::NONE, total, min_samples_leaf);
        let cuts = sweep.feature(4, &mut Filled::new(), bins.iter().copied());
        (cuts, sweep.best)
    }

    #[test]
    fn the_best_cut_by_hand() {
        // Ones left, of all, squared over both weights: 3:1 | 2:4 = (10 - 20)^2 / 24; 5:1 | 0:4 = (10 - 30)^2 / 24.
        let (cuts, best) = sweep(1, &[(2, cell(3, 1)), (5, cell(2, 0)), (9, cell(0, 4))]);
        let best = best.unwrap();
        assert!(cuts);
        assert_eq!((best.feature, best.low, best.high), (4, 5, 9));
        assert_eq!(best.left, Counts { negative: 5, positive: 1 });
        assert!((best.score - 400.0 / 24.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn no_cut_is_purer_than_the_best(
            cells in prop::collection::vec((0_u64..60, 0_u64..60), 2..80),
            weights in prop::sample::select(vec![(1.0, 1.0), (0.6, 3.1), (2.5, 0.2)]),
        ) {
            let weights = ClassWeights { negative: weights.0, positive: weights.1 };
            let cells: Vec<Cell> = cells.into_iter().map(|(zeros, ones)| cell(zeros, ones)).collect();
            let total = counts(cells.iter().sum());
            let mut sweep = Sweep::new(weights, total, 1);
            sweep.feature(0, &mut Filled::new(), (0..).zip(cells.iter().copied()));
            let purity = |left: Counts| weights.split_purity(total, left);
            let mut left: Cell = 0;
            let cuts: Vec<f64> = cells.iter().map(|cell| { left += cell; counts(left) })
                .filter(|left| weights.weight(*left) > 0.0 && weights.weight(total.minus(*left)) > 0.0)
                .map(purity)
                .collect();
            let most = cuts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            match sweep.best {
                None => prop_assert!(cuts.is_empty()),
                Some(best) => prop_assert!(purity(best.left) >= most * (1.0 - 1e-12)),
            }
        }
    }

    #[test]
    fn a_cut_that_leaves_too_few_rows_is_not_allowed() {
        let bins = [(0, cell(2, 0)), (1, cell(0, 2)), (2, cell(0, 3))];
        assert_eq!(sweep(1, &bins).1.unwrap().low, 0);
        assert_eq!(sweep(3, &bins).1.unwrap().low, 1);
        let (cuts, best) = sweep(4, &bins);
        assert!(cuts && best.is_none());
    }

    #[test]
    fn one_bin_has_no_cut() {
        let (cuts, best) = sweep(1, &[(7, cell(3, 2))]);
        assert!(!cuts && best.is_none());
    }
}
