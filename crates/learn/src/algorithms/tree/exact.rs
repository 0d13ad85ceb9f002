//! Exact splits: every cut between two different values of every feature is tried.
//!
//! Each feature's rows are sorted once; a split keeps every one of these orders while it parts them (as in
//! SLIQ, Mehta et al. 1996), so that no node sorts again.

use std::ops::Range;

use super::gini::{ClassWeights, Counts};
use super::grow::{Split, Splitter};
use crate::Matrix;

/// The training rows, sorted by every feature.
pub struct Exact<'a> {
    labels: &'a [u8],
    weights: ClassWeights,
    min_samples_leaf: u32,
    /// For each feature the different values, ascending.
    values: Vec<Vec<f64>>,
    /// For each feature and row the index of its value.
    ranks: Vec<Vec<u32>>,
    /// For each feature all rows by ascending rank, node by node.
    order: Vec<Vec<u32>>,
    /// The cuts found so far; [`Split::cut`] counts them.
    cuts: Vec<Cut>,
    goes_left: Vec<bool>,
    right: Vec<u32>,
}

/// Rows of rank `low` or less go left, and so do values up to `threshold`.
#[derive(Clone, Copy)]
struct Cut {
    low: u32,
    threshold: f64,
}

impl<'a> Exact<'a> {
    /// Sorts the rows of `x`, all finite; `labels` has one a row.
    pub fn new(
        x: &Matrix,
        labels: &'a [u8],
        weights: ClassWeights,
        min_samples_leaf: u32,
    ) -> Exact<'a> {
        let rows = x.rows();
        let mut exact = Exact {
            labels,
            weights,
            min_samples_leaf,
            values: Vec::with_capacity(x.cols()),
            ranks: Vec::with_capacity(x.cols()),
            order: Vec::with_capacity(x.cols()),
            cuts: Vec::new(),
            goes_left: vec![false; rows],
            right: Vec::with_capacity(rows),
        };
        for feature in 0..x.cols() {
            let column = x.col(feature);
            let mut order: Vec<u32> = (0..rows as u32).collect();
            order.sort_by(|a, b| column[*a as usize].total_cmp(&column[*b as usize]));
            let mut values: Vec<f64> = Vec::new();
            let mut ranks = vec![0; rows];
            for row in &order {
                let value = column[*row as usize];
                // Not `total_cmp`: -0 and 0 are one value to a threshold.
                if values.last().is_none_or(|last| *last < value) {
                    values.push(value);
                }
                ranks[*row as usize] = values.len() as u32 - 1;
            }
            exact.values.push(values);
            exact.ranks.push(ranks);
            exact.order.push(order);
        }
        exact
    }

    /// The largest value that goes left at a split that was found here.
    pub fn threshold(&self, cut: u32) -> f64 {
        self.cuts[cut as usize].threshold
    }
}

impl Splitter for Exact<'_> {
    type Memo = ();

    /// Of equally good splits the one of the first feature is taken, and of its cuts the lowest.
    fn best(&mut self, rows: Range<usize>, counts: Counts, _: &mut ()) -> Option<Split> {
        let mut best: Option<(f64, u32, u32, u32, Counts)> = None;
        for (feature, order) in self.order.iter().enumerate() {
            let (order, ranks) = (&order[rows.clone()], &self.ranks[feature]);
            let mut left = Counts::default();
            for (at, row) in order.iter().enumerate().take(order.len() - 1) {
                match self.labels[*row as usize] {
                    0 => left.negative += 1,
                    _ => left.positive += 1,
                }
                let (low, high) = (ranks[*row as usize], ranks[order[at + 1] as usize]);
                let smaller = left.total().min(counts.total() - left.total());
                if low == high || smaller < self.min_samples_leaf {
                    continue;
                }
                let score = self.weights.split_purity(counts, left);
                if best.is_none_or(|(most, ..)| score > most) {
                    best = Some((score, feature as u32, low, high, left));
                }
            }
        }
        best.map(|(_, feature, low, high, left)| {
            let values = &self.values[feature as usize];
            let threshold = midpoint(values[low as usize], values[high as usize]);
            self.cuts.push(Cut { low, threshold });
            Split { feature, cut: self.cuts.len() as u32 - 1, left }
        })
    }

    fn divide(&mut self, rows: Range<usize>, split: &Split, _: ()) -> (usize, (), ()) {
        let low = self.cuts[split.cut as usize].low;
        let ranks = &self.ranks[split.feature as usize];
        for row in &self.order[split.feature as usize][rows.clone()] {
            self.goes_left[*row as usize] = ranks[*row as usize] <= low;
        }
        for order in &mut self.order {
            let order = &mut order[rows.clone()];
            self.right.clear();
            let mut left = 0;
            for at in 0..order.len() {
                let row = order[at];
                if self.goes_left[row as usize] {
                    order[left] = row;
                    left += 1;
                } else {
                    self.right.push(row);
                }
            }
            order[left..].copy_from_slice(&self.right);
        }
        (rows.start + split.left.total() as usize, (), ())
    }
}

/// The middle of two numbers, at least `low` and below `high`.
pub fn midpoint(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if middle >= low && middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_lies_between_whatever_the_numbers() {
        assert_eq!(midpoint(1.0, 2.0), 1.5);
        assert_eq!(midpoint(-f64::MAX, f64::MAX), 0.0);
        assert_eq!(midpoint(f64::MAX * 0.5, f64::MAX), f64::MAX * 0.75);
        let above = 1.0_f64.next_up();
        assert_eq!(midpoint(1.0, above), 1.0);
        let tiny = f64::from_bits(1);
        assert!((0.0..tiny).contains(&midpoint(0.0, tiny)));
        assert!((tiny..2.0 * tiny).contains(&midpoint(tiny, 2.0 * tiny)));
    }

    #[test]
    fn finds_the_cut_and_keeps_every_order() {
        let names = vec!["a".into(), "b".into()];
        let columns = vec![vec![5.0, 1.0, 4.0, 2.0, 3.0], vec![0.0, 0.0, 7.0, -0.0, 9.0]];
        let x = Matrix::new(names, columns).unwrap();
        let labels = [0, 0, 1, 0, 1];
        let mut exact = Exact::new(&x, &labels, ClassWeights::NONE, 1);
        let counts = Counts { negative: 3, positive: 2 };
        let split = exact.best(0..5, counts, &mut ()).unwrap();
        assert_eq!((split.feature, split.left), (1, Counts { negative: 3, positive: 0 }));
        assert_eq!(exact.threshold(split.cut), 3.5);
        assert_eq!(exact.divide(0..5, &split, ()).0, 3);
        assert_eq!(exact.order[0], [1, 3, 0, 4, 2]);
        assert_eq!(exact.order[1], [3, 0, 1, 2, 4]);
    }

    #[test]
    fn a_constant_feature_has_no_split() {
        let x = Matrix::new(vec!["a".into()], vec![vec![0.0, -0.0, 0.0]]).unwrap();
        let mut exact = Exact::new(&x, &[0, 1, 0], ClassWeights::NONE, 1);
        assert_eq!(exact.best(0..3, Counts { negative: 2, positive: 1 }, &mut ()), None);
    }
}
