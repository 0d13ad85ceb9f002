//! EVE to everything that is stored, as durable Parquet.

use anyhow::Result;

use super::{Bench, Contender, Goal, Measure, OURS, Work, each, equal, read, text};

/// `botany collect` beside the peers' own writers.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let (eve, _) = read::sensor(bench)?;
    let out = bench.file("store");
    // Each run begins with an empty folder, which is part of nobody's work worth measuring.
    let collect = format!(
        "rm -rf '{out}' && '{botany}' collect '{eve}' --data '{out}' --format json > '{out}.json' && \
         '{subject}' collected '{out}.json'",
        out = text(&out),
        botany = text(&bench.botany),
        eve = text(&eve),
        subject = text(&bench.subject),
    );
    let ours = Contender {
        name: OURS.to_owned(),
        command: ["sh", "-c", &collect].map(str::to_owned).to_vec(),
    };
    let arguments =
        ["--input".to_owned(), text(&eve), "--out".to_owned(), text(&bench.file("store-peer"))];
    let mut contenders = vec![ours];
    contenders.extend(bench.peers("store", &["duckdb", "polars", "pyarrow"], &arguments));
    Ok(vec![Work {
        title: "EVE → durable Parquet".to_owned(),
        contenders,
        goals: vec![
            Goal { peer: "duckdb", measure: Measure::Wall, times: 3.0 },
            Goal { peer: "pyarrow", measure: Measure::Wall, times: 10.0 },
            Goal { peer: "duckdb", measure: Measure::Peak, times: 1.0 },
        ],
        agrees: |ours, theirs| each(ours, theirs, equal),
    }])
}
