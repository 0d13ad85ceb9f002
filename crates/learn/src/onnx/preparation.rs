//! Columns as the numbers an algorithm sees, as a graph: one-hot, then scaled if asked for.

use std::collections::BTreeMap;

use super::graph::{Graph, Name};
use super::message::{Attribute, Type};
use crate::pipeline::Preparation;
use crate::{CLUSTER, Error};

/// The columns there are: those from outside and those the clustering made, each `[rows, 1]`. Numbers are of 64 bits,
/// words are texts, clusters are whole numbers.
pub type Columns = BTreeMap<String, Name>;

/// The matrix of a fitted preparation: `[rows, columns]`, 64 bits.
///
/// # Errors
/// A column that is not among `columns`.
pub fn matrix(
    graph: &mut Graph,
    preparation: &Preparation,
    columns: &Columns,
) -> Result<Name, Error> {
    let onehot = preparation.onehot();
    let (mut blocks, mut first) = (Vec::new(), Vec::new());
    let mut width = 0;
    for (field, levels) in onehot.levels() {
        let column = columns.get(field).ok_or_else(|| Error::NoColumn {
            column: field.to_owned(),
            available: columns.keys().cloned().collect::<Vec<_>>().join(", "),
        })?;
        first.push(width);
        width += levels.map_or(1, <[String]>::len);
        blocks.push(match levels {
            None => column.clone(),
            Some(levels) => zeros_and_ones(graph, column, levels, field == CLUSTER),
        });
    }
    let blocks: Vec<&str> = blocks.iter().map(String::as_str).collect();
    let side_by_side = graph.apply("Concat", &blocks, &[("axis", Attribute::Int(1))]);
    let places: Vec<i64> =
        onehot.places().map(|(field, level)| (first[field] + level) as i64).collect();
    let places = graph.whole(&[places.len() as i64], &places);
    let sorted = graph.apply("Gather", &[&side_by_side, &places], &[("axis", Attribute::Int(1))]);
    let Some(scaler) = preparation.scaler() else { return Ok(sorted) };
    let dims = [1, width as i64];
    let (means, scales) = (graph.real(&dims, scaler.means()), graph.real(&dims, scaler.scales()));
    let centred = graph.apply("Sub", &[&sorted, &means], &[]);
    Ok(graph.apply("Div", &[&centred, &scales], &[]))
}

/// A column for each word; a word that was not seen is 0 in all of them.
fn zeros_and_ones(graph: &mut Graph, column: &str, levels: &[String], clusters: bool) -> Name {
    // A number no cluster has stands for a level that is none; there is none, as the pipeline made the levels.
    let numbers: Vec<i64> = levels.iter().map(|level| level.parse().unwrap_or(-1)).collect();
    let words: Vec<&str> = levels.iter().map(String::as_str).collect();
    let known = match clusters {
        true => ("cats_int64s", Attribute::Ints(&numbers)),
        false => ("cats_strings", Attribute::Texts(words)),
    };
    let [cube] = graph.learn("OneHotEncoder", column, &[known, ("zeros", Attribute::Int(1))]);
    let shape = graph.whole(&[2], &[-1, levels.len() as i64]);
    let flat = graph.apply("Reshape", &[&cube, &shape], &[]);
    graph.cast(&flat, Type::Double)
}
