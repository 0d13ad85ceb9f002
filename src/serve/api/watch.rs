//! The models of the registry.

use axum::Json;
use axum::extract::State;
use botany_watch::{Card, ModelName, Registry};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::run;
use crate::serve::answer::Fault;
use crate::serve::extract::Path;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(models)).routes(routes!(card)).routes(routes!(roll_back))
}

/// A version of a model.
#[derive(Serialize, ToSchema)]
struct Model {
    name: String,
    version: u32,
    /// Whether it is the one in force.
    current: bool,
    /// RFC 3339 in UTC.
    created_at: String,
    grain: String,
    algorithm: String,
    /// Rows of class 0 and of class 1 in its sample.
    class_counts: [u64; 2],
}

/// Every version of every model
#[utoipa::path(get, path = "/models", tag = "watch", responses((status = 200, body = [Model])))]
async fn models(State(server): State<Server>) -> Result<Json<Vec<Model>>, Fault> {
    let cards = registry(&server).cards().map_err(anyhow::Error::from)?;
    let model = |(card, current): (Card, bool)| Model {
        name: card.name,
        version: card.version,
        current,
        created_at: card.created_at,
        grain: card.grain,
        algorithm: card.pipeline.algorithm,
        class_counts: card.class_counts,
    };
    Ok(Json(cards.into_iter().map(model).collect()))
}

fn registry(server: &Server) -> Registry {
    run::registry(server.data())
}

/// The card of a model: what it was made from, and how far it can be believed
#[utoipa::path(get, path = "/models/{model}", tag = "watch",
    params(("model" = String, Path, description = "such as `article` or `article@v0001`")),
    responses((status = 200, body = Object), (status = 422, body = Fault)))]
async fn card(
    State(server): State<Server>,
    Path(model): Path<String>,
) -> Result<Json<Value>, Fault> {
    let name: ModelName = model.parse().map_err(anyhow::Error::from)?;
    let card = registry(&server).card(&name).map_err(anyhow::Error::from)?;
    Ok(Json(json!({ "card": card, "markdown": card.markdown() })))
}

/// Puts the version before, or the one named, in force
#[utoipa::path(post, path = "/models/{model}/roll-back", tag = "watch",
    params(("model" = String, Path, description = "such as `article` or `article@v0001`")),
    responses((status = 200, body = Object), (status = 422, body = Fault)))]
async fn roll_back(
    State(server): State<Server>,
    Path(model): Path<String>,
) -> Result<Json<Value>, Fault> {
    let name: ModelName = model.parse().map_err(anyhow::Error::from)?;
    let registry = registry(&server);
    registry.roll_back(&name).map_err(anyhow::Error::from)?;
    let current = registry.current(&name.name).map_err(anyhow::Error::from)?;
    Ok(Json(json!({ "name": name.name, "current": current })))
}
