//! Several algorithms on the same rows and the same folds, side by side.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use botany_learn::{Pipeline, Setting, Settings, algorithms};
use botany_validate::{ComparedSplit, Scorecard};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rows::{self, Rows};
use super::{Workspace, evaluation, judge, pipeline, progress::Say};
use crate::recipe::Recipe;

/// Algorithms compared at once, at most.
const MOST: usize = 12;

/// The metrics that are set side by side, in this order.
const SHOWN: [&str; 4] = ["f1", "recall", "precision", "average_precision"];

/// The parameter several algorithms share.
const WEIGHT: &str = "class_weight";

/// What is said of an algorithm whose interval reaches that of the first.
pub const LEVEL: &str =
    "its interval reaches the first's, which alone does not settle which of the two is better";

fn level() -> String {
    LEVEL.to_owned()
}

/// By what a leaderboard is sorted.
const RANKED_BY: &str = "average_precision";

/// An algorithm to compare, with what is set on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// A name from `botany learn algorithms`.
    pub algorithm: String,
    /// Its parameters, by name; what is not set takes its default.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Settings,
}

impl Candidate {
    /// Reads `NAME` or `NAME:SETTING=VALUE,SETTING=VALUE`.
    ///
    /// # Errors
    ///
    /// If there is no such algorithm, or a setting has no value.
    pub fn parse(text: &str, recipe: &Recipe) -> Result<Candidate> {
        let own = &recipe.learn.classifier;
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let algorithm = algorithms::find(name)?.name().to_owned();
        let mut settings = Settings::new();
        for pair in rest.split(',').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').with_context(|| {
                format!("`{pair}` sets nothing: write {name}:SETTING=VALUE,SETTING=VALUE")
            })?;
            settings.insert(key.trim().to_owned(), setting(value.trim()));
        }
        if rest.is_empty() && algorithm == own.algorithm {
            settings = own.settings.clone();
        }
        Ok(Candidate { algorithm, settings })
    }

    /// The name with the settings that are not the usual ones.
    pub fn label(&self) -> String {
        let set: Vec<String> =
            self.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if set.is_empty() {
            return self.algorithm.clone();
        }
        format!("{}:{}", self.algorithm, set.join(","))
    }
}

/// A value as TOML would read it, and a word otherwise.
fn setting(text: &str) -> Setting {
    match text {
        "true" => Setting::Bool(true),
        "false" => Setting::Bool(false),
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(whole), _) => Setting::Integer(whole),
            (_, Ok(real)) if real.is_finite() => Setting::Real(real),
            _ => Setting::Text(text.to_owned()),
        },
    }
}

/// Every algorithm that looks at its features: the recipe's own with its settings, the others with the recipe's
/// class weight, as a score of weighted rows cannot be set beside one of unweighted.
///
/// # Errors
///
/// None for the algorithms of the shelf.
pub fn everything(recipe: &Recipe) -> Result<Vec<Candidate>> {
    let weight = recipe.learn.classifier.settings.get_key_value(WEIGHT);
    let all = algorithms::ALL.iter().filter(|algorithm| algorithm.name() != "dummy");
    let with_weight = all.map(|algorithm| {
        let mut candidate = Candidate::parse(algorithm.name(), recipe)?;
        let knows = algorithm.parameters().iter().any(|parameter| parameter.name == WEIGHT);
        if let Some((name, value)) = weight.filter(|_| knows) {
            candidate.settings.insert(name.clone(), value.clone());
        }
        Ok(candidate)
    });
    with_weight.collect()
}

/// Several algorithms on the same rows and folds, the best first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Leaderboard {
    /// The recipe's name.
    pub recipe: String,
    /// The recipe's text.
    pub text: String,
    /// What a row is.
    pub grain: String,
    /// Rows, and those of label 1.
    pub rows: u64,
    /// Rows of label 1.
    pub positives: u64,
    /// The split by which they are sorted: the first that does not leak.
    pub ranked_by_split: String,
    /// The metric by which they are sorted.
    pub ranked_by: String,
    /// One an algorithm, the best first.
    pub standings: Vec<Standing>,
    /// What is said of one that is level with the first.
    #[serde(default = "level", skip_deserializing)]
    pub level: String,
}

