//! Boosted trees: small trees in a row, each fitted to what the ones before it got wrong.
//!
//! The work is done by the crate `forust-ml`. Here its settings are checked, what it cannot take is kept from it
//! (labels of one class only), and a model that is read is checked before it is asked anything.

use forust_ml::GradientBooster;
use forust_ml::sampler::SampleMethod;

use super::tree::{check_size, count, normalise, weights};
use super::{Algorithm, Checked, Classifier, Parameter, Range, Setting, Settings, class_weight};
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

const NAME: &str = "boosted-trees";

/// Gradient boosting of the logistic loss (Friedman 2001; Chen and Guestrin 2016) over binned columns.
pub struct BoostedTrees;

impl Algorithm for BoostedTrees {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        "small trees in a row, each mending what those before it got wrong: often the best on tables, but needs \
         its settings and is less plain than a forest"
    }

    fn parameters(&self) -> Vec<Parameter> {
        let whole = |name, doc, default, low, high| Parameter {
            name,
            doc,
            default: Setting::Integer(default),
            range: Range::Integer(low, high),
        };
        let real = |name, doc, default, low, high| Parameter {
            name,
            doc,
            default: Setting::Real(default),
            range: Range::Real(low, high),
        };
        vec![
            whole("iterations", "how many trees", 100, 1, 10_000),
            real("learning_rate", "how much of each tree is added", 0.1, 0.001, 1.0),
            whole("max_depth", "questions a tree may ask in a row", 6, 1, 30),
            // Not 0: a leaf whose rows are all told right would be 0 / 0.
            real("l2", "pull of the leaves towards zero", 1.0, 0.001, 1e6),
            real("gamma", "decrease in loss a question must bring", 0.0, 0.0, 1e6),
            real(
                "min_leaf_weight",
                "sum of p (1 - p) over the rows that each side of a question must hold",
                1.0,
                0.0,
                1e9,
            ),
            real("subsample", "share of the rows drawn for each tree", 1.0, 0.05, 1.0),
            real("colsample_bytree", "share of the columns drawn for each tree", 1.0, 0.05, 1.0),
            whole(
                "max_bins",
                "columns of more distinct values than this are grouped into this many bins",
                256,
                2,
                4095,
            ),
            class_weight(),
        ]
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &[u8],
        settings: &Settings,
        seed: u64,
    ) -> Result<Box<dyn Classifier>, Error> {
        let checked = Checked::new(NAME, &self.parameters(), settings)?;
        x.check_finite()?;
        check_size(NAME, x)?;
        let (columns, counts) = (x.cols(), count(y));
        if counts.is_pure() {
            // The log-odds to start from would be infinite.
            let rounds = Rounds::None(f64::from(u8::from(counts.positive > 0)));
            return Ok(Box::new(Boosted { rounds, columns }));
        }
        let weights = weights(&checked, counts);
        let labels: Vec<f64> = y.iter().map(|label| f64::from(*label)).collect();
        let row_weights: Vec<f64> = y
            .iter()
            .map(|label| if *label == 1 { weights.positive } else { weights.negative })
            .collect();
        let mut booster = booster(&checked, columns, y.len(), seed);
        let values = column_major(x);
        let table = forust_ml::Matrix::new(&values, x.rows(), columns);
        booster
            .fit(&table, &labels, &row_weights, None)
            .map_err(|error| Error::Fit { algorithm: NAME, reason: error.to_string() })?;
        Ok(Box::new(Boosted { rounds: Rounds::Some(Box::new(booster)), columns }))
    }

    fn load(&self, reader: &Reader<'_>) -> Result<Box<dyn Classifier>, Error> {
        let columns: u32 = reader.value("columns")?;
        let columns = columns as usize;
        let rounds = match reader.f64s("only_class")?[..] {
            [] => Rounds::Some(Box::new(read(&reader.u8s("booster")?, columns)?)),
            [class] if class == 0.0 || class == 1.0 => Rounds::None(class),
            _ => return Err(Error::ModelFile("as its only class is neither 0 nor 1".into())),
        };
        Ok(Box::new(Boosted { rounds, columns }))
    }
}

