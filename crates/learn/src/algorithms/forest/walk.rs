//! Rows down the trees, many at once.
//!
//! A row is binned once and then asked only about bins. A node is eight bytes; a leaf is its own child, so that rows
//! which have arrived wait there for the others and no branch has to tell them apart.

use super::super::tree::gini::ClassWeights;
use super::super::tree::grow::Sprout;
use super::bins::Bins;
use crate::Matrix;

/// Rows of a block: its bins stay in the cache while tree after tree is walked.
pub const BLOCK: usize = 4096;

/// Rows on their way at once: their loads wait for memory together.
const LANES: usize = 8;

/// Levels they go down before those that have arrived are let go.
const LEVELS: usize = 4;

/// One tree, to be walked.
#[derive(Clone, Debug, PartialEq)]
pub struct Walker {
    /// Low to high: 32 bits left child, 16 bits feature, 16 bits the last bin that goes left.
    nodes: Vec<u64>,
    probabilities: Vec<f64>,
}

impl Walker {
    /// From nodes in breadth-first order.
    pub fn new(sprouts: &[Sprout], weights: ClassWeights) -> Walker {
        let node = |(at, sprout): (usize, &Sprout)| match sprout.child {
            0 => at as u64 | u64::from(u16::MAX) << 48,
            child => {
                u64::from(child) | u64::from(sprout.feature) << 32 | u64::from(sprout.cut) << 48
            }
        };
        Walker {
            nodes: sprouts.iter().enumerate().map(node).collect(),
            probabilities: sprouts.iter().map(|s| weights.probability(s.counts)).collect(),
        }
    }

    /// The nodes as they are written: see the field.
    pub fn nodes(&self) -> &[u64] {
        &self.nodes
    }

    /// Left child, feature and cut of a node; none for a leaf.
    pub fn split(&self, at: usize) -> Option<(u32, u16, u16)> {
        let node = self.nodes[at];
        (node as u32 as usize != at).then_some((
            node as u32,
            (node >> 32) as u16,
            (node >> 48) as u16,
        ))
    }

    /// Calls `take` with each of `rows` of the block and the probability of its leaf, in that order.
    pub fn walk(&self, block: &Block, rows: &[u32], take: impl FnMut(u32, f64)) {
        match block {
            Block::Of8(bins) => self.lanes(rows, |row, feature| bins[row][feature & 7], take),
            Block::Of16(bins) => self.lanes(rows, |row, feature| bins[row][feature & 15], take),
            Block::Of32(bins) => self.lanes(rows, |row, feature| bins[row][feature & 31], take),
            Block::Wide { bins, columns } => {
                self.lanes(rows, |row, feature| bins[row * columns + feature], take);
            }
        }
    }

    #[inline(always)]
    fn lanes(
        &self,
        rows: &[u32],
        bin: impl Fn(usize, usize) -> u16,
        mut take: impl FnMut(u32, f64),
    ) {
        let step = |at: u32, row: u32| {
            let node = self.nodes[at as usize];
            let feature = (node >> 32) as usize & 0xffff;
            node as u32 + u32::from(u64::from(bin(row as usize, feature)) > node >> 48)
        };
        // Which of `rows` are still on their way, and where all of them are.
        let mut going: Vec<u32> = (0..rows.len() as u32).collect();
        let mut places = vec![0u32; rows.len()];
        while !going.is_empty() {
            let mut still = 0;
            for first in (0..going.len()).step_by(LANES) {
                let lanes = LANES.min(going.len() - first);
                let (mut at, mut row) = ([0; LANES], [0; LANES]);
                for lane in 0..lanes {
                    let index = going[first + lane] as usize;
                    (at[lane], row[lane]) = (places[index], rows[index]);
                }
                for _ in 0..LEVELS {
                    for lane in 0..LANES {
                        at[lane] = step(at[lane], row[lane]);
                    }
                }
                for lane in 0..lanes {
                    let index = going[first + lane];
                    places[index as usize] = at[lane];
                    // Written in any case, kept only if the row has not arrived: no branch to guess wrong.
                    going[still] = index;
                    still += usize::from(self.nodes[at[lane] as usize] as u32 != at[lane]);
                }
            }
            going.truncate(still);
        }
        for (row, place) in rows.iter().zip(places) {
            take(*row, self.probabilities[place as usize]);
        }
    }
}

