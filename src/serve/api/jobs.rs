//! What takes long, and how far it is.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::serve::answer::Fault;
use crate::serve::extract::Path;
use crate::serve::jobs::Job;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(all)).routes(routes!(one, stop))
}

fn none(id: u64) -> Fault {
    Fault::not_found(format!("there is no job {id}"), "jobs are forgotten when the server ends")
}

/// Every job since the server began, the newest first
#[utoipa::path(get, path = "/jobs", tag = "jobs", responses((status = 200, body = [Job])))]
async fn all(State(server): State<Server>) -> Json<Vec<Job>> {
    Json(server.jobs().all())
}

/// One job
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs", params(("id" = u64, Path, description = "the job's number")),
    responses((status = 200, body = Job), (status = 404, body = Fault)))]
async fn one(State(server): State<Server>, Path(id): Path<u64>) -> Result<Json<Job>, Fault> {
    server.jobs().one(id).map(Json).ok_or_else(|| none(id))
}

/// Stops a job: before its next step, or within a fit between two trees or rounds
#[utoipa::path(delete, path = "/jobs/{id}", tag = "jobs", params(("id" = u64, Path, description = "the job's number")),
    responses((status = 200, body = Job), (status = 404, body = Fault)))]
async fn stop(State(server): State<Server>, Path(id): Path<u64>) -> Result<Json<Job>, Fault> {
    server.jobs().stop(id);
    server.jobs().one(id).map(Json).ok_or_else(|| none(id))
}
