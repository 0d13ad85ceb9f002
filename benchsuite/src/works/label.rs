//! Threat list, label, features and 24-hour windows over stored Parquet.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::{Bench, Goal, Measure, Work, each, equal, read, text};
use crate::generate::{BOT_NAMES, EVENTS_A_FLOW};

/// The user names that list a source: one a line, the first line the name of the column, which nobody tries.
pub fn names(bench: &Bench) -> Result<PathBuf> {
    let path = bench.file("names.csv");
    std::fs::write(&path, format!("username\n{}\n", BOT_NAMES.join("\n")))?;
    Ok(path)
}

/// The flows and log-ins of two logs, each collected once: as many flows as the sensor's log has events, and ten times
/// as many.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    [bench.events, 10 * bench.events].map(|flows| work(bench, flows)).into_iter().collect()
}

fn work(bench: &Bench, flows: u64) -> Result<Work> {
    let (eve, logins) = read::logs(bench, flows * EVENTS_A_FLOW)?;
    let data = bench.file(&format!("label-{flows}"));
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let mut collect = Command::new(&bench.botany);
    let collect = collect.arg("collect").args([&eve, &logins]).arg("--data").arg(&data);
    ensure!(collect.output()?.status.success(), "the log was not collected");
    let names = ["--names".to_owned(), text(&names(bench)?)];
    let tables = data.join("tables");
    let stored = [
        "--flows".to_owned(),
        text(&tables.join("flow")),
        "--logins".to_owned(),
        text(&tables.join("login")),
    ];
    let ours = bench.ours("label", &[&["--data".to_owned(), text(&data)][..], &names].concat());
    let mut contenders = vec![ours];
    contenders.extend(bench.peers("label", &["polars", "duckdb"], &[&stored[..], &names].concat()));
    let goal = |peer, times| Goal { peer, measure: Measure::Work, times };
    Ok(Work {
        title: format!("label + features + 24-hour windows, {flows} flows"),
        contenders,
        goals: vec![goal("polars", 5.0), goal("duckdb", 3.0)],
        agrees: |ours, theirs| each(ours, theirs, equal),
        least_rounds: 1,
    })
}
