//! k-means, and the forest fitted and asked.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, ensure};
use botany_learn::algorithms::{self, Model, Tree};
use botany_learn::codec::{Reader, Writer};
use botany_learn::{KMeans, KMeansOptions, Matrix, Settings};
use serde_json::json;

use super::{Timed, metric, timed};
use crate::npy;

/// Our columns of an array that lies row by row, as the peers are given it.
fn matrix((values, columns): &(Vec<f64>, usize)) -> Result<Matrix> {
    let columns = *columns;
    let names = (0..columns).map(|column| format!("x{column}")).collect();
    let column = |at: usize| values.iter().skip(at).step_by(columns).copied().collect();
    Ok(Matrix::new(names, (0..columns).map(column).collect())?)
}

/// k-means over a matrix.
pub fn kmeans(path: &Path, options: &KMeansOptions) -> Result<Timed> {
    let x = npy::read_doubles(path)?;
    let (fitted, seconds) = timed(|| Ok(KMeans::fit(&matrix(&x)?, options)?))?;
    Ok((json!({ "inertia": fitted.inertia }), seconds))
}

/// Fits a forest on train x and y, judges it on test x and y.
pub fn forest_fit(
    paths: [&PathBuf; 4],
    settings: &Settings,
    seed: u64,
    out: &Path,
) -> Result<Timed> {
    let [train_x, train_y, test_x, test_y] = paths;
    let (x, y) = (npy::read_doubles(train_x)?, npy::read_bytes(train_y)?);
    let forest = algorithms::find("random-forest")?;
    let (model, seconds) = timed(|| Ok(Model::fit(forest, &matrix(&x)?, &y, settings, seed)?))?;
    let mut writer = Writer::new();
    model.save(&mut writer);
    writer.write_to(&mut std::fs::File::create(out)?)?;
    let probabilities = model.probabilities(&matrix(&npy::read_doubles(test_x)?)?)?;
    let labels = npy::read_bytes(test_y)?;
    let trees = model.classifier().trees().ok_or_else(|| anyhow!("a forest without trees"))?;
    let nodes: usize = trees.map(|tree| tree.nodes.len()).sum();
    let answer = json!({
        "f1": metric("f1", &labels, &probabilities)?,
        "auc": metric("roc_auc", &labels, &probabilities)?,
        "nodes": nodes,
    });
    Ok((answer, seconds))
}

/// Scores every row with a fitted forest.
pub fn forest_score(model: &Path, x: &Path) -> Result<Timed> {
    let bytes = std::fs::read(model)?;
    let model = Model::load(&Reader::open(&bytes)?)?;
    let x = npy::read_doubles(x)?;
    let (probabilities, seconds) = timed(|| Ok(model.probabilities(&matrix(&x)?)?))?;
    let rows = probabilities.len();
    let answer = json!({
        "rows": rows,
        "mean_probability": probabilities.iter().sum::<f64>() / rows.max(1) as f64,
        "positives": probabilities.iter().filter(|p| **p >= 0.5).count(),
    });
    Ok((answer, seconds))
}

/// The questions that the trees of a fitted forest ask a row, the mean over all rows.
pub fn forest_questions(model: &Path, x: &Path) -> Result<Timed> {
    let bytes = std::fs::read(model)?;
    let model = Model::load(&Reader::open(&bytes)?)?;
    let (values, columns) = npy::read_doubles(x)?;
    ensure!(model.classifier().columns() == Some(columns), "the rows are not those of the model");
    let trees = model.classifier().trees().ok_or_else(|| anyhow!("a forest without trees"))?;
    let rows = values.chunks_exact(columns);
    let of = |tree: Tree| rows.clone().map(|row| questions(&tree, row)).sum::<usize>();
    let (asked, seconds) = timed(|| Ok(trees.map(of).sum::<usize>()))?;
    Ok((json!({ "questions_a_row": asked as f64 / rows.len().max(1) as f64 }), seconds))
}

/// The questions a tree asks a row on its way to a leaf.
fn questions(tree: &Tree, row: &[f64]) -> usize {
    let mut at = &tree.nodes[0];
    let mut asked = 0;
    while !at.is_leaf() {
        let left = row[at.feature as usize] <= at.threshold;
        at = &tree.nodes[if left { at.left } else { at.right } as usize];
        asked += 1;
    }
    asked
}
