//! `botany run RECIPE`

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::Result;

use super::{Context, output};
use crate::recipe::Recipe;
use crate::report::{self, Report, text::Style};
use crate::run::{self, Workspace, progress::Say};

/// Follow a recipe: collect, enrich, learn, validate, and store the model with its report.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany run article\n  botany recipes article > mine.toml && botany run mine.toml --data /var/lib/botany"
)]
pub struct Arguments {
    /// A built-in recipe (see `botany recipes`) or the path of a TOML file
    recipe: String,
    /// Where to write the report [default: report.html in the experiment's folder]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let (recipe, text) = Recipe::find(&arguments.recipe)?;
    let say = Say::new();
    run::collect_sources(&recipe, context, &say)?;
    let workspace = Workspace::open(context)?;
    let followed = run::follow(&recipe, &workspace, &say)?;
    let kept = run::keep(&recipe, &text, &followed, &workspace, arguments.report.as_deref())?;
    drop(say);
    show(&followed.report, context)?;
    if context.format == output::Format::Table {
        output::print(&format!("\nreport: {}\n{}", kept.page.display(), kept.saved.words()))?;
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
