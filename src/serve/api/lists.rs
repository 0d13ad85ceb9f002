//! What leaves as a list: the forms, and what each would hold.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use botany_watch::listing::{Entry, Listing, THREAT_LIST, Terms};
use botany_watch::outputs::{self, File, Output};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::rule::Rule;
use crate::run::{self, Workspace, listing, whose};
use crate::serve::answer::Fault;
use crate::serve::extract::{Path, Query};

/// Bytes of a file that are shown.
const SHOWN: usize = 16 << 10;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(forms)).routes(routes!(list)).routes(routes!(file))
}

/// A form in which a list leaves.
#[derive(Serialize, ToSchema)]
struct Form {
    /// The name `--as` takes.
    name: &'static str,
    /// What it is.
    about: &'static str,
    /// Whether it holds blocks.
    blocks: bool,
}

/// The forms in which a list leaves
#[utoipa::path(get, path = "/lists", tag = "watch", responses((status = 200, body = [Form])))]
async fn forms() -> Json<Vec<Form>> {
    let form = |output: &&dyn Output| Form {
        name: output.name(),
        about: output.about(),
        blocks: output.blocks(),
    };
    Json(outputs::ALL.iter().map(form).collect())
}

/// What is to be listed; flags of `botany watch list`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Asked {
    /// A model whose addresses or blocks are listed beside the threat list, such as `population`.
    model: Option<String>,
    /// The moment the list speaks of, such as 2018-06-18T16:00:00Z, or `newest`: the newest event of the data, or now if
    /// that comes first; absent: now.
    at: Option<String>,
    /// The probability from which a model's addresses or blocks are listed; absent: the model's own.
    threshold: Option<f64>,
    /// By whose rule sources are listed: `usual`, `model:NAME` or `experiment:ID`; absent: the model's, without a model
    /// the usual one.
    rule: Option<String>,
    /// Leave the threat list away; needs a model.
    model_only: bool,
    /// The folder the files will lie in, as configurations name it; absent: /etc/suricata/botany.
    folder: Option<String>,
}

impl Asked {
    /// The list and its files in one form.
    fn made(
        self,
        form: &str,
    ) -> Result<impl FnOnce(&Workspace) -> anyhow::Result<Made> + use<>, Fault> {
        let output = outputs::find(form).map_err(anyhow::Error::from)?;
        let threshold = self.threshold;
        if threshold.is_some_and(|threshold| !(0.0..=1.0).contains(&threshold)) {
            return Err(Fault::request("the threshold is no probability", "give 0 to 1"));
        }
        // A form with an empty field says the same as one without.
        let model = self.model.filter(|name| !name.is_empty());
        if self.model_only && model.is_none() {
            return Err(Fault::request("nothing is left to list", "name a model"));
        }
        // Who fetches a list to use it gets what is current; what was current once has to be asked for.
        let at = match self.at.as_deref().filter(|text| !text.is_empty()) {
            None | Some("now") => Some(Timestamp::now()),
            Some("newest") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                let hint = "write it as 2018-06-18T16:00:00Z, or `now`, or `newest`";
                Fault::request("that is no time", hint)
            })?),
        };
        let folder = self.folder.filter(|name| !name.is_empty());
        let folder = PathBuf::from(folder.as_deref().unwrap_or("/etc/suricata/botany"));
        if !folder.is_absolute() {
            return Err(Fault::request("the folder is not named from `/` on", "name it so"));
        }
        Ok(move |workspace: &Workspace| {
            let model = match &model {
                Some(name) => Some(run::registry(&workspace.data).load(&name.parse()?)?),
                None => None,
            };
            let rule = match (self.rule.as_deref().filter(|text| !text.is_empty()), &model) {
                (None, Some(model)) => whose::Rule::of_model(&model.card)?,
                (asked, _) => whose::Rule::find(asked.unwrap_or_default(), &workspace.data)?,
            };
            let rules = &rule.rules;
            let data_ends = listing::last_seen(workspace)?;
            // A clock that was wrong may have written of days to come.
            let newest = || {
                let ends = data_ends.as_ref().and_then(|ends| ends.parse().ok());
                ends.map_or_else(Timestamp::now, |ends: Timestamp| ends.min(Timestamp::now()))
            };
            let terms = Terms {
                expiry_hours: rules.expiry_hours,
                never: rules.allow.clone(),
                ..Terms::usual(at.unwrap_or_else(newest))
            };
            let ask = listing::Ask {
                threat: (!self.model_only).then_some(rules),
                model: model.as_ref(),
                threshold,
                terms,
            };
            let listing = listing::listing(&ask, workspace)?;
            let files = outputs::files(output, &listing, &folder)?;
            let threshold = model.map(|m| threshold.unwrap_or_else(|| m.card.threshold()));
            Ok(Made { output, listing, files, rule, threshold, data_ends })
        })
    }
}

struct Made {
    output: &'static dyn Output,
    listing: Listing,
    files: Vec<File>,
    rule: whose::Rule,
    threshold: Option<f64>,
    data_ends: Option<String>,
}