/// A booster that is set but not fitted.
fn booster(checked: &Checked, columns: usize, rows: usize, seed: u64) -> GradientBooster {
    // A draw must hold at least one row and one column, whatever the share.
    let share = |name: &str, of: usize| {
        let share = checked.real(name);
        if (share * of as f64) < 1.0 { ((1.0 + 1e-6) / of as f64).min(1.0) } else { share }
    };
    let subsample = share("subsample", rows);
    let sampling = if subsample < 1.0 { SampleMethod::Random } else { SampleMethod::None };
    let mut booster = GradientBooster::default()
        .set_iterations(checked.count("iterations"))
        .set_learning_rate(checked.real("learning_rate") as f32)
        .set_max_depth(checked.count("max_depth"))
        .set_l2(checked.real("l2") as f32)
        .set_gamma(checked.real("gamma") as f32)
        .set_min_leaf_weight(checked.real("min_leaf_weight") as f32)
        .set_subsample(subsample as f32)
        .set_sample_method(sampling)
        .set_nbins(checked.count("max_bins") as u16)
        .set_initialize_base_score(true);
    booster.colsample_bytree = share("colsample_bytree", columns);
    booster.seed = seed;
    booster
}

/// Reads a booster and makes sure that every walk through it ends in a leaf.
fn read(json: &[u8], columns: usize) -> Result<GradientBooster, Error> {
    let bad = |reason: String| Error::ModelFile(format!("as its booster {reason}"));
    let json = std::str::from_utf8(json).map_err(|error| bad(error.to_string()))?;
    let booster = GradientBooster::from_json(json).map_err(|error| bad(error.to_string()))?;
    let sound = booster.trees.iter().all(|tree| {
        let nodes = tree.nodes.len();
        nodes > 0
            && tree.nodes.iter().enumerate().all(|(at, node)| {
                let later = |child: usize| child > at && child < nodes;
                node.weight_value.is_finite()
                    && (node.is_leaf
                        || node.split_feature < columns
                            && later(node.left_child)
                            && later(node.right_child)
                            && later(node.missing_node))
            })
    });
    if !sound || !booster.base_score.is_finite() || booster.prediction_iteration.is_some() {
        return Err(bad("has nodes that do not fit together".into()));
    }
    Ok(booster)
}

fn column_major(x: &Matrix) -> Vec<f64> {
    let mut values = Vec::with_capacity(x.rows() * x.cols());
    (0..x.cols()).for_each(|feature| values.extend_from_slice(x.col(feature)));
    values
}

/// A fitted booster.
struct Boosted {
    rounds: Rounds,
    columns: usize,
}

enum Rounds {
    Some(Box<GradientBooster>),
    /// All labels were this one.
    None(f64),
}

impl Classifier for Boosted {
    fn probabilities(&self, x: &Matrix) -> Vec<f64> {
        match &self.rounds {
            Rounds::None(class) => vec![*class; x.rows()],
            Rounds::Some(booster) => {
                let values = column_major(x);
                let table = forust_ml::Matrix::new(&values, x.rows(), x.cols());
                let odds = booster.predict(&table, true);
                odds.into_iter().map(|odds| 1.0 / (1.0 + (-odds).exp())).collect()
            }
        }
    }

    /// The decrease in loss that each column's splits brought.
    fn importances(&self) -> Option<Vec<f64>> {
        let mut sums = vec![0.0; self.columns];
        if let Rounds::Some(booster) = &self.rounds {
            for node in booster.trees.iter().flat_map(|tree| &tree.nodes) {
                if !node.is_leaf {
                    sums[node.split_feature] += f64::from(node.split_gain.max(0.0));
                }
            }
        }
        normalise(&mut sums);
        Some(sums)
    }

    fn columns(&self) -> Option<usize> {
        Some(self.columns)
    }

    fn save(&self, writer: &mut Writer<'_>) {
        writer.value("columns", &(self.columns as u32));
        match &self.rounds {
            Rounds::None(class) => writer.f64s("only_class", &[*class]),
            Rounds::Some(booster) => {
                writer.f64s("only_class", &[]);
                // Plain numbers and lists: nothing in a booster can fail to become JSON.
                writer.u8s("booster", booster.json_dump().unwrap_or_default().as_bytes());
            }
        }
    }

