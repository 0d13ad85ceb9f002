//! The project's own automation: `cargo xtask TASK`.

mod lint;
mod manual;
mod memory;

use std::process::ExitCode;

type Task = (&'static str, &'static str, fn() -> anyhow::Result<()>);

const TASKS: [Task; 3] = [
    ("lint", "formatting and lints, as a reviewer would run them", lint::run),
    ("manual", "write docs/reference/ from what the program says of itself", manual::run),
    ("memory", "peak memory of collect on 200 MB, 1 GB and 2 GB of EVE", memory::run),
];

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let Some((_, _, run)) = TASKS.iter().find(|(name, _, _)| *name == wanted) else {
        eprintln!("usage: cargo xtask TASK");
        for (name, doc, _) in TASKS {
            eprintln!("  {name:8} {doc}");
        }
        return ExitCode::from(2);
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
