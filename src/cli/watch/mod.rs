//! `botany watch …`

mod list;
mod push;

use anyhow::Result;
use clap::Subcommand;

use super::Context;

/// Turn what is known into something a sensor can use.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany watch list --as iprep,dataset --out lists\n  botany watch list population --push /var/run/suricata/suricata-command.socket"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Give the threat list, and what a model scored, to other programs
    List(list::Arguments),
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    match &arguments.command {
        Command::List(a) => list::main(a, context),
    }
}
