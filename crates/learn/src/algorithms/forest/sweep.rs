//! From the bins of a node's rows to its best cut.

use super::super::tree::gini::{ClassWeights, Counts};

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

    /// Tries every cut between two of the bins, which come ascending and none empty. Of equal cuts the first stays.
    /// Gives whether there was any, allowed or not.
    #[inline(always)]
    pub fn feature(&mut self, feature: u32, bins: impl Iterator<Item = (u16, Cell)>) -> bool {
        let mut left: Cell = 0;
        let mut low = 0;
        let mut most = self.best.map_or(f64::NEG_INFINITY, |best| best.score);
        let mut cuts = false;
        for (bin, cell) in bins {
            if left != 0 {
                cuts = true;
                let left = counts(left);
                let smaller = left.total().min(self.total.total() - left.total());
                if smaller >= self.min_samples_leaf {
                    let score = self.weights.split_purity(self.total, left);
                    if score > most {
                        most = score;
                        self.best = Some(Best { score, feature, low, high: bin, left });
                    }
                }
            }
            left += cell;
            low = bin;
        }
        cuts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(negative: u64, positive: u64) -> Cell {
        (negative + positive) | (positive << 32)
    }

    fn sweep(min_samples_leaf: u32, bins: &[(u16, Cell)]) -> (bool, Option<Best>) {
        let total = counts(bins.iter().map(|(_, cell)| cell).sum());
        let mut sweep = Sweep::new(ClassWeights::NONE, total, min_samples_leaf);
        let cuts = sweep.feature(4, bins.iter().copied());
        (cuts, sweep.best)
    }

    #[test]
    fn the_best_cut_by_hand() {
        // Scores: 3:1 | 2:4 = 2.5 + 20/6; 5:1 | 0:4 = 26/6 + 4. The second is larger.
        let (cuts, best) = sweep(1, &[(2, cell(3, 1)), (5, cell(2, 0)), (9, cell(0, 4))]);
        let best = best.unwrap();
        assert!(cuts);
        assert_eq!((best.feature, best.low, best.high), (4, 5, 9));
        assert_eq!(best.left, Counts { negative: 5, positive: 1 });
        assert!((best.score - (26.0 / 6.0 + 4.0)).abs() < 1e-12);
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
