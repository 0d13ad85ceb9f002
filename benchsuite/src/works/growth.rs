//! Does time grow with the input, and memory not? Collect and the whole job on a fifth, on all and on five times
//! the events.

use std::path::PathBuf;

use anyhow::Result;

use super::{Bench, Contender, Goal, Measure, OURS, Work, label, read, text, watch};

/// What is compared with five times the events.
const SIZES: [&str; 3] = ["a twenty-fifth", "a fifth", OURS];

/// Ours alone, at three sizes; the largest is what the others are compared with.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let sizes = [bench.events / 5, bench.events, bench.events * 5];
    let logs = sizes.map(|events| read::logs(bench, events));
    let logs = logs.into_iter().collect::<Result<Vec<_>>>()?;
    let names = text(&label::names(bench)?);
    let contenders =
        |work: &str, arguments: &dyn Fn(&str, &str) -> Vec<String>| -> Vec<Contender> {
            let one = |(name, (eve, logins)): (&str, &(PathBuf, PathBuf))| {
                let ours = bench.ours(work, &arguments(&text(eve), &text(logins)));
                Contender { name: name.to_owned(), ..ours }
            };
            SIZES.into_iter().zip(&logs).map(one).collect()
        };
    let path = |name: &str| text(&bench.file(name));
    let store = contenders("store", &|eve, _| {
        ["--input", eve, "--out", &path("store")].map(str::to_owned).to_vec()
    });
    let job = contenders("job", &|eve, logins| {
        let logs = ["--eve", eve, "--logins", logins, "--names", &names, "--seed", "1"];
        let places = ["--data", &path("job"), "--out", &path("job.csv")];
        logs.iter().chain(&places).map(|word| (*word).to_owned()).collect()
    });
    let mut watching = Vec::with_capacity(SIZES.len());
    for (name, (eve, _)) in SIZES.into_iter().zip(&logs) {
        let ours = bench.ours("watch", &watch::asked(bench, "article", &text(eve))?);
        watching.push(Contender { name: name.to_owned(), ..ours });
    }
    let goal = |measure, times| Goal { peer: SIZES[1], measure, times };
    let (time, memory) = (goal(Measure::Work, 0.2 / 1.05), goal(Measure::Peak, 1.0 / 1.05));
    let work = |title: &str, contenders, goals| Work {
        title: title.to_owned(),
        contenders,
        goals,
        agrees: |_, _| Ok(()),
    };
    Ok(vec![
        work("growth of collect", store, vec![time.clone(), memory.clone()]),
        work("growth of watching", watching, vec![time.clone(), memory]),
        work("growth of the job", job, vec![time]),
    ])
}
