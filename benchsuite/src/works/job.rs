//! The article's whole job: raw EVE and log-in logs to scored flows and metrics.

use anyhow::Result;
use serde_json::Value;

use super::{Bench, Goal, Measure, ROUND, Work, each, label, read, text};

/// One process each, from the logs to a durable CSV of scored flows.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let (eve, logins) = read::sensor(bench)?;
    let names = label::names(bench)?;
    let logs = |out: &str| -> Vec<String> {
        let mut arguments =
            vec!["--eve".to_owned(), text(&eve), "--logins".to_owned(), text(&logins)];
        arguments.extend([
            "--names".to_owned(),
            text(&names),
            "--seed".to_owned(),
            ROUND.to_owned(),
        ]);
        arguments.extend(["--out".to_owned(), text(&bench.file(out))]);
        arguments
    };
    let mut arguments = logs("job.csv");
    arguments.extend(["--data".to_owned(), text(&bench.file("job"))]);
    let mut contenders = vec![bench.ours("job", &arguments)];
    contenders.extend(bench.peers(
        "job",
        &["duckdb_intelex", "polars_sklearn"],
        &logs("job-peer.csv"),
    ));
    let goal = |measure, times| Goal { peer: "duckdb_intelex", measure, times };
    Ok(vec![Work {
        title: "the article's whole job".to_owned(),
        contenders,
        goals: vec![goal(Measure::Wall, 9.0), goal(Measure::Work, 5.0), goal(Measure::Peak, 5.0)],
        agrees: |ours, theirs| each(ours, theirs, near),
    }])
}

/// The same flows and labels; the models are drawn differently, so their figures agree only nearly.
fn near(ours: &Value, theirs: &Value) -> Result<(), String> {
    for name in ["flows", "labelled"] {
        if ours[name] != theirs[name] {
            return Err(format!("{name} is {} where ours is {}", theirs[name], ours[name]));
        }
    }
    let [a, b] = [ours, theirs].map(|answer| answer["f1"].as_f64().unwrap_or(f64::NAN));
    if (a - b).abs() <= 0.03 { Ok(()) } else { Err(format!("F1 is {b} where ours is {a}")) }
}
