//! A forest of 100 trees grown to purity, fitted and asked: 50,000 and a million rows of ten columns.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Bench, Contender, Goal, Measure, OURS, ROUND, Work, each, text};
use crate::{generate, measure, npy};

/// F1 is the mean of so many forests, each of a seed of its own.
const SEEDS: usize = 5;

/// Rows the fitted forests are judged on and score.
const TEST: usize = 100_000;

/// Fit and score, of both sizes; the models scored are fitted here once.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let mut all = Vec::new();
    for (rows, peers) in [
        (50_000, &["sklearn", "intelex", "lightgbm", "xgboost"][..]),
        (1_000_000, &["sklearn", "intelex"]),
    ] {
        all.push(fit(bench, rows, peers)?);
        all.push(score(bench, rows)?);
    }
    Ok(all)
}

/// x and y to learn from, then x and y to judge on: later flows of the same population.
fn data(bench: &Bench, rows: usize) -> Result<[PathBuf; 4]> {
    let names = ["train-x", "train-y", "test-x", "test-y"];
    let files = names.map(|name| bench.file(&format!("{name}-{rows}.npy")));
    if !files[3].exists() {
        let mut train = generate::labelled(rows + TEST, 5);
        let test = train.split_off(rows);
        for (made, at) in [(&train, 0), (&test, 2)] {
            npy::write_doubles(&files[at], &made.x, generate::COLUMNS.len())?;
            npy::write_bytes(&files[at + 1], &made.y)?;
        }
    }
    Ok(files)
}

fn fit_arguments(bench: &Bench, rows: usize, who: &str) -> Result<Vec<String>> {
    let [x, y, test_x, test_y] = data(bench, rows)?;
    let model = bench.file(&format!("forest-{rows}-{who}"));
    let paths = [("train-x", x), ("train-y", y), ("test-x", test_x), ("test-y", test_y)];
    let mut arguments: Vec<String> =
        paths.iter().flat_map(|(name, path)| [format!("--{name}"), text(path)]).collect();
    arguments.extend(["--trees", "100", "--seed", ROUND, "--out"].map(str::to_owned));
    arguments.push(text(&model));
    Ok(arguments)
}

fn fitters(bench: &Bench, rows: usize, peers: &[&str]) -> Result<Vec<Contender>> {
    let mut contenders = vec![bench.ours("forest-fit", &fit_arguments(bench, rows, "botany")?)];
    for peer in peers {
        contenders.extend(bench.peers("forest_fit", &[peer], &fit_arguments(bench, rows, peer)?));
    }
    Ok(contenders)
}

fn fit(bench: &Bench, rows: usize, peers: &[&str]) -> Result<Work> {
    let goal = |peer, measure, times| Goal { peer, measure, times };
    let goals = if rows > 100_000 {
        vec![
            goal("intelex", Measure::Work, 4.0),
            goal("sklearn", Measure::Work, 13.0),
            goal("intelex", Measure::Peak, 5.0),
            goal("sklearn", Measure::Peak, 5.0),
        ]
    } else {
        vec![
            goal("intelex", Measure::Work, 1.8),
            goal("sklearn", Measure::Work, 8.0),
            goal("sklearn", Measure::Peak, 5.0),
        ]
    };
    Ok(Work {
        title: format!("forest fit, {rows} × 10"),
        contenders: fitters(bench, rows, peers)?,
        goals,
        agrees: |ours, theirs| {
            // Every round has its own seed, and the same one draws other trees here and there: of a peer that ran in the
            // first round alone there is one, of ours there are all.
            let [ours, theirs] = [ours, theirs].map(|answers| {
                let f1 = answers.iter().map(|answer| answer["f1"].as_f64().unwrap_or(f64::NAN));
                f1.sum::<f64>() / answers.len() as f64
            });
            let says = format!("F1 {theirs:.4} where ours is {ours:.4}, means over the rounds");
            if ours >= theirs - 0.005 { Ok(()) } else { Err(says) }
        },
        least_rounds: SEEDS,
    })
}

fn score(bench: &Bench, rows: usize) -> Result<Work> {
    let [_, _, x, _] = data(bench, rows)?;
    let small = rows <= 100_000;
    let peers: &[&str] = if small { &["sklearn", "intelex"] } else { &["intelex"] };
    let fitted = if small { &["sklearn", "intelex", "lightgbm", "xgboost"][..] } else { peers };
    for contender in fitters(bench, rows, fitted)? {
        let model = PathBuf::from(contender.command.last().context("no model")?);
        // Ours may have changed since; a peer that cannot fit has nothing to score and says so then.
        if contender.name == OURS || !model.exists() {
            let fitted = measure::run(&contender, 0, &bench.inputs);
            fitted.map_or_else(|error| eprintln!("  {error:#}"), drop);
        }
    }
    let arguments = |who: &str| -> Vec<String> {
        let model = bench.file(&format!("forest-{rows}-{who}"));
        vec!["--model".to_owned(), text(&model), "--x".to_owned(), text(&x)]
    };
    let mut contenders = vec![bench.ours("forest-score", &arguments("botany"))];
    for peer in peers {
        contenders.extend(bench.peers("forest_score", &[peer], &arguments(peer)));
    }
    if small {
        for peer in ["lightgbm", "xgboost"] {
            contenders.extend(bench.peers("forest_score", &[peer], &arguments(peer)));
        }
        // These two run the forest scikit-learn has fitted.
        for peer in ["onnxruntime", "treelite"] {
            contenders.extend(bench.peers("forest_score", &[peer], &arguments("sklearn")));
        }
    }
    let goal = |peer, times| Goal { peer, measure: Measure::Work, times };
    Ok(Work {
        title: format!("forest score, fitted on {rows}"),
        contenders,
        goals: if small {
            ["onnxruntime", "treelite", "lightgbm", "xgboost"]
                .into_iter()
                .map(|peer| goal(peer, 1.0))
                .chain([goal("intelex", 4.0)])
                .collect()
        } else {
            vec![goal("intelex", 2.0)]
        },
        agrees: |ours, theirs| each(ours, theirs, near),
        least_rounds: 1,
    })
}

/// Other forests: the shares told positive are alike, no more.
fn near(ours: &Value, theirs: &Value) -> Result<(), String> {
    if ours["rows"] != theirs["rows"] {
        return Err(format!("{} rows where ours are {}", theirs["rows"], ours["rows"]));
    }
    let rows = ours["rows"].as_f64().unwrap_or(f64::NAN);
    for (name, most) in [("mean_probability", 0.02), ("positives", 0.03 * rows)] {
        let [a, b] = [ours, theirs].map(|answer| answer[name].as_f64().unwrap_or(f64::NAN));
        let near = (a - b).abs() < most;
        if !near {
            return Err(format!("{name} is {b} where ours is {a}"));
        }
    }
    Ok(())
}
