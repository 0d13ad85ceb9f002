//! A fitted forest: asked for probabilities, read tree by tree, written and read again.

use rayon::prelude::*;

use super::super::tree::gini::{ClassWeights, Counts};
use super::super::tree::grow::Sprout;
use super::super::tree::{Node, Tree, normalise};
use super::super::{Classifier, Trees};
use super::bins::Bins;
use super::block::{self, Block, alike};
use super::rows::Table;
use super::walk::Walker;
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

/// A fitted random forest.
pub struct Forest {
    bins: Bins,
    weights: ClassWeights,
    trees: Vec<Walker>,
    out_of_bag: Option<f64>,
}

impl Forest {
    /// Puts a forest together from trees over these bins.
    pub(super) fn new(
        bins: Bins,
        weights: ClassWeights,
        trees: Vec<Walker>,
        out_of_bag: Option<f64>,
    ) -> Forest {
        Forest { bins, weights, trees, out_of_bag }
    }

    /// The trees with real thresholds, one at a time. The forest's probability is the mean of their leaves'.
    pub fn trees(&self) -> impl ExactSizeIterator<Item = Tree> {
        self.trees.iter().map(|walker| self.tree(walker))
    }

    fn tree(&self, walker: &Walker) -> Tree {
        let node = |(at, counts): (usize, &Counts)| {
            let (probability, weight) =
                (self.weights.probability(*counts), self.weights.weight(*counts));
            match walker.split(at) {
                None => Node { feature: 0, threshold: 0.0, left: 0, right: 0, probability, weight },
                Some((left, feature, cut)) => Node {
                    feature: u32::from(feature),
                    threshold: self.bins.threshold(usize::from(feature), cut),
                    left,
                    right: left + 1,
                    probability,
                    weight,
                },
            }
        };
        Tree { nodes: walker.counts().iter().enumerate().map(node).collect() }
    }

    pub(super) fn load(reader: &Reader<'_>) -> Result<Forest, Error> {
        let bins = Bins::load(reader)?;
        let weights = match reader.f64s("class_weights")?[..] {
            [negative, positive]
                if [negative, positive].iter().all(|w| w.is_finite() && *w > 0.0) =>
            {
                ClassWeights { negative, positive }
            }
            _ => return Err(Error::ModelFile("as its class weights are not two numbers".into())),
        };
        let lengths = reader.u32s("tree_nodes")?;
        let nodes = reader.u64s("node")?;
        let (negative, positive) = (reader.u32s("negative")?, reader.u32s("positive")?);
        let out_of_bag = reader.f64s("out_of_bag")?.first().copied();
        let sum: u64 = lengths.iter().map(|length| u64::from(*length)).sum();
        let agree = [nodes.len(), negative.len(), positive.len()].iter().all(|n| *n as u64 == sum);
        if !agree || lengths.is_empty() {
            return Err(unsound());
        }
        let mut trees = Vec::with_capacity(lengths.len());
        let mut first = 0;
        for length in lengths {
            let range = first..first + length as usize;
            first = range.end;
            let counts = negative[range.clone()].iter().zip(&positive[range.clone()]);
            let sprouts = sprouts(&nodes[range], counts, &bins).ok_or_else(unsound)?;
            let leaves = sprouts.iter().filter(|sprout| sprout.child == 0);
            // The counts of the other nodes are sums of these.
            if leaves.map(|leaf| u64::from(leaf.counts.total())).sum::<u64>() > u32::MAX.into() {
                return Err(unsound());
            }
            trees.push(Walker::new(&sprouts, weights));
        }
        Ok(Forest { bins, weights, trees, out_of_bag })
    }
}

fn unsound() -> Error {
    Error::ModelFile("as the nodes of its trees do not fit together".into())
}

/// A node as it is written, low to high: 32 bits left child, 16 bits feature, 16 bits the last bin that goes left. A
/// leaf is its own child.
fn written(at: usize, split: Option<(u32, u16, u16)>) -> u64 {
    let (child, feature, cut) = split.unwrap_or((at as u32, 0, u16::MAX));
    u64::from(child) | u64::from(feature) << 32 | u64::from(cut) << 48
}

