//! A fitted forest: asked for probabilities, read tree by tree, written and read again.

use rayon::prelude::*;

use super::super::Classifier;
use super::super::tree::gini::{ClassWeights, Counts};
use super::super::tree::grow::Sprout;
use super::super::tree::{Node, Tree, normalise};
use super::bins::Bins;
use super::walk::{BLOCK, Block, Walker};
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

/// A fitted random forest.
pub struct Forest {
    bins: Bins,
    weights: ClassWeights,
    trees: Vec<Grown>,
    out_of_bag: Option<f64>,
}

/// A tree with the draws that reached each node.
pub(super) struct Grown {
    walker: Walker,
    counts: Vec<Counts>,
}

impl Grown {
    pub(super) fn new(sprouts: &[Sprout], weights: ClassWeights) -> Grown {
        let counts = sprouts.iter().map(|sprout| sprout.counts).collect();
        Grown { walker: Walker::new(sprouts, weights), counts }
    }

    pub(super) fn walker(&self) -> &Walker {
        &self.walker
    }
}

impl Forest {
    /// Puts a forest together from trees over these bins.
    pub(super) fn new(
        bins: Bins,
        weights: ClassWeights,
        trees: Vec<Grown>,
        out_of_bag: Option<f64>,
    ) -> Forest {
        Forest { bins, weights, trees, out_of_bag }
    }

    /// The trees with real thresholds, one at a time. The forest's probability is the mean of their leaves'.
    pub fn trees(&self) -> impl ExactSizeIterator<Item = Tree> {
        self.trees.iter().map(|grown| self.tree(grown))
    }

    fn tree(&self, grown: &Grown) -> Tree {
        let node = |(at, counts): (usize, &Counts)| {
            let (probability, weight) =
                (self.weights.probability(*counts), self.weights.weight(*counts));
            match grown.walker.split(at) {
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
        Tree { nodes: grown.counts.iter().enumerate().map(node).collect() }
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
            trees.push(Grown::new(&sprouts, weights));
        }
        Ok(Forest { bins, weights, trees, out_of_bag })
    }
}

fn unsound() -> Error {
    Error::ModelFile("as the nodes of its trees do not fit together".into())
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
    fn trees(&self) -> Option<Vec<Tree>> {
        Some(Forest::trees(self).collect())
    }

    fn probabilities(&self, x: &Matrix) -> Vec<f64> {
        let mut probabilities = vec![0.0; x.rows()];
        probabilities.par_chunks_mut(BLOCK).enumerate().for_each(|(index, part)| {
            let block = Block::of(x, &self.bins, index * BLOCK, part.len());
            let rows: Vec<u32> = (0..part.len() as u32).collect();
            for tree in &self.trees {
                tree.walker.walk(&block, &rows, |row, p| part[row as usize] += p);
            }
            part.iter_mut().for_each(|sum| *sum /= self.trees.len() as f64);
        });
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

    fn save(&self, writer: &mut Writer) {
        let lengths: Vec<u32> = self.trees.iter().map(|tree| tree.counts.len() as u32).collect();
        let nodes: Vec<u64> =
            self.trees.iter().flat_map(|tree| tree.walker.nodes()).copied().collect();
        let counts = |of: fn(&Counts) -> u32| {
            self.trees.iter().flat_map(|tree| tree.counts.iter().map(of)).collect::<Vec<u32>>()
        };
        self.bins.save(writer);
        writer.f64s("class_weights", &[self.weights.negative, self.weights.positive]);
        writer.f64s("out_of_bag", self.out_of_bag.as_slice());
        writer.u32s("tree_nodes", &lengths);
        writer.u64s("node", &nodes);
        writer.u32s("negative", &counts(|counts| counts.negative));
        writer.u32s("positive", &counts(|counts| counts.positive));
    }

    fn algorithm(&self) -> &'static str {
        super::NAME
    }

    fn out_of_bag(&self) -> Option<f64> {
        self.out_of_bag
    }
}
