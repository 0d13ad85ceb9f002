//! A pipeline for the rest of the world: an ONNX model with raw features in.
//!
//! An input a column, `[rows, 1]`: numbers (of 64 bits, or of 32 if asked for), words as texts. Outputs: `label`,
//! `probabilities` (of 0 and of 1), and with a clustering `cluster` and `cluster_distance`. One-hot, scaling and
//! clustering are part of the graph; all of it computes in 64 bits in the order the pipeline does, so that the same row
//! gets the same label.
//!
//! Open Neural Network Exchange, operators of versions 15 and `ai.onnx.ml` 3.

mod clusters;
mod graph;
mod message;
mod preparation;
#[cfg(test)]
mod tests;
mod trees;

use graph::Graph;
use message::Type;
use preparation::Columns;

use crate::algorithms::ALL;
use crate::{CLUSTER, CLUSTER_DISTANCE, Error, Pipeline};

/// Of how many bits the numbers are that are put in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inputs {
    /// 64: every value decides as in the pipeline.
    #[default]
    Double,
    /// 32, for programs that have no others: a value that 32 bits cannot hold is another value.
    Float,
}

/// The names of the algorithms that can be exported.
fn exportable() -> String {
    let made_of_trees = |name: &str| matches!(name, "random-forest" | "decision-tree");
    let names: Vec<&str> =
        ALL.iter().map(|a| a.name()).filter(|name| made_of_trees(name)).collect();
    names.join(" and ")
}

/// The ONNX model of a pipeline.
///
/// # Errors
/// [`Error::NotExportable`] for an algorithm that is not made of trees whose mean it is.
pub fn export(pipeline: &Pipeline, inputs: Inputs) -> Result<Vec<u8>, Error> {
    let classifier = pipeline.model().classifier();
    let Some(trees) = classifier.trees() else {
        return Err(Error::NotExportable {
            algorithm: classifier.algorithm().to_owned(),
            available: exportable(),
        });
    };
    let mut graph = Graph::default();
    let mut columns = inputs_of(pipeline, inputs, &mut graph)?;
    let mut clustered = None;
    if let Some((preparation, kmeans)) = pipeline.clustering() {
        let matrix = preparation::matrix(&mut graph, preparation, &columns)?;
        let (cluster, distance) = clusters::assign(&mut graph, kmeans, &matrix);
        columns.insert(CLUSTER.to_owned(), cluster.clone());
        columns.insert(CLUSTER_DISTANCE.to_owned(), distance.clone());
        clustered = Some((cluster, distance));
    }
    let matrix = preparation::matrix(&mut graph, pipeline.preparation(), &columns)?;
    let (label, probabilities) = trees::classify(&mut graph, trees, &matrix);
    graph.output(&label, "label", Type::Int64, None);
    graph.output(&probabilities, "probabilities", Type::Float, Some(2));
    if let Some((cluster, distance)) = clustered {
        let flat = graph.whole(&[1], &[-1]);
        let cluster = graph.apply("Reshape", &[&cluster, &flat], &[]);
        let distance = graph.apply("Reshape", &[&distance, &flat], &[]);
        graph.output(&cluster, CLUSTER, Type::Int64, None);
        graph.output(&distance, CLUSTER_DISTANCE, Type::Double, None);
    }
    let about = [("algorithm", classifier.algorithm()), ("positive", "label 1 of 0 and 1")];
    Ok(graph.finish("botany", &about))
}

/// An input for every column the pipeline needs from outside.
fn inputs_of(pipeline: &Pipeline, inputs: Inputs, graph: &mut Graph) -> Result<Columns, Error> {
    let clustering = pipeline.clustering().map(|(preparation, _)| preparation);
    let fitted: Vec<(&str, bool)> = clustering
        .into_iter()
        .chain([pipeline.preparation()])
        .flat_map(|preparation| preparation.onehot().levels())
        .map(|(field, levels)| (field, levels.is_some()))
        .collect();
    let mut columns = Columns::new();
    for name in pipeline.columns() {
        let words = fitted.iter().any(|(field, words)| *field == name && *words);
        // Outputs have these names.
        if ["label", "probabilities", CLUSTER, CLUSTER_DISTANCE].contains(&name) {
            return Err(Error::DuplicateColumn(name.to_owned()));
        }
        let value = match (words, inputs) {
            (true, _) => graph.input(name, Type::String),
            (false, Inputs::Double) => graph.input(name, Type::Double),
            (false, Inputs::Float) => {
                let short = graph.input(name, Type::Float);
                graph.cast(&short, Type::Double)
            }
        };
        columns.insert(name.to_owned(), value);
    }
    Ok(columns)
}
