//! One decision tree (CART), and what a forest of them is made from.

use super::{Algorithm, Checked, Classifier, Parameter, Settings, Trees, class_weight};
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

mod exact;
pub(super) mod gini;
pub(super) mod grow;
pub(super) mod limits;
mod node;
#[cfg(test)]
mod reference;

pub(super) use exact::midpoint;
pub(super) use node::normalise;
pub use node::{Node, Tree};

use exact::Exact;
use gini::{ClassWeights, Counts};

const NAME: &str = "decision-tree";

/// One tree of exact gini splits over all features (Breiman et al., CART, 1984). No chance is involved: of equally
/// good splits the one of the first column is taken, and of its cuts the lowest.
pub struct DecisionTree;

impl Algorithm for DecisionTree {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        "one tree of yes-or-no questions with the exact best cut at each: can be read aloud, and with a small max_depth \
         becomes a rule; a forest is usually right more often"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let mut all = limits::parameters();
        all.push(class_weight());
        all
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &[u8],
        settings: &Settings,
        _: u64,
    ) -> Result<Box<dyn Classifier>, Error> {
        Ok(Box::new(FittedTree::fit(x, y, settings)?))
    }

    fn load(&self, reader: &Reader<'_>) -> Result<Box<dyn Classifier>, Error> {
        Ok(Box::new(FittedTree::load(reader)?))
    }
}

/// The rows of either class.
pub(super) fn count(y: &[u8]) -> Counts {
    let positive = y.iter().filter(|label| **label == 1).count() as u32;
    Counts { negative: y.len() as u32 - positive, positive }
}

/// What was set as `class_weight`.
pub(super) fn weights(checked: &Checked, counts: Counts) -> ClassWeights {
    match checked.text("class_weight") {
        "balanced" => ClassWeights::balanced(counts),
        _ => ClassWeights::NONE,
    }
}

/// Rows are counted in 32 bits and columns in 16; no table that fits in memory comes near.
pub(super) fn check_size(algorithm: &'static str, x: &Matrix) -> Result<(), Error> {
    if x.rows() > i32::MAX as usize || x.cols() > usize::from(u16::MAX) {
        let reason = format!(
            "{} rows and {} columns are more than it can count: draw a smaller sample",
            x.rows(),
            x.cols()
        );
        return Err(Error::Fit { algorithm, reason });
    }
    Ok(())
}

/// A fitted decision tree.
pub struct FittedTree {
    tree: Tree,
    columns: usize,
}

impl FittedTree {
    /// The tree, to be read.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    fn fit(x: &Matrix, y: &[u8], settings: &Settings) -> Result<FittedTree, Error> {
        let checked = Checked::new(NAME, &DecisionTree.parameters(), settings)?;
        x.check_finite()?;
        check_size(NAME, x)?;
        let limits = limits::limits(&checked);
        let counts = count(y);
        let weights = weights(&checked, counts);
        let mut exact = Exact::new(x, y, weights, limits.min_samples_leaf);
        let nodes = grow::grow(&mut exact, x.rows(), counts, &limits, weights)
            .iter()
            .map(|sprout| {
                let inner = sprout.child > 0;
                Node {
                    feature: sprout.feature,
                    threshold: if inner { exact.threshold(sprout.cut) } else { 0.0 },
                    left: sprout.child,
                    right: if inner { sprout.child + 1 } else { 0 },
                    probability: weights.probability(sprout.counts),
                    weight: weights.weight(sprout.counts),
                }
            })
            .collect();
        Ok(FittedTree { tree: Tree { nodes }, columns: x.cols() })
    }

    fn load(reader: &Reader<'_>) -> Result<FittedTree, Error> {
        let columns: u32 = reader.value("columns")?;
        let features = reader.u32s("feature")?;
        let thresholds = reader.f64s("threshold")?;
        let children = reader.u32s("child")?;
        let probabilities = reader.f64s("probability")?;
        let weights = reader.f64s("weight")?;
        let nodes = features.len();
        let agree = [thresholds.len(), children.len(), probabilities.len(), weights.len()]
            .iter()
            .all(|length| *length == nodes);
        // Children after their parent: every walk ends. The rest keeps what is computed within its range.
        let sound = |at: usize| {
            let child = children[at] as usize;
            (child == 0 || (child > at && child + 1 < nodes && features[at] < columns))
                && (0.0..=1.0).contains(&probabilities[at])
                && weights[at].is_finite()
                && weights[at] >= 0.0
        };
        if !agree || nodes == 0 || !(0..nodes).all(sound) {
            return Err(Error::ModelFile("as the nodes of its tree do not fit together".into()));
        }
        let nodes = (0..nodes)
            .map(|at| Node {
                feature: features[at],
                threshold: thresholds[at],
                left: children[at],
                right: if children[at] > 0 { children[at] + 1 } else { 0 },
                probability: probabilities[at],
                weight: weights[at],
            })
            .collect();
        Ok(FittedTree { tree: Tree { nodes }, columns: columns as usize })
    }
}

