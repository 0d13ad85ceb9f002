//! What came of it, as a table to read.

use std::fmt::Write as _;

use crate::measure::Run;
use crate::race::{Outcome, middle, spread};
use crate::works::{Measure, OURS};

/// Every work: who took what, how many times that is what we took, and what was demanded.
pub fn markdown(outcomes: &[Outcome]) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for outcome in outcomes {
        let _ = writeln!(out, "### {}\n", outcome.title);
        let _ = writeln!(
            out,
            "| | time s | CPU s | work s | peak MB | time / ours | CPU / ours | work / ours |"
        );
        let _ = writeln!(out, "|---|---|---|---|---|---|---|---|");
        let ours = outcome.runs.get(OURS).map_or(&[][..], Vec::as_slice);
        for (name, runs) in &outcome.runs {
            let differs = outcome.failures.contains_key(name);
            // A wrong answer, however fast, is no figure to compare with.
            let ratio = |measure| match differs {
                true => "–".to_owned(),
                false => cell(spread(runs, ours, measure)),
            };
            let _ = writeln!(
                out,
                "| {name} | {:.2} | {:.2} | {:.2} | {:.0} | {} | {} | {} |",
                median(runs, |run| run.wall),
                median(runs, |run| run.cpu),
                median(runs, |run| run.work),
                median(runs, |run| run.peak as f64 / 1e6),
                ratio(Measure::Wall),
                ratio(Measure::Cpu),
                ratio(Measure::Work),
            );
        }
        for (name, why) in &outcome.failures {
            let what = if outcome.runs.contains_key(name) { "another answer" } else { "no answer" };
            let _ = writeln!(out, "\n{name}, {what}: {why}");
        }
        let _ = writeln!(out, "\nAnswers of the first round:\n");
        for (name, run) in
            outcome.runs.iter().filter_map(|(name, runs)| Some((name, runs.first()?)))
        {
            let _ = writeln!(out, "- {name}: `{}`", run.answer);
        }
        out.push('\n');
    }
    out
}

/// The goals alone, one line each.
pub fn goals(outcomes: &[Outcome]) -> String {
    let mut out =
        String::from("| work | beside | in | goal | measured | |\n|---|---|---|---|---|---|\n");
    for outcome in outcomes {
        for goal in &outcome.goals {
            let (measured, verdict) = match goal.ratio {
                Some(ratio) if outcome.failures.contains_key(&goal.peer) => {
                    (cell(ratio), "answers differ")
                }
                Some(ratio) => {
                    (cell(ratio), if ratio[1] >= goal.goal { "reached" } else { "not reached" })
                }
                None => ("not run".to_owned(), ""),
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {:.2}× | {measured} | {verdict} |",
                outcome.title, goal.peer, goal.measure, goal.goal
            );
        }
    }
    out
}

fn cell([least, median, most]: [f64; 3]) -> String {
    format!("{median:.2}× ({least:.2}–{most:.2})")
}

fn median(runs: &[Run], of: impl Fn(&Run) -> f64) -> f64 {
    let mut all: Vec<f64> = runs.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    middle(&all)
}
