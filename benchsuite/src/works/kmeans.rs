//! k-means, k = 5, ten searches: 50,000 rows of six columns, and a million of ten.

use anyhow::Result;

use super::{Bench, Goal, Measure, ROUND, Work, each, text};
use crate::{generate, npy};

/// Both sizes.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let goal = |peer, times| Goal { peer, measure: Measure::Work, times };
    let one = |rows: usize, columns: usize, goals: Vec<Goal>| -> Result<Work> {
        let path = bench.file(&format!("kmeans-{rows}.npy"));
        if !path.exists() {
            let all = generate::labelled(rows, 3).x;
            let wide = all.chunks(generate::COLUMNS.len());
            let values: Vec<f64> = wide.flat_map(|row| row[..columns].iter().copied()).collect();
            npy::write_doubles(&path, &values, columns)?;
        }
        let arguments = ["--matrix", &text(&path), "--k", "5", "--restarts", "10", "--seed", ROUND]
            .map(str::to_owned);
        let mut contenders = vec![bench.ours("kmeans", &arguments)];
        contenders.extend(bench.peers("kmeans", &["sklearn", "intelex"], &arguments));
        Ok(Work {
            title: format!("k-means, {rows} × {columns}"),
            contenders,
            goals,
            agrees: |ours, theirs| {
                each(ours, theirs, |ours, theirs| {
                    let [ours, theirs] = [ours, theirs].map(|answer| answer["inertia"].as_f64());
                    match (ours, theirs) {
                        // Ten searches from random starts: each side may find a slightly better valley.
                        (Some(ours), Some(theirs)) if ours <= theirs * 1.001 => Ok(()),
                        other => Err(format!("inertia of ours and theirs: {other:?}")),
                    }
                })
            },
            least_rounds: 1,
        })
    };
    Ok(vec![
        one(50_000, 6, vec![goal("intelex", 2.0), goal("sklearn", 8.0)])?,
        one(1_000_000, 10, vec![goal("intelex", 1.2)])?,
    ])
}
