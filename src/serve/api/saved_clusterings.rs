//! Clusterings saved under a name: the recipe and what it found, for predictions to come.
//!
//! No model: nothing is said of a row, so there is nothing to judge and nothing that enters the registry. The points
//! are not kept; the recipe finds them again.

use std::path::Path as FilePath;

use anyhow::Context as _;
use axum::Json;
use axum::extract::State;
use botany_watch::disk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::clusterings::found_in;
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path};

/// Where they lie in the data directory.
const FOLDER: &str = "clusterings";

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(all)).routes(routes!(save))
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
    #[schema(value_type = Object)]
    found: Value,
}

fn plain(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=64).contains(&name.len()) && name.chars().all(letter)
}

fn kept(data: &FilePath, name: &str) -> anyhow::Result<Option<Kept>> {
    let path = data.join(FOLDER).join(format!("{name}.json"));
    if !plain(name) || !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(&path);
    let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
    let kept = serde_json::from_slice(&bytes);
    kept.with_context(|| format!("{} is damaged: find the clusters again", path.display()))
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
        let entries = std::fs::read_dir(data.join(FOLDER)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_suffix(".json").map(str::to_owned)
        });
        let mut all = Vec::new();
        for name in names {
            // One that cannot be read hides no other.
            if let Ok(Some(Kept { saved_at, mut found })) = kept(data, &name) {
                if let Some(found) = found.as_object_mut() {
                    found.retain(|key, _| {
                        ["k", "sample", "grain", "features"].contains(&key.as_str())
                    });
                }
                all.push(Saved { name, saved_at, found });
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    });
    found.await.map(Json)
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
    let found = found_in(&clustering)?;
    let saved_at = jiff::Timestamp::now().to_string();
    let bytes = serde_json::to_vec(&Kept { saved_at, found }).map_err(anyhow::Error::from)?;
    let own = name.clone();
    let stored = server.read(move |data| {
        if kept(data, &own)?.is_some() {
            return Ok(false);
        }
        let folder = data.join(FOLDER);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        disk::replace(&folder, &format!("{own}.json"), &bytes)?;
        Ok(true)
    });
    if !stored.await? {
        let hint = "give this one another name: what is saved does not change";
        return Err(Fault::request(format!("there is a clustering `{name}` already"), hint));
    }
    let said = format!(
        "saved: clustering {name}, its recipe and what it found. A prediction can go on from it at any time, also after \
         the server has ended; it judges no row by itself, so it is no model of the registry"
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
    }
}
