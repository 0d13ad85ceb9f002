//! Logs in, and what became of their lines.

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::sql::{Answer, found};
use crate::reading::Reading;
use crate::run;
use crate::serve::answer::Fault;

/// Bytes of an upload at most, as it comes.
const UPLOAD_MIB: u64 = 4096;

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

/// The number of a job.
#[derive(Serialize, ToSchema)]
pub struct Begun {
    /// Ask `/api/v1/jobs/{job}` how far it is.
    pub job: u64,
}

/// Collects files that lie on the server
#[utoipa::path(post, path = "/collect", tag = "collect", request_body = Paths,
    responses((status = 200, body = Begun), (status = 403, body = Fault), (status = 422, body = Fault)))]
async fn begin(
    State(server): State<Server>,
    Json(asked): Json<Paths>,
) -> Result<Json<Begun>, Fault> {
    if asked.paths.iter().any(|path| path == "-") {
        return Err(Fault::request("standard input is not the browser's", "name a file"));
    }
    asked.reading.options(1)?;
    let files = run::expand(&asked.paths)?;
    for file in &files {
        let whole = file.canonicalize().map_err(anyhow::Error::from)?;
        if !server.logs().iter().any(|folder| whole.starts_with(folder)) {
            let message =
                format!("{} lies in no folder this server may collect from", file.display());
            let hint = "begin the server with --logs FOLDER, or upload the file";
            return Err(Fault::forbidden(message, hint));
        }
    }
    Ok(Json(Begun { job: collect(&server, files, asked.reading, asked.to_the_end) }))
}

fn collect(server: &Server, files: Vec<PathBuf>, reading: Reading, to_the_end: bool) -> u64 {
    let context = server.context();
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    server.jobs().begin("collect", &names.join(" "), move |say| {
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
        let told: Vec<_> = collection.files.iter().map(file).collect();
        collection.all()?;
        Ok(json!({ "files": told }))
    })
}

/// How the lines of a log that is sent are read.
#[derive(Deserialize, IntoParams)]
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
    body: Body,
) -> Result<Json<Begun>, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || !name.chars().all(plain) {
        let hint = "letters, digits, `.`, `_` and `-`";
        return Err(Fault::request(format!("`{name}` is no name for an upload"), hint));
    }
    let Read { source, year, utc_offset } = read;
    let reading = Reading { source, year, utc_offset, ..Reading::default() };
    reading.options(1)?;
    let folder = server.context().data.join("uploads").join(uuid::Uuid::now_v7().to_string());
    let path = folder.join(&name);
    let io = |error: std::io::Error| Fault::from(anyhow::Error::from(error));
    tokio::fs::create_dir_all(&folder).await.map_err(io)?;
    let mut file = tokio::fs::File::create(&path).await.map_err(io)?;
    let mut bytes = 0;
    let mut stream = body.into_data_stream();
    while let Some(part) = stream.next().await {
        let Ok(part) = part else {
            let _ = tokio::fs::remove_dir_all(&folder).await;
            return Err(Fault::request("the upload broke off", "send it again"));
        };
        bytes += part.len() as u64;
        if bytes > UPLOAD_MIB << 20 {
            let _ = tokio::fs::remove_dir_all(&folder).await;
            return Err(Fault::too_large(UPLOAD_MIB));
        }
        file.write_all(&part).await.map_err(io)?;
    }
    file.flush().await.map_err(io)?;
    Ok(Json(Begun { job: collect(&server, vec![path], reading, true) }))
}

/// Events of each table, hour by hour
#[utoipa::path(get, path = "/collect/hours", tag = "collect", responses((status = 200, body = Answer)))]
async fn hours(State(server): State<Server>) -> Result<Json<Answer>, Fault> {
    let tables = ["flow", "login", "alert", "ssh", "netflow"];
    let each = tables.map(|table| {
        format!(
            "SELECT date_trunc('hour', event_time) AS hour, '{table}' AS table_name FROM {table}"
        )
    });
    let sql = format!(
        "SELECT hour, table_name, count(*) AS events FROM ({}) GROUP BY 1, 2 ORDER BY 1, 2",
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
