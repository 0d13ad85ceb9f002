//! How good is it? Numbers from labels and probabilities.
//!
//! One file a metric or small family, one line a metric in [`ALL`]. A metric is a function of the
//! [`Evidence`]: the confusion at the threshold, the counts at every threshold and two sums of
//! losses. A metric that the data leave undefined is `None`, never 0.

mod accuracy;
mod average_precision;
mod brier;
mod curves;
mod evidence;
mod f1;
mod log_loss;
mod matthews;
#[cfg(test)]
mod oracle;
mod precision;
mod ranking;
mod recall;
mod recall_at;
mod roc_auc;
mod thin;

pub use curves::{precision_recall_curve, roc_curve};
pub use evidence::{Confusion, Evidence, Step};
pub use ranking::Ranking;
pub use thin::thin;

/// A number that says how good the probabilities are; an item of the shelf [`ALL`].
pub trait Metric: Sync {
    /// Its name in files.
    fn name(&self) -> &'static str;
    /// Its name in a table.
    fn label(&self) -> &'static str;
    /// What it says, in a sentence.
    fn doc(&self) -> &'static str;
    /// Its formula and where that is from.
    fn formula(&self) -> &'static str;
    /// When it has no value.
    fn undefined(&self) -> &'static str;
    /// Whether more is better (for a loss, less is).
    fn more_is_better(&self) -> bool {
        true
    }
    /// What the best answer that looks at no feature gets (the same probability for every row), when
    /// a share `prevalence` of the rows is positive. It is what a model has to beat.
    fn constant(&self, prevalence: f64) -> Option<f64>;
    /// Its value, `None` where it is undefined.
    fn of(&self, evidence: &Evidence) -> Option<f64>;
}

/// Every metric, in the order in which a report shows them.
pub static ALL: &[&dyn Metric] = &[
    &precision::Precision(1),
    &recall::Recall(1),
    &f1::F1(1),
    &precision::Precision(0),
    &recall::Recall(0),
    &f1::F1(0),
    &accuracy::Accuracy,
    &accuracy::BalancedAccuracy,
    &matthews::Matthews,
    &roc_auc::RocAuc,
    &average_precision::AveragePrecision,
    &recall_at::ONE_PERCENT,
    &recall_at::ONE_PER_THOUSAND,
    &log_loss::LogLoss,
    &brier::Brier,
];

/// The metric of that name.
pub fn find(name: &str) -> Option<&'static dyn Metric> {
    ALL.iter().copied().find(|metric| metric.name() == name)
}

/// A ratio, `None` when nothing is divided by nothing.
fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_shelf_is_in_order() {
        for metric in ALL {
            assert!(std::ptr::addr_eq(find(metric.name()).unwrap(), *metric), "{}", metric.name());
            for text in [metric.label(), metric.doc(), metric.formula(), metric.undefined()] {
                assert!(!text.is_empty(), "{}", metric.name());
            }
        }
        assert!(find("no such metric").is_none());
    }

    #[test]
    fn the_constant_answer_is_what_a_constant_gets() {
        // One row in four is positive; every constant is tried and the best is taken.
        let y: Vec<u8> = (0..400).map(|row| u8::from(row % 4 == 0)).collect();
        for metric in ALL {
            let best = (0..=100)
                .filter_map(|percent| {
                    let p = vec![f64::from(percent) / 100.0; y.len()];
                    metric.of(&Ranking::new(&y, &p, None, 0.5).unwrap().evidence(None))
                })
                .reduce(|a, b| if metric.more_is_better() { a.max(b) } else { a.min(b) });
            match (best, metric.constant(0.25)) {
                (Some(best), Some(constant)) => {
                    assert!((best - constant).abs() < 1e-12, "{}: {best}", metric.name());
                }
                (best, constant) => assert_eq!(best, constant, "{}", metric.name()),
            }
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_rows_changes_nothing(
            rows in proptest::collection::vec((0u8..2, 0u8..12, 0u32..9), 2..80),
            seed in any::<u64>(),
        ) {
            let value = |rows: &[(u8, u8, u32)]| {
                let y: Vec<u8> = rows.iter().map(|row| row.0).collect();
                let p: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 11.0).collect();
                let of: Vec<u32> = rows.iter().map(|row| row.2).collect();
                let evidence = Ranking::new(&y, &p, Some((&of, 9)), 0.5).unwrap().evidence(None);
                ALL.iter().map(|metric| metric.of(&evidence)).collect::<Vec<_>>()
            };
            let mut shuffled = rows.clone();
            botany_learn::Rng::new(seed).shuffle(&mut shuffled);
            prop_assert_eq!(value(&rows), value(&shuffled));
        }

        #[test]
        fn a_weight_counts_like_copies(
            rows in proptest::collection::vec((0u8..2, 0u8..12, 0u32..5), 2..60),
            weights in proptest::collection::vec(0u32..4, 5),
        ) {
            let copies: Vec<_> = rows
                .iter()
                .flat_map(|row| vec![*row; weights[row.2 as usize] as usize])
                .collect();
            let evidence = |rows: &[(u8, u8, u32)], weights: Option<&[u32]>| {
                let y: Vec<u8> = rows.iter().map(|row| row.0).collect();
                let p: Vec<f64> = rows.iter().map(|row| f64::from(row.1) / 11.0).collect();
                let of: Vec<u32> = rows.iter().map(|row| row.2).collect();
                Ranking::new(&y, &p, Some((&of, 5)), 0.5).map(|ranking| ranking.evidence(weights))
            };
            if copies.is_empty() {
                return Ok(());
            }
            let (weighted, copied) =
                (evidence(&rows, Some(&weights)).unwrap(), evidence(&copies, None).unwrap());
            for metric in ALL {
                match (metric.of(&weighted), metric.of(&copied)) {
                    (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12, "{}", metric.name()),
                    (a, b) => prop_assert_eq!(a, b, "{}", metric.name()),
                }
            }
        }
    }
}
