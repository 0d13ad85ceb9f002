//! The figures a forest is judged by here; the product's own stand in `botany-validate`.

/// F1 of label 1 at the threshold 0.5.
pub fn f1(probabilities: &[f64], labels: &[u8]) -> f64 {
    let (mut hits, mut wrong) = (0_u64, 0_u64);
    for (probability, label) in probabilities.iter().zip(labels) {
        let told = *probability >= 0.5;
        hits += u64::from(told && *label == 1);
        wrong += u64::from(told != (*label == 1));
    }
    2.0 * hits as f64 / (2 * hits + wrong).max(1) as f64
}

/// Share of rows told right at the threshold 0.5.
pub fn accuracy(probabilities: &[f64], labels: &[u8]) -> f64 {
    let rows = probabilities.iter().zip(labels);
    let right = rows.filter(|(p, label)| (**p >= 0.5) == (**label == 1)).count();
    right as f64 / labels.len().max(1) as f64
}

/// Area under the ROC curve: how often a row of label 1 scores above one of label 0; ties count half.
pub fn auc(probabilities: &[f64], labels: &[u8]) -> f64 {
    let mut rows: Vec<(f64, u8)> =
        probabilities.iter().copied().zip(labels.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut twice_above, mut positives) = (0_u64, 0_u64, 0_u64);
    for equals in rows.chunk_by(|a, b| a.0 == b.0) {
        let ones = equals.iter().filter(|row| row.1 == 1).count() as u64;
        let zeros = equals.len() as u64 - ones;
        twice_above += ones * (2 * below + zeros);
        below += zeros;
        positives += ones;
    }
    twice_above as f64 / (2 * positives * below).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_what_a_hand_counts() {
        let (p, y) = ([0.9, 0.6, 0.4, 0.4, 0.1], [1, 0, 1, 0, 0]);
        assert!((f1(&p, &y) - 0.5).abs() < 1e-12);
        assert!((accuracy(&p, &y) - 0.6).abs() < 1e-12);
        // Of 6 pairs: 0.9 beats three, 0.4 beats one, ties one, loses one.
        assert!((auc(&p, &y) - 4.5 / 6.0).abs() < 1e-12);
    }
}
