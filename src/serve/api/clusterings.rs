//! The clustering assistant's questions: which rows there are, and what their clusters look like.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt8Array, UInt32Array};
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use botany_learn::Values;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::learn::{Recipes, asked};
use super::{Server, saved_clusterings};
use crate::recipe::Recipe;
use crate::report::model::{Cluster, Points, SweepPoint};
use crate::run::rows::{self, Rows};
use crate::run::{self, Clustered, Workspace, whose};
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path, Query};
use crate::serve::files::Form;
use crate::serve::jobs::Begun;
use crate::serve::state::Clustering;

/// Bytes of a request that names rows.
const MANY_ROWS: usize = 16 << 20;
/// Bars of a distribution.
const BARS: usize = 24;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(rows_there))
        .routes(routes!(begin))
        .routes(routes!(clustering))
        .routes(routes!(points))
        .routes(routes!(table))
        .merge(
            OpenApiRouter::new().routes(routes!(brushed)).layer(DefaultBodyLimit::max(MANY_ROWS)),
        )
}

/// The rows a recipe asks for.
#[derive(Serialize, ToSchema)]
struct Defined {
    /// Rows there are.
    population: usize,
    /// Rows that are sampled of them.
    rows: usize,
    /// Those of label 1.
    positives: usize,
    /// Distinct source addresses.
    addresses: usize,
    /// Those with a row of label 1.
    listed: usize,
    /// The rule label 1 goes by.
    rule: String,
    /// The default rule, by which the threat list goes; empty if it is the same.
    usual: String,
    /// The statement that makes them.
    sql: String,
    /// How each feature is spread.
    features: Vec<Spread>,
}

/// How a feature is spread over the rows.
#[derive(Serialize, ToSchema)]
struct Spread {
    name: String,
    /// Rows without a value.
    missing: usize,
    /// Least, median and largest; absent for words.
    ends: Option<[f64; 3]>,
    /// What stands below each bar, and how many rows it is of: words, or the lower ends of equal parts of the
    /// range from least to largest.
    bars: Vec<(String, usize)>,
}

impl Spread {
    fn of(name: &str, values: &Values) -> Spread {
        let missing = values.missing();
        match values {
            Values::Category { codes, levels } => {
                let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
                codes.iter().for_each(|code| *counts.entry(*code).or_default() += 1);
                let word = |code: u32| levels.get(code as usize).cloned();
                let bars =
                    counts.into_iter().filter_map(|(code, count)| Some((word(code)?, count)));
                let mut bars: Vec<(String, usize)> = bars.collect();
                bars.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
                bars.truncate(BARS);
                Spread { name: name.to_owned(), missing, ends: None, bars }
            }
            Values::Number(values) => {
                let mut all: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
                all.sort_by(f64::total_cmp);
                let (Some(&least), Some(&most)) = (all.first(), all.last()) else {
                    return Spread { name: name.to_owned(), missing, ends: None, bars: Vec::new() };
                };
                let step = (most - least) / BARS as f64;
                let mut bars = vec![0; BARS];
                for value in &all {
                    // A column of one value has no range: all stand in the first bar.
                    let at = if step > 0.0 { ((value - least) / step) as usize } else { 0 };
                    bars[at.min(BARS - 1)] += 1;
                }
                let low = |at: usize| format!("{:.4}", least + step * at as f64);
                let bars = bars.into_iter().enumerate().map(|(at, n)| (low(at), n)).collect();
                let ends = Some([least, all[all.len() / 2], most]);
                Spread { name: name.to_owned(), missing, ends, bars }
            }
        }
    }
}

/// The rows a recipe asks for, and how its features are spread over them
#[utoipa::path(post, path = "/learn/rows", tag = "learn", request_body = Recipes,
    responses((status = 200, body = Defined), (status = 422, body = Fault)))]
