//! Recall when only so many false alarms are allowed.

use super::{Evidence, Metric, ratio};

/// The highest recall at a threshold that keeps the false positive rate at or under a limit.
pub struct RecallAt {
    name: &'static str,
    label: &'static str,
    limit: f64,
}

/// One false alarm in a hundred negatives.
pub static ONE_PERCENT: RecallAt =
    RecallAt { name: "recall_at_fpr_0.01", label: "Recall at 1 % false alarms", limit: 0.01 };

/// One false alarm in a thousand negatives.
pub static ONE_PER_THOUSAND: RecallAt =
    RecallAt { name: "recall_at_fpr_0.001", label: "Recall at 0.1 % false alarms", limit: 0.001 };

impl Metric for RecallAt {
    fn name(&self) -> &'static str {
        self.name
    }

    fn label(&self) -> &'static str {
        self.label
    }

    fn doc(&self) -> &'static str {
        "Share of positives found at the lowest threshold that calls no more than this share of the \
         negatives 1, whatever the threshold of the model: what a sensor can use."
    }

    fn formula(&self) -> &'static str {
        "max TP / positives over thresholds with FP / negatives <= limit"
    }

    fn undefined(&self) -> &'static str {
        "only one label occurs"
    }

    fn constant(&self, _prevalence: f64) -> Option<f64> {
        Some(0.0)
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        let (positives, negatives) = evidence.totals();
        if negatives == 0.0 {
            return None;
        }
        // Both counts only grow, so the last step within the limit has the highest recall.
        let within =
            evidence.steps.partition_point(|step| step.false_positives / negatives <= self.limit);
        let found = within.checked_sub(1).map_or(0.0, |last| evidence.steps[last].true_positives);
        ratio(found, positives)
    }
}
