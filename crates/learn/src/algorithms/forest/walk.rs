//! Rows down the trees, many at once.
//!
//! A row is binned once and then asked only about bins. A node is eight bytes; a leaf is its own child, so that rows
//! which have arrived wait there for the others and no branch has to tell them apart.

use std::collections::HashMap;

use super::super::tree::gini::{ClassWeights, Counts};
use super::super::tree::grow::Sprout;
use super::bins::MOST;
use super::block::{Block, Record};

/// Rows on their way at once: their loads wait for memory together.
const LANES: usize = 8;

/// Levels they go down before those that have arrived are let go.
const LEVELS: usize = 8;

/// No bin lies above a cut with these bits: a row never leaves a leaf.
const LEAF: u16 = 0xf000;
const _: () = assert!(MOST <= LEAF as usize);

/// A node. Rows whose bin of `feature` is above `cut` go to `child + 1`, the others to `child`.
///
/// A leaf is its own child. Trees have many leaves but few different ones, so `feature` and the low bits of `cut`
/// number the leaf's entry in the table of them; 28 bits are enough, as so many different counts would need more
/// rows than a forest takes. All three are parts of one number, low to high, so that a step loads a node once: loads are
/// what a walk has most of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Node(u64);

impl Node {
    fn new(child: u32, feature: u16, cut: u16) -> Node {
        Node(u64::from(child) | u64::from(feature) << 32 | u64::from(cut) << 48)
    }

    fn leaf(at: usize, entry: u32) -> Node {
        Node::new(at as u32, entry as u16, LEAF | (entry >> 16) as u16)
    }

    #[inline(always)]
    fn child(self) -> u32 {
        self.0 as u32
    }

    #[inline(always)]
    fn feature(self) -> u16 {
        (self.0 >> 32) as u16
    }

    #[inline(always)]
    fn cut(self) -> u16 {
        (self.0 >> 48) as u16
    }

    fn entry(self) -> u32 {
        u32::from(self.feature()) | u32::from(self.cut() & !LEAF) << 16
    }
}

/// One tree, to be walked.
#[derive(Clone, Debug, PartialEq)]
pub struct Walker {
    nodes: Vec<Node>,
    /// The different leaves.
    leaves: Vec<Counts>,
    probabilities: Vec<f64>,
}

impl Walker {
    /// From nodes in breadth-first order.
    pub fn new(sprouts: &[Sprout], weights: ClassWeights) -> Walker {
        let mut leaves = Vec::new();
        let mut entries = HashMap::new();
        let node = |(at, sprout): (usize, &Sprout)| match sprout.child {
            0 => {
                let counts = sprout.counts;
                let entry =
                    entries.entry((counts.negative, counts.positive)).or_insert_with(|| {
                        leaves.push(counts);
                        leaves.len() as u32 - 1
                    });
                Node::leaf(at, *entry)
            }
            child => Node::new(child, sprout.feature as u16, sprout.cut as u16),
        };
        let nodes = sprouts.iter().enumerate().map(node).collect();
        let probabilities = leaves.iter().map(|counts| weights.probability(*counts)).collect();
        Walker { nodes, leaves, probabilities }
    }

    /// How many nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Left child, feature and cut of a node; none for a leaf.
    pub fn split(&self, at: usize) -> Option<(u32, u16, u16)> {
        let node = self.nodes[at];
        (node.child() as usize != at).then_some((node.child(), node.feature(), node.cut()))
    }

    /// The draws that reached each node.
    pub fn counts(&self) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.nodes.len()];
        // Children stand after their parents.
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let child = node.child() as usize;
            counts[at] = match child == at {
                true => self.leaves[node.entry() as usize],
                false => counts[child].plus(counts[child + 1]),
            };
        }
        counts
    }

    /// Calls `take` with each of `rows` of the block and the probability of its leaf, in that order.
    pub fn walk(&self, block: &Block, rows: &[u32], mut take: impl FnMut(u32, f64)) {
        let entries = match block {
            Block::Of8(bins) => self.entries(rows, |row| &bins[row]),
            Block::Of16(bins) => self.entries(rows, |row| &bins[row]),
            Block::Of32(bins) => self.entries(rows, |row| &bins[row]),
            Block::Wide { bins, width } => self.entries(rows, |row| &bins[row * width..][..*width]),
        };
        for (row, entry) in rows.iter().zip(entries) {
            take(*row, self.probabilities[entry as usize]);
        }
    }

    /// The entry of the leaf of each row.
    fn entries<'a, R: Record + ?Sized + 'a>(
        &self,
        rows: &[u32],
        record: impl Fn(usize) -> &'a R,
    ) -> Vec<u32> {
        let mut entries = vec![0; rows.len()];
        // Those still on their way: which of `rows`, and at which node.
        let mut going: Vec<(u32, u32)> = (0..rows.len() as u32).map(|index| (index, 0)).collect();
        while let Some(first) = going.first().copied() {
            // The same row once more changes nothing.
            going.resize(going.len().next_multiple_of(LANES), first);
            let mut still = 0;
            for begin in (0..going.len()).step_by(LANES) {
                let lanes: [(u32, u32); LANES] = std::array::from_fn(|lane| going[begin + lane]);
                let records: [&R; LANES] =
                    std::array::from_fn(|lane| record(rows[lanes[lane].0 as usize] as usize));
                let mut at: [u32; LANES] = std::array::from_fn(|lane| lanes[lane].1);
                for _ in 0..LEVELS {
                    for lane in 0..LANES {
                        let node = self.nodes[at[lane] as usize];
                        let right = records[lane].bin(usize::from(node.feature())) > node.cut();
                        at[lane] = node.child() + u32::from(right);
                    }
                }
                for lane in 0..LANES {
                    let (index, at) = (lanes[lane].0, at[lane]);
                    let node = self.nodes[at as usize];
                    // Written in any case, but right or kept only if the row has arrived or has not: no branch to
                    // guess wrong.
                    entries[index as usize] = node.entry();
                    going[still] = (index, at);
                    still += usize::from(node.child() != at);
                }
            }
            going.truncate(still);
        }
        entries
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
