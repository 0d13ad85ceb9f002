//! F1 of either label.

use super::{Evidence, Metric, ratio};

/// Harmonic mean of precision and recall of this label.
pub struct F1(pub u8);

impl Metric for F1 {
    fn name(&self) -> &'static str {
        if self.0 == 0 { "f1_0" } else { "f1" }
    }

    fn label(&self) -> &'static str {
        if self.0 == 0 { "F1 of label 0" } else { "F1" }
    }

    fn doc(&self) -> &'static str {
        "Harmonic mean of precision and recall. Calling every row by the label already gets \
         2s / (1 + s) where it has the share s."
    }

    fn formula(&self) -> &'static str {
        if self.0 == 0 { "2 TN / (2 TN + FN + FP)" } else { "2 TP / (2 TP + FP + FN)" }
    }

    fn undefined(&self) -> &'static str {
        if self.0 == 0 { "no row is 0 or called 0" } else { "no row is 1 or called 1" }
    }

    fn constant(&self, prevalence: f64) -> Option<f64> {
        let share = if self.0 == 0 { 1.0 - prevalence } else { prevalence };
        Some(2.0 * share / (1.0 + share))
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        let c = &evidence.confusion;
        ratio(2.0 * c.hit(self.0), c.actual(self.0) + c.called(self.0))
    }
}
