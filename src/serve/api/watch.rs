//! The models of the registry.

use axum::Json;
use axum::extract::State;
use botany_watch::{Card, ModelName, Registry};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::rule::Rule;
use crate::run;
use crate::run::differences::{Difference, between};
use crate::run::whose;
use crate::serve::answer::Fault;
use crate::serve::extract::{Path, Query};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(models))
        .routes(routes!(card))
        .routes(routes!(against))
        .routes(routes!(roll_back))
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
    /// The probability from which it calls a row 1.
    threshold: f64,
}

/// Every version of every model
#[utoipa::path(get, path = "/models", tag = "watch", responses((status = 200, body = [Model])))]
async fn models(State(server): State<Server>) -> Result<Json<Vec<Model>>, Fault> {
    let cards = registry(&server).cards().map_err(anyhow::Error::from)?;
    let model = |(card, current): (Card, bool)| Model {
        threshold: card.threshold(),
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
///
/// `card`; `inputs`, what it looks at, the columns of its clusters among it; `threshold`; `measured_in_words`, of its evidence; `rule`, by which its label goes;
/// `markdown`.
#[utoipa::path(get, path = "/models/{model}", tag = "watch",
    params(("model" = String, Path, description = "such as `article` or `article@v0001`")),
    responses((status = 200, body = Object), (status = 422, body = Fault)))]
async fn card(
    State(server): State<Server>,
    Path(model): Path<String>,
) -> Result<Json<Value>, Fault> {
    let name: ModelName = model.parse().map_err(anyhow::Error::from)?;
    let card = registry(&server).card(&name).map_err(anyhow::Error::from)?;
    // A recipe of an earlier version may not be read any more; the card still can.
    let rule = whose::Rule::of_model(&card).ok().map(|rule| Rule::from(&rule));
    Ok(Json(json!({
        "card": card,
        "inputs": card.inputs(),
        "threshold": card.threshold(),
        "threshold_in_words": card.threshold_in_words(),
        "measured_in_words": card.measured_in_words(),
        "rule": rule,
        "markdown": card.markdown(),
    })))
}

/// With which other.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Other {
    /// Such as `article@v0001`.
    with: String,
}

/// In what the cards of two models, or of two versions of one, differ
///
/// Curves and folds are left out: they differ wherever a number does.
#[utoipa::path(get, path = "/models/{model}/against", tag = "watch",
    params(("model" = String, Path, description = "such as `article@v0002`"), Other),
    responses((status = 200, body = [Difference]), (status = 422, body = Fault)))]
async fn against(
    State(server): State<Server>,
    Path(model): Path<String>,
    Query(other): Query<Other>,
) -> Result<Json<Vec<Difference>>, Fault> {
    let registry = registry(&server);
    let told = |name: &str| -> Result<Value, Fault> {
        let name: ModelName = name.parse().map_err(anyhow::Error::from)?;
        Ok(essence(&registry.card(&name).map_err(anyhow::Error::from)?))
    };
    Ok(Json(between(&told(&model)?, &told(&other.with)?)))
}

/// A card as it is compared: the recipe by its settings, features and metrics by their names.
fn essence(card: &Card) -> Value {
    let number = |value: Option<f64>| value.map(|value| format!("{value:.3}"));
    let mut evidence = Map::new();
    for e in &card.evaluations {
        let metrics = e.metrics.iter().map(|m| {
            let interval = [number(m.low), number(m.high)].map(Option::unwrap_or_default);
            let value = number(m.value).unwrap_or_else(|| "undefined".to_owned());
            (m.name.clone(), json!(format!("{value} [{}]", interval.join(", "))))
        });
        evidence.insert(e.split.clone(), Value::Object(metrics.collect()));
    }
    let named = |name: &String, value: &String| (name.clone(), json!(value));
    let features: Map<String, Value> =
        card.features.iter().map(|f| named(&f.name, &f.sql)).collect();
    let doubts: Map<String, Value> =
        card.doubts.iter().map(|d| named(&d.name, &d.finding)).collect();
    json!({
        "made": { "at": card.created_at, "by": card.made_by },
        "recipe": toml::from_str::<Value>(&card.recipe).unwrap_or_else(|_| json!(card.recipe)),
        "features": features,
        "threshold": card.threshold(),
        "sample": { "hash": card.sample_hash, "labels": card.class_counts, "window": card.window },
        "evidence": evidence,
        "doubts": doubts,
    })
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
