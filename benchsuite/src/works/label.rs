//! Threat list, label, features and 24-hour windows over stored Parquet.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::{Bench, Goal, Measure, Work, each, equal, read, text};
use crate::generate;

/// The user names that list a source: one a line, the first line the name of the column, which nobody tries.
pub fn names(bench: &Bench) -> Result<PathBuf> {
    let path = bench.file("names.csv");
    std::fs::write(&path, format!("username\n{}\n", generate::BOT_NAMES.join("\n")))?;
    Ok(path)
}

/// The flows and log-ins of the sensor's log, collected once.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let (eve, logins) = read::sensor(bench)?;
    let data = bench.file("label");
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
    Ok(vec![Work {
        title: "label + features + 24-hour windows".to_owned(),
        contenders,
        goals: vec![goal("polars", 5.0), goal("duckdb", 3.0)],
        agrees: |ours, theirs| each(ours, theirs, equal),
    }])
}
