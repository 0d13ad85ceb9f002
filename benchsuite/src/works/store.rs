//! EVE to everything that is stored, as durable Parquet.

use anyhow::Result;

use super::{Bench, Goal, Measure, Work, each, equal, read, text};

/// Our collection beside the peers' own writers.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let (eve, _) = read::sensor(bench)?;
    let arguments =
        |out: &str| ["--input".to_owned(), text(&eve), "--out".to_owned(), text(&bench.file(out))];
    let mut contenders = vec![bench.ours("store", &arguments("store"))];
    let names = ["duckdb", "polars", "pyarrow"];
    contenders.extend(bench.peers("store", &names, &arguments("store-peer")));
    Ok(vec![Work {
        title: "EVE → durable Parquet".to_owned(),
        contenders,
        goals: vec![
            Goal { peer: "duckdb", measure: Measure::Work, times: 3.0 },
            Goal { peer: "pyarrow", measure: Measure::Work, times: 10.0 },
        ],
        agrees: |ours, theirs| each(ours, theirs, equal),
    }])
}
