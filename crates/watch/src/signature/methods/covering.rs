//! One rule after the other, each over what the earlier ones left: sequential covering.

use std::collections::BTreeMap;

use super::{Lesson, Method};
use crate::signature::condition::Condition;
use crate::signature::error::Error;
use crate::signature::list::{Part, RuleList};
use crate::signature::quantity::Observed;

/// Conditions of one rule at most: more would not be read by anyone.
const CONDITIONS: usize = 8;

/// A rule holds at least this many rows called 1, so that no single flow has a rule of its own.
const LEAST: u32 = 3;

/// Grows a rule by the condition with the highest gain of FOIL (Quinlan 1990), stops when it holds no row called
/// 0 or nothing is gained, keeps it if most of its rows are called 1, takes its rows away and begins anew
/// (sequential covering, as in Cohen's RIPPER 1995 without its pruning).
pub struct Covering;

impl Method for Covering {
    fn name(&self) -> &'static str {
        "covering"
    }

    fn doc(&self) -> &'static str {
        "one rule after the other, each over the flows the earlier ones left"
    }

    fn learn(&self, lesson: &Lesson<'_>) -> Result<RuleList, Error> {
        // Flows with the same answers are one point with two weights: there are few of them.
        let mut points: BTreeMap<Vec<u64>, (Observed, u32, u32)> = BTreeMap::new();
        for (flow, call) in lesson.flows.iter().zip(lesson.calls) {
            let answers = lesson.questions.iter().map(|q| q.answer(flow)).collect();
            let point = points.entry(answers).or_insert((*flow, 0, 0));
            match call {
                1 => point.1 += 1,
                _ => point.2 += 1,
            }
        }
        let mut left: Vec<Point> = points
            .into_iter()
            .map(|(answers, (flow, ones, zeros))| Point { answers, flow, ones, zeros })
            .collect();
        let mut list = RuleList::default();
        while list.parts.len() < lesson.rules {
            let Some(part) = grow(&left, lesson) else { break };
            left.retain(|point| !part.holds(&point.flow));
            list.parts.push(part);
        }
        Ok(list)
    }
}

#[derive(Clone)]
struct Point {
    answers: Vec<u64>,
    flow: Observed,
    ones: u32,
    zeros: u32,
}

fn totals<'a>(points: impl Iterator<Item = &'a Point>) -> (u32, u32) {
    points.fold((0, 0), |(ones, zeros), p| (ones + p.ones, zeros + p.zeros))
}

/// The next rule, if one is worth it.
fn grow(left: &[Point], lesson: &Lesson<'_>) -> Option<Part> {
    let mut inside: Vec<&Point> = left.iter().collect();
    let mut conditions = Vec::new();
    loop {
        let (ones, zeros) = totals(inside.iter().copied());
        if zeros == 0 || conditions.len() == CONDITIONS {
            break;
        }
        let Some((question, edge, above)) = best(&inside, lesson, ones, zeros) else { break };
        conditions.push(Condition::from_cut(lesson.questions[question], edge, above));
        inside.retain(|point| (point.answers[question] > edge) == above);
    }
    let (ones, zeros) = totals(inside.into_iter());
    (ones > zeros && ones >= LEAST && !conditions.is_empty()).then(|| Part::new(conditions))
}

/// The condition that gains most: question, edge and side.
fn best(
    inside: &[&Point],
    lesson: &Lesson<'_>,
    ones: u32,
    zeros: u32,
) -> Option<(usize, u64, bool)> {
    let mut best: Option<(f64, (usize, u64, bool))> = None;
    for question in 0..lesson.questions.len() {
        let mut by_answer: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
        for point in inside {
            let slot = by_answer.entry(point.answers[question]).or_default();
            slot.0 += point.ones;
            slot.1 += point.zeros;
        }
        let (mut below_ones, mut below_zeros) = (0, 0);
        for (edge, (own_ones, own_zeros)) in by_answer {
            below_ones += own_ones;
            below_zeros += own_zeros;
            let sides =
                [(false, below_ones, below_zeros), (true, ones - below_ones, zeros - below_zeros)];
            for (above, kept_ones, kept_zeros) in sides {
                if kept_ones < LEAST || kept_ones + kept_zeros == ones + zeros {
                    continue;
                }
                let gain = f64::from(kept_ones) * (bits(kept_ones, kept_zeros) - bits(ones, zeros));
                if gain > 1e-9 && best.is_none_or(|(most, _)| gain > most) {
                    best = Some((gain, (question, edge, above)));
                }
            }
        }
    }
    best.map(|(_, found)| found)
}

fn bits(ones: u32, zeros: u32) -> f64 {
    (f64::from(ones) / f64::from(ones + zeros)).log2()
}
