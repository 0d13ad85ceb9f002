//! The command line: one file a command, the same words as the rooms.

pub mod batches;
mod collect;
mod completions;
mod demo;
mod enrich;
mod explain;
mod features;
mod learn;
mod models;
pub mod output;
mod recipes;
mod run;
mod score;
mod serve;
mod sql;
mod validate;
pub mod watch;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::config::Config;
use output::Format;

/// Reads what a Suricata sensor and a login log write, finds the addresses that behave like a botnet,
/// and says how far that can be believed.
#[derive(Debug, Parser)]
#[command(name = "botany", version, max_term_width = 100, after_help = AFTER)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    globals: Globals,
}

const AFTER: &str = "Begin with:\n  botany demo\n\nExit codes: 0 done; 1 a fault of the program or the machine; \
2 not understood; 3 the input or the request cannot be followed; 4 lines were rejected and --strict was given";

/// What every command takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Globals {
    /// The data directory [default: ./data]
    #[arg(long, global = true, env = "BOTANY_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// How to print
    #[arg(long, global = true, value_enum, default_value_t)]
    format: Format,
    /// The configuration file [default: ./botany.toml if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run both built-in recipes over the bundled capture
    Demo(demo::Arguments),
    /// Follow a recipe from logs to a validated model and a report
    Run(run::Arguments),
    /// Read logs into the data directory
    Collect(collect::Arguments),
    /// Show how one line is read
    Explain(explain::Arguments),
    /// Ask the data directory a question in SQL
    Sql(sql::Arguments),
    /// Say what is known: threat list, sources, frequencies, profiles
    Enrich(enrich::Arguments),
    /// List the features that can be learnt from
    Features(features::Arguments),
    /// Cluster, and list the algorithms
    Learn(learn::Arguments),
    /// Test a model on data it has never seen
    Validate(validate::Arguments),
    /// Score logs to their end with a model of the registry
    Score(score::Arguments),
    /// Look after the models in the registry: list, card, roll back, export
    Models(models::Arguments),
    /// Judge what is written to logs from now on; give lists and rules to a sensor
    Watch(Box<watch::Arguments>),
    /// Bring up the whole tool in a browser
    Serve(serve::Arguments),
    /// List the built-in recipes or print one
    Recipes(recipes::Arguments),
    /// Say what a word means here
    Words(words::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
}

/// What a command may use: where the data is, how to print, what the owner configured.
pub struct Context {
    /// The data directory.
    pub data: PathBuf,
    /// Whether the data directory was named on the command line, by variable or configuration.
    pub data_given: bool,
    /// How to print.
    pub format: Format,
    /// What the owner configured.
    pub config: Config,
}

/// Refuses a threshold that is no probability; none is the model's own.
///
/// # Errors
///
/// If it is none.
fn probability(threshold: Option<f64>) -> Result<()> {
    threshold
        .map_or(Ok(()), |threshold| crate::recipe::probability(threshold).context("--threshold"))
}

/// Lines were rejected and `--strict` was given: exit code 4.
#[derive(Debug, thiserror::Error)]
#[error("{0} lines were rejected, and --strict was given")]
pub struct Rejected(pub u64);

/// Reads the command line, does what it says, gives the exit code.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note!("botany: {}", output::printable(&format!("{error:#}")));
            ExitCode::from(code(&error))
        }
    }
}

fn code(error: &anyhow::Error) -> u8 {
    if error.chain().any(|e| e.is::<Rejected>()) {
        4
    } else if error.chain().any(internal) {
        1
    } else {
        3
    }
}

/// Whether an error is the machine's or ours rather than the request's.
pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{InvalidInput, NotADirectory, NotFound, PermissionDenied};
    error.downcast_ref::<std::io::Error>().is_some_and(|e| {
        !matches!(e.kind(), NotFound | PermissionDenied | NotADirectory | InvalidInput)
    })
}

fn dispatch(arguments: Arguments) -> Result<()> {
    let Globals { data, format, config } = arguments.globals;
    let config = Config::load(config.as_deref())?;
    let given = data.or_else(|| config.data.clone());
    let context = Context {
        data_given: given.is_some(),
        data: given.unwrap_or_else(|| PathBuf::from("data")),
        format,
        config,
    };
    match arguments.command {
        Command::Demo(a) => demo::main(&a, &context),
        Command::Run(a) => run::main(&a, &context),
        Command::Collect(a) => collect::main(&a, &context),
        Command::Explain(a) => explain::main(&a, &context),
        Command::Sql(a) => sql::main(&a, &context),
        Command::Enrich(a) => enrich::main(&a, &context),
        Command::Features(a) => features::main(&a, &context),
        Command::Learn(a) => learn::main(&a, &context),
        Command::Validate(a) => validate::main(&a, &context),
        Command::Score(a) => score::main(&a, &context),
        Command::Models(a) => models::main(&a, &context),
        Command::Watch(a) => watch::main(&a, &context),
        Command::Serve(a) => serve::main(&a, &context),
        Command::Recipes(a) => recipes::main(&a, &context),
        Command::Words(a) => words::main(&a, &context),
        Command::Completions(a) => completions::main(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound_and_every_command_shows_an_example() {
        let mut command = Arguments::command();
        command.build();
        command.clone().debug_assert();
        for sub in command.get_subcommands().filter(|s| s.get_name() != "help") {
            let help = sub.clone().render_long_help().to_string();
            assert!(help.contains("Example"), "{} has no example", sub.get_name());
        }
    }
}
