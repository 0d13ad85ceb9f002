//! How an experiment or a leaderboard was asked for, so that its form can be shown again.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::validate::folder;
use super::{Server, comparisons};
use crate::recipe::Recipe;
use crate::serve::answer::Fault;
use crate::serve::extract::Query;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(definition))
}

/// Of what; one of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// An experiment.
    experiment: Option<String>,
    /// A comparison.
    comparison: Option<String>,
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
struct Definition {
    /// The recipe, TOML.
    text: String,
    /// The recipe, key by key.
    #[schema(value_type = Object)]
    asked: Value,
    /// What learnt: `algorithm` and `settings`, those of a comparison one by one.
    #[schema(value_type = Vec<Object>)]
    candidates: Vec<Value>,
}

/// How an experiment or a comparison was defined: its recipe, and what learnt
#[utoipa::path(get, path = "/learn/definition", tag = "learn", params(Of),
    responses((status = 200, body = Definition), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn definition(
    State(server): State<Server>,
    Query(of): Query<Of>,
) -> Result<Json<Definition>, Fault> {
    let (text, candidates) = match (of.experiment, of.comparison) {
        (Some(id), None) => {
            let path = folder(&server, &id)?.join("recipe.toml");
            (tokio::fs::read_to_string(&path).await.map_err(anyhow::Error::from)?, None)
        }
        (None, Some(id)) => {
            let board = comparisons::find(&server, &id).await?;
            let one = |s: &crate::run::compare::Standing| json!({ "algorithm": s.algorithm, "settings": s.settings });
            (board.text.clone(), Some(board.standings.iter().map(one).collect()))
        }
        _ => return Err(Fault::request("name an experiment or a comparison, and one of them", "")),
    };
    let recipe = Recipe::parse(&text, "that was followed")?;
    let own = &recipe.learn.classifier;
    let candidates = candidates
        .unwrap_or_else(|| vec![json!({ "algorithm": own.algorithm, "settings": own.settings })]);
    Ok(Json(Definition { asked: json!(recipe), text, candidates }))
}
