//! Accuracy, plain and balanced.

use super::{Evidence, Metric, ratio};

/// Share of rows called right.
pub struct Accuracy;

impl Metric for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn label(&self) -> &'static str {
        "Accuracy"
    }

    fn doc(&self) -> &'static str {
        "Share of rows that are called what they are. High for any answer when one label is rare."
    }

    fn formula(&self) -> &'static str {
        "(TP + TN) / all"
    }

    fn undefined(&self) -> &'static str {
        "there are no rows"
    }

    fn constant(&self, prevalence: f64) -> Option<f64> {
        Some(prevalence.max(1.0 - prevalence))
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        let c = &evidence.confusion;
        ratio(c.true_positive + c.true_negative, c.total())
    }
}

/// Mean of the recalls of both labels.
pub struct BalancedAccuracy;

impl Metric for BalancedAccuracy {
    fn name(&self) -> &'static str {
        "balanced_accuracy"
    }

    fn label(&self) -> &'static str {
        "Balanced accuracy"
    }

    fn doc(&self) -> &'static str {
        "Mean of the recalls of both labels: 0.5 for any answer that looks at nothing."
    }

    fn formula(&self) -> &'static str {
        "(TP / (TP + FN) + TN / (TN + FP)) / 2"
    }

    fn undefined(&self) -> &'static str {
        "only one label occurs"
    }

    fn constant(&self, _prevalence: f64) -> Option<f64> {
        Some(0.5)
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        let c = &evidence.confusion;
        let recall = |label| ratio(c.hit(label), c.actual(label));
        Some((recall(0)? + recall(1)?) / 2.0)
    }
}
