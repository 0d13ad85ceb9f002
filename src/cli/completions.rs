//! `botany completions SHELL`

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

/// Print a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  botany completions bash > /etc/bash_completion.d/botany")]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

pub fn main(arguments: &Arguments) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::Arguments::command(),
        "botany",
        &mut script,
    );
    super::output::print(String::from_utf8_lossy(&script).trim_end())
}
