//! What the models in force say of one address, or of one block of them.

use axum::Json;
use axum::extract::State;
use botany_watch::ModelName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::known::{address, block};
use super::rule::Rule;
use crate::run::{self, Who, Workspace, opinion, whose};
use crate::serve::answer::Fault;
use crate::serve::extract::{Path, Query};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(of_address)).routes(routes!(of_block))
}

/// Whose opinion.
#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Asked {
    /// The model, such as `article`; absent: every model's version in force, eight at most.
    model: Option<String>,
}

/// What the models say.
#[derive(Serialize, ToSchema)]
struct Opinions {
    /// One a model.
    opinions: Vec<Opinion>,
    /// Models in force that were not asked, as there are more than eight; `model=` asks one of them.
    not_asked: usize,
}

/// What a model says.
#[derive(Serialize, ToSchema)]
struct Opinion {
    /// The model with its version.
    model: String,
    /// What a row of it is: flow, address or block.
    grain: String,
    /// What it says in a sentence; why it says nothing, where it does not.
    words: String,
    /// The mean of what it says of each row, by which lists go; absent if it says nothing.
    probability: Option<f64>,
    /// The probability from which it calls a row 1.
    threshold: f64,
    /// Whether the model's own rule lists it, or of a block an address in it; absent where that was not asked.
    listed: Option<bool>,
    /// Whether what the model says is enough for a list made with it, as long as it was seen lately.
    holds: bool,
    /// Whether a list made with it holds it now: it was seen lately enough.
    current: bool,
    /// Of a block, where lists are made of addresses: how many of its addresses were judged.
    addresses: usize,
    /// How many of those are enough for a list made with it, as long as they were seen lately.
    held: usize,
    /// How many of those a list made with it holds now.
    held_now: usize,
    /// Rows it judges.
    rows: usize,
    /// Those it calls 1.
    called: usize,
    /// The rule its labels go by.
    rule: Option<Rule>,
    /// The rows it is surest of, with what it looks at.
    told: Told,
}

/// Some rows.
#[derive(Default, Serialize, ToSchema)]
struct Told {
    /// The columns' names.
    columns: Vec<String>,
    /// A value a column.
    #[schema(value_type = Vec<Vec<Value>>)]
    rows: Vec<Vec<Value>>,
}

/// The models that are asked, and how many are not.
fn asked(workspace: &Workspace, model: Option<&str>) -> anyhow::Result<(Vec<ModelName>, usize)> {
    if let Some(name) = model {
        return Ok((vec![name.parse()?], 0));
    }
    let names = run::registry(&workspace.data).names()?;
    let left = names.len().saturating_sub(opinion::MODELS);
    let names = names.into_iter().take(opinion::MODELS);
    Ok((names.map(|name| ModelName { name, version: None }).collect(), left))
}

fn opinions(workspace: &Workspace, model: Option<&str>, who: &Who) -> anyhow::Result<Opinions> {
    let registry = run::registry(&workspace.data);
    let one = |name: &ModelName| {
        let model = registry.load(name)?;
        let rule = whose::Rule::of_model(&model.card)?;
        anyhow::Ok((opinion::opinion(&model, workspace, who)?, rule))
    };
    let said = |name: ModelName| match one(&name) {
        Ok((opinion, rule)) => Opinion {
            model: opinion.model,
            grain: opinion.grain,
            words: opinion.words,
            probability: opinion.probability,
            threshold: opinion.threshold,
            listed: opinion.listed,
            holds: opinion.holds,
            current: opinion.current,
            addresses: opinion.addresses,
            held: opinion.held,
            held_now: opinion.held_now,
            rows: opinion.rows,
            called: opinion.called,
            rule: Some(Rule::from(&rule)),
            told: Told { columns: opinion.columns, rows: opinion.told },
        },
        // One that cannot be asked must not hide what the others say.
        Err(why) => Opinion {
            model: name.to_string(),
            grain: String::new(),
            words: format!("{name} has no opinion: {why:#}"),
            probability: None,
            threshold: botany_watch::USUAL_THRESHOLD,
            listed: None,
            holds: false,
            current: false,
            addresses: 0,
            held: 0,
            held_now: 0,
            rows: 0,
            called: 0,
            rule: None,
            told: Told::default(),
        },
    };
    let (names, not_asked) = asked(workspace, model)?;
    Ok(Opinions { opinions: names.into_iter().map(said).collect(), not_asked })
}

/// What the models in force say of one address: of its flows, or of what it did in each day
#[utoipa::path(get, path = "/enrich/addresses/{address}/opinions", tag = "enrich",
    params(("address" = String, Path, description = "IPv4 or IPv6"), Asked),
    responses((status = 200, body = Opinions), (status = 422, body = Fault)))]
async fn of_address(
    State(server): State<Server>,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Opinions>, Fault> {
    of(&server, address(&text)?, asked).await
}

/// What the models in force say of one block of addresses, or of the addresses in it
#[utoipa::path(get, path = "/enrich/blocks/{block}/opinions", tag = "enrich",
    params(("block" = String, Path, description = "such as 192.0.2.0/24, with the slash as %2F"), Asked),
    responses((status = 200, body = Opinions), (status = 422, body = Fault)))]
async fn of_block(
    State(server): State<Server>,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Opinions>, Fault> {
    of(&server, block(&text)?, asked).await
}

async fn of(server: &Server, who: Who, asked: Asked) -> Result<Json<Opinions>, Fault> {
    let model = asked.model.filter(|name| !name.is_empty());
    server.with(move |workspace| opinions(workspace, model.as_deref(), &who)).await.map(Json)
}
