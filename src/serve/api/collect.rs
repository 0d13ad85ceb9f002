//! Logs in, and what became of their lines.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::sql::{Answer, found};
use crate::reading::Reading;
use crate::run;
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path, Query};
use crate::serve::jobs::Begun;

/// Bytes of an upload at most, as it comes.
const UPLOAD_MIB: u64 = 4096;
/// How long an upload may stand still.
const STALLED: Duration = Duration::from_secs(60);
/// Files of one collection at most.
const MOST_FILES: usize = 10_000;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(collected, begin))
        .routes(routes!(upload))
        .routes(routes!(hours))
        .routes(routes!(rejects))
}

/// What lies in the data directory.
#[derive(Serialize, ToSchema)]
struct Collected {
    /// Lines read.
    lines: u64,
    /// Rows stored, by table.
    stored: BTreeMap<String, u64>,
    /// Lines understood and not stored, by kind.
    counted: BTreeMap<String, u64>,
    /// Lines nobody could read.
    rejected: u64,
    /// Whether the lines are the sum of the others.
    reconciles: bool,
    /// What was read, in order.
    files: Vec<File>,
}

/// An input that was read to its end.
#[derive(Serialize, ToSchema)]
struct File {
    /// As it was named.
    file: String,
    /// When, RFC 3339 in UTC.
    collected_at: String,
    /// Decompressed bytes.
    bytes: u64,
    /// Lines.
    lines: u64,
    /// Rows stored, by table.
    stored: BTreeMap<String, u64>,
    /// Lines understood and not stored, by kind.
    counted: BTreeMap<String, u64>,
    /// Lines nobody could read.
    rejected: u64,
}

/// What was collected, and what became of the lines
#[utoipa::path(get, path = "/collect", tag = "collect", responses((status = 200, body = Collected)))]
async fn collected(State(server): State<Server>) -> Result<Json<Collected>, Fault> {
    let mut bookmarks = server.with(|workspace| Ok(workspace.store.bookmarks()?)).await?;
    bookmarks.sort_by(|a, b| a.collected_at.cmp(&b.collected_at));
    let sum = |of: fn(&botany_engine::Bookmark) -> &BTreeMap<String, u64>| {
        let mut all: BTreeMap<String, u64> = BTreeMap::new();
        for (name, count) in bookmarks.iter().flat_map(of) {
            *all.entry(name.clone()).or_default() += count;
        }
        all
    };
    let (stored, counted) = (sum(|b| &b.stored), sum(|b| &b.counted));
    let lines = bookmarks.iter().map(|b| b.lines).sum();
    let rejected = bookmarks.iter().map(|b| b.rejected).sum();
    let ended: u64 = stored.values().chain(counted.values()).sum::<u64>() + rejected;
    let files = bookmarks.into_iter().map(|b| File {
        file: b.file,
        collected_at: b.collected_at,
        bytes: b.bytes,
        lines: b.lines,
        stored: b.stored,
        counted: b.counted,
        rejected: b.rejected,
    });
    let files = files.collect();
    let reconciles = lines == ended;
    Ok(Json(Collected { lines, stored, counted, rejected, reconciles, files }))
}

/// What to collect.
#[derive(Deserialize, ToSchema)]
struct Paths {
    /// Files, folders or globs on the server.
    paths: Vec<String>,
    /// How their lines are read; the flags of `botany collect`.
    #[serde(default)]
    #[schema(value_type = Object)]
    reading: Reading,
    /// Whether a file's last line is read even if it has no newline yet.
    #[serde(default)]
    to_the_end: bool,
}

/// Collects files that lie on the server
#[utoipa::path(post, path = "/collect", tag = "collect", request_body = Paths,
    responses((status = 200, body = Begun), (status = 403, body = Fault), (status = 422, body = Fault)))]
async fn begin(
    State(server): State<Server>,
    Body(asked): Body<Paths>,
) -> Result<Json<Begun>, Fault> {
    asked.reading.options(1)?;
    let logs = server.logs().to_vec();
    let files = tokio::task::spawn_blocking(move || below(&asked.paths, &logs)).await;
    let files = files.map_err(|_| Fault::ours("the paths were not followed to their end"))??;
    collect(&server, files, asked.reading, asked.to_the_end, None)
}

/// The plain files that patterns stand for, all of them below the folders of logs. What lies elsewhere is not even
/// looked for.
fn below(patterns: &[String], logs: &[PathBuf]) -> Result<Vec<PathBuf>, Fault> {
    let inside = |path: &std::path::Path| logs.iter().any(|folder| path.starts_with(folder));
    let elsewhere = || {
        let hint = "begin the server with --logs FOLDER, or upload the file";
        Fault::forbidden("that is in no folder this server may collect from", hint)
    };
    for pattern in patterns {
        let fixed = pattern.split(['*', '?', '[']).next().unwrap_or_default();
        let fixed = if fixed.len() == pattern.len() {
            fixed
        } else {
            fixed.rsplit_once('/').map_or("", |f| f.0)
        };
        let whole = PathBuf::from(fixed).canonicalize().map_err(|_| elsewhere())?;
        if pattern.contains("..") || !inside(&whole) {
            return Err(elsewhere());
        }
    }
    let mut files = Vec::new();
    for file in run::expand(patterns)? {
        let whole = file.canonicalize().map_err(anyhow::Error::from)?;
        if !inside(&whole) || !whole.is_file() {
            return Err(elsewhere());
        }
        files.push(whole);
        if files.len() > MOST_FILES {
            let message = format!("more than {MOST_FILES} files");
            return Err(Fault::request(message, "name fewer, or use `botany collect`"));
        }
    }
    Ok(files)
}

