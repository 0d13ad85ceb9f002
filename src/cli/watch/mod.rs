//! `botany watch …`

mod check;
mod signature;

use anyhow::Result;
use botany_watch::{ModelName, Registry};
use clap::Subcommand;
use serde_json::json;

use crate::cli::{Context, output};
use crate::run;

/// Look after the models in the registry.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany watch models\n  botany watch card article\n  botany watch roll-back article@v0001\n  botany watch signature article --suricata 7"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models and their versions
    #[command(after_help = "Example:\n  botany watch models --format json")]
    Models,
    /// Print what a model was made from and how far it can be believed
    #[command(after_help = "Example:\n  botany watch card article@v0001")]
    Card {
        /// The model, with `@v0001` for one version of it
        model: String,
    },
    /// Make an earlier version the current one
    #[command(after_help = "Example:\n  botany watch roll-back article@v0001")]
    RollBack {
        /// The model with its version
        model: String,
    },
    Signature(signature::Arguments),
    Check(check::Arguments),
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let registry = run::registry(&context.data);
    match &arguments.command {
        Command::Signature(a) => signature::main(a, context),
        Command::Check(a) => check::main(a, context),
        Command::Models => models(&registry, context),
        Command::Card { model } => {
            let card = registry.card(&model.parse()?)?;
            match context.format {
                output::Format::Json => output::print(&serde_json::to_string_pretty(&card)?),
                _ => output::print(card.markdown().trim_end()),
            }
        }
        Command::RollBack { model } => {
            let name: ModelName = model.parse()?;
            registry.roll_back(&name)?;
            output::print(&format!("{} is now v{:04}", name.name, registry.current(&name.name)?))
        }
    }
}

fn models(registry: &Registry, context: &Context) -> Result<()> {
    let columns =
        ["model", "version", "current", "created", "grain", "algorithm", "rows of 0", "rows of 1"];
    let mut table = output::Table::new(columns);
    for (card, current) in registry.cards()? {
        table.row(vec![
            json!(card.name),
            json!(format!("v{:04}", card.version)),
            json!(current),
            json!(card.created_at),
            json!(card.grain),
            json!(card.pipeline.algorithm),
            json!(card.class_counts[0]),
            json!(card.class_counts[1]),
        ]);
    }
    table.print(context.format)
}
