//! `botany features`

use anyhow::{Result, bail};
use botany_catalog::pcr::Mode;
use botany_enrich::features::{self, Grain};
use serde_json::json;

use super::{Context, output};

/// List the features that can be learnt from: name, grain, unit, formula.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  botany features --grain flow")]
pub struct Arguments {
    /// Only those that rows of this grain may use: flow, address or block
    #[arg(long)]
    grain: Option<String>,
    /// Print the page of the reference manual
    #[arg(long)]
    markdown: bool,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    if arguments.markdown {
        return output::print(features::markdown().trim_end());
    }
    let wanted = match arguments.grain.as_deref() {
        None => None,
        Some("flow") => Some(Grain::Flow),
        Some("address") => Some(Grain::Address),
        Some("block") => Some(Grain::Block),
        Some(other) => bail!("`{other}` is no grain: use flow, address or block"),
    };
    let mut table =
        output::Table::new(["name", "grain", "kind", "unit", "says the label", "what", "SQL"]);
    for feature in features::ALL.iter() {
        let grain = feature.grain.name();
        if wanted.is_none_or(|wanted| feature.usable_at(wanted)) {
            table.row(vec![
                json!(feature.name),
                json!(grain),
                json!(feature.kind.name()),
                json!(feature.unit),
                json!(feature.encodes_label),
                json!(feature.doc),
                json!(feature.formula(Mode::Closed)),
            ]);
        }
    }
    table.print(context.format)
}
