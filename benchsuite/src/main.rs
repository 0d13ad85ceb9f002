//! `cargo xtask bench`: the peers and we, at the same work, on the same machine, in the same run.

mod generate;
mod machine;
mod measure;
mod npy;
mod python;
mod race;
mod subject;
mod table;
mod works;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use serde_json::json;

use python::Python;
use works::Bench;

/// Measures Botany beside its peers.
#[derive(Debug, Parser)]
#[command(
    after_help = "Examples:\n  cargo xtask bench --only read,store --rounds 3\n  cargo xtask bench --alone --events 200000"
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    bench: BenchArguments,
}

#[derive(Debug, clap::Args)]
struct BenchArguments {
    /// Events of the sensor's log
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Rounds; every contender runs once a round
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Works to measure, such as read,store [default: all]
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Cores everybody may use
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Measure ourselves only: needs no Python
    #[arg(long)]
    alone: bool,
    /// Where inputs, outputs and the Python environment lie; kept for the next time
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// Keep the figures below benchsuite/runs under this name, usually the date
    #[arg(long)]
    keep: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Our own side of one work
    #[command(hide = true)]
    Subject {
        /// Cores
        #[arg(long, default_value_t = 2)]
        threads: usize,
        #[command(subcommand)]
        subject: subject::Subject,
    },
    /// Runs a command and writes down what it took
    #[command(hide = true)]
    Measure {
        /// Where to
        folder: PathBuf,
        /// Program and arguments
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// Writes the sensor's logs and nothing else
    Generate {
        /// Events
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// The EVE log
        #[arg(long)]
        eve: PathBuf,
        /// The log-in log
        #[arg(long)]
        logins: PathBuf,
    },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Subject { threads, subject }) => subject::run(&subject, threads),
        Some(Command::Measure { folder, command }) => measure::measure(&folder, &command),
        Some(Command::Generate { events, eve, logins }) => {
            let create = |path| std::fs::File::create(path).map(std::io::BufWriter::new);
            generate::sensor(events, &mut create(eve)?, &mut create(logins)?)?;
            Ok(())
        }
        None => bench(&arguments.bench),
    }
}

fn bench(arguments: &BenchArguments) -> Result<()> {
    std::fs::create_dir_all(&arguments.folder)?;
    let folder = arguments.folder.canonicalize()?;
    let botany = PathBuf::from("target/release/botany");
    let botany = botany.canonicalize().context("no program: `cargo build --release` first")?;
    let peers = PathBuf::from("benchsuite/peers");
    let python = if arguments.alone {
        None
    } else {
        Some(Python::install(&folder, &peers.canonicalize().context("run this at the root")?)?)
    };
    let inputs = folder.join(format!("{}-{:016x}", arguments.events, generate::version()));
    std::fs::create_dir_all(&inputs)?;
    let bench = Bench {
        inputs,
        subject: std::env::current_exe()?,
        botany,
        python,
        events: arguments.events,
        threads: arguments.threads,
    };
    if let Some(unknown) =
        arguments.only.iter().find(|name| works::ALL.iter().all(|family| family.name != **name))
    {
        let known: Vec<&str> = works::ALL.iter().map(|family| family.name).collect();
        bail!("no work `{unknown}`: choose of {}", known.join(", "));
    }
    let mut machine = machine::describe();
    let mut outcomes = Vec::new();
    for family in works::ALL {
        if !arguments.only.is_empty() && !arguments.only.iter().any(|name| name == family.name) {
            continue;
        }
        for work in (family.works)(&bench)? {
            eprintln!("{}", work.title);
            outcomes.push(race::run(&work, &bench, arguments.rounds)?);
        }
    }
    let summary = format!("{}\n{}", table::goals(&outcomes), table::markdown(&outcomes));
    println!("{summary}");
    if let Some(name) = &arguments.keep {
        if let Some(python) = &bench.python {
            machine.extend(python.versions()?);
        }
        let place = PathBuf::from("benchsuite/runs").join(name);
        std::fs::create_dir_all(&place)?;
        let about = json!({
            "events": arguments.events,
            "rounds": arguments.rounds,
            "threads": arguments.threads,
            "machine": machine,
            "commit": machine::commit(),
        });
        std::fs::write(place.join("about.json"), serde_json::to_string_pretty(&about)?)?;
        std::fs::write(place.join("raw.json"), serde_json::to_string(&outcomes)?)?;
        std::fs::write(place.join("summary.md"), summary)?;
    }
    Ok(())
}
