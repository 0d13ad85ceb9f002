//! Our forest beside scikit-learn's, on the data sets of `tests/reference/learn/make_forest.py`.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::super::{Algorithm, Classifier, Setting, Settings};
use super::RandomForest;
use crate::Matrix;

/// A data set with its training and its test rows, and what scikit-learn's trees say of the test rows.
pub struct Reference {
    pub train: (Matrix, Vec<u8>),
    pub test: (Matrix, Vec<u8>),
    pub told: Vec<(String, Vec<f64>)>,
    /// The part of `forest.json` on this data set.
    pub found: Value,
}

#[derive(Deserialize)]
struct Header {
    columns: Vec<String>,
    rows: usize,
    train: usize,
    arrays: Vec<String>,
}

fn read(file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/learn");
    std::fs::read(folder.join(file)).expect("the recorded reference is part of the repository")
}

fn reals(bytes: &mut &[u8], count: usize) -> Vec<f64> {
    let (taken, rest) = bytes.split_at(4 * count);
    *bytes = rest;
    taken.as_chunks().0.iter().map(|v| f64::from(f32::from_le_bytes(*v))).collect()
}

impl Reference {
    /// Reads `forest-<name>.bin`, whose layout the script describes.
    pub fn read(name: &str) -> Reference {
        let file = read(&format!("forest-{name}.bin"));
        let line = file.iter().position(|byte| *byte == b'\n').unwrap();
        let header: Header = serde_json::from_slice(&file[..line]).unwrap();
        let mut rest = &file[line + 1..];
        let columns = header.columns.iter().map(|_| reals(&mut rest, header.rows)).collect();
        let x = Matrix::new(header.columns, columns).unwrap();
        let (labels, mut rest) = rest.split_at(header.rows);
        let unseen = header.rows - header.train;
        let told = header.arrays.into_iter().map(|name| (name, reals(&mut rest, unseen))).collect();
        assert!(rest.is_empty());
        let part = |rows: std::ops::Range<usize>| {
            (x.take(&rows.clone().collect::<Vec<_>>()), labels[rows].to_vec())
        };
        let found: Value = serde_json::from_slice(&read("forest.json")).unwrap();
        Reference {
            train: part(0..header.train),
            test: part(header.train..header.rows),
            told,
            found: found[name].clone(),
        }
    }
}

/// Accuracy and F1 at one half, and the area under the ROC curve.
fn scores(told: &[f64], y: &[u8]) -> [f64; 3] {
    let mut order: Vec<usize> = (0..y.len()).collect();
    order.sort_by(|a, b| told[*a].total_cmp(&told[*b]));
    let (mut below, mut pairs) = (0.0, 0.0);
    for ties in order.chunk_by(|a, b| told[*a] == told[*b]) {
        let positive = ties.iter().filter(|row| y[**row] == 1).count() as f64;
        let negative = ties.len() as f64 - positive;
        pairs += positive * (below + negative / 2.0);
        below += negative;
    }
    let positives = y.iter().filter(|label| **label == 1).count() as f64;
    let count = |p: bool, label: u8| {
        told.iter().zip(y).filter(|(told, y)| (**told > 0.5) == p && **y == label).count() as f64
    };
    let (hit, false_alarm, miss) = (count(true, 1), count(true, 0), count(false, 1));
    let accuracy = (hit + count(false, 0)) / y.len() as f64;
    [accuracy, pairs / (positives * below), 2.0 * hit / (2.0 * hit + false_alarm + miss)]
}

/// Five seeds; the means of accuracy, area under the ROC curve and F1 within one point of scikit-learn's.
fn within_a_point(name: &str) {
    let Reference { train, test, found, .. } = Reference::read(name);
    let settings = Settings::from([("oob_score".to_owned(), Setting::Bool(true))]);
    let fits: Vec<Box<dyn Classifier>> =
        (0..5).map(|seed| RandomForest.fit(&train.0, &train.1, &settings, seed).unwrap()).collect();
    let mean =
        |of: &dyn Fn(&dyn Classifier) -> f64| fits.iter().map(|f| of(&**f)).sum::<f64>() / 5.0;
    for (at, key) in ["accuracy", "roc_auc", "f1"].into_iter().enumerate() {
        let ours = mean(&|fit| scores(&fit.probabilities(&test.0), &test.1)[at]);
        let theirs = found["mean"][key].as_f64().unwrap();
        eprintln!("{name} {key}: ours {ours:.4}, scikit-learn {theirs:.4}");
        assert!((ours - theirs).abs() < 0.01, "{name} {key}: {ours} and {theirs}");
    }
    let ours = mean(&|fit| fit.out_of_bag().unwrap());
    let theirs = found["mean"]["out_of_bag"].as_f64().unwrap();
    eprintln!("{name} out of bag: ours {ours:.4}, scikit-learn {theirs:.4}");
    assert!((ours - theirs).abs() < 0.01, "{name} out of bag: {ours} and {theirs}");
    for feature in 0..train.0.cols() {
        let ours = mean(&|fit| fit.importances().unwrap()[feature]);
        let theirs = found["importances"][feature].as_f64().unwrap();
        assert!((ours - theirs).abs() < 0.02, "{name} importance {feature}: {ours} and {theirs}");
    }
}

#[test]
fn flows_are_told_as_well_as_scikit_learn_does() {
    within_a_point("flows");
}

#[test]
fn made_rows_are_told_as_well_as_scikit_learn_does() {
    within_a_point("made");
}

#[test]
fn scores_by_hand() {
    // Told 0.9 0.8 0.8 0.3 of 1 1 0 0: of four pairs three are in order and one is a tie.
    let [accuracy, area, f1] = scores(&[0.9, 0.8, 0.8, 0.3], &[1, 1, 0, 0]);
    assert_eq!((accuracy, area, f1), (0.75, 3.5 / 4.0, 0.8));
}
