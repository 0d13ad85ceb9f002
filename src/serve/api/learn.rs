//! What can be learnt from, by what, and following a recipe.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use botany_catalog::pcr::Mode;
use botany_enrich::features::{self, Grain};
use botany_learn::algorithms::{self, Range};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sql::short_enough;
use super::{Server, enrich};
use crate::recipe::{BUILT_IN, Recipe};
use crate::run::{self, Workspace, saved};
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path};
use crate::serve::jobs::Begun;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(shelf))
        .routes(routes!(algorithms_there))
        .routes(routes!(recipes))
        .routes(routes!(recipe))
        .routes(routes!(follow))
}

/// A feature that can be learnt from.
#[derive(Serialize, ToSchema)]
struct Feature {
    name: &'static str,
    /// What it says.
    doc: &'static str,
    /// Its unit; may be empty.
    unit: &'static str,
    /// Of what rows: flow, address or block.
    grain: &'static str,
    /// number or category.
    kind: &'static str,
    /// The family it is one of.
    family: &'static str,
    /// What the features of the family have in common.
    family_doc: &'static str,
    /// At which grains rows have it: flow, address, block.
    usable_at: Vec<&'static str>,
    /// Whether it is made of what the label is made of.
    encodes_label: bool,
    /// The formula, as it runs.
    sql: String,
}

/// The features that can be learnt from
#[utoipa::path(get, path = "/learn/features", tag = "learn", responses((status = 200, body = [Feature])))]
async fn shelf() -> Json<Vec<Feature>> {
    let of = |name: &str| features::FAMILIES.iter().find(|family| family.has(name));
    let grains = [Grain::Flow, Grain::Address, Grain::Block];
    let one = |feature: &features::Feature| Feature {
        family: of(feature.name).map_or("", |family| family.name),
        family_doc: of(feature.name).map_or("", |family| family.doc),
        usable_at: grains.iter().filter(|g| feature.usable_at(**g)).map(|g| g.name()).collect(),
        name: feature.name,
        doc: feature.doc,
        unit: feature.unit,
        grain: feature.grain.name(),
        kind: feature.kind.name(),
        encodes_label: feature.encodes_label,
        sql: feature.formula(Mode::Closed),
    };
    Json(features::ALL.iter().map(one).collect())
}

/// An algorithm that learns.
#[derive(Serialize, ToSchema)]
struct Algorithm {
    name: &'static str,
    /// What it does.
    doc: &'static str,
    parameters: Vec<Parameter>,
    /// The name its model is saved under unless another is given, by what a row is.
    saved_as: BTreeMap<&'static str, String>,
}

/// A parameter of an algorithm.
#[derive(Serialize, ToSchema)]
struct Parameter {
    name: &'static str,
    /// What it does.
    doc: &'static str,
    default: String,
    /// What it may be, in words.
    may_be: String,
    /// The words it may be; empty if it is a number.
    choices: Vec<&'static str>,
    /// `word`, `flag`, `count` (a whole number), `number`, or `word-or-count`.
    kind: &'static str,
    /// The least and the largest number it may be; absent for words.
    ends: Option<[f64; 2]>,
    /// What the assistant sets it to unless told otherwise, and why; absent: its default.
    preset: Option<Preset>,
}

/// What the assistant sets a parameter to.
#[derive(Serialize, ToSchema)]
struct Preset {
    value: &'static str,
    /// Why it is not the default.
    why: &'static str,
}

impl Parameter {
    fn of(parameter: &algorithms::Parameter) -> Parameter {
        let (kind, choices, ends) = match parameter.range {
            Range::Bool => ("flag", vec!["true", "false"], None),
            Range::Integer(low, high) => ("count", Vec::new(), Some([low as f64, high as f64])),
            Range::Real(low, high) => ("number", Vec::new(), Some([low, high])),
            Range::Choice(words) => ("word", words.to_vec(), None),
            Range::CountOr(words) => {
                ("word-or-count", words.to_vec(), Some([1.0, i64::MAX as f64]))
            }
        };
        let balanced = parameter.name == "class_weight" && choices.contains(&"balanced");
        Parameter {
            name: parameter.name,
            doc: parameter.doc,
            default: parameter.default.to_string(),
            may_be: parameter.range.to_string(),
            choices,
            kind,
            ends,
            preset: balanced.then_some(Preset {
                value: "balanced",
                why: "both labels count alike then, whichever has fewer rows; the article's toolkit did the same. Recipes and commands that do not say it go by the default",
            }),
        }
    }
}