async fn rows_there(
    State(server): State<Server>,
    Body(body): Body<Recipes>,
) -> Result<Json<Defined>, Fault> {
    let recipe = asked(&body.text)?;
    let found = server.with(move |workspace| {
        rows::label(workspace, &recipe.enrich, &recipe.enrich.threat)?;
        let filter = &recipe.enrich.filter;
        let rows = Rows::select(workspace, &recipe, filter)?;
        let addresses: BTreeSet<&String> = rows.keys.address.iter().collect();
        let ones = rows.keys.address.iter().zip(&rows.label).filter(|(_, label)| **label == 1);
        let listed: BTreeSet<&String> = ones.map(|(address, _)| address).collect();
        let threat = &recipe.enrich.threat;
        let usual = whose::Rule::usual().rules;
        let columns = rows.frame.columns().iter();
        Ok(Defined {
            population: rows.population,
            rows: rows.label.len(),
            positives: rows.label.iter().filter(|label| **label == 1).count(),
            addresses: addresses.len(),
            listed: listed.len(),
            rule: threat.describe(),
            usual: if *threat == usual { String::new() } else { usual.describe() },
            sql: rows::selection(&recipe, filter).sql()?,
            features: columns.map(|column| Spread::of(&column.name, &column.values)).collect(),
        })
    });
    found.await.map(Json)
}

/// Clusters the rows of a recipe
#[utoipa::path(post, path = "/learn/clusterings", tag = "learn", request_body = Recipes,
    responses((status = 200, body = Begun), (status = 422, body = Fault)))]
async fn begin(
    State(server): State<Server>,
    Body(body): Body<Recipes>,
) -> Result<Json<Begun>, Fault> {
    let recipe = asked(&body.text)?;
    let (context, kept) = (server.context(), server.clusterings());
    let title = title(&recipe);
    server.begin("clustering", &title, move |say| {
        let workspace = Workspace::open(&context)?;
        let clustered = run::clustered(&recipe, &workspace, say)?;
        let found = found_in(&body.text, &recipe, &clustered);
        let id = kept.keep(Clustering { found, clustered });
        Ok(json!({ "clustering": id }))
    })
}

/// What is put into clusters, so that one can be told from another.
fn title(recipe: &Recipe) -> String {
    let (enrich, learn) = (&recipe.enrich, &recipe.learn);
    let (k, features) = learn.clustering.as_ref().map_or((0, 0), |c| (c.k, c.features.len()));
    let rows = match enrich.grain.name() {
        "flow" => "flows",
        "address" => "addresses and days",
        _ => "blocks and days",
    };
    let filter = match enrich.filter.as_str() {
        "" => String::new(),
        filter => format!(" where {filter}"),
    };
    format!("{k} clusters of {rows}{filter}, by {features} features, seed {}", learn.seed)
}

/// One of the last few.
fn find(server: &Server, id: &str) -> Result<Arc<Clustering>, Fault> {
    server.clusterings().find(id).ok_or_else(|| {
        let hint =
            "find clusters again: the server keeps the points of the last few, until it ends";
        Fault::not_found(format!("there is no clustering `{id}`"), hint)
    })
}

/// What a clustering found: its recipe, the sweep over k, the clusters, and whether its `points` are kept
#[utoipa::path(get, path = "/learn/clusterings/{id}", tag = "learn",
    params(("id" = String, Path, description = "the clustering's name")),
    responses((status = 200, body = Object), (status = 404, body = Fault)))]
async fn clustering(
    State(server): State<Server>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Fault> {
    let (mut found, points) = match find(&server, &id) {
        Ok(clustering) => (clustering.found.clone(), true),
        Err(none) => (saved_clusterings::read(&server, &id).await?.ok_or(none)?, false),
    };
    // Of one that was saved there are no points until it is found again.
    found["points"] = json!(points);
    Ok(Json(found))
}

/// A cluster with the words of its features.
#[derive(Serialize)]
struct Mixed<'a> {
    #[serde(flatten)]
    cluster: &'a Cluster,
    mixes: Vec<Mix>,
}

