//! `botany watch …`

mod check;
mod follow;
mod judging;
mod list;
mod push;
mod signature;

use anyhow::Result;
use clap::Subcommand;

use crate::cli::Context;
pub use judging::Judging;

/// Judge what is written to logs from now on, or give what is known to other programs.
///
/// Every flow takes the same features and the same model as in training; at the threshold and above it becomes a line in
/// EVE's shape. A bookmark keeps how far was read: after a crash no flow is lost and none is told of twice.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  botany watch article --follow /var/log/suricata/eve.json /var/log/auth.log\n  botany watch article --listen unix:/run/botany.sock --metrics 127.0.0.1:9917\n  botany watch list --as iprep,dataset --out lists\n  botany watch list population --push /var/run/suricata/suricata-command.socket\n  botany watch signature article --suricata 7"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    follow: follow::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Give the threat list, and what a model scored, to other programs
    List(list::Arguments),
    Signature(signature::Arguments),
    Check(check::Arguments),
}

/// Watches, or does what is asked for.
pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    match &arguments.command {
        None => follow::main(&arguments.follow, context),
        Some(Command::List(a)) => list::main(a, context),
        Some(Command::Signature(a)) => signature::main(a, context),
        Some(Command::Check(a)) => check::main(a, context),
    }
}
