//! The forest as a whole: same bytes whatever the threads, its own account of itself, and files that lie.

use super::*;
use crate::codec::{Reader, Writer};
use crate::{Rng, with_threads};

/// Two columns that tell (one of many values, one of three), one that does not; a twentieth of the labels is wrong.
fn example(rows: usize) -> (Matrix, Vec<u8>) {
    let mut rng = Rng::new(77);
    let many: Vec<f64> = (0..rows).map(|_| rng.unit()).collect();
    let few: Vec<f64> = (0..rows).map(|_| rng.below(3) as f64).collect();
    let noise: Vec<f64> = (0..rows).map(|_| rng.unit()).collect();
    let y = (0..rows)
        .map(|row| u8::from(many[row] + few[row] / 3.0 > 0.8) ^ u8::from(rng.below(20) == 0))
        .collect();
    let names = vec!["many".into(), "few".into(), "noise".into()];
    (Matrix::new(names, vec![many, few, noise]).unwrap(), y)
}

fn fit(x: &Matrix, y: &[u8], json: &str) -> Result<Box<dyn Classifier>, Error> {
    RandomForest.fit(x, y, &serde_json::from_str(json).unwrap(), 5)
}

fn forest(x: &Matrix, y: &[u8], json: &str) -> Forest {
    let settings: Settings = serde_json::from_str(json).unwrap();
    let options = options(&RandomForest.parameters(), &settings, x.cols(), y).unwrap();
    fit::fit(x, y, &options, 5).unwrap()
}

fn bytes(model: &dyn Classifier) -> Vec<u8> {
    let mut writer = Writer::new();
    model.save(&mut writer);
    writer.finish()
}