/// What a clustering found, as it is told and saved.
fn found_in(text: &str, recipe: &Recipe, clustered: &Clustered) -> Value {
    let described = &clustered.described;
    let clusters = described.clusters.iter().zip(mixes(clustered));
    let clusters: Vec<Mixed> = clusters.map(|(cluster, mixes)| Mixed { cluster, mixes }).collect();
    json!({
        "recipe": text,
        "asked": recipe,
        "grain": described.grain,
        "sample": described.sample,
        "features": described.features,
        "k": described.k,
        "scaled": described.scaled,
        "inertia": described.inertia,
        "spread": described.spread,
        "silhouette": described.silhouette,
        "sweep": described.sweep,
        "advice": advice(&described.sweep),
        "clusters": clusters,
        "stands_out": described.stands_out,
        "stands_out_why": described.stands_out_why,
    })
}

/// Which k the sweep speaks for.
fn advice(sweep: &[SweepPoint]) -> Option<botany_learn::Advice> {
    let point = |p: &SweepPoint| botany_learn::SweepPoint {
        k: p.k,
        inertia: p.inertia,
        silhouette: p.silhouette,
    };
    botany_learn::advice(&sweep.iter().map(point).collect::<Vec<_>>())
}

/// The words of a feature within a cluster, the most frequent first.
#[derive(Serialize)]
struct Mix {
    feature: String,
    words: Vec<(String, usize)>,
}

/// The mix of each feature of words that was clustered, cluster by cluster.
fn mixes(clustered: &Clustered) -> Vec<Vec<Mix>> {
    let described = &clustered.described;
    let mut mixes: Vec<Vec<Mix>> = described.clusters.iter().map(|_| Vec::new()).collect();
    for feature in &described.features {
        let Ok(column) = clustered.rows.frame.column(feature) else { continue };
        let Values::Category { codes, levels } = &column.values else { continue };
        let mut counts = vec![vec![0_usize; levels.len()]; mixes.len()];
        for (code, cluster) in codes.iter().zip(&described.points.cluster) {
            let own = counts.get_mut(*cluster as usize).and_then(|own| own.get_mut(*code as usize));
            if let Some(count) = own {
                *count += 1;
            }
        }
        for (own, counts) in mixes.iter_mut().zip(counts) {
            let mut words: Vec<(String, usize)> =
                levels.iter().cloned().zip(counts).filter(|(_, count)| *count > 0).collect();
            words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            own.push(Mix { feature: feature.clone(), words });
        }
    }
    mixes
}

/// The clustered rows as numbers, for plots
///
/// Little endian: the length of a JSON header (u32), the header ({columns, rows, addresses}) filled up with blanks so
/// that what follows begins at a multiple of eight, each column as f64, the place of each row's address in the header's list as u32, then cluster
/// and label as a byte each.
#[utoipa::path(get, path = "/learn/clusterings/{id}/points", tag = "learn",
    params(("id" = String, Path, description = "the clustering's name")),
    responses((status = 200, description = "numbers", content_type = "application/octet-stream"),
        (status = 404, body = Fault)))]
async fn points(State(server): State<Server>, Path(id): Path<String>) -> Result<Response, Fault> {
    let found = find(&server, &id)?;
    let bytes = tokio::task::spawn_blocking(move || pack(&found.clustered.described.points));
    let bytes = bytes.await.map_err(|_| Fault::ours("the points were not packed to their end"))?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

fn pack(points: &Points) -> Vec<u8> {
    let mut addresses: Vec<&str> = points.address.iter().map(String::as_str).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let columns: Vec<&str> = points.columns.iter().map(|column| column.name.as_str()).collect();
    let rows = points.cluster.len();
    let mut header = json!({ "columns": columns, "rows": rows, "addresses": addresses })
        .to_string()
        .into_bytes();
    header.resize((header.len() + 4).next_multiple_of(8) - 4, b' ');
    let mut bytes = (header.len() as u32).to_le_bytes().to_vec();
    bytes.extend(header);
    for column in &points.columns {
        bytes.extend(column.values.iter().flat_map(|value| value.to_le_bytes()));
    }
    let place = |text: &String| addresses.binary_search(&text.as_str()).unwrap_or(0) as u32;
    bytes.extend(points.address.iter().flat_map(|address| place(address).to_le_bytes()));
    bytes.extend(points.cluster.iter().map(|cluster| *cluster as u8));
    bytes.extend(&points.label);
    bytes
}

/// Which cluster.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Its number.
    cluster: u32,
}

