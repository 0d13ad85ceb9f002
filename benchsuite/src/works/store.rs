//! EVE to everything that is stored, as durable Parquet.

use anyhow::Result;

use super::{Bench, Contender, Goal, Measure, Work, each, equal, read, text};

/// The floors: parts of our own work, each alone.
const FLOORS: [(&str, &str); 3] = [
    ("every byte hashed", "hashing"),
    ("everything read", "reading"),
    ("everything stored", "storing"),
];

/// Our collection beside the peers' own writers.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let (eve, _) = read::sensor(bench)?;
    let arguments =
        |out: &str| ["--input".to_owned(), text(&eve), "--out".to_owned(), text(&bench.file(out))];
    let mut contenders = vec![bench.ours("store", &arguments("store"))];
    for (name, floor) in FLOORS {
        let only =
            [arguments("store-floor").to_vec(), vec!["--floor".into(), floor.into()]].concat();
        contenders.push(Contender { name: name.into(), ..bench.ours("store", &only) });
    }
    let names = ["duckdb", "polars", "pyarrow"];
    contenders.extend(bench.peers("store", &names, &arguments("store-peer")));
    Ok(vec![Work {
        title: "EVE → durable Parquet".to_owned(),
        contenders,
        goals: vec![
            Goal { peer: "duckdb", measure: Measure::Work, times: 3.0 },
            Goal { peer: "pyarrow", measure: Measure::Work, times: 10.0 },
        ],
        agrees: |ours, theirs| {
            // A part of the work has nothing to say of the store.
            each(ours, theirs, |ours, theirs| {
                if theirs.get("floor").is_some() { Ok(()) } else { equal(ours, theirs) }
            })
        },
        least_rounds: 1,
    }])
}
