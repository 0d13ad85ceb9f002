//! k-means as a graph: every row to its nearest centroid.
//!
//! The squares are added column by column, as [`KMeans::assign`] adds them: a sum in another order rounds otherwise, and
//! a tree that asks for the distance may then decide otherwise.

use super::graph::{Graph, Name};
use super::message::Attribute;
use crate::KMeans;

/// Cluster (whole) and squared distance to its centroid (64 bits) of each row, `[rows, 1]` both.
pub fn assign(graph: &mut Graph, kmeans: &KMeans, matrix: &str) -> (Name, Name) {
    let k = kmeans.centroids.len() as i64;
    let mut sum: Option<Name> = None;
    for column in 0..kmeans.names.len() {
        let place = graph.whole(&[1], &[column as i64]);
        let values = graph.apply("Gather", &[matrix, &place], &[("axis", Attribute::Int(1))]);
        let centres: Vec<f64> = kmeans.centroids.iter().map(|centroid| centroid[column]).collect();
        let centres = graph.real(&[1, k], &centres);
        let off = graph.apply("Sub", &[&values, &centres], &[]);
        let square = graph.apply("Mul", &[&off, &off], &[]);
        sum = Some(match sum {
            None => square,
            Some(sum) => graph.apply("Add", &[&sum, &square], &[]),
        });
    }
    // A k-means has at least one column.
    let distances = sum.unwrap_or_default();
    let nearest = [("axis", Attribute::Int(1)), ("keepdims", Attribute::Int(1))];
    // The first of equally near ones, as everywhere.
    let cluster = graph.apply("ArgMin", &[&distances], &nearest);
    let least = [("axes", Attribute::Ints(&[1])), ("keepdims", Attribute::Int(1))];
    let distance = graph.apply("ReduceMin", &[&distances], &least);
    (cluster, distance)
}
