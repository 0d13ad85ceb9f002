//! Log loss.

use super::{Evidence, Metric, ratio};

/// Mean surprise at the labels.
pub struct LogLoss;

impl Metric for LogLoss {
    fn name(&self) -> &'static str {
        "log_loss"
    }

    fn label(&self) -> &'static str {
        "Log loss"
    }

    fn doc(&self) -> &'static str {
        "Mean surprise at the labels, in nats: less is better, and being sure and wrong is dear. It \
         judges the probabilities, not the calls."
    }

    fn formula(&self) -> &'static str {
        "mean of -ln(probability of the row's label), probabilities kept 2^-52 away from 0 and 1"
    }

    fn undefined(&self) -> &'static str {
        "there are no rows"
    }

    fn more_is_better(&self) -> bool {
        false
    }

    fn constant(&self, prevalence: f64) -> Option<f64> {
        let entropy = |share: f64| if share > 0.0 { -share * share.ln() } else { 0.0 };
        Some(entropy(prevalence) + entropy(1.0 - prevalence))
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        ratio(evidence.log_loss, evidence.confusion.total())
    }
}
