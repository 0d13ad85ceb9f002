//! Area under the ROC curve.

use super::{Evidence, Metric, ratio};

/// Area under the ROC curve.
pub struct RocAuc;

impl Metric for RocAuc {
    fn name(&self) -> &'static str {
        "roc_auc"
    }

    fn label(&self) -> &'static str {
        "ROC AUC"
    }

    fn doc(&self) -> &'static str {
        "Chance that a positive row gets a higher probability than a negative one, a tie counting \
         half: 0.5 for a guess."
    }

    fn formula(&self) -> &'static str {
        "trapezoids under (FP / negatives, TP / positives) over all thresholds; Hanley and McNeil 1982"
    }

    fn undefined(&self) -> &'static str {
        "only one label occurs"
    }

    fn constant(&self, _prevalence: f64) -> Option<f64> {
        Some(0.5)
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        let (positives, negatives) = evidence.totals();
        let mut area = 0.0;
        let (mut before_true, mut before_false) = (0.0, 0.0);
        for step in &evidence.steps {
            area += (step.false_positives - before_false) * (step.true_positives + before_true);
            (before_true, before_false) = (step.true_positives, step.false_positives);
        }
        ratio(area / 2.0, positives * negatives)
    }
}
