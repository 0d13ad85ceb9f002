//! Can the features tell the labels apart at all?

use std::collections::HashMap;

use botany_learn::Values;

use super::{Answer, Case, Doubt, Severity, percent};
use crate::error::Error;
use crate::metrics::{Ranking, find};

/// A best possible F1 under this is a ceiling that a reader has to know.
const LOW_CEILING: f64 = 0.9;
/// A share of rows from which on conflicting duplicates are worth a note.
const SOME: f64 = 0.01;

/// Rows with the same features and different labels.
pub struct DuplicateRows;

impl Doubt for DuplicateRows {
    fn name(&self) -> &'static str {
        "duplicate_rows"
    }

    fn question(&self) -> &'static str {
        "do rows with the same features carry both labels?"
    }

    fn doc(&self) -> &'static str {
        "Groups rows whose features are identical. Within a group no model can tell the labels \
         apart, so that giving each group its own share of positives is the best any model can do \
         on these rows. Warns when that ceiling of F1 is under 0.9."
    }

    fn test(&self, case: &Case) -> Result<Answer, Error> {
        let features = case.features();
        if features.is_empty() {
            return Ok(Answer::new(Severity::Ok, "not tested: no feature stands in the rows"));
        }
        let mut number: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut counts: Vec<[f64; 2]> = Vec::new();
        let mut group_of = Vec::with_capacity(case.y.len());
        for (row, &label) in case.y.iter().enumerate() {
            let key = features.iter().map(|(_, values)| identity(values, row)).collect();
            let group = *number.entry(key).or_insert_with(|| {
                counts.push([0.0; 2]);
                counts.len() - 1
            });
            counts[group][usize::from(label == 1)] += 1.0;
            group_of.push(group);
        }
        let mixed: f64 =
            counts.iter().filter(|c| c[0] > 0.0 && c[1] > 0.0).map(|c| c[0] + c[1]).sum();
        let right: f64 = counts.iter().map(|c| c[0].max(c[1])).sum();
        let best: Vec<f64> =
            group_of.iter().map(|&g| counts[g][1] / (counts[g][0] + counts[g][1])).collect();
        let evidence = Ranking::new(case.y, &best, None, 0.5)?.evidence(None);
        let (positives, _) = evidence.totals();
        let f1 = evidence
            .steps
            .iter()
            .map(|s| 2.0 * s.true_positives / (positives + s.true_positives + s.false_positives))
            .fold(0.0, f64::max);
        let value = |name: &str| find(name).and_then(|metric| metric.of(&evidence));

        let rows = case.y.len() as f64;
        let severity = if positives > 0.0 && f1 < LOW_CEILING {
            Severity::Warning
        } else if mixed / rows >= SOME {
            Severity::Note
        } else {
            Severity::Ok
        };
        let finding = if mixed == 0.0 {
            format!("no: {} distinct rows, none of which carries both labels", counts.len())
        } else {
            format!(
                "{} of the rows are the same in every feature as a row of the other label: no model \
                 of these features can get above F1 {f1:.2} or accuracy {:.2} on these rows",
                percent(mixed / rows),
                right / rows,
            )
        };
        Ok(Answer::new(severity, finding)
            .advice("Other features may tell these rows apart; or let a row be what an address or a block did in 24 hours.")
            .figure("rows", rows)
            .figure("distinct_rows", counts.len() as f64)
            .figure("both_labels_share", mixed / rows)
            .figure("best_accuracy", right / rows)
            .figure("best_f1", f1)
            .figure("best_average_precision", value("average_precision"))
            .figure("best_roc_auc", value("roc_auc")))
    }
}

/// Bits that are equal exactly when the values are, all missing numbers being one value.
fn identity(values: &Values, row: usize) -> u64 {
    match values {
        Values::Number(values) => match values[row] {
            missing if missing.is_nan() => u64::MAX,
            // Minus zero is zero.
            value => (value + 0.0).to_bits(),
        },
        Values::Category { codes, .. } => u64::from(codes[row]),
    }
}
