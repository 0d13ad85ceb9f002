//! A recipe: one TOML file that says the whole way from logs to a validated model.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use botany_catalog::pcr::Mode;
use botany_enrich::label::Rule;
use botany_enrich::profiles::{self, Grain};
use botany_enrich::threat::Rules;
use botany_validate::Split;
use botany_watch::ModelName;
use serde::{Deserialize, Serialize};

use crate::reading::Reading;

/// The recipes that come with the program: name and text.
pub const BUILT_IN: [(&str, &str); 2] = [
    ("article", include_str!("../recipes/article.toml")),
    ("population", include_str!("../recipes/population.toml")),
];

/// The whole way, one section a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// A short name, used for folders.
    pub name: String,
    /// One line for the head of the report.
    pub title: String,
    /// Where the logs come from.
    #[serde(default)]
    pub collect: Collect,
    /// What a row is and how it is labelled.
    pub enrich: Enrich,
    /// What is learnt from the rows.
    pub learn: Learn,
    /// How it is judged.
    pub validate: Validate,
    /// What becomes of it.
    #[serde(default)]
    pub watch: Watch,
}

/// Where the logs come from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Collect {
    /// Files, folders or globs to collect first; empty: what the data directory holds.
    pub paths: Vec<String>,
    /// How their lines are read.
    pub reading: Reading,
}

/// What a row is and how it is labelled.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Enrich {
    /// `flow`, `address` or `block`.
    pub grain: Grain,
    /// An SQL condition over the labelled flows; empty: all of them.
    #[serde(default)]
    pub filter: String,
    /// Whether every flow has a PCR range, or the author's own gap is kept.
    #[serde(default)]
    pub pcr: Pcr,
    /// How long a window is, whether it slides, and how large a block is.
    #[serde(default)]
    pub window: profiles::Options,
    /// Which sources are listed.
    pub threat: Rules,
    /// Which flows of a listed source are labelled.
    #[serde(default)]
    pub label: Rule,
}

/// How a flow without packets from the client is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pcr {
    /// Every flow has a range.
    #[default]
    Closed,
    /// As in the article: none where the client sent nothing.
    Article,
}

impl Pcr {
    /// The catalog's word for it.
    pub fn mode(self) -> Mode {
        match self {
            Pcr::Closed => Mode::Closed,
            Pcr::Article => Mode::Article,
        }
    }

    /// The sentence to print.
    pub fn describe(self) -> &'static str {
        match self {
            Pcr::Closed => {
                "closed: every flow has a range (Pure Pull where the client sent nothing, Empty without packets)"
            }
            Pcr::Article => {
                "article: the author's own rule, which names no range where the client sent nothing"
            }
        }
    }
}

/// What is learnt from the rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Learn {
    /// Rows drawn uniformly; all of them if there are fewer.
    #[serde(default = "default_sample")]
    pub sample: usize,
    /// Seed of everything that is drawn.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The clustering; without it there is no `cluster_distance`.
    pub clustering: Option<Clustering>,
    /// The classifier.
    pub classifier: Classifier,
}

/// The clustering.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Clustering {
    /// Features from the shelf.
    pub features: Vec<String>,
    /// Number of clusters.
    pub k: usize,
    /// Whether every column is scaled to mean 0 and deviation 1 first.
    #[serde(default)]
    pub scale: bool,
    /// Starts, of which the best is kept.
    #[serde(default = "default_restarts")]
    pub restarts: usize,
    /// First and last k to compare; absent: none.
    pub sweep: Option<[usize; 2]>,
}

/// The classifier.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Classifier {
    /// A name from `botany learn algorithms`.
    pub algorithm: String,
    /// Features from the shelf, `cluster` and `cluster_distance` included.
    pub features: Vec<String>,
    /// Whether every column is scaled first.
    #[serde(default)]
    pub scale: bool,
    /// The algorithm's parameters.
    #[serde(default)]
    pub settings: botany_learn::Settings,
}

/// How it is judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Validate {
    /// The splits; the first that does not leak gives the headline.
    pub splits: Vec<Split>,
    /// Folds of each.
    #[serde(default = "default_folds")]
    pub folds: usize,
    /// Hours between training and test in the split by time.
    #[serde(default)]
    pub gap_hours: u32,
    /// Draws of the bootstrap over addresses.
    #[serde(default = "default_draws")]
    pub draws: usize,
    /// Refits with the label shuffled over addresses.
    #[serde(default)]
    pub permutations: usize,
    /// Other labels to try with the same features.
    #[serde(default)]
    pub labels: Vec<LabelChoice>,
}

/// A label to try beside the recipe's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LabelChoice {
    /// How the report names it.
    pub name: String,
    /// Which sources it lists.
    pub threat: Rules,
    /// Which flows it is asked of; empty: the recipe's own filter.
    #[serde(default)]
    pub filter: String,
}

