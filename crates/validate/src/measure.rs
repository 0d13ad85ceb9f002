//! From labels and probabilities to metrics with intervals, by row and by address.

use crate::error::Error;
use crate::evaluation::{AddressSummary, ClassRow, Counts, EvaluateOptions, MetricValue};
use crate::intervals::bootstrap;
use crate::keys::Groups;
use crate::metrics::{ALL, Evidence, Ranking, find, precision_recall_curve, roc_curve, thin};

/// Points a curve keeps for drawing.
const CURVE_POINTS: usize = 500;

/// Metrics of one set of labels and probabilities.
pub(crate) struct Measured {
    pub metrics: Vec<MetricValue>,
    pub per_class: Vec<ClassRow>,
    pub confusion: [[u64; 2]; 2],
    pub roc: Vec<(f64, f64)>,
    pub pr: Vec<(f64, f64)>,
    pub notes: Vec<String>,
}

/// Measures rows whose address is `groups.of[row]`.
pub(crate) fn measure(
    y: &[u8],
    probabilities: &[f64],
    groups: &Groups,
    options: &EvaluateOptions,
) -> Result<Measured, Error> {
    let clusters = Some((groups.of.as_slice(), groups.count));
    let ranking = Ranking::new(y, probabilities, clusters, options.threshold)?;
    let evidence = ranking.evidence(None);
    let intervals = bootstrap(&ranking, ALL, options.draws, options.split.seed);
    let metrics: Vec<MetricValue> = ALL
        .iter()
        .zip(intervals)
        .map(|(metric, interval)| MetricValue {
            name: metric.name().to_owned(),
            label: metric.label().to_owned(),
            value: metric.of(&evidence),
            low: interval.low,
            high: interval.high,
            skipped: interval.skipped,
        })
        .collect();
    let mut notes: Vec<String> = ALL
        .iter()
        .filter(|metric| metric.of(&evidence).is_none())
        .map(|metric| format!("{} has no value: {}", metric.label(), metric.undefined()))
        .collect();
    if options.draws > 0 && groups.count < 2 {
        notes.push("no intervals: all rows are of one address".to_owned());
    }
    for metric in metrics.iter().filter(|metric| metric.value.is_some() && metric.skipped > 0) {
        let (label, skipped, draws) = (&metric.label, metric.skipped, options.draws);
        notes.push(if metric.low.is_none() {
            format!("{label} has no interval: undefined in {skipped} of {draws} draws of addresses")
        } else {
            format!("{label}: {skipped} of {draws} draws of addresses left it undefined and do not count in its interval")
        });
    }
    Ok(Measured {
        metrics,
        per_class: [0, 1].map(|class| class_row(class, &evidence)).to_vec(),
        confusion: evidence.confusion.table(),
        roc: thin(&roc_curve(&evidence), CURVE_POINTS),
        pr: thin(&precision_recall_curve(&evidence), CURVE_POINTS),
        notes,
    })
}

fn class_row(class: u8, evidence: &Evidence) -> ClassRow {
    let value = |name: &str| {
        let name = if class == 0 { format!("{name}_0") } else { name.to_owned() };
        find(&name).and_then(|metric| metric.of(evidence))
    };
    ClassRow {
        class,
        precision: value("precision"),
        recall: value("recall"),
        f1: value("f1"),
        support: evidence.confusion.actual(class) as u64,
    }
}

/// One label and one probability an address: see [`AddressSummary::rule`].
pub(crate) fn by_address(y: &[u8], probabilities: &[f64], groups: &Groups) -> (Vec<u8>, Vec<f64>) {
    let rows = groups.rows();
    let labels = rows.iter().map(|rows| u8::from(rows.iter().any(|&row| y[row] == 1))).collect();
    let means = rows
        .iter()
        .map(|rows| {
            // Summed in order of size, so that the order of the rows changes no bit.
            let mut own: Vec<f64> = rows.iter().map(|&row| probabilities[row]).collect();
            own.sort_unstable_by(f64::total_cmp);
            (own.iter().sum::<f64>() / own.len().max(1) as f64).clamp(0.0, 1.0)
        })
        .collect();
    (labels, means)
}

