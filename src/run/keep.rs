//! What stays behind: the experiment with its report, and the model in the registry.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use botany_enrich::features;
use botany_learn::Pipeline;
use botany_watch::{Card, CardDoubt, CardFeature, ModelName, Registry, Seen};

use super::saved::{Saved, Stored, suggested};
use super::{Followed, Workspace};
use crate::recipe::{Recipe, probability};
use crate::report::{self, model::Report};

/// What is known of an experiment's model, in its folder.
const CARD: &str = "card.json";
/// The report as a page, in its folder.
const PAGE: &str = "report.html";

/// The registry of a data directory.
pub fn registry(data: &Path) -> Registry {
    Registry::open(data.join("models"))
}

/// What stayed behind of a recipe that was followed.
pub struct Kept {
    /// The report as a page.
    pub page: PathBuf,
    /// What was saved, in words.
    pub saved: Saved,
}

/// Keeps what following a recipe gave: the experiment's folder, and the model if the recipe names one; of what fails on
/// the way no experiment stays.
///
/// # Errors
///
/// The disk's, and the registry's.
pub fn keep(
    recipe: &Recipe,
    text: &str,
    followed: &Followed,
    workspace: &Workspace,
    page: Option<&Path>,
) -> Result<Kept> {
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%6fZ");
    let experiment = format!("{stamp}-{}", recipe.name);
    let all = workspace.store.experiments_dir();
    let folder = all.join(&experiment);
    // No name of an experiment begins with a dot: it is not seen before it is whole.
    let beside = all.join(format!(".{experiment}"));
    let keep = || {
        fs::create_dir_all(&beside)
            .with_context(|| format!("cannot create {}", beside.display()))?;
        let card = write(recipe, text, followed, &experiment, &beside)?;
        write_page(&followed.report, page.unwrap_or(&beside.join(PAGE)))?;
        let model = match recipe.watch.model.as_str() {
            "" => None,
            _ => Some(stored(card, &followed.pipeline, &workspace.data)?),
        };
        fs::rename(&beside, &folder)
            .with_context(|| format!("cannot rename {}", beside.display()))?;
        anyhow::Ok(model)
    };
    match keep() {
        Ok(model) => {
            let page = page.map_or_else(|| folder.join(PAGE), Path::to_owned);
            Ok(Kept { page, saved: Saved { experiment, model } })
        }
        Err(error) => {
            // What is there of it is of no use.
            let _ = fs::remove_dir_all(&beside);
            Err(error)
        }
    }
}

/// Writes an experiment into a folder, all but its page, and gives the card of its model.
fn write(
    recipe: &Recipe,
    text: &str,
    followed: &Followed,
    experiment: &str,
    folder: &Path,
) -> Result<Card> {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    write("recipe.toml", text.as_bytes())?;
    let path = folder.join("model");
    let model = fs::File::create(&path).and_then(|mut out| followed.pipeline.write_to(&mut out));
    model.with_context(|| format!("cannot write {}", path.display()))?;
    write("report.json", &serde_json::to_vec(&followed.report)?)?;
    let card = card(recipe, text, followed, experiment);
    write(CARD, &serde_json::to_vec(&card)?)?;
    followed.predictions.write(folder)?;
    Ok(card)
}

/// Stores a model as the next version of its name, which is then in force.
fn stored(card: Card, pipeline: &Pipeline, data: &Path) -> Result<Stored> {
    let registry = registry(data);
    let before = registry.current(&card.name).ok();
    Ok(Stored { card: registry.store(card, pipeline)?, before })
}

/// The folder of an experiment.
///
/// # Errors
///
/// If there is none.
pub fn experiment(data: &Path, name: &str) -> Result<PathBuf> {
    let plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let all = data.join("experiments");
    let folder = all.join(name);
    let named = !name.is_empty() && !name.starts_with('.') && name.chars().all(plain);
    if !named || !folder.is_dir() {
        bail!("there is no experiment `{name}` in {}", all.display());
    }
    Ok(folder)
}

/// Puts the model of an experiment into the registry, under a name: as it was fitted then, with the evaluations
/// that were made of it then. `threshold` is the probability from which it calls a row 1; none: as the recipe says.
///
/// # Errors
///
/// If the experiment kept no card or model, the name is none, or nothing has judged the model.
pub fn promote(
    data: &Path,
    name: &str,
    model: Option<&str>,
    threshold: Option<f64>,
) -> Result<Saved> {
    let folder = experiment(data, name)?;
    let read = |name: &str| {
        let path = folder.join(name);
        let why = "this experiment kept no model that can be promoted: follow its recipe again";
        fs::read(&path).with_context(|| format!("{why} ({} cannot be read)", path.display()))
    };
    let mut card: Card = serde_json::from_slice(&read(CARD)?).context("the card is damaged")?;
    let pipeline = Pipeline::from_bytes(&read("model")?)?;
    let suggested = suggested(&card.name, &card.pipeline.algorithm, &card.grain);
    let text = model.unwrap_or(&suggested);
    let ModelName { name: model, version: None } = text.parse()? else {
        bail!("`{text}` names a version: leave `@…` away, the registry numbers its versions");
    };
    if let Some(threshold) = threshold {
        probability(threshold).context("the threshold")?;
        if threshold == 0.0 {
            bail!("from probability 0 every row is called 1: give a threshold above 0");
        }
    }
    card.name = model;
    card.threshold = threshold.or(card.threshold);
    card.experiment = Some(name.to_owned());
    card.created_at = jiff::Timestamp::now().to_string();
    Ok(Saved { experiment: name.to_owned(), model: Some(stored(card, &pipeline, data)?) })
}

/// What promoting an experiment is told beforehand: the name its model gets unless another is given, and the
/// threshold of its recipe.
///
/// # Errors
///
/// If there is no such experiment, or its recipe cannot be read.
pub fn of_experiment(data: &Path, name: &str) -> Result<(String, Option<f64>)> {
    let path = experiment(data, name)?.join("recipe.toml");
    let text = fs::read_to_string(&path);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    let recipe = Recipe::parse(&text, name)?;
    let algorithm = &recipe.learn.classifier.algorithm;
    let model = suggested(&recipe.watch.model, algorithm, recipe.enrich.grain.name());
    Ok((model, recipe.watch.threshold))
}

/// Writes a report as one page that needs no network.
pub fn write_page(report: &Report, path: &Path) -> Result<()> {
    fs::write(path, report::html::render(report)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

fn card(recipe: &Recipe, text: &str, followed: &Followed, experiment: &str) -> Card {
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
            .map(|d| CardDoubt {
                name: d.name.clone(),
                question: d.question.clone(),
                finding: d.finding.clone(),
                severity: d.severity.name().to_owned(),
            })
            .collect(),
        threshold: recipe.watch.threshold,
        experiment: Some(experiment.to_owned()),
    }
}
