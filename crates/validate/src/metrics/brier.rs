//! The Brier score.

use super::{Evidence, Metric, ratio};

/// Mean squared error of the probabilities.
pub struct Brier;

impl Metric for Brier {
    fn name(&self) -> &'static str {
        "brier"
    }

    fn label(&self) -> &'static str {
        "Brier score"
    }

    fn doc(&self) -> &'static str {
        "Mean squared difference of probability and label: less is better. It judges the \
         probabilities, not the calls."
    }

    fn formula(&self) -> &'static str {
        "mean of (probability - label)^2, Brier 1950"
    }

    fn undefined(&self) -> &'static str {
        "there are no rows"
    }

    fn more_is_better(&self) -> bool {
        false
    }

    fn constant(&self, prevalence: f64) -> Option<f64> {
        Some(prevalence * (1.0 - prevalence))
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        ratio(evidence.squared_error, evidence.confusion.total())
    }
}
