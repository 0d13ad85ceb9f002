//! Clusterings saved under a name: the recipe and what it found, for predictions to come.
//!
//! No model: nothing is said of a row, so there is nothing to judge and nothing that enters the registry. The points
//! are not kept; the recipe finds them again.

use std::path::{Path as FilePath, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use botany_watch::disk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path};

/// Where they lie in the data directory.
const FOLDER: &str = "clusterings";
/// Clusterings that can be saved; a page lists them all.
const MOST: usize = 200;
/// One is saved or removed at a time: between looking for a name and taking it nobody else takes it.
static TURN: Mutex<()> = Mutex::new(());

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(all)).routes(routes!(save)).routes(routes!(remove))
}

/// What lies in a file.
#[derive(Serialize, Deserialize)]
struct Kept {
    saved_at: String,
    found: Value,
}

/// A clustering that was saved.
#[derive(Serialize, ToSchema)]
struct Saved {
    /// Its name.
    name: String,
    /// When it was saved, RFC 3339 in UTC.
    saved_at: String,
    /// What was put into how many clusters.
    found: Head,
}

/// What a list tells of a clustering; what its file does not say is empty.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct Head {
    /// How many clusters.
    k: usize,
    /// Which rows, in a sentence.
    sample: String,
    /// What a row is: flow, address or block.
    grain: String,
    /// The features that were clustered.
    features: Vec<String>,
}

fn plain(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&name.len()) && name.chars().all(letter)
}

/// The file of that name, if there is one.
fn file(data: &FilePath, name: &str) -> Option<PathBuf> {
    let path = data.join(FOLDER).join(format!("{name}.json"));
    (plain(name) && path.is_file()).then_some(path)
}

fn kept(data: &FilePath, name: &str) -> anyhow::Result<Option<Kept>> {
    let Some(path) = file(data, name) else { return Ok(None) };
    let bytes = std::fs::read(&path);
    let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
    let damaged =
        || format!("{} is damaged: remove it, and find the clusters again", path.display());
    let kept: Kept = serde_json::from_slice(&bytes).with_context(damaged)?;
    let found = &kept.found;
    let whole = ["clusters", "features", "sweep"].iter().all(|part| found[*part].is_array());
    anyhow::ensure!(whole && found["asked"].is_object(), damaged());
    Ok(Some(kept))
}

/// The names of those that were saved.
fn names(data: &FilePath) -> Vec<String> {
    let entries = std::fs::read_dir(data.join(FOLDER)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".json").filter(|name| plain(name)).map(str::to_owned)
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// What the clustering of that name found, if one was saved.
pub(super) async fn read(server: &Server, name: &str) -> Result<Option<Value>, Fault> {
    let name = name.to_owned();
    let found = server.read(move |data| Ok(kept(data, &name)?.map(|kept| kept.found)));
    found.await
}

/// The clusterings that were saved, by name
#[utoipa::path(get, path = "/learn/saved-clusterings", tag = "learn", responses((status = 200, body = [Saved])))]
async fn all(State(server): State<Server>) -> Result<Json<Vec<Saved>>, Fault> {
    let found = server.read(|data| {
        let mut all = Vec::new();
        for name in names(data) {
            // One that cannot be read hides no other.
            if let Ok(Some(Kept { saved_at, found })) = kept(data, &name)
                && let Ok(found) = serde_json::from_value(found)
            {
                all.push(Saved { name, saved_at, found });
            }
        }
        Ok(all)
    });
    found.await.map(Json)
}

/// Removes a clustering that was saved; models learnt from it stay as they are
#[utoipa::path(delete, path = "/learn/saved-clusterings/{name}", tag = "learn",
    params(("name" = String, Path, description = "its name")),
    responses((status = 204, description = "it is gone"), (status = 404, body = Fault)))]
async fn remove(
    State(server): State<Server>,
    Path(name): Path<String>,
) -> Result<StatusCode, Fault> {
    let own = name.clone();
    let gone = server.read(move |data| {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = file(data, &own) else { return Ok(false) };
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        Ok(true)
    });
    if gone.await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let hint = "/api/v1/learn/saved-clusterings lists them";
    Err(Fault::not_found(format!("no clustering `{name}` was saved"), hint))
}

/// The name a clustering is to have.
#[derive(Deserialize, ToSchema)]
struct Named {
    /// Letters, digits, `-` and `_`, at most 64.
    name: String,
}

