//! `botany learn …`

use anyhow::Result;
use botany_learn::algorithms;
use clap::Subcommand;
use serde_json::json;

use super::{Context, output};
use crate::recipe::Recipe;
use crate::run::{self, Workspace, progress::Say};

/// Cluster the rows of a recipe, and list the algorithms.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany learn clusters article\n  botany learn clusters article --cluster 4\n  botany learn algorithms"
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
        let mut out = output::Table::new(["k", "inertia", "silhouette"]);
        for point in &described.sweep {
            out.row(vec![json!(point.k), json!(point.inertia), json!(point.silhouette)]);
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
        "labelled 1",
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