/// How one algorithm did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    /// The algorithm and what is set on it, as `--algorithm` takes it.
    pub name: String,
    /// The algorithm.
    pub algorithm: String,
    /// What is set on it.
    #[schema(value_type = Object)]
    pub settings: Settings,
    /// `better` or `no better` than the baseline, by the split they are sorted by.
    pub verdict: String,
    /// Whether its interval of what they are sorted by reaches that of the first, which alone does not settle which is better.
    pub level_with_first: bool,
    /// Seconds one fit on all rows took, on this machine, now. Not judged.
    pub fit_seconds: f64,
    /// What was found by each split.
    pub splits: Vec<Judged>,
    /// Splits that could not be made, and why.
    pub notes: Vec<String>,
}

/// How one algorithm did by one split.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Judged {
    /// The split.
    pub split: String,
    /// Whether rows of one address stand on both sides.
    pub leaks: bool,
    /// Rows tested.
    pub tested: u64,
    /// Those of label 1.
    pub tested_positives: u64,
    /// Addresses tested.
    pub tested_addresses: u64,
    /// Whether it clears the baseline on no judged metric.
    pub no_better_than_baseline: bool,
    /// The metrics.
    pub metrics: Vec<Measured>,
}

/// One metric beside the baseline's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Measured {
    /// Its name in files.
    pub metric: String,
    /// Its name for a reader.
    pub label: String,
    /// Its value; absent where it has none.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval over addresses.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// What an answer that looks at no feature gets on the same rows.
    pub baseline: Option<f64>,
    /// Whether the interval lies above that.
    pub clears: Option<bool>,
}

impl Standing {
    /// The number of a metric by a split.
    pub fn measured(&self, split: &str, metric: &str) -> Option<&Measured> {
        let judged = self.splits.iter().find(|judged| judged.split == split)?;
        judged.metrics.iter().find(|one| one.metric == metric)
    }
}

/// Compares algorithms on the rows and splits of a recipe. Nothing is kept.
///
/// # Errors
///
/// If there is nothing to learn from, no split can be made, or a setting is none.
pub fn compare(
    recipe: &Recipe,
    text: &str,
    candidates: &[Candidate],
    workspace: &Workspace,
    say: &Say,
) -> Result<Leaderboard> {
    check(candidates)?;
    say.step("enrich", "rows")?;
    rows::label(workspace, &recipe.enrich, &recipe.enrich.threat)?;
    let rows = Rows::select(workspace, recipe, &recipe.enrich.filter)?;
    rows.check(&recipe.name)?;
    let threads = workspace.config.threads();
    let options = evaluation(recipe);
    let mut standings = Vec::new();
    for candidate in candidates {
        let whose = format!("{}: ", candidate.label());
        let recipe = with(recipe, candidate);
        let spec = pipeline(&recipe, threads);
        say.step("learn", &candidate.label())?;
        let begin = Instant::now();
        Pipeline::fit(&spec, &rows.frame, &rows.label)
            .with_context(|| format!("{} cannot be fitted", candidate.label()))?;
        let fit_seconds = begin.elapsed().as_secs_f64();
        let card = judge::judge(&spec, &rows, &recipe.validate.splits, &options, &whose, say)?;
        standings.push(standing(candidate, &card, fit_seconds));
    }
    let split = standings
        .first()
        .and_then(|first| first.splits.iter().find(|s| !s.leaks).or(first.splits.first()))
        .map_or_else(String::new, |judged| judged.split.clone());
    rank(&mut standings, &split);
    Ok(Leaderboard {
        recipe: recipe.name.clone(),
        text: text.to_owned(),
        grain: recipe.enrich.grain.name().to_owned(),
        rows: rows.label.len() as u64,
        positives: rows.label.iter().filter(|label| **label == 1).count() as u64,
        ranked_by_split: split,
        ranked_by: RANKED_BY.to_owned(),
        standings,
        level: level(),
    })
}

