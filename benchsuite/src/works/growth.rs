//! Does time grow with the input, and memory not? Collect, watching and the whole job on a fifth of the events, on all,
//! on five and on twenty times as many.

use std::path::PathBuf;

use anyhow::Result;

use super::{Bench, Contender, Goal, Measure, OURS, Work, label, read, text, watch};

/// What is compared with twenty times the events.
const SIZES: [&str; 4] = ["a hundredth", "a twentieth", "a quarter", OURS];

/// Ours alone, at four sizes; the largest is what the others are compared with.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let sizes = [bench.events / 5, bench.events, bench.events * 5, bench.events * 20];
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
        ["--uncounted", "--input", eve, "--out", &path("store")].map(str::to_owned).to_vec()
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
    let goal = |peer, measure, times| Goal { peer, measure, times: times / 1.05 };
    let time = [goal(SIZES[1], Measure::Work, 0.05), goal(SIZES[2], Measure::Work, 0.25)];
    let memory = [goal(SIZES[1], Measure::Peak, 1.0), goal(SIZES[2], Measure::Peak, 1.0)];
    let both = [time.clone(), memory].concat();
    let work = |title: &str, contenders, goals| Work {
        title: title.to_owned(),
        contenders,
        goals,
        agrees: |_, _| Ok(()),
        least_rounds: 1,
    };
    Ok(vec![
        work("growth of collect", store, both.clone()),
        work("growth of watching", watching, both),
        work("growth of the job", job, time.to_vec()),
    ])
}
