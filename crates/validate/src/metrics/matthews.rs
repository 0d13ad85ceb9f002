//! The Matthews correlation coefficient.

use super::{Evidence, Metric, ratio};

/// Correlation of label and call.
pub struct Matthews;

impl Metric for Matthews {
    fn name(&self) -> &'static str {
        "matthews"
    }

    fn label(&self) -> &'static str {
        "Matthews correlation"
    }

    fn doc(&self) -> &'static str {
        "Correlation of label and call, from -1 to 1: 0 for an answer unrelated to the label."
    }

    fn formula(&self) -> &'static str {
        "(TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)), Matthews 1975"
    }

    fn undefined(&self) -> &'static str {
        "every row is, or is called, the same"
    }

    fn constant(&self, _prevalence: f64) -> Option<f64> {
        None
    }

    fn of(&self, evidence: &Evidence) -> Option<f64> {
        let c = &evidence.confusion;
        let product = c.actual(0) * c.actual(1) * c.called(0) * c.called(1);
        let covariance = c.true_positive * c.true_negative - c.false_positive * c.false_negative;
        ratio(covariance, product.sqrt())
    }
}