impl Classifier for FittedTree {
    fn trees(&self) -> Option<Trees<'_>> {
        Some(Box::new(std::iter::once(self.tree.clone())))
    }

    fn probabilities(&self, x: &Matrix) -> Vec<f64> {
        let columns: Vec<&[f64]> = (0..x.cols()).map(|feature| x.col(feature)).collect();
        (0..x.rows())
            .map(|row| self.tree.leaf(|feature| columns[feature][row]).probability)
            .collect()
    }

    fn importances(&self) -> Option<Vec<f64>> {
        Some(self.tree().importances(self.columns))
    }

    fn columns(&self) -> Option<usize> {
        Some(self.columns)
    }

    fn save(&self, writer: &mut Writer<'_>) {
        let nodes = &self.tree.nodes;
        let ints = |of: fn(&Node) -> u32| nodes.iter().map(of).collect::<Vec<_>>();
        let reals = |of: fn(&Node) -> f64| nodes.iter().map(of).collect::<Vec<_>>();
        writer.value("columns", &(self.columns as u32));
        writer.u32s("feature", &ints(|node| node.feature));
        writer.f64s("threshold", &reals(|node| node.threshold));
        writer.u32s("child", &ints(|node| node.left));
        writer.f64s("probability", &reals(|node| node.probability));
        writer.f64s("weight", &reals(|node| node.weight));
    }

    fn algorithm(&self) -> &'static str {
        NAME
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    fn noisy(rows: usize) -> (Matrix, Vec<u8>) {
        let mut rng = Rng::new(11);
        let a: Vec<f64> = (0..rows).map(|_| rng.unit()).collect();
        let b: Vec<f64> = (0..rows).map(|_| rng.below(5) as f64).collect();
        let y = (0..rows)
            .map(|row| u8::from((a[row] > 0.6) != (b[row] > 2.0)) ^ u8::from(rng.below(20) == 0))
            .collect();
        (Matrix::new(vec!["a".into(), "b".into()], vec![a, b]).unwrap(), y)
    }

    fn fit(x: &Matrix, y: &[u8], json: &str) -> Result<Box<dyn Classifier>, Error> {
        DecisionTree.fit(x, y, &serde_json::from_str(json).unwrap(), 0)
    }

    #[test]
    fn grown_freely_it_tells_every_training_row() {
        let (x, y) = noisy(500);
        let told = fit(&x, &y, "{}").unwrap().probabilities(&x);
        assert!(told.iter().zip(&y).all(|(p, label)| *p == f64::from(*label)));
    }

    #[test]
    fn a_depth_of_two_finds_the_pattern() {
        let (x, y) = noisy(2000);
        let model = fit(&x, &y, r#"{"max_depth": 2}"#).unwrap();
        let told = model.probabilities(&x);
        let right = told.iter().zip(&y).filter(|(p, y)| (**p > 0.5) == (**y == 1));
        assert!(right.count() > 1800);
        let sum: f64 = model.importances().unwrap().iter().sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn saved_and_read_again_it_says_the_same() {
        let (x, y) = noisy(300);
        let model = fit(&x, &y, r#"{"max_leaf_nodes": 9, "class_weight": "balanced"}"#).unwrap();
        let mut writer = Writer::new();
        model.save(&mut writer);
        let bytes = writer.finish();
        let again = DecisionTree.load(&Reader::open(&bytes).unwrap()).unwrap();
        assert_eq!(model.probabilities(&x), again.probabilities(&x));
        let mut writer = Writer::new();
        again.save(&mut writer);
        assert_eq!(bytes, writer.finish());
    }

    #[test]
    fn a_file_whose_nodes_go_in_circles_is_refused() {
        let mut writer = Writer::new();
        writer.value("columns", &1u32);
        writer.u32s("feature", &[0, 0, 0]);
        writer.f64s("threshold", &[0.0; 3]);
        writer.u32s("child", &[1, 1, 0]);
        writer.f64s("probability", &[0.5; 3]);
        writer.f64s("weight", &[1.0; 3]);
        let bytes = writer.finish();
        assert!(DecisionTree.load(&Reader::open(&bytes).unwrap()).is_err());
    }

    #[test]
    fn one_class_makes_one_leaf() {
        let (x, _) = noisy(20);
        let model = fit(&x, &[1; 20], r#"{"class_weight": "balanced"}"#).unwrap();
        assert_eq!(model.probabilities(&x), [1.0; 20]);
        assert_eq!(model.importances().unwrap(), [0.0, 0.0]);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let (x, y) = noisy(20);
        assert!(fit(&x, &y, r#"{"min_samples_split": 1}"#).is_err());
        assert!(fit(&x, &y, r#"{"depth": 1}"#).is_err());
    }
}