/// A list in one form.
#[derive(Serialize, ToSchema)]
struct List {
    /// The form.
    form: &'static str,
    /// What it is.
    about: &'static str,
    /// The moment it speaks of, RFC 3339 in UTC: asked for again with it, the list is the same.
    at: String,
    /// Entries its files hold.
    entries: usize,
    /// Blocks the form cannot hold.
    left_out: usize,
    /// Addresses and blocks that only the threat list names; of all, those the form cannot hold among them.
    from_rule: usize,
    /// Those that only the model names.
    from_model: usize,
    /// Those that both name.
    from_both: usize,
    /// Hours in which the probability of what is not seen again fades by half.
    half_life_hours: u32,
    /// Hours after it was last seen at which an entry is stale.
    rule_expiry_hours: u32,
    /// Addresses and blocks that are stale.
    stale: usize,
    /// Addresses and blocks that were not yet seen at that moment.
    later: usize,
    /// Addresses and blocks that are never to be listed.
    never: usize,
    /// The last time anything was seen; absent if nothing was collected.
    data_ends: Option<String>,
    /// Why it is empty, and what to ask for instead; absent if it is not.
    note: Option<String>,
    /// By whose rule sources are listed.
    rule: Rule,
    /// The probability from which the model's addresses or blocks are listed; absent without a model.
    threshold: Option<f64>,
    /// Its files, then those that make the other program use them.
    files: Vec<Shown>,
}

/// A file of a list.
#[derive(Serialize, ToSchema)]
struct Shown {
    /// Its name.
    name: String,
    /// Its bytes in all.
    bytes: usize,
    /// Its text; the beginning of it if it is long.
    text: String,
    /// Whether there is more than is shown.
    more: bool,
}

impl From<File> for Shown {
    fn from(file: File) -> Shown {
        let (bytes, mut text) = (file.text.len(), file.text);
        let more = bytes > SHOWN;
        if more {
            text.truncate(text.floor_char_boundary(SHOWN));
        }
        Shown { name: file.name, bytes, text, more }
    }
}

/// Why a list holds nothing.
fn empty(listing: &Listing, data_ends: Option<&str>) -> Option<String> {
    if !listing.entries.is_empty() {
        return None;
    }
    let Some(end) = data_ends else {
        return Some("Nothing is listed, as nothing was collected yet.".to_owned());
    };
    let Listing { expired, later, allowed, .. } = listing;
    let at = listing.at.strftime("%Y-%m-%dT%H:%M:%SZ");
    let advice = if *expired > 0 {
        format!(" The data ends at {end}: ask for that moment to see what was current then.")
    } else {
        format!(" The data ends at {end}.")
    };
    Some(format!(
        "Nothing is listed as of {at}: {expired} stale, {later} not yet seen then, {allowed} never to be listed.{advice}"
    ))
}

/// A list in one form: its files, and what makes the other program use them
///
/// Without `at` that is the list as of now; nothing leaves that is stale at its moment, or never to be listed. Other rules are flags of `botany watch list`.
#[utoipa::path(get, path = "/lists/{output}", tag = "watch",
    params(("output" = String, Path, description = "such as `iprep`; /lists names them"), Asked),
    responses((status = 200, body = List), (status = 422, body = Fault)))]
async fn list(
    State(server): State<Server>,
    Path(output): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<List>, Fault> {
    let make = asked.made(&output)?;
    let found = server.with(move |workspace| {
        let Made { output, listing, files, rule, threshold, data_ends } = make(workspace)?;
        let left_out = if output.blocks() { 0 } else { listing.blocks() };
        let count = |wanted: &dyn Fn(bool, bool) -> bool| {
            let by = |entry: &&Entry| {
                let rule = entry.reasons.iter().any(|reason| reason.by == THREAT_LIST);
                wanted(rule, entry.reasons.iter().any(|reason| reason.by != THREAT_LIST))
            };
            listing.entries.iter().filter(by).count()
        };
        Ok(List {
            form: output.name(),
            about: output.about(),
            at: listing.at.to_string(),
            entries: listing.entries.len() - left_out,
            left_out,
            from_rule: count(&|rule, model| rule && !model),
            from_model: count(&|rule, model| !rule && model),
            from_both: count(&|rule, model| rule && model),
            half_life_hours: Terms::usual(listing.at).half_life_hours,
            rule_expiry_hours: rule.rules.expiry_hours,
            stale: listing.expired,
            later: listing.later,
            never: listing.allowed,
            note: empty(&listing, data_ends.as_deref()),
            data_ends,
            rule: Rule::from(&rule),
            threshold,
            files: files.into_iter().map(Shown::from).collect(),
        })
    });
    found.await.map(Json)
}

/// One file of a list, whole
#[utoipa::path(get, path = "/lists/{output}/files/{file}", tag = "watch",
    params(("output" = String, Path, description = "such as `iprep`"),
        ("file" = String, Path, description = "such as `botany-iprep.list`; /lists/{output} names them"), Asked),
    responses((status = 200, description = "the file", content_type = "text/plain"),
        (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn file(
    State(server): State<Server>,
    Path((output, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let make = asked.made(&output)?;
    let files = server.with(move |workspace| Ok(make(workspace)?.files)).await?;
    let Some(file) = files.into_iter().find(|file| file.name == name) else {
        let hint =
            format!("/api/v1/lists/{} names them", outputs::find(&output).map_or("", |o| o.name()));
        return Err(Fault::not_found("the list has no such file", &hint));
    };
    // The names of files are ours: letters, digits, `-`, `_` and `.`.
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let kind = "text/plain; charset=utf-8".to_owned();
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)], file.text).into_response())
}
