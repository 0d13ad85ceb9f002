//! `botany learn …`

use anyhow::{Result, bail};
use botany_learn::algorithms;
use clap::Subcommand;
use serde_json::json;

use super::{Context, output};
use crate::recipe::Recipe;
use crate::run::compare::{self, Candidate, Leaderboard};
use crate::run::{self, Workspace, progress::Say};

/// Cluster the rows of a recipe, compare algorithms on them, list the algorithms, keep an experiment's model.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany learn clusters article --cluster 4\n  botany learn compare article --algorithm random-forest --algorithm naive-bayes\n  botany learn algorithms"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Cluster the rows of a recipe: sizes, label mix, feature ranges, and the article's table of a cluster
    #[command(after_help = "Example:\n  botany learn clusters article --cluster 4")]
    Clusters {
        /// A built-in recipe or the path of a TOML file
        recipe: String,
        /// Print the article's table of this cluster
        #[arg(long, value_name = "NUMBER")]
        cluster: Option<u32>,
        /// Print the sweep over k instead
        #[arg(long, conflicts_with = "cluster")]
        sweep: bool,
    },
    /// Compare algorithms on the rows and splits of a recipe, each beside the baseline; nothing is stored unless
    /// one is kept
    #[command(
        after_help = "Examples:\n  botany learn compare article\n  botany learn compare article --algorithm random-forest --algorithm decision-tree:max_depth=4 --keep decision-tree:max_depth=4 --model small"
    )]
    Compare {
        /// A built-in recipe or the path of a TOML file
        recipe: String,
        /// An algorithm, with what is set on it if that is not the usual [default: all that look at features]
        #[arg(long = "algorithm", value_name = "NAME[:SETTING=VALUE,…]")]
        algorithms: Vec<String>,
        /// Follow the recipe with this one of them afterwards
        #[arg(long, value_name = "NAME[:SETTING=VALUE,…]")]
        keep: Option<String>,
        /// The name the kept one gets in the registry [default: the recipe's]
        #[arg(long, value_name = "NAME", requires = "keep")]
        model: Option<String>,
    },
    /// Put the model of an experiment into the registry, with the evaluations made of it then
    #[command(
        after_help = "Example:\n  botany learn promote 20260101T120000000000Z-article --model article --threshold 0.8"
    )]
    Promote {
        /// The experiment: a folder's name in `experiments` of the data directory
        experiment: String,
        /// The name in the registry [default: the recipe's, or algorithm and grain]
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        /// The probability from which the model calls a row 1: alerts, lists and rules go by it [default: the recipe's,
        /// or 0.5]
        #[arg(long, value_name = "P")]
        threshold: Option<f64>,
    },
    /// List the algorithms and their parameters
    #[command(after_help = "Example:\n  botany learn algorithms --format json")]
    Algorithms {
        /// Print the page of the reference manual
        #[arg(long)]
        markdown: bool,
    },
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    match &arguments.command {
        Command::Clusters { recipe, cluster, sweep } => clusters(recipe, *cluster, *sweep, context),
        Command::Compare { recipe, algorithms, keep, model } => {
            compare(recipe, algorithms, keep.as_deref(), model.as_deref(), context)
        }
        Command::Promote { experiment, model, threshold } => {
            let data = &Workspace::open(context)?.data;
            let saved = run::promote(data, experiment, model.as_deref(), *threshold)?;
            output::print(&saved.words())
        }
        Command::Algorithms { markdown: true } => output::print(markdown().trim_end()),
        Command::Algorithms { markdown: false } => list(context),
    }
}

fn clusters(recipe: &str, cluster: Option<u32>, sweep: bool, context: &Context) -> Result<()> {
    let (recipe, _) = Recipe::find(recipe)?;
    let workspace = Workspace::open(context)?;
    let clustered = run::clustered(&recipe, &workspace, &Say::new())?;
    let described = &clustered.described;
    if sweep {
        let mut out = output::Table::new(["k", "inertia", "left within clusters", "silhouette"]);
        for point in &described.sweep {
            out.row(vec![
                json!(point.k),
                json!(point.inertia),
                json!(described.left(point.inertia)),
                json!(point.silhouette),
            ]);
        }
        return out.print(context.format);
    }
    if let Some(wanted) = cluster {
        let table = clustered.table(wanted)?;
        let columns = [
            "packet_pcr_range",
            "packet_ratio",
            "packets_in",
            "packets_out",
            "packets_total",
            "is_mirai",
            "count",
        ];
        let mut out = output::Table::new(columns);
        for row in table.rows {
            out.row(vec![
                json!(row.packet_pcr_range),
                json!(row.packet_ratio),
                json!(row.packets_in),
                json!(row.packets_out),
                json!(row.packets_total),
                json!(row.is_mirai),
                json!(row.count),
            ]);
        }
        return out.print(context.format);
    }
    let mut out = output::Table::new([
        "cluster",
        "rows",
        "share",
        "of label 1",
        "addresses",
        "ranges (min, median, max)",
    ]);
    for cluster in &described.clusters {
        let ranges: Vec<String> = cluster
            .ranges
            .iter()
            .map(|r| format!("{} {:.4} {:.4} {:.4}", r.feature, r.min, r.median, r.max))
            .collect();
        out.row(vec![
            json!(cluster.number),
            json!(cluster.size),
            json!(cluster.share),
            json!(cluster.positives),
            json!(cluster.addresses),
            json!(ranges.join(", ")),
        ]);
    }
    out.print(context.format)
}

