//! Average precision.

use super::{Evidence, Metric};

/// Area under the steps of the precision-recall curve.
pub struct AveragePrecision;

impl Metric for AveragePrecision {
    fn name(&self) -> &'static str {
        "average_precision"
    }

    fn label(&self) -> &'static str {
        "Average precision"
    }

    fn doc(&self) -> &'static str {
        "Precision averaged over the recall gained at each threshold, without interpolation: the \
         share of positives for a guess. The number to look at when positives are rare."
    }

    fn formula(&self) -> &'static str {
        "sum over thresholds of (recall - recall before) * precision"
    }

    fn undefined(&self) -> &'static str {
        "no row is 1"
    }

    fn constant(&self, prevalence: f64) -> Option<f64> {
        Some(prevalence)
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        let (positives, _) = evidence.totals();
        if positives == 0.0 {
            return None;
        }
        let mut sum = 0.0;
        let mut before = 0.0;
        for step in &evidence.steps {
            let called = step.true_positives + step.false_positives;
            sum += (step.true_positives - before) * step.true_positives / called;
            before = step.true_positives;
        }
        Some(sum / positives)
    }
}
