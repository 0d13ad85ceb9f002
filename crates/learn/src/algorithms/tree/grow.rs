//! The order in which a tree grows, whoever finds the splits: depth first, or the best leaf first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::gini::{ClassWeights, Counts};

/// When a node is not split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Splits on the longest way down; none = grown until the leaves are pure.
    pub max_depth: Option<usize>,
    /// Leaves at most; when set, the leaf whose split helps most is split first.
    pub max_leaf_nodes: Option<usize>,
    /// Rows a node must hold to be split.
    pub min_samples_split: u32,
    /// Rows either side of a split must hold.
    pub min_samples_leaf: u32,
}

impl Limits {
    fn allow(&self, counts: Counts, depth: usize) -> bool {
        !counts.is_pure()
            && counts.total() >= self.min_samples_split
            && counts.total() / 2 >= self.min_samples_leaf
            && self.max_depth.is_none_or(|deepest| depth < deepest)
    }
}

/// A way to part the rows of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// The column that is asked for.
    pub feature: u32,
    /// Rows whose bin (or rank) is at most this go left.
    pub cut: u32,
    /// Rows that go left.
    pub left: Counts,
}

/// Finds splits and parts rows. The rows of a node stand side by side.
pub trait Splitter {
    /// What a node hands on to its children.
    type Memo: Default;

    /// The best allowed split of the node, or none.
    fn best(&mut self, rows: Range<usize>, counts: Counts, memo: &mut Self::Memo) -> Option<Split>;

    /// Moves the rows that go left to the front; gives where the right ones begin, and the children's memos.
    fn divide(
        &mut self,
        rows: Range<usize>,
        split: &Split,
        memo: Self::Memo,
    ) -> (usize, Self::Memo, Self::Memo);
}

/// A node while it grows: children stand next to each other, `child` is the left one, 0 makes it a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sprout {
    pub child: u32,
    pub feature: u32,
    pub cut: u32,
    pub counts: Counts,
}

impl Sprout {
    fn leaf(counts: Counts) -> Sprout {
        Sprout { child: 0, feature: 0, cut: 0, counts }
    }
}

/// A node that is not yet decided on.
struct Bud<M> {
    node: usize,
    rows: Range<usize>,
    counts: Counts,
    depth: usize,
    memo: M,
}

/// Grows one tree over `rows` rows; the nodes come in breadth-first order.
pub fn grow<S: Splitter>(
    splitter: &mut S,
    rows: usize,
    counts: Counts,
    limits: &Limits,
    weights: ClassWeights,
) -> Vec<Sprout> {
    let mut nodes = vec![Sprout::leaf(counts)];
    let root = Bud { node: 0, rows: 0..rows, counts, depth: 0, memo: S::Memo::default() };
    match limits.max_leaf_nodes {
        None => depth_first(splitter, &mut nodes, root, limits),
        Some(leaves) => best_first(splitter, &mut nodes, root, limits, leaves, weights),
    }
    breadth_first(&nodes)
}

fn depth_first<S: Splitter>(
    splitter: &mut S,
    nodes: &mut Vec<Sprout>,
    root: Bud<S::Memo>,
    limits: &Limits,
) {
    let mut stack = vec![root];
    while let Some(mut bud) = stack.pop() {
        if let Some(split) = find(splitter, &mut bud, limits) {
            let (left, right) = divide(splitter, nodes, bud, &split);
            stack.push(right);
            stack.push(left);
        }
    }
}

fn best_first<S: Splitter>(
    splitter: &mut S,
    nodes: &mut Vec<Sprout>,
    root: Bud<S::Memo>,
    limits: &Limits,
    max_leaves: usize,
    weights: ClassWeights,
) {
    let mut heap = BinaryHeap::new();
    let offer = |heap: &mut BinaryHeap<_>, splitter: &mut S, mut bud: Bud<S::Memo>| {
        if let Some(split) = find(splitter, &mut bud, limits) {
            let gain = weights.decrease(bud.counts, split.left);
            heap.push(Offer { gain, split, bud });
        }
    };
    offer(&mut heap, splitter, root);
    let mut leaves = 1;
    while leaves < max_leaves
        && let Some(Offer { split, bud, .. }) = heap.pop()
    {
        let (left, right) = divide(splitter, nodes, bud, &split);
        offer(&mut heap, splitter, left);
        offer(&mut heap, splitter, right);
        leaves += 1;
    }
}

fn find<S: Splitter>(splitter: &mut S, bud: &mut Bud<S::Memo>, limits: &Limits) -> Option<Split> {
    if !limits.allow(bud.counts, bud.depth) {
        return None;
    }
    splitter.best(bud.rows.clone(), bud.counts, &mut bud.memo)
}

fn divide<S: Splitter>(
    splitter: &mut S,
    nodes: &mut Vec<Sprout>,
    bud: Bud<S::Memo>,
    split: &Split,
) -> (Bud<S::Memo>, Bud<S::Memo>) {
    let Bud { node, rows, counts, depth, memo } = bud;
    let (middle, left_memo, right_memo) = splitter.divide(rows.clone(), split, memo);
    let child = nodes.len();
    let right_counts = counts.minus(split.left);
    nodes[node] = Sprout { child: child as u32, feature: split.feature, cut: split.cut, counts };
    nodes.push(Sprout::leaf(split.left));
    nodes.push(Sprout::leaf(right_counts));
    let depth = depth + 1;
    (
        Bud { node: child, rows: rows.start..middle, counts: split.left, depth, memo: left_memo },
        Bud {
            node: child + 1,
            rows: middle..rows.end,
            counts: right_counts,
            depth,
            memo: right_memo,
        },
    )
}

