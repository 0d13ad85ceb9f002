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
        agrees: near,
        least_rounds: 1,
    }])
}

/// The same flows and labels every round; F1, whose samples are drawn differently, in the mean over the rounds.
fn near(ours: &[&Value], theirs: &[&Value]) -> Result<(), String> {
    each(ours, theirs, |ours, theirs| {
        let same = |name: &&str| ours[*name] == theirs[*name];
        match ["flows", "labelled"].iter().find(|name| !same(name)) {
            Some(name) => Err(format!("{name} is {} where ours is {}", theirs[name], ours[name])),
            None => Ok(()),
        }
    })?;
    let mean = |answers: &[&Value]| {
        let f1 = answers.iter().map(|answer| answer["f1"].as_f64().unwrap_or(f64::NAN));
        f1.sum::<f64>() / answers.len() as f64
    };
    let (a, b) = (mean(ours), mean(theirs));
    if (a - b).abs() <= 0.05 { Ok(()) } else { Err(format!("F1 is {b:.3} where ours is {a:.3}")) }
}
