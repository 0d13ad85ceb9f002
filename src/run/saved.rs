//! What is saved, and what that means: said in the same words before and after, wherever something is saved.

use std::path::Path;

use anyhow::{Result, bail};
use botany_watch::{Card, ModelName};

use super::keep::registry;

/// What an experiment holds.
const EXPERIMENT: &str = "its recipe, its report and what it said of each row";

/// What was saved.
pub struct Saved {
    /// The experiment's name.
    pub experiment: String,
    /// The model, if it was named.
    pub model: Option<Stored>,
}

/// A model that was stored.
pub struct Stored {
    /// Its card, with its version.
    pub card: Card,
    /// The version that was in force before.
    pub before: Option<u32>,
}

impl Saved {
    /// In words.
    pub fn words(&self) -> String {
        let Some(Stored { card, before }) = &self.model else {
            return format!("saved: experiment {}, and no model: {}", self.experiment, none());
        };
        let Card { name, version, .. } = card;
        format!(
            "saved: experiment {}, and model {name} v{version:04}, which is in force: {}{}. It calls a row 1 {}.",
            self.experiment,
            means(name),
            left(name, *before),
            card.threshold_in_words(),
        )
    }
}

/// The versions an experiment's model was saved as, such as `forest@v0001`.
pub fn saved_already(data: &Path, experiment: &str) -> Vec<String> {
    let cards = registry(data).cards().unwrap_or_default();
    let of = |card: &&Card| card.experiment.as_deref() == Some(experiment);
    let version = |card: &Card| format!("{}@v{:04}", card.name, card.version);
    cards.iter().map(|(card, _)| card).filter(of).map(version).collect()
}

/// What will be saved under a name, which may be empty; `experiment` if that is saved with it. `already` are the
/// versions the same model is saved as.
///
/// # Errors
///
/// If the name is none.
pub fn will_be(data: &Path, model: &str, experiment: bool, already: &[String]) -> Result<String> {
    let with = if experiment { format!("an experiment ({EXPERIMENT})") } else { String::new() };
    if model.is_empty() {
        if !experiment {
            bail!("name the model: letters, digits, `-` and `_`, at most 64");
        }
        return Ok(format!("Saves {with} and no model: {}.", none()));
    }
    let ModelName { name, version: None } = model.parse()? else {
        bail!("`{model}` names a version: leave `@…` away, the registry numbers its versions");
    };
    let registry = registry(data);
    let next = registry.versions(&name)?.last().map_or(1, |last| last + 1);
    let and = if experiment { " and " } else { "" };
    let before = match already {
        [] => String::new(),
        all => format!(
            "This experiment's model is saved already, as {}: nothing more has to be done, unless with another name or \
             threshold. Once more ",
            all.join(", ")
        ),
    };
    let saves = if already.is_empty() { "Saves" } else { "saves" };
    Ok(format!(
        "{before}{saves} {with}{and}model {name} v{next:04}, in force at once: {}{}.",
        means(&name),
        left(&name, registry.current(&name).ok()),
    ))
}

/// The version a name would get that is used already, and a name like it that is free.
///
/// # Errors
///
/// If the registry cannot be read.
pub fn taken(data: &Path, name: &str) -> Result<(Option<u32>, String)> {
    let registry = registry(data);
    let last = |name: &str| -> Result<Option<u32>> {
        Ok(if name.is_empty() { None } else { registry.versions(name)?.last().copied() })
    };
    let next = last(name)?.map(|last| last + 1);
    let mut free = name.to_owned();
    let mut at = 2;
    while last(&free)?.is_some() {
        free = format!("{name}-{at}");
        at += 1;
    }
    Ok((next, free))
}

/// The name of a model nobody has named: the recipe's, or made of what learnt and what a row is.
pub fn suggested(model: &str, algorithm: &str, grain: &str) -> String {
    if model.is_empty() { format!("{algorithm}-{grain}") } else { model.to_owned() }
}

fn means(name: &str) -> String {
    format!(
        "`botany watch {name}`, lists and rules that are written from then on and name it judge by it"
    )
}

fn left(name: &str, before: Option<u32>) -> String {
    before.map_or_else(String::new, |version| {
        let back = format!("`botany models roll-back {name}@v{version:04}` puts it back");
        format!("; v{version:04}, in force until then, is kept ({back})")
    })
}

fn none() -> &'static str {
    "nothing judges by it until it is saved as a model, on its page under Validate (step 4, Operationalise) or by `botany learn promote`"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_will_be_saved_is_said_before() {
        let data = tempfile::tempdir().unwrap();
        let will = |model: &str, experiment| will_be(data.path(), model, experiment, &[]);
        let first = will("forest", true).unwrap();
        assert!(first.contains("an experiment (") && first.contains("model forest v0001"));
        assert!(first.contains("in force at once: `botany watch forest`"), "{first}");
        let alone = will("forest", false).unwrap();
        assert!(alone.starts_with("Saves model forest v0001"), "{alone}");
        assert!(will("", true).unwrap().contains("no model: nothing judges by it"));
        let again = will_be(data.path(), "forest", false, &["forest@v0001".to_owned()]).unwrap();
        assert!(
            again.contains("saved already, as forest@v0001") && again.contains("Once more saves")
        );
        assert!(will("", false).is_err() && will("a@v0001", true).is_err());
        for version in ["v0001", "v0002"] {
            let folder = data.path().join("models/forest").join(version);
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(data.path().join("models/forest/CURRENT"), "v0001\n").unwrap();
        assert_eq!(taken(data.path(), "forest").unwrap(), (Some(3), "forest-2".to_owned()));
        assert_eq!(taken(data.path(), "tree").unwrap(), (None, "tree".to_owned()));
        assert_eq!(taken(data.path(), "").unwrap(), (None, String::new()));
        let next = will("forest", true).unwrap();
        assert!(next.contains("model forest v0003") && next.contains("; v0001, in force until"));
        assert!(next.contains("roll-back forest@v0001"), "{next}");
        assert_eq!(suggested("", "random-forest", "flow"), "random-forest-flow");
        assert_eq!(suggested("mine", "random-forest", "flow"), "mine");
    }
}
