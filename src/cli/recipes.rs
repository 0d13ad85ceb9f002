//! `botany recipes [NAME]`

use anyhow::Result;
use serde_json::json;

use super::{Context, output};
use crate::recipe::{BUILT_IN, Recipe};

/// List the built-in recipes, or print one to begin your own from.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  botany recipes article > mine.toml")]
pub struct Arguments {
    /// Print this recipe
    name: Option<String>,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    if let Some(name) = &arguments.name {
        let (_, text) = Recipe::find(name)?;
        return output::print(text.trim_end());
    }
    let mut table = output::Table::new(["name", "title"]);
    for (name, text) in BUILT_IN {
        table.row(vec![json!(name), json!(Recipe::parse(text, name)?.title)]);
    }
    table.print(context.format)
}
