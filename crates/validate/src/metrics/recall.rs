//! Recall of either label.

use super::{Evidence, Metric, ratio};

/// Of the rows that carry this label, the share that is called so.
pub struct Recall(pub u8);

impl Metric for Recall {
    fn name(&self) -> &'static str {
        if self.0 == 0 { "recall_0" } else { "recall" }
    }

    fn label(&self) -> &'static str {
        if self.0 == 0 { "Recall of label 0" } else { "Recall" }
    }

    fn doc(&self) -> &'static str {
        if self.0 == 0 {
            "Of the rows that are 0, the share called 0: one minus the false positive rate."
        } else {
            "Of the rows that are 1, the share called 1."
        }
    }

    fn formula(&self) -> &'static str {
        if self.0 == 0 { "TN / (TN + FP)" } else { "TP / (TP + FN)" }
    }

    fn undefined(&self) -> &'static str {
        if self.0 == 0 { "no row is 0" } else { "no row is 1" }
    }

    fn constant(&self, _prevalence: f64) -> Option<f64> {
        Some(1.0)
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        ratio(evidence.confusion.hit(self.0), evidence.confusion.actual(self.0))
    }
}
