//! Questions in SQL, which change nothing.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use botany_catalog::tables;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::cli::batches;
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Query};
use crate::serve::files::Form;

/// Rows of an answer at most.
const MOST_ROWS: usize = 10_000;
/// Rows of a download at most.
const MOST_DOWNLOADED: usize = 1_000_000;
/// Bytes of an answer at most, as it lies in memory.
const MOST_BYTES: usize = 256 << 20;
/// Bytes of a question at most: it is read by recursion.
const LONGEST: usize = 8 << 10;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(download))
        .routes(routes!(tables_there))
}

/// A question.
#[derive(Deserialize, ToSchema)]
struct Question {
    /// One SELECT, EXPLAIN, SHOW or DESCRIBE.
    sql: String,
    /// Rows at most; absent: 1,000.
    limit: Option<usize>,
}

/// Rows with named columns.
#[derive(Serialize, ToSchema)]
pub struct Answer {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows; a value a column.
    #[schema(value_type = Vec<Vec<Value>>)]
    pub rows: Vec<Vec<Value>>,
    /// Whether there are more rows.
    pub more: bool,
    /// How long it took.
    pub seconds: f64,
}

/// Asks a question in SQL
#[utoipa::path(post, path = "/sql", tag = "sql", request_body = Question,
    responses((status = 200, body = Answer), (status = 422, body = Fault)))]
async fn ask(
    State(server): State<Server>,
    Body(question): Body<Question>,
) -> Result<Json<Answer>, Fault> {
    let limit = question.limit.unwrap_or(1_000).min(MOST_ROWS);
    found(&server, question.sql, limit).await.map(Json)
}

/// Refuses a question that is too long to be read safely.
pub fn short_enough(sql: &str) -> Result<(), Fault> {
    if sql.len() <= LONGEST {
        return Ok(());
    }
    let message = format!("a question of {} bytes; at most {LONGEST} are read", sql.len());
    Err(Fault::request(message, "ask in smaller steps, or use `botany sql`"))
}

/// The answer to a question, of so many rows at most.
pub async fn found(server: &Server, sql: String, limit: usize) -> Result<Answer, Fault> {
    let begin = Instant::now();
    short_enough(&sql)?;
    let found = server.with(move |workspace| {
        let answer = workspace.wait(workspace.engine.query_limited(&sql, limit, MOST_BYTES))?;
        Ok((batches::table(&answer.batches)?, answer.more))
    });
    let (table, more) = found.await?;
    let (columns, rows) = table.into_parts();
    Ok(Answer { columns, rows, more, seconds: begin.elapsed().as_secs_f64() })
}

/// A question whose answer is kept.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Download {
    /// One SELECT.
    sql: String,
    /// `csv`, `json` or `parquet`; absent: csv.
    form: Option<String>,
}

/// The answer to a question as a file
#[utoipa::path(get, path = "/sql/download", tag = "sql", params(Download),
    responses((status = 200, description = "CSV, JSON or Parquet", content_type = "text/csv"), (status = 422, body = Fault)))]
async fn download(
    State(server): State<Server>,
    Query(asked): Query<Download>,
) -> Result<Response, Fault> {
    let form = Form::find(asked.form.as_deref().unwrap_or("csv"))?;
    short_enough(&asked.sql)?;
    let bytes = server.with(move |workspace| {
        let answer = workspace.engine.query_limited(&asked.sql, MOST_DOWNLOADED, MOST_BYTES);
        form.bytes(&workspace.wait(answer)?.batches)
    });
    Ok(form.answer("answer", bytes.await?))
}

/// A stored table.
#[derive(Serialize, ToSchema)]
struct Table {
    /// Its name.
    name: &'static str,
    /// What a row is.
    doc: &'static str,
    /// Its columns.
    columns: Vec<Column>,
}

/// A column of a stored table.
#[derive(Serialize, ToSchema)]
struct Column {
    /// Its name.
    name: &'static str,
    /// Its type.
    kind: String,
    /// Its unit; may be empty.
    unit: &'static str,
    /// What it says.
    doc: &'static str,
}

/// The stored tables with their documentation
#[utoipa::path(get, path = "/tables", tag = "sql", responses((status = 200, body = [Table])))]
async fn tables_there() -> Json<Vec<Table>> {
    let column = |column: &botany_catalog::Column| Column {
        name: column.name,
        kind: format!("{:?}", column.kind).to_lowercase(),
        unit: column.unit,
        doc: column.doc,
    };
    let table = |table: &&'static botany_catalog::Table| Table {
        name: table.name,
        doc: table.doc,
        columns: table.columns.iter().map(column).collect(),
    };
    Json(tables::ALL.iter().map(table).collect())
}
