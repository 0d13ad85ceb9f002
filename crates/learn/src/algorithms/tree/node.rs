//! A grown tree as anyone may read it: nodes with real thresholds.

/// One node of a [`Tree`]. A row goes left when `row[feature] <= threshold`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// The column that is asked for; 0 in a leaf.
    pub feature: u32,
    /// The largest value that goes left; 0 in a leaf.
    pub threshold: f64,
    /// Index of the left child; 0 in a leaf (the root is nobody's child).
    pub left: u32,
    /// Index of the right child; 0 in a leaf.
    pub right: u32,
    /// Weighted share of rows with label 1 among the training rows that reach the node.
    pub probability: f64,
    /// Weight of the training rows that reach the node.
    pub weight: f64,
}

impl Node {
    /// Whether rows end here.
    pub fn is_leaf(&self) -> bool {
        self.left == 0
    }

    /// `weight x gini`.
    fn impurity(&self) -> f64 {
        self.weight * 2.0 * self.probability * (1.0 - self.probability)
    }
}

/// Nodes in breadth-first order: the root is first and children stand after their parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// At least one node.
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The leaf in which a row ends. `row` has a value for every feature the tree asks for.
    pub fn leaf(&self, row: impl Fn(usize) -> f64) -> &Node {
        let mut node = &self.nodes[0];
        while !node.is_leaf() {
            let left = row(node.feature as usize) <= node.threshold;
            node = &self.nodes[if left { node.left } else { node.right } as usize];
        }
        node
    }

    /// Mean decrease in impurity by feature, summing to 1; all zero when nothing was split.
    pub fn importances(&self, features: usize) -> Vec<f64> {
        let mut sums = vec![0.0; features];
        for node in self.nodes.iter().filter(|node| !node.is_leaf()) {
            let (left, right) = (&self.nodes[node.left as usize], &self.nodes[node.right as usize]);
            sums[node.feature as usize] += node.impurity() - left.impurity() - right.impurity();
        }
        normalise(&mut sums);
        sums
    }
}

impl Tree {
    /// Leaves of the tree.
    pub fn leaves(&self) -> usize {
        self.nodes.iter().filter(|node| node.is_leaf()).count()
    }

    /// Splits on the longest way from the root to a leaf.
    pub fn depth(&self) -> usize {
        let mut depth = vec![0; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| !node.is_leaf()) {
            depth[node.left as usize] = depth[index] + 1;
            depth[node.right as usize] = depth[index] + 1;
        }
        depth.into_iter().max().unwrap_or(0)
    }
}

/// Divides by the sum, when there is one.
pub fn normalise(values: &mut [f64]) {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value /= sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(probability: f64, weight: f64) -> Node {
        Node { feature: 0, threshold: 0.0, left: 0, right: 0, probability, weight }
    }

    fn example() -> Tree {
        let split = |feature, threshold, left, probability, weight| Node {
            feature,
            threshold,
            left,
            right: left + 1,
            probability,
            weight,
        };
        Tree {
            nodes: vec![
                split(1, 0.5, 1, 0.5, 8.0),
                leaf(0.0, 3.0),
                split(0, 2.0, 3, 0.8, 5.0),
                leaf(1.0, 4.0),
                leaf(0.0, 1.0),
            ],
        }
    }

    #[test]
    fn a_value_on_the_threshold_goes_left() {
        let tree = example();
        let at = |row: [f64; 2]| tree.leaf(|feature| row[feature]).probability;
        assert_eq!(at([9.0, 0.5]), 0.0);
        assert_eq!(at([2.0, 0.6]), 1.0);
        assert_eq!(at([2.1, 0.6]), 0.0);
    }

    #[test]
    fn importances_by_hand() {
        // Root: 8 x 0.5 - 5 x 0.32 = 2.4 on feature 1. Second: 5 x 0.32 - 0 = 1.6 on feature 0.
        let importances = example().importances(3);
        assert!((importances[0] - 0.4).abs() < 1e-12);
        assert!((importances[1] - 0.6).abs() < 1e-12);
        assert_eq!(importances[2], 0.0);
    }

    #[test]
    fn size() {
        assert_eq!((example().leaves(), example().depth()), (3, 2));
        let stump = Tree { nodes: vec![leaf(0.25, 4.0)] };
        assert_eq!((stump.leaves(), stump.depth()), (1, 0));
        assert_eq!(stump.importances(2), [0.0, 0.0]);
    }
}