/// The article's table of a cluster of flows
#[utoipa::path(get, path = "/learn/clusterings/{id}/table", tag = "learn",
    params(("id" = String, Path, description = "the clustering's name"), Wanted),
    responses((status = 200, body = Object), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn table(
    State(server): State<Server>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Fault> {
    let found = find(&server, &id)?;
    Ok(Json(json!(found.clustered.table(wanted.cluster)?)))
}

/// Rows of a clustering.
#[derive(Deserialize, ToSchema)]
struct Brushed {
    /// Their places among the points.
    rows: Vec<u32>,
    /// `csv`, `json` or `parquet`.
    form: String,
}

/// Rows of a clustering as a file: those that were brushed
#[utoipa::path(post, path = "/learn/clusterings/{id}/rows", tag = "learn", request_body = Brushed,
    params(("id" = String, Path, description = "the clustering's name")),
    responses((status = 200, description = "CSV, JSON or Parquet", content_type = "text/csv"),
        (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn brushed(
    State(server): State<Server>,
    Path(id): Path<String>,
    Body(brushed): Body<Brushed>,
) -> Result<Response, Fault> {
    let found = find(&server, &id)?;
    let form = Form::find(&brushed.form)?;
    let made = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, Fault> {
        let points = &found.clustered.described.points;
        let rows: Vec<usize> = brushed.rows.iter().map(|row| *row as usize).collect();
        if let Some(none) = rows.iter().find(|row| **row >= points.cluster.len()) {
            let hint = "rows are counted from 0, in the order of the points";
            return Err(Fault::request(format!("there is no row {none}"), hint));
        }
        Ok(form.bytes(&[taken(points, &rows)?])?)
    });
    let bytes = made.await.map_err(|_| Fault::ours("the file was not made to its end"))??;
    Ok(form.answer("rows", bytes))
}

/// Some of the points as columns.
fn taken(points: &Points, rows: &[usize]) -> anyhow::Result<RecordBatch> {
    let address = rows.iter().map(|&row| Some(points.address[row].as_str()));
    let cluster = rows.iter().map(|&row| points.cluster[row]);
    let label = rows.iter().map(|&row| points.label[row]);
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("address", Arc::new(address.collect::<StringArray>())),
        ("cluster", Arc::new(UInt32Array::from_iter_values(cluster))),
        ("label", Arc::new(UInt8Array::from_iter_values(label))),
    ];
    for column in &points.columns {
        let values = rows.iter().map(|&row| column.values[row]);
        columns.push((&column.name, Arc::new(Float64Array::from_iter_values(values))));
    }
    Ok(RecordBatch::try_from_iter(columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::PointColumn;

    #[test]
    fn a_spread_holds_every_row_once() {
        for values in
            [vec![1.0; 7], vec![0.0, 0.5, 3.0, f64::NAN], (0..1000).map(f64::from).collect()]
        {
            let spread = Spread::of("x", &Values::Number(values.clone()));
            let held: usize = spread.bars.iter().map(|(_, count)| count).sum();
            assert_eq!(held + spread.missing, values.len());
        }
        let words = Spread::of("x", &Values::words([Some("b"), Some("a"), Some("b"), None]));
        assert_eq!(words.bars, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
    }

    #[test]
    fn points_are_packed_as_the_document_says() {
        let column = PointColumn { name: "a".into(), values: vec![1.5, -2.0] };
        let points = Points {
            columns: vec![column],
            cluster: vec![3, 4],
            label: vec![0, 1],
            address: vec!["192.0.2.9".into(), "192.0.2.1".into()],
        };
        let bytes = pack(&points);
        let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        let header: Value = serde_json::from_slice(&bytes[4..4 + length]).unwrap();
        assert_eq!(((4 + length) % 8, header["addresses"][1].as_str()), (0, Some("192.0.2.9")));
        let rest = &bytes[4 + length..];
        assert_eq!(rest[..8], 1.5_f64.to_le_bytes());
        assert_eq!(rest[16..], [1, 0, 0, 0, 0, 0, 0, 0, 3, 4, 0, 1]);
    }
}