/// The bins of some rows, row after row.
pub enum Block {
    /// Up to 8 columns.
    Of8(Vec<[u16; 8]>),
    /// Up to 16 columns.
    Of16(Vec<[u16; 16]>),
    /// Up to 32 columns.
    Of32(Vec<[u16; 32]>),
    /// Any number of columns.
    Wide {
        /// Row after row.
        bins: Vec<u16>,
        /// Bins of a row.
        columns: usize,
    },
}

impl Block {
    /// All rows in bin 0.
    pub fn new(columns: usize, rows: usize) -> Block {
        match columns {
            ..=8 => Block::Of8(vec![[0; 8]; rows]),
            9..=16 => Block::Of16(vec![[0; 16]; rows]),
            17..=32 => Block::Of32(vec![[0; 32]; rows]),
            _ => Block::Wide { bins: vec![0; rows * columns], columns },
        }
    }

    /// The rows of `x` from `first` on, as many as `rows`.
    pub fn of(x: &Matrix, bins: &Bins, first: usize, rows: usize) -> Block {
        let mut block = Block::new(bins.columns(), rows);
        for feature in 0..bins.columns() {
            for (row, value) in x.col(feature)[first..first + rows].iter().enumerate() {
                block.row(row)[feature] = bins.bin(feature, *value);
            }
        }
        block
    }

    /// Sets the bins of a row.
    pub fn set(&mut self, row: usize, bins: impl Iterator<Item = u16>) {
        self.row(row).iter_mut().zip(bins).for_each(|(place, bin)| *place = bin);
    }

    fn row(&mut self, row: usize) -> &mut [u16] {
        match self {
            Block::Of8(bins) => &mut bins[row],
            Block::Of16(bins) => &mut bins[row],
            Block::Of32(bins) => &mut bins[row],
            Block::Wide { bins, columns } => &mut bins[row * *columns..][..*columns],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::gini::Counts;
    use super::*;
    use crate::Rng;

    /// A tree of random questions, `levels` deep, whose left children are leaves.
    fn random(columns: usize, levels: u32, rng: &mut Rng) -> Vec<Sprout> {
        let counts = |rng: &mut Rng| Counts { negative: 1, positive: rng.below(99) as u32 };
        let leaf = |counts| Sprout { child: 0, feature: 0, cut: 0, counts };
        let mut sprouts = vec![leaf(counts(rng))];
        for level in 0..levels {
            let last = sprouts.len() - 1;
            let (feature, cut) = (rng.below(columns) as u32, rng.below(200) as u32);
            sprouts[last] = Sprout { child: 2 * level + 1, feature, cut, counts: counts(rng) };
            let two = [leaf(counts(rng)), leaf(counts(rng))];
            sprouts.extend(two);
        }
        sprouts
    }

    fn one_by_one(sprouts: &[Sprout], bins: &[u16]) -> f64 {
        let mut at = &sprouts[0];
        while at.child > 0 {
            let right = u32::from(bins[at.feature as usize]) > at.cut;
            at = &sprouts[at.child as usize + usize::from(right)];
        }
        ClassWeights::NONE.probability(at.counts)
    }

    #[test]
    fn many_at_once_arrive_where_each_alone_does() {
        let mut rng = Rng::new(8);
        for columns in [1, 8, 9, 16, 17, 32, 33, 70] {
            let sprouts = random(columns, 1 + rng.below(30) as u32, &mut rng);
            let walker = Walker::new(&sprouts, ClassWeights::NONE);
            let rows: Vec<Vec<u16>> =
                (0..100).map(|_| (0..columns).map(|_| rng.below(255) as u16).collect()).collect();
            let mut block = Block::new(columns, rows.len());
            for (row, bins) in rows.iter().enumerate() {
                block.set(row, bins.iter().copied());
            }
            let asked: Vec<u32> = (0..100).filter(|row| row % 3 > 0).collect();
            let mut told = Vec::new();
            walker.walk(&block, &asked, |row, p| told.push((row, p)));
            let expected: Vec<(u32, f64)> = asked
                .iter()
                .map(|row| (*row, one_by_one(&sprouts, &rows[*row as usize])))
                .collect();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_tree_of_one_leaf_tells_its_share() {
        let counts = Counts { negative: 1, positive: 3 };
        let walker =
            Walker::new(&[Sprout { child: 0, feature: 0, cut: 0, counts }], ClassWeights::NONE);
        let mut told = Vec::new();
        walker.walk(&Block::new(3, 20), &(0..20).collect::<Vec<_>>(), |_, p| told.push(p));
        assert_eq!(told, [0.75; 20]);
    }
}