/// The nodes of a tree, if every walk ends in a leaf and every number lies within what it points to.
fn sprouts<'a>(
    nodes: &[u64],
    counts: impl Iterator<Item = (&'a u32, &'a u32)>,
    bins: &Bins,
) -> Option<Vec<Sprout>> {
    if nodes.is_empty() || bins.columns() == 0 {
        return None;
    }
    let sprout = |(at, (node, (negative, positive))): (usize, (&u64, (&u32, &u32)))| {
        negative.checked_add(*positive).filter(|total| *total > 0)?;
        let counts = Counts { negative: *negative, positive: *positive };
        let (child, feature, cut) = (*node as u32, (node >> 32) as u16, (node >> 48) as u16);
        if child as usize == at {
            return Some(Sprout { child: 0, feature: 0, cut: 0, counts });
        }
        let known = usize::from(feature) < bins.columns()
            && usize::from(cut) + 1 < bins.count(usize::from(feature));
        let later = child as usize > at && (child as usize) < nodes.len() - 1;
        (known && later).then_some(Sprout {
            child,
            feature: u32::from(feature),
            cut: u32::from(cut),
            counts,
        })
    };
    nodes.iter().zip(counts).enumerate().map(sprout).collect()
}

impl Classifier for Forest {
    fn trees(&self) -> Option<Trees<'_>> {
        Some(Box::new(Forest::trees(self)))
    }

    fn probabilities(&self, x: &Matrix) -> Vec<f64> {
        let table = Table::new(x, &self.bins);
        let order = alike(&table, &self.bins);
        let means: Vec<Vec<f64>> = order
            .par_chunks(block::length(order.len()))
            .map(|rows| {
                let block = Block::of(&table, rows);
                // Rows like the one before them go the same way: a log of knocks has few others.
                let others = block.others();
                let mut sums = vec![0.0; rows.len()];
                for tree in &self.trees {
                    tree.walk(&block, &others, |row, p| sums[row as usize] += p);
                }
                let mut others = others.into_iter().peekable();
                let mut mean = 0.0;
                for (row, sum) in (0..).zip(&mut sums) {
                    if others.next_if_eq(&row).is_some() {
                        mean = *sum / self.trees.len() as f64;
                    }
                    *sum = mean;
                }
                sums
            })
            .collect();
        let mut probabilities = vec![0.0; x.rows()];
        for (row, mean) in order.iter().zip(means.iter().flatten()) {
            probabilities[*row as usize] = *mean;
        }
        probabilities
    }

    /// The mean over the trees of the mean decrease in impurity.
    fn importances(&self) -> Option<Vec<f64>> {
        let mut sums = vec![0.0; self.bins.columns()];
        for tree in self.trees() {
            let importances = tree.importances(self.bins.columns());
            sums.iter_mut().zip(importances).for_each(|(sum, value)| *sum += value);
        }
        normalise(&mut sums);
        Some(sums)
    }

    fn columns(&self) -> Option<usize> {
        Some(self.bins.columns())
    }

    fn save<'a>(&'a self, writer: &mut Writer<'a>) {
        let lengths: Vec<u32> = self.trees.iter().map(|tree| tree.len() as u32).collect();
        let all = lengths.iter().map(|length| *length as usize).sum();
        self.bins.save(writer);
        writer.f64s("class_weights", &[self.weights.negative, self.weights.positive]);
        writer.f64s("out_of_bag", self.out_of_bag.as_slice());
        writer.u32s("tree_nodes", &lengths);
        // A large forest is not held twice while it is written.
        let nodes = |tree: &'a Walker| (0..tree.len()).map(move |at| written(at, tree.split(at)));
        writer.u64s_of("node", all, self.trees.iter().flat_map(nodes));
        for (name, of) in [
            ("negative", (|counts| counts.negative) as fn(Counts) -> u32),
            ("positive", |counts| counts.positive),
        ] {
            let counts = move |tree: &'a Walker| tree.counts().into_iter().map(of);
            writer.u32s_of(name, all, self.trees.iter().flat_map(counts));
        }
    }

    fn algorithm(&self) -> &'static str {
        super::NAME
    }

    fn out_of_bag(&self) -> Option<f64> {
        self.out_of_bag
    }
}
