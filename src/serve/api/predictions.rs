//! What an experiment said of each row: by cell of the confusion matrix, and by threshold.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::validate::folder;
use crate::cli::batches;
use crate::run::predictions::{Cell, Predictions};
use crate::serve::answer::Fault;
use crate::serve::extract::{Path, Query};

/// Rows of an answer at most.
const MOST: usize = 100_000;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(rows)).routes(routes!(thresholds))
}

async fn read<T: Send + 'static>(
    server: &Server,
    id: &str,
    split: String,
    work: impl FnOnce(&Predictions) -> anyhow::Result<T> + Send + 'static,
) -> Result<T, Fault> {
    let folder = folder(server, id)?;
    let done = server.with(move |_| {
        let all = Predictions::read(&folder)?;
        if !all.splits().contains(&split) {
            let there = all.splits().join(", ");
            anyhow::bail!("no split `{split}` was judged here: there are {there}");
        }
        work(&all)
    });
    done.await
}

/// Which rows.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The split whose models said it: address, block, row or time.
    split: String,
    /// Rows of this label, 0 or 1; absent: of both.
    label: Option<u8>,
    /// Rows called so, 0 or 1; absent: both.
    called: Option<u8>,
    /// Only rows that are called otherwise than their label.
    #[serde(default)]
    wrong: bool,
    /// Called 1 from this probability on; absent: 0.5.
    threshold: Option<f64>,
    /// Rows at most; absent: 200.
    limit: Option<usize>,
    /// Rows before the first one that is told, for the next page; absent: none.
    #[serde(default)]
    offset: usize,
}

/// Rows an experiment has tested, the surest first.
#[derive(Serialize, ToSchema)]
struct Rows {
    /// What a row is.
    grain: String,
    /// How many rows there are.
    all: usize,
    /// Rows before the first one that is told.
    offset: usize,
    /// Whether there are more behind those that are told.
    more: bool,
    /// The columns' names: keys, label, probability of label 1, features.
    columns: Vec<String>,
    /// The rows; a value a column.
    #[schema(value_type = Vec<Vec<Value>>)]
    rows: Vec<Vec<Value>>,
}

/// The rows of a cell of the confusion matrix, by models that had not learnt from them
#[utoipa::path(get, path = "/experiments/{id}/rows", tag = "validate",
    params(("id" = String, Path, description = "the experiment's name"), Wanted),
    responses((status = 200, body = Rows), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn rows(
    State(server): State<Server>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Rows>, Fault> {
    let threshold = wanted.threshold.unwrap_or(0.5);
    if !threshold.is_finite() {
        return Err(Fault::request("the threshold is no number", "such as 0.5"));
    }
    let cell = Cell { label: wanted.label, called: wanted.called, wrong: wanted.wrong, threshold };
    let limit = wanted.limit.unwrap_or(200).min(MOST);
    let (split, offset) = (wanted.split, wanted.offset);
    let found = read(&server, &id, split.clone(), move |all| {
        let (batch, count) = all.rows(&split, cell, offset, limit)?;
        let (columns, rows) = batches::table(&[batch])?.into_parts();
        let grain = all.grain().to_owned();
        let offset = offset.min(count);
        Ok(Rows { grain, all: count, offset, more: count - offset > rows.len(), columns, rows })
    });
    found.await.map(Json)
}

/// Whose thresholds.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// The split: address, block, row or time.
    split: String,
}

/// What each threshold comes to: precision, recall, alerts a day
///
/// `days`, `tested`, `rows_per_sampled`, and `points` by falling threshold: threshold, confusion (label 0 called 0, label
/// 0 called 1, label 1 called 0, label 1 called 1), precision, recall, false_positive_rate, alerts_per_day,
/// addresses_per_day.
#[utoipa::path(get, path = "/experiments/{id}/thresholds", tag = "validate",
    params(("id" = String, Path, description = "the experiment's name"), Of),
    responses((status = 200, body = Object), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn thresholds(
    State(server): State<Server>,
    Path(id): Path<String>,
    Query(of): Query<Of>,
) -> Result<Json<Value>, Fault> {
    let split = of.split.clone();
    let found = read(&server, &id, of.split, move |all| Ok(json!(all.thresholds(&split)?)));
    found.await.map(Json)
}
