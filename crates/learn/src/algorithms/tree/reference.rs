//! Our tree beside scikit-learn's, on the data sets of `tests/reference/learn/make_forest.py`.
//!
//! Where two splits of a node are equally good, scikit-learn takes one by chance and we take the first, so the trees
//! may differ from there on. Bound: the same probability on 99.5 % of the rows, and the same class counts.

use super::super::forest::reference::Reference;
use super::super::{Algorithm, Classifier};
use super::{DecisionTree, FittedTree, Node, Tree};

const SETTINGS: [(&str, &str); 4] = [
    ("tree_shallow", r#"{"max_depth": 5}"#),
    ("tree_leaves", r#"{"max_leaf_nodes": 40, "min_samples_leaf": 5}"#),
    ("tree_balanced", r#"{"max_depth": 5, "class_weight": "balanced"}"#),
    ("tree_full", "{}"),
];

fn told_alike(name: &str) {
    let Reference { train, test, told, .. } = Reference::read(name);
    for (key, json) in SETTINGS {
        let settings = serde_json::from_str(json).unwrap();
        let ours = DecisionTree.fit(&train.0, &train.1, &settings, 0).unwrap();
        let theirs = &told.iter().find(|(array, _)| array == key).unwrap().1;
        let ours = ours.probabilities(&test.0);
        let alike = ours.iter().zip(theirs).filter(|(a, b)| (**a - **b).abs() < 1e-6).count();
        let share = alike as f64 / theirs.len() as f64;
        eprintln!("{name} {key}: {:.2} % of the rows alike", 100.0 * share);
        assert!(share >= 0.995, "{name} {key}: {share}");
    }
}

#[test]
fn flows_are_told_as_scikit_learn_does() {
    told_alike("flows");
}

#[test]
fn made_rows_are_told_as_scikit_learn_does() {
    told_alike("made");
}