/// Refuses what cannot be compared, before anything is computed.
///
/// # Errors
///
/// Too many or no algorithms, the same twice, unknown ones, settings that are none.
pub fn check(candidates: &[Candidate]) -> Result<()> {
    if candidates.is_empty() || candidates.len() > MOST {
        bail!("{} algorithms cannot be compared: name 1 to {MOST}", candidates.len());
    }
    for (at, candidate) in candidates.iter().enumerate() {
        let algorithm = algorithms::find(&candidate.algorithm)?;
        algorithms::Checked::new(algorithm.name(), &algorithm.parameters(), &candidate.settings)?;
        if candidates[..at].contains(candidate) {
            bail!("{} stands twice: name it once", candidate.label());
        }
    }
    Ok(())
}

/// The recipe with another classifier.
fn with(recipe: &Recipe, candidate: &Candidate) -> Recipe {
    let mut recipe = recipe.clone();
    recipe.learn.classifier.algorithm.clone_from(&candidate.algorithm);
    recipe.learn.classifier.settings.clone_from(&candidate.settings);
    recipe
}

/// The text of a recipe with another classifier and the name its model gets in the registry.
///
/// # Errors
///
/// If the text is no recipe.
pub fn text_with(text: &str, candidate: &Candidate, model: &str) -> Result<String> {
    let mut table: toml::Table = toml::from_str(text)?;
    let before = Recipe::parse(text, "recipe")?.learn.classifier.algorithm;
    // A recipe that is called by its algorithm is called by the other one from now on.
    for name in ["name", "title"] {
        if let Some(toml::Value::String(called)) = table.get_mut(name) {
            *called = called.replace(&before, &candidate.algorithm);
        }
    }
    let classifier = table
        .get_mut("learn")
        .and_then(|learn| learn.get_mut("classifier"))
        .and_then(toml::Value::as_table_mut)
        .context("the recipe has no [learn.classifier]")?;
    classifier.insert("algorithm".to_owned(), candidate.algorithm.clone().into());
    classifier.insert("settings".to_owned(), toml::Value::try_from(&candidate.settings)?);
    let watch = table.entry("watch").or_insert_with(|| toml::Table::new().into());
    let watch = watch.as_table_mut().context("[watch] of the recipe is no table")?;
    watch.insert("model".to_owned(), model.to_owned().into());
    Ok(toml::to_string(&table)?)
}

fn standing(candidate: &Candidate, card: &Scorecard, fit_seconds: f64) -> Standing {
    Standing {
        name: candidate.label(),
        algorithm: candidate.algorithm.clone(),
        settings: candidate.settings.clone(),
        verdict: String::new(),
        level_with_first: false,
        fit_seconds,
        splits: card.comparison.splits.iter().map(judged).collect(),
        notes: card.notes.clone(),
    }
}

fn judged(split: &ComparedSplit) -> Judged {
    let measured = |name: &&str| {
        let compared = split.by_row.iter().find(|one| one.metric.name == *name)?;
        let metric = &compared.metric;
        Some(Measured {
            metric: metric.name.clone(),
            label: metric.label.clone(),
            value: metric.value,
            low: metric.low,
            high: metric.high,
            baseline: compared.baseline,
            clears: compared.clears,
        })
    };
    Judged {
        split: split.split.clone(),
        leaks: split.leaks,
        tested: split.rows as u64,
        tested_positives: split.positives as u64,
        tested_addresses: split.addresses as u64,
        no_better_than_baseline: split.no_better_than_baseline,
        metrics: SHOWN.iter().filter_map(measured).collect(),
    }
}