/// Measures with one decision an address.
pub(crate) fn measure_addresses(
    y: &[u8],
    probabilities: &[f64],
    groups: &Groups,
    options: &EvaluateOptions,
) -> Result<AddressSummary, Error> {
    let (labels, means) = by_address(y, probabilities, groups);
    let own = Groups { of: (0..groups.count as u32).collect(), count: groups.count };
    let measured = measure(&labels, &means, &own, options)?;
    let mut has = vec![[false; 2]; groups.count];
    for (&group, &label) in groups.of.iter().zip(y) {
        has[group as usize][usize::from(label == 1)] = true;
    }
    Ok(AddressSummary {
        rule: format!(
            "an address is 1 when any of its rows is 1, and called 1 when the mean probability of \
             its rows is at least {}",
            options.threshold
        ),
        addresses: groups.count,
        positives: labels.iter().filter(|&&label| label == 1).count(),
        mixed: has.iter().filter(|has| has[0] && has[1]).count(),
        metrics: measured.metrics,
        confusion: measured.confusion,
    })
}

/// Counts some rows.
pub(crate) fn count(rows: impl Iterator<Item = usize>, y: &[u8], groups: &Groups) -> Counts {
    let mut seen = vec![0u8; groups.count];
    let mut counts = Counts::default();
    for row in rows {
        counts.rows += 1;
        counts.positives += usize::from(y[row] == 1);
        seen[groups.of[row] as usize] |= 1 + u8::from(y[row] == 1);
    }
    counts.addresses = seen.iter().filter(|&&bits| bits > 0).count();
    counts.positive_addresses = seen.iter().filter(|&&bits| bits > 1).count();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(of: &[u32]) -> Groups {
        Groups { of: of.to_vec(), count: of.iter().max().map_or(0, |most| *most as usize + 1) }
    }

    fn options(draws: usize) -> EvaluateOptions {
        EvaluateOptions { draws, ..EvaluateOptions::default() }
    }

    #[test]
    fn an_address_is_decided_once_by_its_mean() {
        // Address 0: one loud row among quiet ones. Address 1: mixed labels. Address 2: negative.
        let y = [1, 1, 1, 1, 0, 0, 0];
        let p = [0.9, 0.1, 0.1, 0.8, 0.4, 0.2, 0.7];
        let of = groups(&[0, 0, 0, 1, 1, 2, 2]);
        let summary = measure_addresses(&y, &p, &of, &options(0)).unwrap();
        assert_eq!((summary.addresses, summary.positives, summary.mixed), (3, 2, 1));
        assert_eq!(summary.confusion, [[1, 0], [1, 1]]);
        let counted = count([0, 3, 5].into_iter(), &y, &of);
        assert_eq!(counted, Counts { rows: 3, positives: 2, addresses: 3, positive_addresses: 2 });
    }

    #[test]
    fn an_undefined_metric_is_named_and_not_zero() {
        let measured = measure(&[0, 1], &[0.1, 0.2], &groups(&[0, 1]), &options(0)).unwrap();
        let precision = &measured.metrics[0];
        assert_eq!((precision.name.as_str(), precision.value), ("precision", None));
        assert!(measured.notes.contains(&"Precision has no value: no row is called 1".to_owned()));
        assert_eq!(measured.per_class[1].f1, Some(0.0));
        assert_eq!(measured.per_class[0].support, 1);
    }

    #[test]
    fn one_address_has_no_interval_and_few_say_how_many_draws_count() {
        let measured = measure(&[0, 1], &[0.1, 0.7], &groups(&[0, 0]), &options(50)).unwrap();
        assert!(measured.metrics.iter().all(|metric| metric.low.is_none()));
        assert!(measured.notes[0].contains("one address"), "{:?}", measured.notes);
        let measured = measure(&[0, 1, 0], &[0.1, 0.7, 0.3], &groups(&[0, 1, 2]), &options(200));
        let notes = measured.unwrap().notes.join("\n");
        assert!(notes.contains("ROC AUC: ") && notes.contains(" of 200 draws"), "{notes}");
    }
}
