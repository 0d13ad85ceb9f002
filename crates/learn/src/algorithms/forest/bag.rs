//! Which rows each tree sees, and what the trees say of rows they have not seen.

use rayon::prelude::*;

use super::block::{self, Block};
use super::rows::{Table, Tag};
use super::walk::Walker;
use crate::Rng;

/// How often each row is drawn when `rows` rows are drawn with replacement.
pub fn bootstrap(rng: &mut Rng, rows: usize) -> Vec<u16> {
    let mut draws = vec![0u16; rows];
    for _ in 0..rows {
        let drawn = &mut draws[rng.below(rows)];
        *drawn = (*drawn + 1).min(Tag::MOST);
    }
    draws
}

/// The rows a tree has not seen, one bit each.
pub struct Unseen(Vec<u64>);

impl Unseen {
    /// The rows that were not drawn.
    pub fn new(draws: &[u16]) -> Unseen {
        let word = |part: &[u16]| {
            part.iter()
                .enumerate()
                .fold(0, |word, (bit, draws)| word | u64::from(*draws == 0) << bit)
        };
        Unseen(draws.chunks(64).map(word).collect())
    }

    fn contains(&self, row: usize) -> bool {
        self.0[row / 64] >> (row % 64) & 1 == 1
    }
}

/// The share of rows told right by the mean of the trees that had not seen them, among the rows that some tree had
/// not seen; none if there is no such row. A mean of one half tells label 0. The order of the rows is a matter of time
/// only.
pub fn accuracy(
    trees: &[(&Walker, &Unseen)],
    table: &Table,
    order: &[u32],
    y: &[u8],
) -> Option<f64> {
    let (right, told) = order
        .par_chunks(block::length(order.len()))
        .map(|order| {
            let block = Block::of(table, order);
            let mut sums = vec![(0.0, 0u32); order.len()];
            let mut unseen = Vec::with_capacity(order.len());
            for (walker, rows) in trees {
                unseen.clear();
                let of_block = order.iter().zip(0..);
                unseen.extend(
                    of_block.filter(|(row, _)| rows.contains(**row as usize)).map(|(_, at)| at),
                );
                walker.walk(&block, &unseen, |row, probability| {
                    let (sum, trees) = &mut sums[row as usize];
                    *sum += probability;
                    *trees += 1;
                });
            }
            let labels = order.iter().map(|row| y[*row as usize]);
            let told = || sums.iter().zip(labels.clone()).filter(|((_, trees), _)| *trees > 0);
            let right = told()
                .filter(|((sum, trees), label)| (sum / f64::from(*trees) > 0.5) == (*label == 1));
            (right.count(), told().count())
        })
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    (told > 0).then(|| right as f64 / told as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bootstrap_draws_as_many_as_there_are_and_leaves_a_third_out() {
        let draws = bootstrap(&mut Rng::new(4), 10_000);
        assert_eq!(draws.iter().map(|draws| u32::from(*draws)).sum::<u32>(), 10_000);
        let out = draws.iter().filter(|draws| **draws == 0).count();
        // (1 - 1/n)^n tends to 1/e.
        assert!((3_500..3_860).contains(&out), "{out}");
    }

    #[test]
    fn rows_not_drawn_are_unseen() {
        let mut draws = vec![1; 130];
        draws[0] = 0;
        draws[129] = 0;
        let unseen = Unseen::new(&draws);
        let rows: Vec<usize> = (0..130).filter(|row| unseen.contains(*row)).collect();
        assert_eq!(rows, [0, 129]);
    }
}