fn accuracy(model: &dyn Classifier, x: &Matrix, y: &[u8]) -> f64 {
    let told = model.probabilities(x);
    let right = told.iter().zip(y).filter(|(p, y)| (**p > 0.5) == (**y == 1)).count();
    right as f64 / y.len() as f64
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_and_probabilities() {
    let (x, y) = example(3000);
    for json in [
        r#"{"n_estimators": 12, "oob_score": true}"#,
        r#"{"n_estimators": 12, "max_features": "all", "max_leaf_nodes": 40}"#,
        r#"{"n_estimators": 5, "bootstrap": false, "max_bins": 20, "class_weight": "balanced"}"#,
    ] {
        let on = |threads| {
            with_threads(threads, || {
                let model = fit(&x, &y, json).unwrap();
                (bytes(&*model), model.probabilities(&x), model.importances())
            })
        };
        let one = on(1);
        assert!(one == on(2) && one == on(3), "{json}");
    }
}

#[test]
fn another_seed_gives_another_forest() {
    let (x, y) = example(500);
    let of = |seed| bytes(&*RandomForest.fit(&x, &y, &Settings::new(), seed).unwrap());
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn out_of_bag_is_what_unseen_rows_give() {
    let (x, y) = example(9000);
    let (train, test): (Vec<usize>, Vec<usize>) = (0..9000).partition(|row| row % 2 == 0);
    let of = |rows: &[usize]| rows.iter().map(|row| y[*row]).collect::<Vec<u8>>();
    let model =
        fit(&x.take(&train), &of(&train), r#"{"n_estimators": 40, "oob_score": true}"#).unwrap();
    let unseen = accuracy(&*model, &x.take(&test), &of(&test));
    let out_of_bag = model.out_of_bag().unwrap();
    assert!((unseen - out_of_bag).abs() < 0.02, "{unseen} {out_of_bag}");
    let seen = accuracy(&*model, &x.take(&train), &of(&train));
    assert!(seen > unseen + 0.02, "{seen} {unseen}");
    let json = r#"{"n_estimators": 2, "bootstrap": false, "oob_score": true}"#;
    let all = fit(&x, &y, json).unwrap();
    assert_eq!(all.out_of_bag(), None);
}

#[test]
fn without_the_out_of_bag_share_the_trees_are_the_same() {
    let (x, y) = example(2000);
    let with = forest(&x, &y, r#"{"n_estimators": 5, "oob_score": true}"#);
    let without = forest(&x, &y, r#"{"n_estimators": 5}"#);
    assert!(with.out_of_bag().is_some());
    assert_eq!(without.out_of_bag(), None);
    assert!(with.trees().eq(without.trees()));
    let again = RandomForest.load(&Reader::open(&bytes(&without)).unwrap()).unwrap();
    assert_eq!(again.out_of_bag(), None);
}

#[test]
fn one_tree_on_all_rows_and_features_tells_what_it_saw() {
    let (x, y) = example(1500);
    let json = r#"{"n_estimators": 1, "bootstrap": false, "max_features": "all"}"#;
    assert_eq!(accuracy(&*fit(&x, &y, json).unwrap(), &x, &y), 1.0);
}

#[test]
fn importances_sum_to_one_and_find_the_noise() {
    let (x, y) = example(3000);
    let importances = fit(&x, &y, r#"{"n_estimators": 20, "max_depth": 6}"#).unwrap().importances();
    let importances = importances.unwrap();
    assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(importances[0] > importances[1] && importances[1] > 4.0 * importances[2]);
}

#[test]
fn trees_read_out_say_what_the_forest_says() {
    let (x, y) = example(5000);
    let forest = forest(&x, &y, r#"{"n_estimators": 7, "min_samples_leaf": 3}"#);
    let trees: Vec<_> = forest.trees().collect();
    assert_eq!(trees.len(), 7);
    for (row, told) in forest.probabilities(&x).into_iter().enumerate() {
        let leaves = trees.iter().map(|tree| tree.leaf(|feature| x.col(feature)[row]).probability);
        assert_eq!(told, leaves.sum::<f64>() / 7.0);
    }
    for tree in &trees {
        assert!(tree.nodes.iter().all(|node| node.weight >= 3.0));
        assert_eq!(tree.nodes[0].weight, 5000.0);
    }
}

#[test]
fn limits_bound_the_trees() {
    let (x, y) = example(2000);
    let depth = forest(&x, &y, r#"{"n_estimators": 5, "max_depth": 3}"#);
    assert!(depth.trees().all(|tree| tree.depth() == 3));
    let leaves = forest(&x, &y, r#"{"n_estimators": 5, "max_leaf_nodes": 11}"#);
    assert!(leaves.trees().all(|tree| tree.leaves() == 11));
}

#[test]
fn balanced_classes_pull_a_rare_one_up() {
    let (x, y) = example(3000);
    let rare: Vec<usize> = (0..3000).filter(|row| y[*row] == 0 || row % 20 == 0).collect();
    let (x, y) = (x.take(&rare), rare.iter().map(|row| y[*row]).collect::<Vec<u8>>());
    let mean = |json| fit(&x, &y, json).unwrap().probabilities(&x).iter().sum::<f64>();
    let plain = mean(r#"{"n_estimators": 10, "max_depth": 3}"#);
    let balanced = mean(r#"{"n_estimators": 10, "max_depth": 3, "class_weight": "balanced"}"#);
    assert!(balanced > 1.5 * plain, "{balanced} {plain}");
}

#[test]
fn wide_rows_grow_the_same_kind_of_forest() {
    let (x, y) = example(1500);
    for extra in [10, 25, 90] {
        let mut columns = vec![x.col(0).to_vec(), x.col(1).to_vec()];
        let mut rng = Rng::new(9);
        columns.extend((0..extra).map(|_| (0..1500).map(|_| rng.below(2) as f64).collect()));
        let names = (0..columns.len()).map(|index| format!("c{index}")).collect();
        let wide = Matrix::new(names, columns).unwrap();
        let json = r#"{"n_estimators": 15, "max_features": "all", "oob_score": true}"#;
        let model = fit(&wide, &y, json).unwrap();
        let out_of_bag = model.out_of_bag().unwrap();
        assert!(out_of_bag > 0.87, "{extra} {out_of_bag}");
        assert!(accuracy(&*model, &wide, &y) > out_of_bag);
    }
}

#[test]
fn saved_and_read_again_it_says_the_same() {
    let (x, y) = example(800);
    let json = r#"{"n_estimators": 6, "class_weight": "balanced", "oob_score": true}"#;
    let model = fit(&x, &y, json).unwrap();
    let file = bytes(&*model);
    let again = RandomForest.load(&Reader::open(&file).unwrap()).unwrap();
    assert_eq!(model.probabilities(&x), again.probabilities(&x));
    assert_eq!(model.out_of_bag(), again.out_of_bag());
    assert_eq!(model.importances(), again.importances());
    assert_eq!(file, bytes(&*again));
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    // One split on the only edge: child 1, feature 0, cut 0; then two leaves that are their own children.
    let leaf = |at: u64| at | u64::from(u16::MAX) << 48;
    let load = |edges: &[f64], weights: &[f64], lengths: &[u32], nodes: &[u64]| {
        let mut writer = Writer::new();
        writer.u32s("edge_count", &[edges.len() as u32]);
        writer.f64s("edge", edges);
        writer.f64s("class_weights", weights);
        writer.f64s("out_of_bag", &[]);
        writer.u32s("tree_nodes", lengths);
        writer.u64s("node", nodes);
        writer.u32s("negative", &vec![1; nodes.len()]);
        writer.u32s("positive", &vec![0; nodes.len()]);
        let file = writer.finish();
        RandomForest.load(&Reader::open(&file).unwrap()).map(|_| ())
    };
    let tree = [1, leaf(1), leaf(2)];
    assert!(load(&[0.5], &[1.0, 1.0], &[3], &tree).is_ok());
    assert!(load(&[], &[1.0, 1.0], &[3], &tree).is_err(), "a cut without an edge");
    assert!(load(&[0.5, 0.5], &[1.0, 1.0], &[3], &tree).is_err(), "edges that do not ascend");
    assert!(load(&[f64::NAN; 2], &[1.0, 1.0], &[3], &tree).is_err(), "edges that are no numbers");
    assert!(load(&[0.5], &[0.0, 1.0], &[3], &tree).is_err(), "a class without weight");
    assert!(load(&[0.5], &[1.0], &[3], &tree).is_err(), "one class weight");
    assert!(load(&[0.5], &[1.0, 1.0], &[4], &tree).is_err(), "a node too few");
    assert!(load(&[0.5], &[1.0, 1.0], &[2, 1], &tree).is_err(), "a child in another tree");
    assert!(
        load(&[0.5], &[1.0, 1.0], &[3], &[1, 0, leaf(2)]).is_err(),
        "a way that goes in circles"
    );
    assert!(load(&[0.5], &[1.0, 1.0], &[3], &[2, leaf(1), leaf(2)]).is_err(), "no right child");
    assert!(
        load(&[0.5], &[1.0, 1.0], &[3], &[1 | 1 << 32, leaf(1), leaf(2)]).is_err(),
        "no such column"
    );
    assert!(load(&[0.5], &[1.0, 1.0], &[], &[]).is_err(), "no tree");
    assert!(load(&[0.5], &[1.0, 1.0], &[0], &[]).is_err(), "a tree without a node");
}

#[test]
fn settings_are_words_or_numbers_within_their_range() {
    let (x, y) = example(50);
    for good in [r#"{"max_features": 2}"#, r#"{"max_features": 99}"#, r#"{"max_features": "all"}"#]
    {
        assert!(fit(&x, &y, good).is_ok(), "{good}");
    }
    for bad in [
        r#"{"max_features": 0}"#,
        r#"{"max_features": "half"}"#,
        r#"{"n_estimators": 0}"#,
        r#"{"max_bins": 5000}"#,
        r#"{"trees": 5}"#,
    ] {
        assert!(fit(&x, &y, bad).is_err(), "{bad}");
    }
}

#[test]
fn tiny_and_constant_tables_do_not_break_it() {
    for (column, y) in [
        (vec![1.0], vec![1]),
        (vec![2.0; 9], vec![0, 1, 0, 1, 0, 1, 0, 1, 1]),
        (vec![f64::MAX, -f64::MAX, 0.0], vec![0, 1, 0]),
        (vec![1.0, 2.0, 3.0], vec![1, 1, 1]),
    ] {
        let x = Matrix::new(vec!["a".into()], vec![column]).unwrap();
        let model = fit(&x, &y, r#"{"class_weight": "balanced"}"#).unwrap();
        assert!(model.probabilities(&x).iter().all(|p| (0.0..=1.0).contains(p)));
        assert!(model.importances().unwrap().iter().all(|share| share.is_finite()));
    }
}