/// Begins to collect. What was `sent` stays if anything of it was stored, as evidence names its lines; a log that was
/// known already, or could not be collected, leaves nothing behind.
fn collect(
    server: &Server,
    files: Vec<PathBuf>,
    reading: Reading,
    to_the_end: bool,
    sent: Option<TempDir>,
) -> Result<Json<Begun>, Fault> {
    let context = server.context();
    let title = match files.as_slice() {
        [one] => one.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        many => format!("{} files", many.len()),
    };
    server.begin("collect", &title, move |say| {
        let how = run::How { reading: &reading, to_the_end };
        let collection = run::collect_paths(&files, how, &context, say)?;
        let file = |one: &run::Collected| match &one.tally {
            None => json!({ "file": one.file, "what": "collected before", "lines": 0 }),
            Some(tally) => json!({
                "file": one.file,
                "lines": tally.lines,
                "stored": tally.stored_total(),
                "not_stored": tally.counted_total(),
                "rejected": tally.rejected,
            }),
        };
        if collection.files.iter().any(|one| one.tally.is_some()) {
            let _kept = sent.map(TempDir::keep);
        }
        let told: Vec<_> = collection.files.iter().map(file).collect();
        collection.all()?;
        Ok(json!({ "files": told }))
    })
}

/// How the lines of a log that is sent are read.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Read {
    /// Ask this log source only, instead of telling by content.
    source: Option<String>,
    /// The year of the first stamp that names none.
    year: Option<i16>,
    /// Offset from UTC of stamps that name none, such as +02:00.
    utc_offset: Option<String>,
}

/// Collects a log that is sent
#[utoipa::path(put, path = "/collect/uploads/{name}", tag = "collect",
    params(("name" = String, Path, description = "the file's name"), Read),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Begun), (status = 413, body = Fault), (status = 422, body = Fault)))]
async fn upload(
    State(server): State<Server>,
    Path(name): Path<String>,
    Query(read): Query<Read>,
    body: axum::body::Body,
) -> Result<Json<Begun>, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || !name.chars().all(plain) {
        let hint = "letters, digits, `.`, `_` and `-`";
        return Err(Fault::request(format!("`{name}` is no name for an upload"), hint));
    }
    let Read { source, year, utc_offset } = read;
    let reading = Reading { source, year, utc_offset, ..Reading::default() };
    reading.options(1)?;
    let io = |error: std::io::Error| Fault::from(anyhow::Error::from(error));
    let uploads = server.data().join("uploads");
    tokio::fs::create_dir_all(&uploads).await.map_err(io)?;
    // Gone again if the upload breaks off.
    let folder = tempfile::Builder::new().prefix("").tempdir_in(&uploads).map_err(io)?;
    let path = folder.path().join(&name);
    let mut file = tokio::fs::File::create(&path).await.map_err(io)?;
    let mut bytes = 0;
    let mut stream = body.into_data_stream();
    while let Some(part) = tokio::time::timeout(STALLED, stream.next()).await.transpose() {
        let Ok(Ok(part)) = part else {
            return Err(Fault::request("the upload broke off", "send it again"));
        };
        bytes += part.len() as u64;
        if bytes > UPLOAD_MIB << 20 {
            return Err(Fault::too_large(UPLOAD_MIB));
        }
        file.write_all(&part).await.map_err(io)?;
    }
    file.flush().await.map_err(io)?;
    collect(&server, vec![path], reading, true, Some(folder))
}

/// Events of each table, hour by hour, the newest first
#[utoipa::path(get, path = "/collect/hours", tag = "collect", responses((status = 200, body = Answer)))]
async fn hours(State(server): State<Server>) -> Result<Json<Answer>, Fault> {
    let tables = ["flow", "login", "alert", "ssh", "netflow"];
    let each = tables.map(|table| {
        format!(
            "SELECT date_trunc('hour', event_time) AS hour, '{table}' AS table_name FROM {table}"
        )
    });
    let sql = format!(
        "SELECT hour, table_name, count(*) AS events FROM ({}) GROUP BY 1, 2 ORDER BY 1 DESC, 2",
        each.join(" UNION ALL ")
    );
    found(&server, sql, 10_000).await.map(Json)
}

/// Lines nobody could read, and why
#[utoipa::path(get, path = "/collect/rejects", tag = "collect", responses((status = 200, body = Answer)))]
async fn rejects(State(server): State<Server>) -> Result<Json<Answer>, Fault> {
    let sql = "SELECT file, line, source, reason, text FROM reject ORDER BY file, line";
    found(&server, sql.to_owned(), 500).await.map(Json)
}
