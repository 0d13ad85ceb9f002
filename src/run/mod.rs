//! The main job: from logs to a validated model and a report, room by room.

pub mod allowed;
pub mod check;
mod clusters;
mod collect;
pub mod compare;
pub mod differences;
mod doubts;
mod evidence;
mod facts;
mod judge;
mod keep;
mod labels;
pub mod listing;
pub mod live;
pub mod metrics;
mod next;
pub mod opinion;
pub mod pieces;
mod population;
pub mod predictions;
pub mod progress;
pub mod rows;
pub mod saved;
pub mod score_file;
mod scored;
pub mod signature;
mod unseen;
pub mod whose;
mod workspace;

use anyhow::{Context as _, Result, bail};
use botany_enrich::profiles::Grain;
use botany_enrich::threat::ThreatList;
use botany_learn::{Assignment, ClusteringSpec, Pipeline, PipelineSpec, Scores};
use botany_validate::{EvaluateOptions, Scorecard, SplitOptions};

pub use collect::{
    Collected, Collection, How, expand, paths as collect_paths, sources as collect_sources,
};
pub use facts::{Facts, Who, facts};
pub use keep::{experiment, keep, of_experiment, promote, registry, write_page};
pub use next::{quoted, steps as next_steps};
pub use population::{databases, frequency, known, listed};
pub use scored::{Scored, each_scored, own_recipe, scored};
pub use unseen::validate_on;
pub use workspace::{TooLong, Workspace};

use crate::cli::output::Table;
use crate::recipe::Recipe;
use crate::report::model::{ClusterTable, Clustering, Header, Population, Report};
use predictions::Predictions;
use progress::Say;
use rows::Rows;

/// What following a recipe gives.
pub struct Followed {
    /// What a person reads.
    pub report: Report,
    /// The rows it was learnt from.
    pub rows: Rows,
    /// The model, fitted on all of them.
    pub pipeline: Pipeline,
    /// What the splits said.
    pub card: Scorecard,
    /// What they said of each row.
    pub predictions: Predictions,
}

/// Follows a recipe over what the data directory holds.
///
/// # Errors
///
/// If there is nothing to learn from, or no split can be made of it; the message says what to change.
pub fn follow(recipe: &Recipe, workspace: &Workspace, say: &Say) -> Result<Followed> {
    let known = Known::of(recipe, workspace, say)?;
    let rows = Rows::select(workspace, recipe, &recipe.enrich.filter)?;
    learn(recipe, workspace, say, known, rows)
}

/// The same, and then hands on every row there was to sample from beside what the model says of it. The rows are gone
/// over twice: between the two they lie on the disk.
///
/// # Errors
///
/// As [`follow`], and those of `visit`, which end it.
pub fn follow_and_score(
    recipe: &Recipe,
    workspace: &Workspace,
    say: &Say,
    mut visit: impl FnMut(&Rows, &Scores) -> Result<()>,
) -> Result<Followed> {
    let known = Known::of(recipe, workspace, say)?;
    let selection = rows::selection(recipe, &recipe.enrich.filter);
    let pieces = pieces::Pieces::of(workspace, recipe, &selection)?.kept();
    let rows = pieces.draw(recipe.learn.sample)?;
    let followed = learn(recipe, workspace, say, known, rows)?;
    say.step("watch", "what the model says of every row")?;
    pieces.each(|rows| visit(&rows, &followed.pipeline.scores(&rows.frame)?))?;
    Ok(followed)
}

/// What is known before anything is learnt.
struct Known {
    list: ThreatList,
    population: Population,
}

impl Known {
    /// Lists and labels as the recipe says.
    fn of(recipe: &Recipe, workspace: &Workspace, say: &Say) -> Result<Known> {
        say.step("enrich", "who knocked")?;
        let list = rows::label(workspace, &recipe.enrich, &recipe.enrich.threat)?;
        let population = population::describe(workspace, &list)?;
        Ok(Known { list, population })
    }
}

/// From the rows to the report.
fn learn(
    recipe: &Recipe,
    workspace: &Workspace,
    say: &Say,
    known: Known,
    rows: Rows,
) -> Result<Followed> {
    let enrich = &recipe.enrich;
    rows.check(&recipe.name)?;

    say.step("learn", "clusters")?;
    let threads = workspace.config.threads();
    let clustering = match &recipe.learn.clustering {
        Some(ask) => {
            Some(clusters::explore(&rows, ask, &recipe.learn, enrich.grain, threads, say)?.0)
        }
        None => None,
    };

    let spec = pipeline(recipe, threads);
    let options = EvaluateOptions { keep_scores: true, ..evaluation(recipe) };
    let mut card = judge::judge(&spec, &rows, &recipe.validate.splits, &options, "", say)?;
    let predictions = Predictions::take(&mut card, &rows, enrich.grain.name())?;
    say.step("validate", "doubts")?;
    let doubts = doubts::all(recipe, &spec, &rows, &card)?;
    let labels = labels::side_by_side(recipe, &card, workspace, say)?;

    say.step("learn", "the model")?;
    let pipeline = Pipeline::fit(&spec, &rows.frame, &rows.label)?;
    let predictions = predictions.beside(&clusters::columns(&pipeline, &rows.frame)?)?;
    let report = Report {
        header: header(recipe, workspace, &known.list.rules)?,
        population: known.population,
        clusterings: clustering.into_iter().collect(),
        grains: vec![evidence::grain(recipe, &card, &pipeline, &doubts)],
        labels,
        doubts,
        next: next::steps(&workspace.data, recipe),
    };
    Ok(Followed { report, rows, pipeline, card, predictions })
}

