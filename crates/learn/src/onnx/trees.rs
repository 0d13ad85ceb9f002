//! Trees as a graph: label and probabilities.
//!
//! `TreeEnsembleClassifier` sums the leaves and says 1 where the sum is above a half; the pipeline takes the mean and says
//! 1 where it is a half or more. So that both say the same to the last bit, every leaf is divided by the next power of two
//! above the number of trees, which rounds nothing, and a last tree of one leaf lifts the sum so that it lies just above a
//! half exactly where the mean is a half or more. A single weight a leaf, of class 0 by its number, is how the operator
//! wants two classes: with a weight for each class, the labels are wrong.

use super::graph::{Graph, Name};
use super::message::{Attribute, Type};
use crate::algorithms::Trees;

/// The arrays of the operator, a node each.
#[derive(Default)]
struct Arrays {
    tree: Vec<i64>,
    node: Vec<i64>,
    feature: Vec<i64>,
    threshold: Vec<f64>,
    mode: Vec<&'static str>,
    yes: Vec<i64>,
    no: Vec<i64>,
    leaf_tree: Vec<i64>,
    leaf_node: Vec<i64>,
    weight: Vec<f64>,
}

impl Arrays {
    fn add(&mut self, tree: i64, node: i64, split: Option<(i64, f64, i64, i64)>) {
        let (feature, threshold, yes, no) = split.unwrap_or_default();
        self.tree.push(tree);
        self.node.push(node);
        self.feature.push(feature);
        self.threshold.push(threshold);
        self.mode.push(if split.is_some() { "BRANCH_LEQ" } else { "LEAF" });
        self.yes.push(yes);
        self.no.push(no);
    }

    fn leaf(&mut self, tree: i64, node: i64, weight: f64) {
        self.add(tree, node, None);
        self.leaf_tree.push(tree);
        self.leaf_node.push(node);
        self.weight.push(weight);
    }
}

/// Label (whole, `[rows]`) and probabilities of both labels (32 bits, `[rows, 2]`) of the rows of a matrix.
pub fn classify(graph: &mut Graph, trees: Trees<'_>, matrix: &str) -> (Name, Name) {
    let length = trees.len();
    let count = length.max(1);
    let power = count.next_power_of_two() as f64;
    let half = count as f64 / (2.0 * power);
    // The operator says 1 above 0.5; the next number above it is 0.5 + 2^-53.
    let lift = 0.5 - half + f64::EPSILON / 2.0;
    let mut arrays = Arrays::default();
    for (tree, number) in trees.zip(0..) {
        for (node, at) in tree.nodes.iter().zip(0..) {
            if node.is_leaf() {
                arrays.leaf(number, at, node.probability / power);
            } else {
                let (yes, no) = (node.left.into(), node.right.into());
                arrays.add(number, at, Some((node.feature.into(), node.threshold, yes, no)));
            }
        }
    }
    arrays.leaf(length as i64, 0, lift);
    let first_class = vec![0; arrays.weight.len()];
    let [label, sums] = graph.learn(
        "TreeEnsembleClassifier",
        matrix,
        &[
            ("class_ids", Attribute::Ints(&first_class)),
            ("class_nodeids", Attribute::Ints(&arrays.leaf_node)),
            ("class_treeids", Attribute::Ints(&arrays.leaf_tree)),
            ("class_weights_as_tensor", Attribute::Doubles(&arrays.weight)),
            ("classlabels_int64s", Attribute::Ints(&[0, 1])),
            ("nodes_falsenodeids", Attribute::Ints(&arrays.no)),
            ("nodes_featureids", Attribute::Ints(&arrays.feature)),
            ("nodes_modes", Attribute::Texts(arrays.mode)),
            ("nodes_nodeids", Attribute::Ints(&arrays.node)),
            ("nodes_treeids", Attribute::Ints(&arrays.tree)),
            ("nodes_truenodeids", Attribute::Ints(&arrays.yes)),
            ("nodes_values_as_tensor", Attribute::Doubles(&arrays.threshold)),
            ("post_transform", Attribute::Text("NONE")),
        ],
    );
    (label, probabilities(graph, &sums, lift, power / count as f64))
}

/// The sums of the operator, as probabilities: without the lift, and divided by the number of trees.
fn probabilities(graph: &mut Graph, sums: &str, lift: f64, factor: f64) -> Name {
    let place = graph.whole(&[1], &[1]);
    let sum = graph.apply("Gather", &[sums, &place], &[("axis", Attribute::Int(1))]);
    let sum = graph.cast(&sum, Type::Double);
    let (lift, factor) = (graph.real(&[1], &[lift]), graph.real(&[1], &[factor]));
    let leaves = graph.apply("Sub", &[&sum, &lift], &[]);
    let mean = graph.apply("Mul", &[&leaves, &factor], &[]);
    let (zero, one) = (graph.real(&[], &[0.0]), graph.real(&[], &[1.0]));
    // The sum is told in 32 bits: it may pass the ends by what that rounds.
    let positive = graph.apply("Clip", &[&mean, &zero, &one], &[]);
    let negative = graph.apply("Sub", &[&one, &positive], &[]);
    let both = graph.apply("Concat", &[&negative, &positive], &[("axis", Attribute::Int(1))]);
    graph.cast(&both, Type::Float)
}
