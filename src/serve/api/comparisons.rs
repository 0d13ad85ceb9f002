//! The prediction assistant's questions: which algorithm is best on these rows, and which is kept.

use std::path::{Path as FilePath, PathBuf};

use anyhow::Context as _;
use axum::Json;
use axum::extract::State;
use botany_watch::disk;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Server;
use super::learn::{asked, begin_to_follow};
use crate::run::Workspace;
use crate::run::compare::{self, Candidate, Leaderboard};
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path};
use crate::serve::jobs::Begun;

/// Where leaderboards lie in the data directory.
const FOLDER: &str = "comparisons";

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(begin, comparisons))
        .routes(routes!(comparison))
        .routes(routes!(keep))
}

/// Where the leaderboard of that name lies; `None` if the name is none of ours.
fn path(data: &FilePath, id: &str) -> Option<PathBuf> {
    let name: Uuid = id.parse().ok()?;
    Some(data.join(FOLDER).join(format!("{name}.json")))
}

/// Keeps a leaderboard beside the experiments, and gives its name.
fn store(data: &FilePath, board: &Leaderboard) -> anyhow::Result<String> {
    let folder = data.join(FOLDER);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let name = Uuid::now_v7().to_string();
    disk::replace(&folder, &format!("{name}.json"), &serde_json::to_vec(board)?)?;
    Ok(name)
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
    let context = server.context();
    let title = format!("{} algorithms on {}", candidates.len(), recipe.name);
    server.begin("comparison", &title, move |say| {
        let workspace = Workspace::open(&context)?;
        let board = compare::compare(&recipe, &body.text, &candidates, &workspace, say)?;
        Ok(json!({ "comparison": store(&workspace.data, &board)? }))
    })
}

/// A leaderboard that was made.
pub async fn find(server: &Server, id: &str) -> Result<Leaderboard, Fault> {
    let path = path(server.data(), id).filter(|path| path.is_file()).ok_or_else(|| {
        let hint = "/api/v1/learn/comparisons lists them";
        Fault::not_found(format!("there is no comparison `{id}`"), hint)
    })?;
    let read = server.read(move |_| {
        let bytes = std::fs::read(&path);
        let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&bytes)
            .context("the leaderboard is of another version: compare again")
    });
    read.await
}

/// A comparison that was made.
#[derive(Serialize, ToSchema)]
struct Made {
    /// Its name.
    id: String,
    /// The recipe's name.
    recipe: String,
    /// The algorithms, the best first.
    algorithms: Vec<String>,
    /// When it was made, RFC 3339 in UTC.
    made_at: String,
}

/// Comparisons that are listed at most.
const LISTED: usize = 50;

/// The comparisons there are, the newest first, fifty at most
#[utoipa::path(get, path = "/learn/comparisons", tag = "learn", responses((status = 200, body = [Made])))]
async fn comparisons(State(server): State<Server>) -> Result<Json<Vec<Made>>, Fault> {
    let made = |path: PathBuf| -> Option<Made> {
        let id: Uuid = path.file_stem()?.to_str()?.parse().ok()?;
        let (seconds, nanos) = id.get_timestamp()?.to_unix();
        let at = jiff::Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?);
        let board: Leaderboard = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        Some(Made {
            id: id.to_string(),
            recipe: board.recipe,
            algorithms: board.standings.into_iter().map(|one| one.name).collect(),
            made_at: at.ok()?.to_string(),
        })
    };
    let all = server.read(move |data| {
        let entries = std::fs::read_dir(data.join(FOLDER)).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        // Names begin with the time.
        paths.sort_by(|a, b| b.cmp(a));
        Ok(paths.into_iter().filter_map(made).take(LISTED).collect())
    });
    all.await.map(Json)
}

/// The leaderboard of a comparison, the best first
#[utoipa::path(get, path = "/learn/comparisons/{id}", tag = "learn",
    params(("id" = String, Path, description = "the comparison's name")),
    responses((status = 200, body = Leaderboard), (status = 404, body = Fault)))]
async fn comparison(
    State(server): State<Server>,
    Path(id): Path<String>,
) -> Result<Json<Leaderboard>, Fault> {
    find(&server, &id).await.map(Json)
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
    let board = find(&server, &id).await?;
    let Some(standing) = board.standings.iter().find(|one| one.name == chosen.name) else {
        let hint = "name one of the leaderboard";
        return Err(Fault::request(format!("`{}` was not compared", chosen.name), hint));
    };
    let (algorithm, settings) = (standing.algorithm.clone(), standing.settings.clone());
    let candidate = Candidate { algorithm, settings };
    begin_to_follow(&server, compare::text_with(&board.text, &candidate, &chosen.model)?)
}