fn compare(
    recipe: &str,
    algorithms: &[String],
    keep: Option<&str>,
    model: Option<&str>,
    context: &Context,
) -> Result<()> {
    let (recipe, text) = Recipe::find(recipe)?;
    let named = algorithms.iter().map(|name| Candidate::parse(name, &recipe));
    let candidates = match algorithms {
        [] => compare::everything(&recipe)?,
        _ => named.collect::<Result<_>>()?,
    };
    let kept = keep.map(|name| Candidate::parse(name, &recipe)).transpose()?;
    if let Some(kept) = kept.as_ref().filter(|kept| !candidates.contains(kept)) {
        bail!("{} is not among those compared: name it with --algorithm as well", kept.label());
    }
    let workspace = Workspace::open(context)?;
    let say = Say::new();
    let board = compare::compare(&recipe, &text, &candidates, &workspace, &say)?;
    show_board(&board, context)?;
    let Some(kept) = kept else { return Ok(()) };
    let text = compare::text_with(&text, &kept, model.unwrap_or(&recipe.watch.model))?;
    let recipe = Recipe::parse(&text, &recipe.name)?;
    let followed = run::follow(&recipe, &workspace, &say)?;
    let kept = run::keep(&recipe, &text, &followed, &workspace, None)?;
    match context.format {
        output::Format::Table => {
            output::print(&format!("\nreport: {}\n{}", kept.page.display(), kept.saved.words()))
        }
        _ => Ok(()),
    }
}

fn show_board(board: &Leaderboard, context: &Context) -> Result<()> {
    if context.format == output::Format::Json {
        return output::print(&serde_json::to_string_pretty(board)?);
    }
    let mut table = output::Table::new([
        "algorithm",
        "split",
        "leaks",
        "measure",
        "value",
        "low",
        "high",
        "baseline",
        "verdict",
        "fit s",
    ]);
    for one in &board.standings {
        for judged in &one.splits {
            let ranked = judged.split == board.ranked_by_split;
            for metric in &judged.metrics {
                let verdict = match (ranked, metric.metric == board.ranked_by) {
                    (true, true) if one.level_with_first => {
                        format!("{}; {}", one.verdict, compare::LEVEL)
                    }
                    (true, true) => one.verdict.clone(),
                    _ => String::new(),
                };
                table.row(vec![
                    json!(one.name),
                    json!(judged.split),
                    json!(if judged.leaks { "leaks" } else { "" }),
                    json!(metric.metric),
                    json!(metric.value),
                    json!(metric.low),
                    json!(metric.high),
                    json!(metric.baseline),
                    json!(verdict),
                    json!((one.fit_seconds * 1e3).round() / 1e3),
                ]);
            }
        }
    }
    table.print(context.format)
}

fn list(context: &Context) -> Result<()> {
    let mut table = output::Table::new(["algorithm", "parameter", "default", "what"]);
    for algorithm in algorithms::ALL {
        table.row(vec![json!(algorithm.name()), json!(""), json!(""), json!(algorithm.doc())]);
        for parameter in algorithm.parameters() {
            let default = parameter.default.to_string();
            table.row(vec![json!(""), json!(parameter.name), json!(default), json!(parameter.doc)]);
        }
    }
    table.print(context.format)
}

fn markdown() -> String {
    let mut page = String::new();
    for algorithm in algorithms::ALL {
        page += &format!("## {}\n\n{}\n\n", algorithm.name(), algorithm.doc());
        if !algorithm.parameters().is_empty() {
            page += "| parameter | default | what |\n|---|---|---|\n";
        }
        for parameter in algorithm.parameters() {
            page +=
                &format!("| `{}` | {} | {} |\n", parameter.name, parameter.default, parameter.doc);
        }
        page += "\n";
    }
    page
}