    fn algorithm(&self) -> &'static str {
        NAME
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rng, with_threads};

    fn example(rows: usize, columns: usize) -> (Matrix, Vec<u8>) {
        let mut rng = Rng::new(21);
        let values: Vec<Vec<f64>> =
            (0..columns).map(|_| (0..rows).map(|_| rng.unit()).collect()).collect();
        let y =
            values[0].iter().map(|v| u8::from(*v > 0.4) ^ u8::from(rng.below(10) == 0)).collect();
        let names = (0..columns).map(|index| format!("c{index}")).collect();
        (Matrix::new(names, values).unwrap(), y)
    }

    fn fit(x: &Matrix, y: &[u8], json: &str) -> Result<Box<dyn Classifier>, Error> {
        BoostedTrees.fit(x, y, &serde_json::from_str(json).unwrap(), 7)
    }

    fn bytes(model: &dyn Classifier) -> Vec<u8> {
        let mut writer = Writer::new();
        model.save(&mut writer);
        writer.finish()
    }

    #[test]
    fn learns_and_names_the_column_that_tells() {
        let (x, y) = example(2000, 4);
        let model = fit(&x, &y, r#"{"iterations": 20}"#).unwrap();
        let told = model.probabilities(&x);
        let right = told.iter().zip(&y).filter(|(p, y)| (**p > 0.5) == (**y == 1)).count();
        assert!(right > 1750, "{right}");
        let importances = model.importances().unwrap();
        assert!(importances[0] > 0.5);
        assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        // More rows than the crate's own blocks, so that its threads have something to share.
        let (x, y) = example(17_000, 2);
        for json in [
            r#"{"iterations": 2}"#,
            r#"{"iterations": 2, "subsample": 0.5, "colsample_bytree": 0.7}"#,
        ] {
            let on = |threads| {
                with_threads(threads, || {
                    let model = fit(&x, &y, json).unwrap();
                    (bytes(&*model), model.probabilities(&x))
                })
            };
            let one = on(1);
            assert!(one == on(3));
        }
    }

    #[test]
    fn saved_and_read_again_it_says_the_same() {
        let (x, y) = example(500, 3);
        for y in [y, vec![1; 500]] {
            let model = fit(&x, &y, r#"{"iterations": 8, "class_weight": "balanced"}"#).unwrap();
            let file = bytes(&*model);
            let again = BoostedTrees.load(&Reader::open(&file).unwrap()).unwrap();
            assert_eq!(model.probabilities(&x), again.probabilities(&x));
            assert_eq!(file, bytes(&*again));
        }
    }

    #[test]
    fn a_booster_that_points_nowhere_is_refused() {
        let (x, y) = example(300, 2);
        let model = fit(&x, &y, r#"{"iterations": 2}"#).unwrap();
        let file = bytes(&*model);
        let reader = Reader::open(&file).unwrap();
        let json = String::from_utf8(reader.u8s("booster").unwrap()).unwrap();
        assert!(read(json.as_bytes(), 2).is_ok());
        assert!(read(json.as_bytes(), 0).is_err());
        for (from, to) in [
            ("\"left_child\":1,", "\"left_child\":0,"),
            ("\"right_child\":2,", "\"right_child\":999,"),
            ("\"prediction_iteration\":null", "\"prediction_iteration\":50"),
            ("\"iterations\":2", "\"iterations\":{}"),
        ] {
            assert!(json.contains(from), "{from}");
            assert!(read(json.replace(from, to).as_bytes(), 2).is_err(), "{from}");
        }
        assert!(read(&[0xff, 0xfe], 2).is_err());
    }

    #[test]
    fn odd_input_does_not_break_it() {
        let max = f64::MAX;
        let columns: [Vec<f64>; 7] = [
            vec![0.0],
            vec![1.0, 2.0],
            vec![5.0; 40],
            vec![max; 40],
            (0..40).map(|row| if row % 2 == 0 { -max } else { max }).collect(),
            (0..40).map(|row| f64::from_bits(row % 3)).collect(),
            (0..40).map(|row| if row % 2 == 0 { -0.0 } else { 0.0 }).collect(),
        ];
        let few = r#"{"subsample": 0.05, "colsample_bytree": 0.05, "min_leaf_weight": 0, "l2": 0.001, "max_bins": 2}"#;
        for column in columns {
            let y: Vec<u8> = (0..column.len()).map(|row| u8::from(row % 3 == 0)).collect();
            let x = Matrix::new(vec!["a".into()], vec![column]).unwrap();
            for json in ["{}", few] {
                let told = fit(&x, &y, json).unwrap().probabilities(&x);
                assert!(told.iter().all(|p| (0.0..=1.0).contains(p)), "{json} {:?}", x.col(0));
            }
        }
    }

    #[test]
    fn what_it_cannot_take_is_refused_with_a_reason() {
        let (x, y) = example(20, 1);
        assert!(fit(&x, &y, r#"{"max_bins": 1}"#).is_err());
        assert!(fit(&x, &y, r#"{"learning_rate": 0}"#).is_err());
        let holes = Matrix::new(vec!["gap".into()], vec![vec![f64::NAN; 20]]).unwrap();
        let refusal = fit(&holes, &y, "{}").err().unwrap().to_string();
        assert!(refusal.contains("`gap` misses a value in 20 of 20 rows"));
    }
}
