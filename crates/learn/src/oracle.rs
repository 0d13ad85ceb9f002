//! The recorded data sets and answers of scikit-learn, for the tests. `tests/reference/learn/make_linear_kmeans.py`
//! made them.

use std::path::PathBuf;

use serde_json::Value;

use crate::{Column, Frame, Matrix, OneHot, StandardScaler, Values};

fn text(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/learn");
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// What scikit-learn answered under `key`.
pub(crate) fn answers(key: &str) -> Value {
    let mut all: Value = serde_json::from_str(&text("linear_kmeans.json")).unwrap();
    all[key].take()
}

/// A data set with all its columns; no value of it holds a comma or a quote.
pub(crate) fn frame(name: &str) -> Frame {
    let text = text(&format!("{name}.csv"));
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let columns = names.iter().enumerate().map(|(j, name)| {
        let cells = rows.iter().map(|row| row[j]);
        let numbers: Result<Vec<f64>, _> = cells.clone().map(str::parse).collect();
        let values = numbers.map_or_else(|_| Values::words(cells.map(Some)), Values::Number);
        Column::new(*name, values)
    });
    Frame::new(columns.collect()).unwrap()
}

/// The matrix of a data set in the order of columns the answers have; `lab scaled` is `lab`, scaled.
pub(crate) fn matrix(name: &str) -> Matrix {
    if let Some(name) = name.strip_suffix(" scaled") {
        let raw = matrix(name);
        return StandardScaler::fit(&raw).unwrap().transform(&raw).unwrap();
    }
    let frame = frame(name);
    let names: Vec<&str> = frame.columns().iter().map(|c| c.name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().filter(|n| *n != "label").collect();
    let frame = frame.select(&names).unwrap();
    if name == "lab" {
        return OneHot::fit(&frame).unwrap().transform(&frame).unwrap();
    }
    let columns = names.iter().map(|n| frame.numbers(n).unwrap().to_vec()).collect();
    Matrix::new(names.iter().map(ToString::to_string).collect(), columns).unwrap()
}

/// The labels of a data set, raw or scaled.
pub(crate) fn labels(name: &str) -> Vec<u8> {
    let name = name.trim_end_matches(" scaled");
    frame(name).numbers("label").unwrap().iter().map(|v| *v as u8).collect()
}

/// A list of numbers.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// A list of lists of numbers.
pub(crate) fn table(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

/// Whether two lists agree number by number, to `tolerance` relative to the larger of 1 and the expected number.
#[track_caller]
pub(crate) fn assert_near(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    for (j, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= tolerance * e.abs().max(1.0), "{what}: {j}: {f} for {e}");
    }
}

#[test]
fn one_hot_names_are_those_of_the_reference() {
    let expected: Vec<String> = serde_json::from_value(answers("onehot")).unwrap();
    assert_eq!(matrix("lab").names(), expected);
}

#[test]
fn scales_as_the_reference() {
    let answers = answers("scaler");
    for name in ["blobs", "mixed", "lab"] {
        let scaler = StandardScaler::fit(&matrix(name)).unwrap();
        assert_near(scaler.means(), &numbers(&answers[name]["mean"]), 1e-13, name);
        assert_near(scaler.scales(), &numbers(&answers[name]["scale"]), 1e-13, name);
    }
}