/// The algorithms and their parameters
#[utoipa::path(get, path = "/learn/algorithms", tag = "learn", responses((status = 200, body = [Algorithm])))]
async fn algorithms_there() -> Json<Vec<Algorithm>> {
    let all = algorithms::ALL.iter().map(|algorithm| Algorithm {
        name: algorithm.name(),
        doc: algorithm.doc(),
        parameters: algorithm.parameters().iter().map(Parameter::of).collect(),
        saved_as: [Grain::Flow, Grain::Address, Grain::Block]
            .map(|grain| (grain.name(), saved::suggested("", algorithm.name(), grain.name())))
            .into(),
    });
    Json(all.collect())
}

/// A recipe as its text.
#[derive(Serialize, ToSchema)]
struct Text {
    name: String,
    /// One line that says what it does.
    title: String,
    /// The recipe, TOML.
    text: String,
}

fn text(name: &str) -> Result<Text, Fault> {
    let Some((name, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) else {
        let hint = "/api/v1/learn/recipes lists them";
        return Err(Fault::not_found(format!("there is no recipe `{name}`"), hint));
    };
    let recipe = Recipe::parse(text, name)?;
    Ok(Text { name: (*name).to_owned(), title: recipe.title, text: (*text).to_owned() })
}

/// The built-in recipes
#[utoipa::path(get, path = "/learn/recipes", tag = "learn", responses((status = 200, body = [Text])))]
async fn recipes() -> Result<Json<Vec<Text>>, Fault> {
    BUILT_IN.iter().map(|(name, _)| text(name)).collect::<Result<_, _>>().map(Json)
}

/// A built-in recipe
#[utoipa::path(get, path = "/learn/recipes/{name}", tag = "learn",
    params(("name" = String, Path, description = "the recipe's name")),
    responses((status = 200, body = Text), (status = 404, body = Fault)))]
async fn recipe(Path(name): Path<String>) -> Result<Json<Text>, Fault> {
    text(&name).map(Json)
}

/// A recipe that is asked for.
#[derive(Deserialize, ToSchema)]
pub struct Recipes {
    /// The recipe, TOML.
    pub text: String,
}

/// The recipe of a request: one that names no file of the server's.
pub fn asked(text: &str) -> Result<Recipe, Fault> {
    let recipe = Recipe::parse(text, "of the request")?;
    if !recipe.collect.paths.is_empty() {
        let hint = "collect the files first, and leave collect.paths away";
        return Err(Fault::request("a recipe followed here collects nothing", hint));
    }
    let clustering = recipe.learn.clustering.as_ref();
    for (name, value, most) in [
        ("learn.sample", recipe.learn.sample, 1_000_000),
        ("learn.clustering.k", clustering.map_or(0, |c| c.k), 256),
        ("learn.clustering.restarts", clustering.map_or(0, |c| c.restarts), 100),
        ("learn.clustering.sweep", clustering.and_then(|c| c.sweep).map_or(0, |s| s[1]), 50),
        ("validate.folds", recipe.validate.folds, 50),
        ("validate.draws", recipe.validate.draws, 10_000),
        ("validate.permutations", recipe.validate.permutations, 100),
        ("validate.labels", recipe.validate.labels.len(), 20),
    ] {
        if value > most {
            let hint = "ask for less here, or use `botany run`";
            return Err(Fault::request(format!("{name} = {value} is more than {most}"), hint));
        }
    }
    let filters = recipe.validate.labels.iter().map(|label| &label.filter);
    for filter in filters.chain([&recipe.enrich.filter]) {
        short_enough(filter)?;
    }
    let others = recipe.validate.labels.iter().map(|label| &label.threat);
    for rules in others.chain([&recipe.enrich.threat]) {
        enrich::known_dictionary(&rules.dictionary)?;
    }
    Ok(recipe)
}

/// Follows a recipe: enrich, learn, validate, keep
#[utoipa::path(post, path = "/learn/runs", tag = "learn", request_body = Recipes,
    responses((status = 200, body = Begun), (status = 422, body = Fault)))]
async fn follow(
    State(server): State<Server>,
    Body(body): Body<Recipes>,
) -> Result<Json<Begun>, Fault> {
    begin_to_follow(&server, body.text)
}

/// Begins to follow a recipe of a request.
pub fn begin_to_follow(server: &Server, text: String) -> Result<Json<Begun>, Fault> {
    let recipe = asked(&text)?;
    let context = server.context();
    let title = recipe.name.clone();
    server.begin("run", &title, move |say| {
        let workspace = Workspace::open(&context)?;
        let followed = run::follow(&recipe, &workspace, say)?;
        let saved = run::keep(&recipe, &text, &followed, &workspace, None)?.saved;
        let card = saved.model.as_ref().map(|stored| &stored.card);
        Ok(json!({
            "experiment": saved.experiment,
            "model": card.map(|card| &card.name),
            "version": card.map(|card| card.version),
            "said": saved.words(),
        }) as Value)
    })
}
