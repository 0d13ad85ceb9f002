//! What was learnt before, and how far it can be believed.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::report::model::{Report, Severity};
use crate::run;
use crate::serve::answer::Fault;
use crate::serve::extract::Path;

/// A report runs its own script, in a world of its own: it can reach neither the API, nor the cookie, nor anybody.
const SANDBOX: &str = "sandbox allow-scripts allow-downloads; default-src 'none'; \
                       style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; \
                       img-src data: blob:; frame-ancestors 'self'";

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(experiments))
        .routes(routes!(experiment))
        .routes(routes!(page))
}

/// An experiment: a recipe that was followed.
#[derive(Serialize, ToSchema)]
struct Experiment {
    /// Its name: when, and which recipe.
    id: String,
    /// The recipe's title.
    title: String,
    /// A line for each split of each grain.
    splits: Vec<Split>,
    /// The doubts that were tested and hold.
    doubts: Vec<Held>,
}

/// A doubt that was tested and holds.
#[derive(Serialize, ToSchema)]
struct Held {
    /// Its name.
    name: String,
    /// How much it weighs: `caution` or `serious`.
    severity: &'static str,
}

/// How a model did on one split.
#[derive(Serialize, ToSchema)]
struct Split {
    grain: String,
    split: String,
    /// Whether rows of one address stand on both sides.
    leaks: bool,
    rows: u64,
    positives: u64,
    addresses: u64,
    /// Absent where a split could not be judged.
    f1: Option<f64>,
    /// The interval's ends; absent if there is none.
    low: Option<f64>,
    high: Option<f64>,
}

/// The folder of an experiment.
pub fn folder(server: &Server, id: &str) -> Result<PathBuf, Fault> {
    run::experiment(server.data(), id).map_err(|_| {
        let hint = "/api/v1/experiments lists them";
        Fault::not_found(format!("there is no experiment `{id}`"), hint)
    })
}

/// The report of an experiment.
pub fn report(folder: &std::path::Path) -> anyhow::Result<Report> {
    Ok(serde_json::from_slice(&std::fs::read(folder.join("report.json"))?)?)
}

fn told(id: String, report: Report) -> Experiment {
    let split = |grain: &str, e: &crate::report::model::Evaluation| {
        let f1 = e.metrics.iter().find(|metric| metric.name == "f1").map(|metric| &metric.estimate);
        Split {
            grain: grain.to_owned(),
            split: e.split.clone(),
            leaks: e.leaks,
            rows: e.rows,
            positives: e.positives,
            addresses: e.addresses,
            f1: f1.and_then(|f1| f1.value),
            low: f1.and_then(|f1| f1.low),
            high: f1.and_then(|f1| f1.high),
        }
    };
    let splits = report.grains.iter();
    let splits = splits.flat_map(|grain| grain.evaluations.iter().map(|e| split(&grain.grain, e)));
    let holding = report.doubts.iter().filter(|doubt| doubt.severity >= Severity::Caution);
    Experiment {
        id,
        title: report.header.title.clone(),
        splits: splits.collect(),
        doubts: holding
            .map(|doubt| Held { name: doubt.name.clone(), severity: doubt.severity.name() })
            .collect(),
    }
}

/// Every experiment, the newest first
#[utoipa::path(get, path = "/experiments", tag = "validate", responses((status = 200, body = [Experiment])))]
async fn experiments(State(server): State<Server>) -> Result<Json<Vec<Experiment>>, Fault> {
    let all = server.data().join("experiments");
    let found = tokio::task::spawn_blocking(move || {
        let entries = std::fs::read_dir(all).into_iter().flatten().flatten();
        let mut found: Vec<Experiment> = entries
            .filter_map(|entry| {
                let id = entry.file_name().to_string_lossy().into_owned();
                // One that is being written has a dot before its name.
                if id.starts_with('.') {
                    return None;
                }
                Some(told(id, report(&entry.path()).ok()?))
            })
            .collect();
        found.sort_by(|a, b| b.id.cmp(&a.id));
        found
    });
    found.await.map(Json).map_err(|_| Fault::ours("the experiments were not read to their end"))
}

/// The report of an experiment, as data
#[utoipa::path(get, path = "/experiments/{id}", tag = "validate",
    params(("id" = String, Path, description = "the experiment's name")),
    responses((status = 200, body = Object), (status = 404, body = Fault)))]
async fn experiment(
    State(server): State<Server>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Fault> {
    let path = folder(&server, &id)?.join("report.json");
    let bytes = tokio::fs::read(&path).await.map_err(anyhow::Error::from)?;
    Ok(Json(serde_json::from_slice(&bytes).map_err(anyhow::Error::from)?))
}

/// The report of an experiment, as a page
#[utoipa::path(get, path = "/experiments/{id}/report.html", tag = "validate",
    params(("id" = String, Path, description = "the experiment's name")),
    responses((status = 200, description = "a page", content_type = "text/html"), (status = 404, body = Fault)))]
async fn page(State(server): State<Server>, Path(id): Path<String>) -> Result<Response, Fault> {
    let folder = folder(&server, &id)?;
    let page = tokio::task::spawn_blocking(move || {
        let path = folder.join("report.html");
        // The page may have been written elsewhere; what it says is in the report.
        if path.exists() {
            return Ok(std::fs::read_to_string(path)?);
        }
        crate::report::html::render(&report(&folder)?)
    });
    let page = page.await.map_err(|_| Fault::ours("the report was not read to its end"))??;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, SANDBOX)];
    Ok((headers, page).into_response())
}
