//! What is known of the sources.

use axum::Json;
use axum::extract::State;
use botany_enrich::dictionaries;
use botany_enrich::frequency::By;
use botany_enrich::threat::Rules;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::run::whose::Rule;
use crate::run::{self, Workspace, allowed};
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Query};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(threat))
        .routes(routes!(frequency))
        .routes(routes!(dictionaries_there))
        .routes(routes!(allowed_there, allow, list_again))
}

/// The rules of a threat list; the flags of `botany enrich threat`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Asked {
    /// A built-in dictionary.
    dictionary: Option<String>,
    /// Distinct dictionary names a source must show; 0 does not ask.
    min_names: Option<u32>,
    /// Distinct dictionary pairs that list it as well; 0 does not ask.
    min_pairs: Option<u32>,
    /// Services whose log-ins count, with commas.
    services: Option<String>,
    /// Hours within which names or pairs must be seen.
    within_hours: Option<u32>,
    /// Whose rule the others change: `usual`, `model:NAME`, `experiment:ID`; absent: the usual one.
    rule: Option<String>,
}

impl Asked {
    /// The rule that is asked for, once the data directory can be read.
    pub fn rule(self) -> Result<impl FnOnce(&Workspace) -> anyhow::Result<Rule> + use<>, Fault> {
        if let Some(name) = &self.dictionary {
            known_dictionary(name)?;
        }
        Ok(move |workspace: &Workspace| {
            let rule = Rule::find(self.rule.as_deref().unwrap_or_default(), &workspace.data)?;
            let base = rule.rules.clone();
            let services = self.services.as_deref().map(|names| {
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                names.map(str::to_owned).collect()
            });
            Ok(rule.changed(Rules {
                dictionary: self.dictionary.unwrap_or(base.dictionary),
                min_names: self.min_names.unwrap_or(base.min_names),
                min_pairs: self.min_pairs.unwrap_or(base.min_pairs),
                services: services.unwrap_or(base.services),
                window_hours: self.within_hours.unwrap_or(base.window_hours),
                ..base
            }))
        })
    }
}

/// Refuses a dictionary that does not come with the program: it would be a file of the server's.
pub fn known_dictionary(name: &str) -> Result<(), Fault> {
    if dictionaries::ALL.iter().any(|known| known.name == name) {
        return Ok(());
    }
    let hint = "/api/v1/enrich/dictionaries lists them";
    Err(Fault::request(format!("there is no dictionary `{name}`"), hint))
}

/// A threat list.
#[derive(Serialize, ToSchema)]
struct Threat {
    /// The rules in a sentence.
    rules: String,
    /// By whose rule.
    rule: super::rule::Rule,
    /// Its settings: dictionary, min-names, min-pairs, services, window-hours and others.
    #[schema(value_type = Object)]
    settings: Rules,
    /// The statement that says the same.
    sql: String,
    /// By which databases addresses are known.
    databases: String,
    /// The sources, highest score first: address, first_seen, last_seen, attempts, names, pairs, usernames,
    /// score, services, country, autonomous_system, registration, evidence.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
}

/// The sources that behave like the botnet, with the lines that listed them
#[utoipa::path(get, path = "/enrich/threat", tag = "enrich", params(Asked),
    responses((status = 200, body = Threat), (status = 422, body = Fault)))]
async fn threat(
    State(server): State<Server>,
    Query(asked): Query<Asked>,
) -> Result<Json<Threat>, Fault> {
    let rule = asked.rule()?;
    let found = server.with(move |workspace| {
        let rule = rule(workspace)?;
        let list = allowed::threat_list(workspace, &rule.rules)?;
        let databases = run::known(workspace)?;
        let rows = run::listed(workspace)?.into_iter().map(|row| json!(row)).collect();
        let (whose, settings) = (super::rule::Rule::from(&rule), rule.rules);
        Ok(Threat { rules: list.rules, rule: whose, settings, sql: list.sql, databases, rows })
    });
    found.await.map(Json)
}

/// By what to count.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Counted {
    /// source, port, country, as, registration or day.
    by: String,
}

/// Sources, flows and log-ins counted by one thing, and how many of the sources a rule lists
#[utoipa::path(get, path = "/enrich/frequency", tag = "enrich", params(Counted, Asked),
    responses((status = 200, body = Object), (status = 422, body = Fault)))]
async fn frequency(
    State(server): State<Server>,
    Query(counted): Query<Counted>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Fault> {
    let by = By::find(&counted.by).map_err(anyhow::Error::from)?;
    let rule = asked.rule()?;
    let found = server.with(move |workspace| {
        allowed::threat_list(workspace, &rule(workspace)?.rules)?;
        let databases = run::known(workspace)?;
        Ok(json!(run::frequency(workspace, by, &databases, 200)?))
    });
    found.await.map(Json)
}

/// A dictionary of names and passwords.
#[derive(Serialize, ToSchema)]
struct Dictionary {
    /// Its name.
    name: String,
    /// What it is, and where it comes from.
    doc: String,
}

/// The built-in dictionaries
#[utoipa::path(get, path = "/enrich/dictionaries", tag = "enrich", responses((status = 200, body = [Dictionary])))]
async fn dictionaries_there() -> Json<Vec<Dictionary>> {
    let one = |dictionary: &dictionaries::Dictionary| Dictionary {
        name: dictionary.name.clone(),
        doc: dictionary.doc.clone(),
    };
    Json(dictionaries::ALL.iter().map(one).collect())
}

/// A network that is never listed.
#[derive(Serialize, ToSchema)]
pub struct Allowed {
    /// Such as 192.0.2.7/32.
    network: String,
    /// Why.
    reason: String,
    /// When it was said, RFC 3339 in UTC.
    since: String,
}

impl From<allowed::Allowed> for Allowed {
    fn from(one: allowed::Allowed) -> Allowed {
        let (network, reason, since) = (one.network.to_string(), one.reason, one.since);
        Allowed { network, reason, since }
    }
}

/// A network, and why it is never to be listed.
#[derive(Deserialize, ToSchema)]
struct Allow {
    /// An address or a network.
    network: String,
    /// Why; needed to allow, not to list again.
    #[serde(default)]
    reason: String,
}

fn told(server: &Server) -> Result<Json<Vec<Allowed>>, Fault> {
    let all = allowed::list(server.data())?;
    Ok(Json(all.into_iter().map(Allowed::from).collect()))
}

/// The networks that are never listed
#[utoipa::path(get, path = "/enrich/allowed", tag = "enrich", responses((status = 200, body = [Allowed])))]
async fn allowed_there(State(server): State<Server>) -> Result<Json<Vec<Allowed>>, Fault> {
    told(&server)
}

/// Never lists a network from now on: a false positive, a scanner of one's own
#[utoipa::path(post, path = "/enrich/allowed", tag = "enrich", request_body = Allow,
    responses((status = 200, body = [Allowed]), (status = 422, body = Fault)))]
async fn allow(
    State(server): State<Server>,
    Body(asked): Body<Allow>,
) -> Result<Json<Vec<Allowed>>, Fault> {
    allowed::add(server.data(), allowed::network(&asked.network)?, &asked.reason)?;
    told(&server)
}

/// Lists a network again where the rules say so
#[utoipa::path(delete, path = "/enrich/allowed", tag = "enrich", request_body = Allow,
    responses((status = 200, body = [Allowed]), (status = 422, body = Fault)))]
async fn list_again(
    State(server): State<Server>,
    Body(asked): Body<Allow>,
) -> Result<Json<Vec<Allowed>>, Fault> {
    allowed::remove(server.data(), allowed::network(&asked.network)?)?;
    told(&server)
}