/// A recipe's rows in clusters.
pub struct Clustered {
    /// The rows that were clustered.
    pub rows: Rows,
    /// What came out.
    pub described: Clustering,
    /// To which cluster each row belongs.
    assignment: Assignment,
}

impl Clustered {
    /// The article's table of a cluster.
    ///
    /// # Errors
    ///
    /// If there is no cluster of that number, or the rows are no flows.
    pub fn table(&self, cluster: u32) -> Result<ClusterTable> {
        let Clustering { k, grain, .. } = &self.described;
        if grain != Grain::Flow.name() {
            bail!(
                "the article's table is of flows, these rows are of grain {grain}: leave --cluster away"
            );
        }
        if cluster as usize >= *k {
            bail!("there is no cluster {cluster}: they are numbered 0 to {}", k - 1);
        }
        Ok(clusters::table(&self.rows, &self.assignment, cluster))
    }
}

/// The clusters of a recipe's rows.
pub fn clustered(recipe: &Recipe, workspace: &Workspace, say: &Say) -> Result<Clustered> {
    let ask = recipe.learn.clustering.as_ref();
    let ask = ask.with_context(|| format!("recipe {} asks for no clustering", recipe.name))?;
    say.step("enrich", "rows")?;
    rows::label(workspace, &recipe.enrich, &recipe.enrich.threat)?;
    let rows = Rows::select(workspace, recipe, &recipe.enrich.filter)?;
    rows.check(&recipe.name)?;
    say.step("learn", "clusters")?;
    let threads = workspace.config.threads();
    let (described, assignment) =
        clusters::explore(&rows, ask, &recipe.learn, recipe.enrich.grain, threads, say)?;
    Ok(Clustered { rows, described, assignment })
}

/// The pipeline a recipe describes.
pub fn pipeline(recipe: &Recipe, threads: usize) -> PipelineSpec {
    let classifier = &recipe.learn.classifier;
    PipelineSpec {
        features: classifier.features.clone(),
        clustering: recipe.learn.clustering.as_ref().map(|c| ClusteringSpec {
            features: c.features.clone(),
            k: c.k,
            scale: c.scale,
            restarts: c.restarts,
        }),
        scale: classifier.scale,
        algorithm: classifier.algorithm.clone(),
        settings: classifier.settings.clone(),
        seed: recipe.learn.seed,
        threads,
    }
}

/// How a recipe wants its model judged.
pub fn evaluation(recipe: &Recipe) -> EvaluateOptions {
    EvaluateOptions {
        split: SplitOptions {
            folds: recipe.validate.folds,
            gap_seconds: i64::from(recipe.validate.gap_hours) * 3600,
            seed: recipe.learn.seed,
            ..SplitOptions::default()
        },
        draws: recipe.validate.draws,
        keep_scores: false,
        ..EvaluateOptions::default()
    }
}

/// Every metric of every evaluation of a report, one a row: what `--format csv` prints.
pub fn evidence_table(report: &Report) -> Table {
    let columns = [
        "recipe",
        "grain",
        "split",
        "leaks",
        "rows",
        "rows of 1",
        "addresses",
        "addresses with a 1",
        "over",
        "measure",
        "value",
        "low",
        "high",
    ];
    let mut table = Table::new(columns);
    for grain in &report.grains {
        for e in &grain.evaluations {
            for (over, metrics) in [("rows", &e.metrics), ("addresses", &e.address_metrics)] {
                for metric in metrics {
                    let value = metric.estimate;
                    table.row(vec![
                        grain.recipe.clone().into(),
                        grain.grain.clone().into(),
                        e.split.clone().into(),
                        e.leaks.into(),
                        e.rows.into(),
                        e.positives.into(),
                        e.addresses.into(),
                        e.positive_addresses.into(),
                        over.into(),
                        metric.name.clone().into(),
                        value.value.into(),
                        value.low.into(),
                        value.high.into(),
                    ]);
                }
            }
        }
    }
    table
}

fn header(recipe: &Recipe, workspace: &Workspace, threat_rule: &str) -> Result<Header> {
    let (first_time, last_time) = population::window(workspace)?;
    let enrich = &recipe.enrich;
    let unit = if enrich.grain == Grain::Flow { "flow" } else { "window" };
    Ok(Header {
        title: recipe.title.clone(),
        recipe: recipe.name.clone(),
        data: workspace.data.display().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: recipe.learn.seed,
        first_time,
        last_time,
        collected: population::collected(workspace)?,
        label_rule: format!("{} (one row a {unit})", enrich.label.describe()),
        threat_rule: threat_rule.to_owned(),
        pcr_mode: enrich.pcr.describe().to_owned(),
        notes: Vec::new(),
    })
}
