//! The API: one file a room, and the document that describes it.

#![allow(unused_qualifications, reason = "the attributes of utoipa write such")]

mod about;
mod against;
mod alerts;
mod clusterings;
mod collect;
mod comparisons;
mod definition;
mod enrich;
mod jobs;
mod known;
mod learn;
mod lists;
mod opinions;
mod predictions;
mod rule;
mod saved_clusterings;
mod saving;
mod sql;
mod validate;
mod watch;
mod words;

use axum::extract::{DefaultBodyLimit, Request};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::{Map, Value, json};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::answer::Fault;
use super::state::Server;
use super::{assets, files, guard};

/// Bytes of a request that is no upload.
const BODY: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(info(
    title = "Botany",
    description = "The study of bot populations: logs in, threat list, clusters, models and their evidence out."
))]
struct Document;

/// Everything that is served.
pub fn router(server: Server) -> Router {
    let (api, document) = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", routes())
        .split_for_parts();
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    files::describe(&mut document);
    faults(&mut document);
    let describe = get(move || async move { Json(document) });
    api.route("/api/v1/openapi.json", describe)
        .route("/api/{*rest}", get(nothing).post(nothing).put(nothing).delete(nothing))
        .fallback(assets::page)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(files::as_file))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            use axum::response::IntoResponse as _;
            Fault::ours("the request met a defect").into_response()
        }))
        .layer(middleware::from_fn_with_state(server.clone(), guard::guard))
        .layer(middleware::from_fn(super::answer::to_pages))
        .with_state(server)
}

/// Says of every operation how it answers where it does not name the case: with a fault.
fn faults(document: &mut Value) {
    let fault = json!({ "description": "why there is no answer", "content": {
        "application/json": { "schema": { "$ref": "#/components/schemas/Fault" } } } });
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        operation["responses"]["default"] = fault.clone();
    }
}

fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .merge(about::routes())
        .merge(words::routes())
        .merge(collect::routes())
        .merge(enrich::routes())
        .merge(known::routes())
        .merge(opinions::routes())
        .merge(learn::routes())
        .merge(clusterings::routes())
        .merge(saved_clusterings::routes())
        .merge(comparisons::routes())
        .merge(definition::routes())
        .merge(saving::routes())
        .merge(validate::routes())
        .merge(against::routes())
        .merge(predictions::routes())
        .merge(watch::routes())
        .merge(lists::routes())
        .merge(alerts::routes())
        .merge(sql::routes())
        .merge(jobs::routes())
}

async fn not_so(request: Request) -> Fault {
    let message = format!("{} is not answered at {}", request.method(), request.uri().path());
    Fault::method(message, "/api/v1/openapi.json describes what is")
}

async fn nothing(request: Request) -> Fault {
    let message = format!("there is no {}", request.uri().path());
    Fault::not_found(message, "/api/v1/openapi.json describes what there is")
}