/// Puts the best first and says which of the others the data do not tell from it.
fn rank(standings: &mut [Standing], split: &str) {
    let value = |one: &Standing| one.measured(split, RANKED_BY).and_then(|m| m.value);
    standings.sort_by(|a, b| {
        let of = |one| value(one).unwrap_or(f64::NEG_INFINITY);
        of(b).total_cmp(&of(a))
    });
    let best = standings.first().and_then(|first| first.measured(split, RANKED_BY)?.low);
    for (at, one) in standings.iter_mut().enumerate() {
        let high = one.measured(split, RANKED_BY).and_then(|m| m.high);
        one.level_with_first = at > 0 && best.zip(high).is_some_and(|(low, high)| high >= low);
        let judged = one.splits.iter().find(|judged| judged.split == split);
        let no_better = judged.is_none_or(|judged| judged.no_better_than_baseline);
        one.verdict =
            format!("{} than the baseline", if no_better { "no better" } else { "better" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::BUILT_IN;

    fn article() -> Recipe {
        Recipe::parse(BUILT_IN[0].1, "article").unwrap()
    }

    #[test]
    fn a_candidate_is_written_as_it_is_read() {
        let parse = |text: &str| Candidate::parse(text, &article());
        let own = parse("random-forest").unwrap();
        assert_eq!(own.settings, article().learn.classifier.settings, "the recipe's own");
        let other = parse("logistic-regression:class_weight=balanced,c=0.5").unwrap();
        assert_eq!(other.settings["c"], Setting::Real(0.5));
        assert_eq!(parse(&other.label()).unwrap(), other);
        assert!(parse("decision-tree").unwrap().settings.is_empty());
        assert!(parse("oracle").unwrap_err().to_string().contains("random-forest"));
        assert!(parse("random-forest:n_estimators").is_err());
        assert!(check(&[own.clone(), own]).unwrap_err().to_string().contains("twice"));
        assert!(check(&[parse("naive-bayes:mood=good").unwrap()]).is_err());
        let all = everything(&article()).unwrap();
        assert!(check(&[]).is_err() && check(&all).is_ok());
        let tree = all.iter().find(|one| one.algorithm == "decision-tree").unwrap();
        assert_eq!(tree.label(), "decision-tree:class_weight=balanced");
    }

    #[test]
    fn a_recipe_keeps_all_but_its_classifier() {
        let tree = Candidate::parse("decision-tree:max_depth=3", &article()).unwrap();
        let text = text_with(BUILT_IN[0].1, &tree, "kept").unwrap();
        let recipe = Recipe::parse(&text, "kept").unwrap();
        assert_eq!(recipe.learn.classifier.algorithm, "decision-tree");
        assert_eq!(recipe.learn.classifier.settings["max_depth"], Setting::Integer(3));
        assert_eq!(recipe.watch.model, "kept");
        assert_eq!(recipe.learn.classifier.features, article().learn.classifier.features);
        assert_eq!(recipe.enrich.threat, article().enrich.threat);
        assert_eq!(recipe.title, article().title);
        let named = BUILT_IN[0].1.replacen("title = \"", "title = \"random-forest: ", 1);
        let recipe = Recipe::parse(&text_with(&named, &tree, "kept").unwrap(), "kept").unwrap();
        assert!(recipe.title.starts_with("decision-tree: "), "{}", recipe.title);
    }

    #[test]
    fn the_best_stands_first_and_its_equals_are_said_to_be() {
        let one = |name: &str, value: Option<f64>, low: f64, high: f64, no_better| Standing {
            name: name.to_owned(),
            algorithm: name.to_owned(),
            settings: Settings::new(),
            verdict: String::new(),
            level_with_first: false,
            fit_seconds: 0.0,
            splits: vec![Judged {
                split: "address".to_owned(),
                leaks: false,
                tested: 1,
                tested_positives: 1,
                tested_addresses: 1,
                no_better_than_baseline: no_better,
                metrics: vec![Measured {
                    metric: RANKED_BY.to_owned(),
                    label: String::new(),
                    value,
                    low: Some(low),
                    high: Some(high),
                    baseline: None,
                    clears: None,
                }],
            }],
            notes: Vec::new(),
        };
        let mut all = [
            one("far", Some(0.2), 0.1, 0.3, true),
            one("none", None, 0.0, 0.0, true),
            one("best", Some(0.9), 0.8, 0.95, false),
            one("near", Some(0.8), 0.7, 0.85, false),
        ];
        rank(&mut all, "address");
        let told: Vec<(&str, bool)> =
            all.iter().map(|one| (one.name.as_str(), one.level_with_first)).collect();
        assert_eq!(told, [("best", false), ("near", true), ("far", false), ("none", false)]);
        assert_eq!(
            (all[0].verdict.as_str(), &all[3].verdict[..9]),
            ("better than the baseline", "no better")
        );
    }
}