/// The same tree with its nodes level by level: the nodes that most rows pass lie close together.
fn breadth_first(nodes: &[Sprout]) -> Vec<Sprout> {
    let mut ordered = Vec::with_capacity(nodes.len());
    ordered.push(nodes[0]);
    let mut next = 0;
    while next < ordered.len() {
        let old = ordered[next].child as usize;
        if old != 0 {
            ordered[next].child = ordered.len() as u32;
            ordered.extend_from_slice(&nodes[old..old + 2]);
        }
        next += 1;
    }
    ordered
}

/// A split that waits for its turn: the largest decrease first, then the older node.
struct Offer<M> {
    gain: f64,
    split: Split,
    bud: Bud<M>,
}

impl<M> Ord for Offer<M> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then(other.bud.node.cmp(&self.bud.node))
    }
}

impl<M> PartialOrd for Offer<M> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<M> PartialEq for Offer<M> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<M> Eq for Offer<M> {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows are labels in value order; every cut between two rows is a split.
    struct Labels(Vec<u8>);

    impl Splitter for Labels {
        type Memo = ();

        fn best(&mut self, rows: Range<usize>, counts: Counts, _: &mut ()) -> Option<Split> {
            let mut left = Counts::default();
            let mut best: Option<(f64, Split)> = None;
            for at in rows.start..rows.end - 1 {
                match self.0[at] {
                    0 => left.negative += 1,
                    _ => left.positive += 1,
                }
                let score = ClassWeights::NONE.split_purity(counts, left);
                if best.is_none_or(|(most, _)| score > most) {
                    best = Some((score, Split { feature: 0, cut: at as u32, left }));
                }
            }
            best.map(|(_, split)| split)
        }

        fn divide(&mut self, _: Range<usize>, split: &Split, _: ()) -> (usize, (), ()) {
            (split.cut as usize + 1, (), ())
        }
    }

    const LIMITS: Limits =
        Limits { max_depth: None, max_leaf_nodes: None, min_samples_split: 2, min_samples_leaf: 1 };

    fn grown(labels: &[u8], limits: Limits) -> Vec<Sprout> {
        let positive = labels.iter().filter(|label| **label == 1).count() as u32;
        let counts = Counts { negative: labels.len() as u32 - positive, positive };
        let mut splitter = Labels(labels.to_vec());
        grow(&mut splitter, labels.len(), counts, &limits, ClassWeights::NONE)
    }

    fn leaves(nodes: &[Sprout]) -> usize {
        nodes.iter().filter(|node| node.child == 0).count()
    }

    #[test]
    fn grows_to_pure_leaves_in_breadth_first_order() {
        let nodes = grown(&[0, 0, 0, 1, 0, 1, 1, 1], LIMITS);
        assert!(nodes.iter().filter(|node| node.child == 0).all(|node| node.counts.is_pure()));
        let children: Vec<u32> =
            nodes.iter().map(|node| node.child).filter(|child| *child > 0).collect();
        assert!(children.windows(2).all(|pair| pair[0] + 2 == pair[1]));
        assert_eq!(children[0], 1);
    }

    #[test]
    fn without_a_bound_that_binds_both_orders_give_the_same_tree() {
        let labels = [0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0];
        let best = grown(&labels, Limits { max_leaf_nodes: Some(100), ..LIMITS });
        assert_eq!(best, grown(&labels, LIMITS));
    }

    #[test]
    fn the_leaf_that_helps_most_is_split_first() {
        // The root parts 1011011 | 001: splitting the left side gains 0.46, splitting the right one 1.33.
        let labels = [1, 0, 1, 1, 0, 1, 1, 0, 0, 1];
        let nodes = grown(&labels, Limits { max_leaf_nodes: Some(3), ..LIMITS });
        assert_eq!(leaves(&nodes), 3);
        assert_eq!((nodes[0].cut, nodes[2].cut), (6, 8));
        assert_eq!((nodes[1].child, nodes[2].child), (0, 3));
    }

    #[test]
    fn limits_hold() {
        let labels = [0, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0];
        assert_eq!(grown(&labels, Limits { max_depth: Some(1), ..LIMITS }).len(), 3);
        assert_eq!(grown(&labels, Limits { max_depth: Some(0), ..LIMITS }).len(), 1);
        assert_eq!(grown(&labels, Limits { max_leaf_nodes: Some(1), ..LIMITS }).len(), 1);
        assert_eq!(grown(&labels, Limits { min_samples_split: 13, ..LIMITS }).len(), 1);
        assert_eq!(grown(&labels, Limits { min_samples_leaf: 7, ..LIMITS }).len(), 1);
        assert_eq!(grown(&[1, 1, 1], LIMITS).len(), 1);
    }
}
