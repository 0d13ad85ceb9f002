//! `botany run RECIPE`

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Result;
use botany_learn::Scores;

use super::{Context, output};
use crate::recipe::Recipe;
use crate::report::{self, Report, text::Style};
use crate::run::rows::Rows;
use crate::run::score_file::ScoreFile;
use crate::run::{self, Workspace, progress::Say};

/// Follow a recipe: collect, enrich, learn, validate, and store the model with its report.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany run article\n  botany recipes article > mine.toml && botany run mine.toml --data /var/lib/botany\n  botany run article --scores scored.csv"
)]
pub struct Arguments {
    /// A built-in recipe (see `botany recipes`) or the path of a TOML file
    recipe: String,
    /// Where to write the report [default: report.html in the experiment's folder]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Also write every row with its label, its cluster and the model's probability, as CSV. The model was fitted on
    /// rows of the sample, so it knows them and others of their addresses: no measure is to be taken from this file
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let (recipe, text) = Recipe::find(&arguments.recipe)?;
    let say = Say::new();
    run::collect_sources(&recipe, context, &say)?;
    let workspace = Workspace::open(context)?;
    let file = arguments.scores.as_deref().map(ScoreFile::create).transpose()?;
    let (followed, rows) = match file {
        None => (run::follow(&recipe, &workspace, &say)?, None),
        Some(mut file) => {
            let add = |rows: &Rows, scores: &Scores| file.add(rows, scores);
            let followed = run::follow_and_score(&recipe, &workspace, &say, add)?;
            (followed, Some(file.finish()?))
        }
    };
    let kept = run::keep(&recipe, &text, &followed, &workspace, arguments.report.as_deref())?;
    drop(say);
    show(&followed.report, context)?;
    if context.format == output::Format::Table {
        output::print(&format!("\nreport: {}\n{}", kept.page.display(), kept.saved.words()))?;
        if let (Some(rows), Some(file)) = (rows, &arguments.scores) {
            output::print(&format!("scores: {} ({rows} rows)", file.display()))?;
        }
    }
    Ok(())
}

/// Prints a report in the form asked for.
pub fn show(report: &Report, context: &Context) -> Result<()> {
    match context.format {
        output::Format::Table => {
            let style = Style { bold: std::io::stdout().is_terminal() };
            output::print(report::text::render(report, style).trim_end())
        }
        output::Format::Json => output::print(&serde_json::to_string_pretty(report)?),
        output::Format::Csv => run::evidence_table(report).print(output::Format::Csv),
    }
}
