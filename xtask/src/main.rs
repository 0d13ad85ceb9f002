//! The project's own automation: `cargo xtask TASK`.

mod bench;
mod fuzz;
mod lint;
mod manual;
mod memory;

use std::process::ExitCode;

type Task = (&'static str, &'static str, fn(&[String]) -> anyhow::Result<()>);

const TASKS: [Task; 5] = [
    ("bench", "Botany beside its peers, in one run; `bench --help` says more", bench::run),
    ("fuzz", "the EVE reader against a JSON tree, for 30 minutes or `fuzz MINUTES`", fuzz::run),
    ("lint", "formatting and lints, as a reviewer would run them", |_| lint::run()),
    ("manual", "write docs/reference/ from what the program says of itself", |_| manual::run()),
    ("memory", "peak memory of collect on 200 MB, 1 GB and 2 GB of EVE", |_| memory::run()),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some((_, _, run)) = TASKS.iter().find(|(name, _, _)| *name == wanted) else {
        eprintln!("usage: cargo xtask TASK");
        for (name, doc, _) in TASKS {
            eprintln!("  {name:8} {doc}");
        }
        return ExitCode::from(2);
    };
    match run(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
