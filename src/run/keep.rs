//! What stays behind: the experiment with its report, and the model in the registry.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use botany_enrich::features;
use botany_learn::Pipeline;
use botany_watch::{Card, CardFeature, ModelName, Registry, Seen};

use super::{Followed, Workspace};
use crate::recipe::Recipe;
use crate::report::{self, model::Report};

/// What is known of an experiment's model, in its folder.
const CARD: &str = "card.json";

/// The registry of a data directory.
pub fn registry(data: &Path) -> Registry {
    Registry::open(data.join("models"))
}

/// Keeps what following a recipe gave: the experiment's folder, and the model if the recipe names one.
/// Returns the path of the page.
pub fn keep(
    recipe: &Recipe,
    text: &str,
    followed: &Followed,
    workspace: &Workspace,
    page: Option<&Path>,
) -> Result<PathBuf> {
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%6fZ");
    let folder = workspace.store.experiments_dir().join(format!("{stamp}-{}", recipe.name));
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    write("recipe.toml", text.as_bytes())?;
    write("model", &followed.pipeline.to_bytes())?;
    write("report.json", &serde_json::to_vec(&followed.report)?)?;
    let card = card(recipe, text, followed);
    write(CARD, &serde_json::to_vec(&card)?)?;
    followed.predictions.write(&folder)?;
    let page = page.map_or_else(|| folder.join("report.html"), Path::to_owned);
    write_page(&followed.report, &page)?;
    if !recipe.watch.model.is_empty() {
        registry(&workspace.data).store(card, &followed.pipeline)?;
    }
    Ok(page)
}

/// Puts the model of an experiment into the registry, under a name: as it was fitted then, with the evaluations
/// that were made of it then. Gives its card.
///
/// # Errors
///
/// If the experiment kept no card or model, the name is none, or nothing has judged the model.
pub fn promote(data: &Path, experiment: &str, name: &str) -> Result<Card> {
    let plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let folder = data.join("experiments").join(experiment);
    if experiment.starts_with('.') || !experiment.chars().all(plain) || !folder.is_dir() {
        bail!("there is no experiment `{experiment}` in {}", data.join("experiments").display());
    }
    let read = |name: &str| {
        let path = folder.join(name);
        let why = "this experiment kept no model that can be promoted: follow its recipe again";
        fs::read(&path).with_context(|| format!("{why} ({} cannot be read)", path.display()))
    };
    let mut card: Card = serde_json::from_slice(&read(CARD)?).context("the card is damaged")?;
    let pipeline = Pipeline::from_bytes(&read("model")?)?;
    let ModelName { name, version: None } = name.parse()? else {
        bail!("`{name}` names a version: leave `@…` away, the registry numbers its versions");
    };
    card.name = name;
    Ok(registry(data).store(card, &pipeline)?)
}

/// Writes a report as one page that needs no network.
pub fn write_page(report: &Report, path: &Path) -> Result<()> {
    fs::write(path, report::html::render(report)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

fn card(recipe: &Recipe, text: &str, followed: &Followed) -> Card {
    let mode = recipe.enrich.pcr.mode();
    let header = &followed.report.header;
    let positives = followed.rows.label.iter().filter(|label| **label == 1).count() as u64;
    let named = recipe.features();
    let shelf = named.iter().filter_map(|name| features::find(name).ok());
    Card {
        name: recipe.watch.model.clone(),
        version: 0,
        created_at: jiff::Timestamp::now().to_string(),
        made_by: env!("CARGO_PKG_VERSION").to_owned(),
        recipe: text.to_owned(),
        grain: recipe.enrich.grain.name().to_owned(),
        threat_rule: header.threat_rule.clone(),
        label_rule: header.label_rule.clone(),
        features: shelf
            .map(|f| CardFeature {
                name: f.name.to_owned(),
                unit: f.unit.to_owned(),
                sql: f.formula(mode),
                seen: followed.rows.frame.column(f.name).ok().and_then(|c| Seen::of(&c.values)),
            })
            .collect(),
        pipeline: followed.pipeline.spec().clone(),
        window: followed.rows.window(),
        class_counts: [followed.rows.label.len() as u64 - positives, positives],
        sample_hash: followed.rows.hash(),
        evaluations: followed.card.evaluations.clone(),
        doubts: followed
            .report
            .doubts
            .iter()
            .map(|d| (d.name.clone(), d.finding.clone()))
            .collect(),
    }
}