/// What becomes of the model.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Watch {
    /// The name in the registry; empty: the model is not stored.
    pub model: String,
    /// The probability from which the model calls a row 1; absent: 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// What is wrong with a TOML text, in one line.
pub fn at_line(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    anyhow::anyhow!("line {line}: {}", error.message().trim())
}

impl Recipe {
    /// Reads a built-in recipe by name or one of your own by path. Gives the text as well.
    ///
    /// # Errors
    ///
    /// If there is none, or if it does not parse: the message points at the line.
    pub fn find(name_or_path: &str) -> Result<(Recipe, String)> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Ok((Recipe::parse(text, name_or_path)?, (*text).to_owned()));
        }
        let path = Path::new(name_or_path);
        if !path.exists() {
            let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            bail!(
                "no recipe `{name_or_path}`: neither a file of that name nor one of {}",
                names.join(", ")
            );
        }
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the recipe {}", path.display()))?;
        Ok((Recipe::parse(&text, name_or_path)?, text))
    }

    /// Reads a recipe from its text; `origin` names it in errors.
    pub fn parse(text: &str, origin: &str) -> Result<Recipe> {
        let recipe: Recipe = toml::from_str(text)
            .map_err(|error| at_line(text, &error))
            .with_context(|| format!("the recipe {origin} does not parse"))?;
        recipe.check().with_context(|| format!("the recipe {origin} cannot be followed"))?;
        Ok(recipe)
    }

    /// The features of the shelf that clustering and classifier name, each once.
    pub fn features(&self) -> Vec<String> {
        let clustered = self.learn.clustering.iter().flat_map(|c| &c.features);
        let mut names: Vec<String> = Vec::new();
        for name in clustered.chain(&self.learn.classifier.features) {
            let made_up = name == "cluster" || name == "cluster_distance";
            if !made_up && !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// What TOML cannot say by itself.
    fn check(&self) -> Result<()> {
        self.enrich.window.check()?;
        plain_name(&self.name).context("name the recipe otherwise")?;
        if !self.watch.model.is_empty() {
            plain_name(&self.watch.model).context("watch.model")?;
        }
        if let Some(threshold) = self.watch.threshold {
            probability(threshold).context("watch.threshold")?;
        }
        if self.validate.folds < 2 {
            bail!("validate.folds = {} is no split: ask for 2 or more", self.validate.folds);
        }
        if self.learn.sample == 0 {
            bail!("learn.sample = 0 leaves nothing to learn from: ask for some rows");
        }
        if self.validate.splits.is_empty() {
            bail!("validate.splits is empty: a result without its split is not a result");
        }
        if let Some(clustering) = &self.learn.clustering
            && let Some([first, last]) = clustering.sweep
            && (first < 2 || first > last)
        {
            bail!("sweep = [{first}, {last}] is no range of k: begin at 2 or more and go up");
        }
        Ok(())
    }
}

/// Refuses a threshold that is no probability.
///
/// # Errors
///
/// If it is none.
pub fn probability(threshold: f64) -> Result<()> {
    if !(0.0..=1.0).contains(&threshold) {
        bail!("{threshold} is no probability: give 0 to 1");
    }
    Ok(())
}

/// A name without a version: versions are the registry's to give.
fn plain_name(text: &str) -> Result<()> {
    match text.parse::<ModelName>()?.version {
        None => Ok(()),
        Some(_) => bail!("`{text}` names a version: leave `@…` away"),
    }
}

fn default_sample() -> usize {
    50_000
}

fn default_seed() -> u64 {
    1
}

fn default_restarts() -> usize {
    10
}

fn default_folds() -> usize {
    5
}

fn default_draws() -> usize {
    1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_recipes_parse() {
        for (name, text) in BUILT_IN {
            let recipe = Recipe::parse(text, name).unwrap();
            assert_eq!(recipe.name, name);
        }
    }

    #[test]
    fn a_word_nobody_knows_is_refused_with_its_place() {
        let text = BUILT_IN[0].1.replace("folds = 5", "fold = 5");
        let error = format!("{:#}", Recipe::parse(&text, "mine.toml").unwrap_err());
        assert!(error.contains("mine.toml") && error.contains("fold"), "{error}");
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_the_choice() {
        for (from, to, hint) in [
            ("grain = \"flow\"", "grain = \"flows\"", "`address`"),
            ("sample = 50000", "sample = 0", "some rows"),
            ("name = \"article\"", "name = \"../article\"", "letters, digits"),
            ("folds = 5", "folds = 0", "2 or more"),
            ("sweep = [2, 9]", "sweep = [9, 2]", "go up"),
            ("model = \"article\"", "model = \"article\"\nthreshold = 1.5", "0 to 1"),
        ] {
            let text = BUILT_IN[0].1.replace(from, to);
            let error = format!("{:#}", Recipe::parse(&text, "mine.toml").unwrap_err());
            assert!(error.contains(hint), "{error}");
        }
    }
}
