//! `botany models …`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use botany_learn::onnx::{self, Inputs};
use botany_watch::{ModelName, Registry, disk};
use clap::Subcommand;
use serde_json::json;

use crate::cli::{Context, output};
use crate::run;

/// Look after the models in the registry.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany models list\n  botany models card article\n  botany models roll-back article@v0001\n  botany models export article --onnx article.onnx"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models and their versions
    #[command(after_help = "Example:\n  botany models list --format json")]
    List,
    /// Print what a model was made from and how far it can be believed
    #[command(after_help = "Example:\n  botany models card article@v0001")]
    Card {
        /// The model, with `@v0001` for one version of it
        model: String,
    },
    /// Make an earlier version the current one
    #[command(after_help = "Example:\n  botany models roll-back article@v0001")]
    RollBack {
        /// The model with its version
        model: String,
    },
    /// Write a model for other programs: raw features in, label and probabilities out
    #[command(after_help = "Example:\n  botany models export article --onnx article.onnx")]
    Export {
        /// The model, with `@v0001` for one version of it
        model: String,
        /// The ONNX file to write
        #[arg(long, value_name = "FILE")]
        onnx: PathBuf,
        /// Take numbers of 32 bits instead of 64: a number they cannot hold is then another number
        #[arg(long)]
        float: bool,
    },
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let registry = run::registry(&context.data);
    match &arguments.command {
        Command::List => list(&registry, context),
        Command::Card { model } => {
            let card = registry.card(&model.parse()?)?;
            match context.format {
                output::Format::Json => output::print(&serde_json::to_string_pretty(&card)?),
                _ => output::print(card.markdown().trim_end()),
            }
        }
        Command::Export { model, onnx, float } => {
            let inputs = if *float { Inputs::Float } else { Inputs::Double };
            export(&registry, &model.parse()?, inputs, onnx)
        }
        Command::RollBack { model } => {
            let name: ModelName = model.parse()?;
            registry.roll_back(&name)?;
            output::print(&format!("{} is now v{:04}", name.name, registry.current(&name.name)?))
        }
    }
}

fn list(registry: &Registry, context: &Context) -> Result<()> {
    let columns = [
        "model",
        "version",
        "in force",
        "created",
        "grain",
        "algorithm",
        "threshold",
        "rows of label 0",
        "rows of label 1",
    ];
    let mut table = output::Table::new(columns);
    for (card, current) in registry.cards()? {
        table.row(vec![
            json!(card.name),
            json!(format!("v{:04}", card.version)),
            json!(current),
            json!(card.created_at),
            json!(card.grain),
            json!(card.pipeline.algorithm),
            json!(card.threshold()),
            json!(card.class_counts[0]),
            json!(card.class_counts[1]),
        ]);
    }
    table.print(context.format)
}

fn export(registry: &Registry, name: &ModelName, inputs: Inputs, path: &Path) -> Result<()> {
    let model = registry.load(name)?;
    let bytes = onnx::export(&model.pipeline, inputs)?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let file = path.file_name().and_then(|name| name.to_str());
    let file = file.with_context(|| format!("{} is no name of a file", path.display()))?;
    disk::replace(folder.unwrap_or(Path::new(".")), file, &bytes)?;
    let columns = model.pipeline.columns().join(", ");
    output::print(&format!(
        "{}: {}@v{:04}, {} bytes; one input a feature: {columns}",
        path.display(),
        model.card.name,
        model.card.version,
        bytes.len()
    ))
}
