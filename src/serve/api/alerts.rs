//! What live scoring told: the end of each model's journal.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path as FilePath, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use axum::Json;
use axum::extract::State;
use botany_watch::recent::recent;
use botany_watch::{Alert, ModelName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::serve::answer::Fault;
use crate::serve::extract::{Path, Query};

/// Alerts of an answer at most.
const MOST: usize = 1_000;
/// Journals that are longer are not counted.
const COUNTED: u64 = 256 << 20;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(journals)).routes(routes!(alerts))
}

/// Where `botany watch MODEL --follow` writes unless it is told otherwise.
fn path(data: &FilePath, model: &str) -> PathBuf {
    data.join("watch").join(model).join("alerts.json")
}

/// The journal of a model's alerts.
#[derive(Serialize, ToSchema)]
struct Journal {
    /// The model's name.
    model: String,
    /// Alerts in it; absent where it is too long to be counted for an answer.
    lines: Option<u64>,
    /// Bytes.
    bytes: u64,
    /// When it was written to last, RFC 3339 in UTC.
    written: String,
    /// The time of its last alert's event, as Suricata writes it; absent if there is none.
    last: Option<String>,
}

/// The journals there are, by model
///
/// Those in the data directory: `botany watch MODEL --follow --alerts FILE` may write elsewhere.
#[utoipa::path(get, path = "/alerts", tag = "watch", responses((status = 200, body = [Journal])))]
async fn journals(State(server): State<Server>) -> Result<Json<Vec<Journal>>, Fault> {
    let found = server.read(|data| {
        let folder = data.join("watch");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", folder.display()));
            }
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_folder_of_a_model(name) && path(data, name).is_file())
            .collect();
        names.sort_unstable();
        names.into_iter().map(|name| journal(data, name)).collect()
    });
    found.await.map(Json)
}

fn is_folder_of_a_model(name: &str) -> bool {
    name.parse::<ModelName>().is_ok_and(|parsed| parsed.version.is_none())
}

fn journal(data: &FilePath, model: String) -> anyhow::Result<Journal> {
    let path = path(data, &model);
    let told = || format!("cannot read {}", path.display());
    let file = File::open(&path).with_context(told)?;
    let about = file.metadata().with_context(told)?;
    let lines = (about.len() <= COUNTED).then(|| newlines(&file)).transpose().with_context(told)?;
    let written = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let last = recent(&path, 1)?.alerts.first().and_then(stamp);
    Ok(Journal {
        model,
        lines,
        bytes: about.len(),
        written: Timestamp::try_from(written)?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        last,
    })
}

fn newlines(file: &File) -> io::Result<u64> {
    let mut file = file.take(COUNTED);
    let mut block = vec![0; 1 << 16];
    let mut lines = 0;
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(lines);
        }
        lines += block[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
    }
}

/// An alert's time as its line has it.
fn stamp(alert: &Alert) -> Option<String> {
    Some(serde_json::to_value(alert).ok()?["timestamp"].as_str()?.to_owned())
}

/// How many.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Last {
    /// Alerts at most, 1,000 and no more; absent: 100.
    last: Option<usize>,
}

/// The last alerts of a model.
#[derive(Serialize, ToSchema)]
struct Alerts {
    /// The model's name.
    model: String,
    /// The last told first (their own times may follow each other otherwise), as EVE events with what the model says under `botany`; see `docs/watch.md`.
    #[schema(value_type = Vec<Object>)]
    alerts: Vec<Alert>,
    /// Whether there are earlier ones.
    more: bool,
    /// Lines among the last that are no alert.
    damaged: usize,
    /// Bytes of the journal.
    bytes: u64,
}

/// The last alerts of a model, the last told first
///
/// Read from the end of its journal, at most 8 MiB; a last line that is not yet written to its end is left out.
#[utoipa::path(get, path = "/alerts/{model}", tag = "watch",
    params(("model" = String, Path, description = "such as `article`; a version is not asked for"), Last),
    responses((status = 200, body = Alerts), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn alerts(
    State(server): State<Server>,
    Path(model): Path<String>,
    Query(asked): Query<Last>,
) -> Result<Json<Alerts>, Fault> {
    // A name that parses leads out of no folder. Versions of a model share its journal.
    let name: ModelName = model.parse().map_err(anyhow::Error::from)?;
    let model = name.name;
    let last = asked.last.unwrap_or(100).min(MOST);
    let of = model.clone();
    let found = server.read(move |data| {
        let path = path(data, &of);
        if path.is_file() { Ok(Some(recent(&path, last)?)) } else { Ok(None) }
    });
    let Some(found) = found.await? else {
        let message = format!("nobody has watched with `{model}` yet");
        return Err(Fault::not_found(message, "`botany watch MODEL --follow LOG` begins to"));
    };
    let (alerts, more, damaged, bytes) = (found.alerts, found.more, found.damaged, found.bytes);
    Ok(Json(Alerts { model, alerts, more, damaged, bytes }))
}
