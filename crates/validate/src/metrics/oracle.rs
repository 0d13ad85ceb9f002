//! Every metric, curve and interval against scikit-learn, as recorded by
//! `tests/reference/validate/make_metrics.py`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ALL, Ranking, precision_recall_curve, roc_curve};
use crate::intervals::bootstrap;

/// Two computations of the same number.
const TOLERANCE: f64 = 1e-9;
/// Two samplings of the same interval, in widths of it: the ends of 2000 draws and of the record's
/// 1500 differ by chance, with a standard error of about 2.5 % of the width.
const SAMPLING: f64 = 0.1;

#[derive(Deserialize)]
struct Record {
    draws: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    threshold: f64,
    y: Vec<u8>,
    p: Vec<f64>,
    address: Vec<u32>,
    confusion: [[u64; 2]; 2],
    metrics: BTreeMap<String, Option<f64>>,
    roc: Vec<(f64, f64)>,
    pr: Vec<(f64, f64)>,
    intervals: BTreeMap<String, [f64; 2]>,
}

fn record() -> Record {
    let text = include_str!("../../../../tests/reference/validate/metrics.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_metric_is_what_scikit_learn_says() {
    for case in record().cases {
        let evidence = Ranking::new(&case.y, &case.p, None, case.threshold).unwrap().evidence(None);
        assert_eq!(evidence.confusion.table(), case.confusion, "{}", case.name);
        assert_eq!(case.metrics.len(), ALL.len());
        for metric in ALL {
            let (name, ours) = (metric.name(), metric.of(&evidence));
            match (ours, case.metrics[name]) {
                (Some(ours), Some(theirs)) => {
                    assert!((ours - theirs).abs() < TOLERANCE, "{}: {name} {ours}", case.name);
                }
                (ours, theirs) => assert_eq!(ours, theirs, "{}: {name}", case.name),
            }
        }
    }
}

#[test]
fn every_point_of_the_curves_is_what_scikit_learn_says() {
    for case in record().cases {
        let evidence = Ranking::new(&case.y, &case.p, None, 0.5).unwrap().evidence(None);
        for (ours, theirs) in
            [(roc_curve(&evidence), case.roc), (precision_recall_curve(&evidence), case.pr)]
        {
            assert_eq!(ours.len(), theirs.len(), "{}", case.name);
            for (a, b) in ours.iter().zip(&theirs) {
                let near = (a.0 - b.0).abs() < TOLERANCE && (a.1 - b.1).abs() < TOLERANCE;
                assert!(near, "{}: {a:?} {b:?}", case.name);
            }
        }
    }
}

#[test]
fn intervals_are_those_of_a_plain_cluster_bootstrap() {
    let record = record();
    assert_eq!(record.draws, 1500);
    let mut compared = 0;
    for case in record.cases.iter().filter(|case| !case.intervals.is_empty()) {
        // Addresses of the record need not be dense.
        let groups =
            crate::keys::Groups::new(&case.address.iter().map(u32::to_string).collect::<Vec<_>>());
        let clusters = Some((groups.of.as_slice(), groups.count));
        let ranking = Ranking::new(&case.y, &case.p, clusters, case.threshold).unwrap();
        for (metric, ours) in ALL.iter().zip(bootstrap(&ranking, ALL, 2000, 1)) {
            let Some([low, high]) = case.intervals.get(metric.name()) else { continue };
            let (our_low, our_high) = (ours.low.unwrap(), ours.high.unwrap());
            let off = (our_low - low).abs().max((our_high - high).abs()) / (high - low);
            assert!(off < SAMPLING, "{}: {} off by {off:.3}", case.name, metric.name());
            compared += 1;
        }
    }
    assert_eq!(compared, 10);
}