/// What was saved.
#[derive(Serialize, ToSchema)]
struct Said {
    name: String,
    /// What was saved and what that means, in words.
    said: String,
}

/// Whether a clustering was stored.
#[derive(Debug, PartialEq, Eq)]
enum Stored {
    /// Under its name.
    Now,
    /// There is one of that name.
    Before,
    /// There is no room.
    Full,
}

/// Stores what was found under a name that is not taken.
fn store(data: &FilePath, name: &str, found: Value) -> anyhow::Result<Stored> {
    let saved_at = jiff::Timestamp::now().to_string();
    let bytes = serde_json::to_vec(&Kept { saved_at, found })?;
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if file(data, name).is_some() {
        return Ok(Stored::Before);
    }
    if names(data).len() >= MOST {
        return Ok(Stored::Full);
    }
    let folder = data.join(FOLDER);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    disk::replace(&folder, &format!("{name}.json"), &bytes)?;
    Ok(Stored::Now)
}

/// Saves a clustering under a name, for predictions to come: its recipe and what it found
#[utoipa::path(post, path = "/learn/clusterings/{id}/save", tag = "learn", request_body = Named,
    params(("id" = String, Path, description = "the clustering's name")),
    responses((status = 200, body = Said), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn save(
    State(server): State<Server>,
    Path(id): Path<String>,
    Body(Named { name }): Body<Named>,
) -> Result<Json<Said>, Fault> {
    let Some(clustering) = server.clusterings().find(&id) else {
        let hint =
            "find clusters again: the server keeps the points of the last few, until it ends";
        return Err(Fault::not_found(format!("there is no clustering `{id}`"), hint));
    };
    if !plain(&name) {
        let hint = "letters, digits, `-` and `_`, at most 64";
        return Err(Fault::request(format!("`{name}` is no name for a clustering"), hint));
    }
    let own = name.clone();
    let stored = server.read(move |data| store(data, &own, clustering.found.clone()));
    match stored.await? {
        Stored::Now => {}
        Stored::Before => {
            let hint = "give this one another name: what is saved does not change";
            return Err(Fault::request(format!("there is a clustering `{name}` already"), hint));
        }
        Stored::Full => {
            let hint = "remove one that is no longer needed";
            return Err(Fault::request(format!("{MOST} clusterings are saved already"), hint));
        }
    }
    let said = format!(
        "saved: clustering {name}, its recipe and what it found. A prediction can take over its rows, features, k and seed at any \
         time, also after the server has ended, and finds its centres anew; it judges no row by itself, so it is no model of the registry"
    );
    Ok(Json(Said { name, said }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["", ".", "..", "../x", "a/b", "a.json", "ä", &"a".repeat(65)] {
            assert!(!plain(name), "{name}");
        }
        assert!(plain("flow-clusters_2") && plain(&"a".repeat(64)));
        let data = tempfile::tempdir().unwrap();
        assert!(kept(data.path(), "none").unwrap().is_none());
        std::fs::create_dir_all(data.path().join(FOLDER)).unwrap();
        std::fs::write(data.path().join(FOLDER).join("bad.json"), "{").unwrap();
        assert!(kept(data.path(), "bad").err().unwrap().to_string().contains("damaged"));
        let odd = data.path().join(FOLDER).join("odd.json");
        std::fs::write(odd, r#"{"saved_at": "", "found": {"k": 2}}"#).unwrap();
        assert!(kept(data.path(), "odd").err().unwrap().to_string().contains("damaged"));
        assert_eq!(names(data.path()), ["bad", "odd"]);
    }

    #[test]
    fn of_many_at_once_one_takes_the_name_and_there_is_an_end() {
        let data = tempfile::tempdir().unwrap();
        let try_it = |n: usize| store(data.path(), "one", Value::from(n)).unwrap();
        let stored: Vec<Stored> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..8).map(|n| scope.spawn(move || try_it(n))).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(stored.iter().filter(|one| **one == Stored::Now).count(), 1);
        for n in 1..MOST {
            std::fs::write(data.path().join(FOLDER).join(format!("{n}.json")), "").unwrap();
        }
        assert_eq!(store(data.path(), "more", Value::Null).unwrap(), Stored::Full);
        assert_eq!(store(data.path(), "1", Value::Null).unwrap(), Stored::Before);
    }
}
