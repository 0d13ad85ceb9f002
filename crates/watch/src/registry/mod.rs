//! The registry: validated models, immutable and numbered.
//!
//! ```text
//! models/<name>/v0001/   model  report.json  card.md
//!              /CURRENT  one line, replaced atomically
//! ```
//!
//! A version appears whole or not at all: it is written beside its place and renamed into it. It is
//! never edited afterwards; rolling back only rewrites `CURRENT`.

mod name;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use botany_learn::Pipeline;
use uuid::Uuid;

use crate::disk::{replace, sync, write, write_by};
use crate::{Card, Error};
pub use name::ModelName;

/// A model with its card, as loaded.
pub struct Model {
    /// What is known of it.
    pub card: Card,
    /// What predicts.
    pub pipeline: Pipeline,
}

/// The models of one data directory.
pub struct Registry {
    models: PathBuf,
}

impl Registry {
    /// The registry in `models`. The folder is made when the first model is stored.
    pub fn open(models: impl Into<PathBuf>) -> Registry {
        Registry { models: models.into() }
    }

    /// Stores a validated model as the next version of its name and makes it the current one.
    ///
    /// Returns the card with its version set.
    ///
    /// # Errors
    ///
    /// [`Error::NotValidated`] if the card carries no evaluation, [`Error::BadName`] if the name is none.
    pub fn store(&self, mut card: Card, pipeline: &Pipeline) -> Result<Card, Error> {
        if card.evaluations.is_empty() {
            return Err(Error::NotValidated(card.name));
        }
        let name: ModelName = card.name.parse()?;
        let folder = self.models.join(&name.name);
        fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        loop {
            card.version = self.versions(&name.name)?.last().map_or(1, |last| last + 1);
            let place = folder.join(format!("v{:04}", card.version));
            let beside = folder.join(format!(".v{:04}-{}", card.version, Uuid::now_v7()));
            fs::create_dir_all(&beside).map_err(Error::io("create", &beside))?;
            write_by(&beside.join("model"), |file| pipeline.write_to(file))?;
            write(&beside.join("card.md"), card.markdown().as_bytes())?;
            let json = serde_json::to_vec_pretty(&card)
                .map_err(|source| Error::BadCard { path: beside.join("report.json"), source })?;
            write(&beside.join("report.json"), &json)?;
            sync(&beside)?;
            match fs::rename(&beside, &place) {
                Ok(()) => break,
                // Somebody else took the number in the meantime: take the next one.
                Err(_) if place.exists() => {
                    fs::remove_dir_all(&beside).map_err(Error::io("remove", &beside))?;
                }
                Err(source) => {
                    return Err(Error::Io { doing: "rename into place", path: beside, source });
                }
            }
        }
        sync(&folder)?;
        self.make_current(&name.name, card.version)?;
        Ok(card)
    }

    /// Makes an existing version the current one.
    pub fn roll_back(&self, name: &ModelName) -> Result<(), Error> {
        let version = self.resolve(name)?;
        self.make_current(&name.name, version)
    }

    /// The names in the registry, sorted.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = entries(&self.models)?
            .into_iter()
            .filter(|entry| entry.parse::<ModelName>().is_ok())
            .collect();
        names.sort();
        Ok(names)
    }

    /// The versions of a name, ascending; empty if there is no such model.
    pub fn versions(&self, name: &str) -> Result<Vec<u32>, Error> {
        let mut versions: Vec<u32> = entries(&self.models.join(name))?
            .iter()
            .filter_map(|entry| entry.strip_prefix('v')?.parse().ok())
            .collect();
        versions.sort_unstable();
        Ok(versions)
    }

    /// The version `CURRENT` names.
    pub fn current(&self, name: &str) -> Result<u32, Error> {
        self.resolve(&ModelName { name: name.to_owned(), version: None })
    }

    /// The card of every version of every model, by name and version, and whether it is the current one.
    pub fn cards(&self) -> Result<Vec<(Card, bool)>, Error> {
        let mut all = Vec::new();
        for name in self.names()? {
            let current = self.current(&name)?;
            for version in self.versions(&name)? {
                let asked = ModelName { name: name.clone(), version: Some(version) };
                all.push((self.card(&asked)?, version == current));
            }
        }
        Ok(all)
    }

    /// The card of a model.
    pub fn card(&self, name: &ModelName) -> Result<Card, Error> {
        let path = self.folder(name)?.join("report.json");
        let json = fs::read(&path).map_err(Error::io("read", &path))?;
        serde_json::from_slice(&json).map_err(|source| Error::BadCard { path, source })
    }

    /// A model with its card.
    pub fn load(&self, name: &ModelName) -> Result<Model, Error> {
        let card = self.card(name)?;
        let path = self.folder(name)?.join("model");
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        let pipeline =
            Pipeline::from_bytes(&bytes).map_err(|source| Error::BadModel { path, source })?;
        Ok(Model { card, pipeline })
    }

    fn folder(&self, name: &ModelName) -> Result<PathBuf, Error> {
        let version = self.resolve(name)?;
        Ok(self.models.join(&name.name).join(format!("v{version:04}")))
    }

    fn resolve(&self, name: &ModelName) -> Result<u32, Error> {
        let versions = self.versions(&name.name)?;
        let current = || {
            let text = fs::read_to_string(self.models.join(&name.name).join("CURRENT")).ok()?;
            text.trim().strip_prefix('v')?.parse().ok()
        };
        let wanted = name.version.or_else(current);
        match wanted.filter(|version| versions.contains(version)) {
            Some(version) => Ok(version),
            None => Err(self.missing(name, &versions)),
        }
    }

    fn missing(&self, name: &ModelName, versions: &[u32]) -> Error {
        let known = match (versions, self.names().unwrap_or_default().as_slice()) {
            ([], []) => {
                "the registry is empty: `botany demo` or `botany run RECIPE` fills it".to_owned()
            }
            ([], names) => format!("there are {}", names.join(", ")),
            (versions, _) => {
                let versions: Vec<String> = versions.iter().map(|v| format!("v{v:04}")).collect();
                format!("its versions are {}", versions.join(", "))
            }
        };
        Error::NoModel { name: name.to_string(), models: self.models.clone(), known }
    }

    fn make_current(&self, name: &str, version: u32) -> Result<(), Error> {
        let folder = self.models.join(name);
        replace(&folder, "CURRENT", format!("v{version:04}\n").as_bytes())
    }
}

/// The names in a folder; none if it does not exist.
fn entries(folder: &Path) -> Result<Vec<String>, Error> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Io { doing: "list", path: folder.to_owned(), source }),
    };
    listing
        .map(|entry| {
            let entry = entry.map_err(Error::io("list", folder))?;
            Ok(entry.file_name().to_string_lossy().into_owned())
        })
        .collect()
}
