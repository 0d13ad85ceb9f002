//! Precision of either label.

use super::{Evidence, Metric, ratio};

/// Of the rows called this label, the share that carries it.
pub struct Precision(pub u8);

impl Metric for Precision {
    fn name(&self) -> &'static str {
        if self.0 == 0 { "precision_0" } else { "precision" }
    }

    fn label(&self) -> &'static str {
        if self.0 == 0 { "Precision of label 0" } else { "Precision" }
    }

    fn doc(&self) -> &'static str {
        if self.0 == 0 {
            "Of the rows called 0, the share that is 0."
        } else {
            "Of the rows called 1, the share that is 1."
        }
    }

    fn formula(&self) -> &'static str {
        if self.0 == 0 { "TN / (TN + FN)" } else { "TP / (TP + FP)" }
    }

    fn undefined(&self) -> &'static str {
        if self.0 == 0 { "no row is called 0" } else { "no row is called 1" }
    }

    fn constant(&self, prevalence: f64) -> Option<f64> {
        Some(if self.0 == 0 { 1.0 - prevalence } else { prevalence })
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        ratio(evidence.confusion.hit(self.0), evidence.confusion.called(self.0))
    }
}
