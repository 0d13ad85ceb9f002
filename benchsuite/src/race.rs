//! Every contender in turn, several times, the order turned round each time.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use crate::measure::{self, Run};
use crate::works::{Bench, Measure, OURS, Work};

/// What came of a work.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// What was done.
    pub title: String,
    /// By contender: its runs in order.
    pub runs: BTreeMap<String, Vec<Run>>,
    /// By contender: why it has no runs, or why its answer is another.
    pub failures: BTreeMap<String, String>,
    /// What was demanded and what was reached.
    pub goals: Vec<Reached>,
}

/// A goal and the ratio that was measured.
#[derive(Debug, Serialize)]
pub struct Reached {
    /// Against whom.
    pub peer: String,
    /// In what.
    pub measure: String,
    /// Demanded.
    pub goal: f64,
    /// Least, median and most of the rounds' ratios; none where one side did not run.
    pub ratio: Option<[f64; 3]>,
}

/// Who takes so many times as long as we do runs in the first round alone: its spread would say nothing.
const HOPELESS: f64 = 100.0;

/// So does a peer that takes so many seconds: a run of everything should end within the hour or so.
const PATIENCE: f64 = 100.0;

/// Lets everybody do the work so many times.
pub fn run(work: &Work, bench: &Bench, rounds: usize) -> Result<Outcome> {
    let mut runs: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    for round in 0..rounds.max(work.least_rounds) {
        let mut order: Vec<_> = work.contenders.iter().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for contender in order {
            if failures.contains_key(&contender.name) || hopeless(&contender.name, &runs) {
                continue;
            }
            match measure::run(contender, round, &bench.inputs) {
                Ok(run) => {
                    eprintln!(
                        "  {:<24} {:>8.2} s  {:>8.2} s of all cores  {:>6} MB",
                        contender.name,
                        run.wall,
                        run.cpu,
                        run.peak / 1_000_000
                    );
                    runs.entry(contender.name.clone()).or_default().push(run);
                }
                // We may not fail; a peer that does is shown with its reason.
                Err(error) if contender.name.starts_with(OURS) => return Err(error),
                Err(error) => {
                    eprintln!("  {:<24} {error:#}", contender.name);
                    runs.remove(&contender.name);
                    failures.insert(contender.name.clone(), format!("{error:#}"));
                }
            }
        }
    }
    let answers = |runs: &[Run]| runs.iter().map(|run| run.answer.clone()).collect::<Vec<_>>();
    if let Some(ours) = runs.get(OURS).map(|runs| answers(runs)) {
        for (name, theirs) in runs.iter().filter(|(name, _)| *name != OURS) {
            let theirs = answers(theirs);
            let [ours, theirs] = [&ours, &theirs].map(|all| all.iter().collect::<Vec<_>>());
            if let Err(why) = (work.agrees)(&ours, &theirs) {
                failures.insert(name.clone(), why);
            }
        }
    }
    let goals = work
        .goals
        .iter()
        .map(|goal| Reached {
            peer: goal.peer.to_owned(),
            measure: goal.measure.name().to_owned(),
            goal: goal.times,
            ratio: match (runs.get(goal.peer), runs.get(OURS)) {
                (Some(theirs), Some(ours)) => Some(spread(theirs, ours, goal.measure)),
                _ => None,
            },
        })
        .collect();
    Ok(Outcome { title: work.title.clone(), runs, failures, goals })
}

/// Whether a contender's first round says that others need not be waited for.
fn hopeless(name: &str, runs: &BTreeMap<String, Vec<Run>>) -> bool {
    let first = |name: &str| runs.get(name).and_then(|runs| runs.first()).map(|run| run.wall);
    let long = |theirs, ours| theirs > PATIENCE || theirs > HOPELESS * ours;
    matches!((first(name), first(OURS)), (Some(theirs), Some(ours)) if name != OURS && long(theirs, ours))
}

/// Least, median and most of theirs / ours, round by round.
pub fn spread(theirs: &[Run], ours: &[Run], measure: Measure) -> [f64; 3] {
    let ratios = theirs.iter().zip(ours);
    let mut ratios: Vec<f64> =
        ratios.map(|(theirs, ours)| measure.of(theirs) / measure.of(ours).max(1e-9)).collect();
    ratios.sort_by(f64::total_cmp);
    match ratios.as_slice() {
        [] => [f64::NAN; 3],
        all => [all[0], middle(all), all[all.len() - 1]],
    }
}

/// The median of numbers in order; not a number of none.
pub fn middle(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => (sorted[even / 2 - 1] + sorted[even / 2]) / 2.0,
    }
}

impl Measure {
    /// As a table has it.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Wall => "time",
            Measure::Cpu => "CPU",
            Measure::Work => "time of the work",
            Measure::WorkCpu => "CPU of the work",
            Measure::Peak => "peak memory",
        }
    }

    fn of(self, run: &Run) -> f64 {
        match self {
            Measure::Wall => run.wall,
            Measure::Cpu => run.cpu,
            Measure::Work => run.work,
            Measure::WorkCpu => run.work_cpu,
            Measure::Peak => run.peak as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(wall: f64) -> Run {
        Run { wall, cpu: 0.0, peak: 0, work: 0.0, work_cpu: 0.0, answer: serde_json::Value::Null }
    }

    #[test]
    fn who_takes_a_hundred_times_as_long_runs_once() {
        let runs = |all: &[(&str, f64)]| -> BTreeMap<String, Vec<Run>> {
            all.iter().map(|(name, wall)| ((*name).to_owned(), vec![run(*wall)])).collect()
        };
        let short = runs(&[(OURS, 0.5), ("slow", 50.0), ("slower", 51.0)]);
        assert!(!hopeless(OURS, &short) && !hopeless("slow", &short) && !hopeless("new", &short));
        assert!(hopeless("slower", &short) && !hopeless("slower", &BTreeMap::new()));
        let long = runs(&[(OURS, 120.0), ("patient", 100.0), ("slow", 101.0)]);
        assert!(!hopeless(OURS, &long) && !hopeless("patient", &long) && hopeless("slow", &long));
    }

    #[test]
    fn a_ratio_is_theirs_over_ours_round_by_round() {
        let theirs = [run(6.0), run(8.0), run(9.0)];
        let ours = [run(2.0), run(2.0), run(1.0)];
        assert_eq!(spread(&theirs, &ours, Measure::Wall), [3.0, 4.0, 9.0]);
        assert_eq!(spread(&theirs[..2], &ours, Measure::Wall), [3.0, 3.5, 4.0]);
    }
}
