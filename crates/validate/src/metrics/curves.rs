//! The ROC curve and the precision-recall curve.

use super::Evidence;

/// Points (false positive rate, recall) from (0, 0) to (1, 1), one for each threshold. Empty when
/// only one label occurs.
pub fn roc_curve(evidence: &Evidence) -> Vec<(f64, f64)> {
    let (positives, negatives) = evidence.totals();
    if positives == 0.0 || negatives == 0.0 {
        return Vec::new();
    }
    let points = evidence
        .steps
        .iter()
        .map(|step| (step.false_positives / negatives, step.true_positives / positives));
    std::iter::once((0.0, 0.0)).chain(points).collect()
}

/// Points (recall, precision) in the order of growing recall, one for each threshold, after the
/// conventional first point (0, 1). Empty when no row is 1.
pub fn precision_recall_curve(evidence: &Evidence) -> Vec<(f64, f64)> {
    let (positives, _) = evidence.totals();
    if positives == 0.0 {
        return Vec::new();
    }
    let points = evidence.steps.iter().map(|step| {
        let called = step.true_positives + step.false_positives;
        (step.true_positives / positives, step.true_positives / called)
    });
    std::iter::once((0.0, 1.0)).chain(points).collect()
}
