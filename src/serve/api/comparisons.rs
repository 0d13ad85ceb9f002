//! The prediction assistant's questions: which algorithm is best on these rows, and which is kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::learn::{asked, begin_to_follow};
use crate::run::Workspace;
use crate::run::compare::{self, Candidate, Leaderboard};
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path};
use crate::serve::jobs::Begun;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(comparison)).routes(routes!(keep))
}

/// What is to be compared.
#[derive(Deserialize, ToSchema)]
struct Asked {
    /// The recipe, TOML; its own classifier counts only if it is among the candidates.
    text: String,
    /// The algorithms; absent: every one that looks at features.
    candidates: Option<Vec<Candidate>>,
}

/// Compares several algorithms on the rows and splits of a recipe
#[utoipa::path(post, path = "/learn/comparisons", tag = "learn", request_body = Asked,
    responses((status = 200, body = Begun), (status = 422, body = Fault)))]
async fn begin(
    State(server): State<Server>,
    Body(body): Body<Asked>,
) -> Result<Json<Begun>, Fault> {
    let recipe = asked(&body.text)?;
    let candidates = match body.candidates {
        Some(candidates) => candidates,
        None => compare::everything(&recipe)?,
    };
    compare::check(&candidates)?;
    let (context, kept) = (server.context(), server.comparisons());
    let title = format!("{} algorithms on {}", candidates.len(), recipe.name);
    server.begin("comparison", &title, move |say| {
        let workspace = Workspace::open(&context)?;
        let board = compare::compare(&recipe, &body.text, &candidates, &workspace, say)?;
        Ok(json!({ "comparison": kept.keep(board) }))
    })
}

fn find(server: &Server, id: &str) -> Result<Arc<Leaderboard>, Fault> {
    server.comparisons().find(id).ok_or_else(|| {
        let hint = "compare again: the server keeps the last ones until it ends";
        Fault::not_found(format!("there is no comparison `{id}`"), hint)
    })
}

/// The leaderboard of a comparison, the best first
#[utoipa::path(get, path = "/learn/comparisons/{id}", tag = "learn",
    params(("id" = String, Path, description = "the comparison's name")),
    responses((status = 200, body = Leaderboard), (status = 404, body = Fault)))]
async fn comparison(
    State(server): State<Server>,
    Path(id): Path<String>,
) -> Result<Json<Leaderboard>, Fault> {
    Ok(Json(find(&server, &id)?.as_ref().clone()))
}

/// Which of the algorithms is kept.
#[derive(Deserialize, ToSchema)]
struct Chosen {
    /// Its name on the leaderboard.
    name: String,
    /// The name its model gets in the registry; empty: it is an experiment only.
    #[serde(default)]
    model: String,
}

/// Follows the recipe with one of the algorithms: an experiment, and a model if it is named
#[utoipa::path(post, path = "/learn/comparisons/{id}/keep", tag = "learn", request_body = Chosen,
    params(("id" = String, Path, description = "the comparison's name")),
    responses((status = 200, body = Begun), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn keep(
    State(server): State<Server>,
    Path(id): Path<String>,
    Body(chosen): Body<Chosen>,
) -> Result<Json<Begun>, Fault> {
    let board = find(&server, &id)?;
    let Some(standing) = board.standings.iter().find(|one| one.name == chosen.name) else {
        let hint = "name one of the leaderboard";
        return Err(Fault::request(format!("`{}` was not compared", chosen.name), hint));
    };
    let (algorithm, settings) = (standing.algorithm.clone(), standing.settings.clone());
    let candidate = Candidate { algorithm, settings };
    begin_to_follow(&server, compare::text_with(&board.text, &candidate, &chosen.model)?)
}
