//! A small tree, its leaves of class 1 written as boxes.

use botany_learn::{Matrix, Setting, Settings, algorithms};

use super::{Lesson, Method};
use crate::signature::condition::Condition;
use crate::signature::error::Error;
use crate::signature::list::{Part, RuleList};

/// Leaves per rule: the rest of a tree's leaves call 0.
const LEAVES_A_RULE: usize = 4;

/// The exact decision tree (Breiman et al. 1984) over the answers, grown best-first; the largest tree whose leaves of
/// class 1 are not more than the rules asked for. The way to such a leaf is a rule, and no two rules overlap.
pub struct Boxes;

impl Method for Boxes {
    fn name(&self) -> &'static str {
        "tree"
    }

    fn doc(&self) -> &'static str {
        "a small decision tree, its leaves of class 1 as rules that never overlap"
    }

    fn learn(&self, lesson: &Lesson<'_>) -> Result<RuleList, Error> {
        let names = lesson.questions.iter().map(|q| q.name()).collect();
        let columns = lesson
            .questions
            .iter()
            .map(|q| lesson.flows.iter().map(|flow| q.answer(flow) as f64).collect())
            .collect();
        let matrix = Matrix::new(names, columns)?;
        let mut list = RuleList::default();
        let mut least = 2;
        let mut most = lesson.rules.saturating_mul(LEAVES_A_RULE);
        // More leaves mean more of class 1, near enough: the largest number that still fits is looked for by halves.
        while least <= most {
            let leaves = least.midpoint(most);
            let found = boxes(lesson, &matrix, leaves)?;
            if found.parts.len() <= lesson.rules {
                least = leaves + 1;
                list = found;
            } else {
                most = leaves - 1;
            }
        }
        Ok(list)
    }
}

fn boxes(lesson: &Lesson<'_>, matrix: &Matrix, leaves: usize) -> Result<RuleList, Error> {
    let algorithm = algorithms::find("decision-tree")?;
    let settings = Settings::from([
        ("max_leaf_nodes".to_owned(), Setting::Integer(leaves as i64)),
        ("min_samples_leaf".to_owned(), Setting::Integer(3)),
    ]);
    let fitted = algorithm.fit(matrix, lesson.calls, &settings, 0)?;
    let Some(tree) = fitted.trees().and_then(|mut trees| trees.next()) else {
        return Ok(RuleList::default());
    };
    let mut found: Vec<(f64, Part)> = Vec::new();
    let mut open = vec![(0, Vec::new())];
    while let Some((at, way)) = open.pop() {
        let node = &tree.nodes[at];
        if node.is_leaf() {
            if node.probability > 0.5 && !way.is_empty() {
                found.push((node.weight, Part::new(way)));
            }
            continue;
        }
        let question = lesson.questions[node.feature as usize];
        // Answers are whole numbers: the largest one that goes left is the threshold's whole part.
        let edge = node.threshold.floor().max(0.0) as u64;
        for (child, above) in [(node.right, true), (node.left, false)] {
            let mut way: Vec<Condition> = way.clone();
            way.push(Condition::from_cut(question, edge, above));
            open.push((child as usize, way));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(RuleList { parts: found.into_iter().map(|(_, part)| part).collect() })
}
