//! A small report made by hand, for the tests of this module.

use super::model::*;

fn count(name: &str, count: u64) -> Count {
    Count { name: name.into(), count }
}

fn text(values: &[&str]) -> Vec<String> {
    values.iter().map(|v| (*v).to_owned()).collect()
}

/// A report in which every part is filled.
pub fn report() -> Report {
    Report {
        header: header(),
        population: population(),
        clusterings: vec![clustering()],
        grains: vec![grain()],
        labels: labels(),
        doubts: doubts(),
        next: vec![
            Step {
                why: "see every flow of one address".into(),
                command: "botany sql \"SELECT * FROM flow WHERE src_ip = '192.0.2.7'\"".into(),
            },
            Step {
                why: "test the model on data it has never seen".into(),
                command: "botany validate article --on OTHER_DATA_DIR".into(),
            },
        ],
    }
}

fn header() -> Header {
    Header {
        title: "The article, end to end".into(),
        recipe: "article".into(),
        data: "botany-demo".into(),
        version: "0.1.0".into(),
        seed: 1,
        first_time: Some("2018-05-06T06:12:33Z".into()),
        last_time: Some("2018-05-22T21:40:02Z".into()),
        collected: Collected {
            files: 3,
            lines: 23_060,
            stored: vec![count("flow", 13_301), count("login", 9_000)],
            not_stored: vec![count("stats", 700), count("anomaly", 57)],
            rejected: 2,
        },
        label_rule: "a flow is 1 when its source was on the threat list at that time; \
                     0 means not seen failing, never benign"
            .into(),
        threat_rule: "one or more of the six names of 2016 within 24 h".into(),
        pcr_mode: "closed: a flow without packets from the client is a Pure Pull".into(),
        notes: text(&["the capture is a re-enactment: real visitors, stand-in clients"]),
    }
}

fn population() -> Population {
    let row = |value: &str, addresses, listed| FrequencyRow {
        value: value.into(),
        addresses,
        listed,
        flows: Some(addresses * 9),
        attempts: None,
    };
    Population {
        addresses: 1_713,
        failing: 1_286,
        listed: 67,
        attempts: 8_424,
        flows: 13_301,
        listed_flows: 538,
        head: vec![
            ThreatRow {
                address: "192.0.2.7".into(),
                first_seen: "2018-05-06T07:01:00Z".into(),
                last_seen: "2018-05-19T23:59:59Z".into(),
                attempts: 1_204,
                names: 4,
                pairs: 0,
                usernames: text(&["mother", "666666", "ubnt", "pi"]),
                score: 12.5,
                services: text(&["ssh"]),
                country: Some("BR".into()),
                autonomous_system: Some("AS64500 Example".into()),
                registration: Some("LACNIC".into()),
                evidence: text(&["auth.log:17", "auth.log:99"]),
            },
            ThreatRow {
                address: "2001:db8:0:1:2:3:4:5".into(),
                first_seen: "2018-05-07T00:00:00Z".into(),
                last_seen: "2018-05-07T00:00:09Z".into(),
                attempts: 3,
                names: 1,
                usernames: text(&["", "<b>pi</b>"]),
                score: 1.0,
                services: text(&["ssh"]),
                evidence: text(&["auth.log:204"]),
                ..ThreatRow::default()
            },
        ],
        frequencies: vec![
            Frequency {
                by: "country".into(),
                rows: vec![row("CN", 420, 21), row("BR", 101, 17), row("VN", 90, 9)],
                values: 74,
                note: Some("country database of 2025-11-01".into()),
            },
            Frequency {
                by: "as".into(),
                rows: vec![row("AS64500 A Very Long Name Of An Autonomous System", 12, 3)],
                values: 1,
                note: None,
            },
            Frequency {
                by: "day".into(),
                rows: vec![row("2018-05-06", 44, 3), row("2018-05-07", 51, 6)],
                values: 2,
                note: None,
            },
            Frequency {
                by: "source".into(),
                rows: vec![],
                values: 0,
                note: Some("no database of sources is configured".into()),
            },
        ],
    }
}

fn clustering() -> Clustering {
    let cluster = |number, size, positives, min, median, max, range: &str| Cluster {
        number,
        size,
        share: size as f64 / 13_301.0,
        positives,
        addresses: Some(size / 2),
        ranges: ["packets_in", "packets_out"]
            .map(|feature| FeatureRange { feature: feature.into(), min, median, max })
            .to_vec(),
        pcr_ranges: vec![count(range, size)],
    };
    let values = [[20.0, 116.0, 21.0], [22.0, 114.0, f64::NAN], [42.0, 230.0, 43.0]];
    Clustering {
        grain: "flow".into(),
        sample: "13,301 of 13,301 flows to ports 22 and 23".into(),
        rows: 13_301,
        features: text(&["packets_in", "packets_out", "packet_pcr_range"]),
        k: 2,
        scaled: false,
        inertia: 1_234_567.8,
        spread: Some(9_876_543.2),
        silhouette: Some(0.714),
        sweep: vec![
            SweepPoint { k: 2, inertia: 1_234_567.8, silhouette: Some(0.714) },
            SweepPoint { k: 3, inertia: 900_000.0, silhouette: Some(0.69) },
        ],
        clusters: vec![
            cluster(0, 13_281, 530, 0.0, 21.0, 99.0, "70:30 Export"),
            cluster(1, 20, 8, 104.0, 133.5, 238.0, "3:1 Import"),
        ],
        stands_out: Some(1),
        stands_out_why: "20 flows, all 3:1 Import, with six times the packets of the rest".into(),
        table: Some(ClusterTable {
            cluster: 1,
            rows: vec![ArticleRow {
                packet_pcr_range: Some("3:1 Import".into()),
                packet_ratio: Some(-2.0 / 230.0),
                packets_in: 116,
                packets_out: 114,
                packets_total: 230,
                is_mirai: 1,
                count: 1,
            }],
            total: 20,
        }),
        points: Points {
            columns: ["packets_in", "packets_out", "packets_total"]
                .into_iter()
                .zip(values)
                .map(|(name, v)| PointColumn { name: name.into(), values: v.to_vec() })
                .collect(),
            cluster: vec![0, 1, 0],
            label: vec![0, 1, 0],
            address: text(&["192.0.2.7", "192.0.2.8", "192.0.2.7"]),
        },
    }
}

fn metric(name: &str, label: &str, estimate: Estimate) -> Metric {
    Metric { name: name.into(), label: label.into(), estimate }
}

fn grain() -> Grain {
    let evaluation = |split: &str, leaks, precision| Evaluation {
        split: split.into(),
        leaks,
        rows: 13_301,
        positives: 538,
        addresses: 1_713,
        positive_addresses: 67,
        folds: vec![
            Fold {
                train_rows: 6_650,
                train_positives: 269,
                test_rows: 6_651,
                test_positives: 269
            };
            2
        ],
        threshold: 0.5,
        metrics: vec![
            metric("average_precision", "average precision", precision),
            metric("roc_auc", "ROC AUC", Estimate::between(0.84, 0.80, 0.88)),
            metric("f1", "F1", Estimate::default()),
            metric("balanced_accuracy", "balanced accuracy", Estimate::between(0.61, 0.58, 0.63)),
        ],
        address_metrics: vec![metric("recall", "recall", Estimate::exact(0.3))],
        confusion: [[12_700, 63], [400, 138]],
        roc: vec![(0.0, 0.0), (0.2, 0.8), (1.0, 1.0)],
        pr: vec![(0.0, 1.0), (0.5, 0.4), (1.0, 0.04)],
        notes: vec![],
    };
    Grain {
        grain: "flow".into(),
        recipe: "article".into(),
        question: "can one flow tell that its source is on the list?".into(),
        model: "random-forest, 100 trees".into(),
        features: text(&["cluster_distance", "packet_pcr_range", "packet_ratio", "packets_total"]),
        evaluations: vec![
            evaluation("row", true, Estimate::between(0.43, 0.38, 0.49)),
            evaluation("address", false, Estimate::between(0.06, 0.04, 0.09)),
        ],
        baseline: Baseline {
            what: "always the commoner class".into(),
            metrics: vec![metric(
                "average_precision",
                "average precision",
                Estimate::exact(0.0404),
            )],
        },
        drop: vec![
            "average precision falls from 0.43 by row to 0.06 on addresses never seen".into(),
        ],
        verdict: "no better than the baseline: the interval holds the base rate 0.04".into(),
        importances: vec![
            Importance { feature: "cluster_distance".into(), value: 0.7 },
            Importance { feature: "packet_pcr_range=3:1 Import".into(), value: 0.3 },
        ],
    }
}

fn labels() -> Vec<LabelRow> {
    let scores = |value| Scores {
        average_precision: Estimate::between(value, value - 0.02, value + 0.03),
        f1: Estimate::default(),
        balanced_accuracy: Estimate::exact(0.5),
    };
    vec![LabelRow {
        label: "six names of 2016".into(),
        service: "ssh".into(),
        grain: "flow".into(),
        chosen: true,
        rows: 10_636,
        positives: 538,
        addresses: 1_200,
        positive_addresses: 67,
        by_row: scores(0.43),
        by_address: scores(0.06),
        baseline: scores(0.05),
        verdict: "no better than the baseline".into(),
    }]
}

fn doubts() -> Vec<Doubt> {
    let doubt = |name: &str, severity, finding: &str| Doubt {
        name: name.into(),
        question: "may the result come from something else?".into(),
        finding: finding.into(),
        severity,
    };
    vec![
        doubt("permuted labels", Severity::Fine, "shuffled labels give the base rate"),
        doubt(
            "two numbers",
            Severity::Caution,
            "all features are functions of packets_in and packets_out",
        ),
        doubt(
            "shared addresses",
            Severity::Serious,
            "93 % of the test rows have an address that was fitted on",
        ),
        doubt("one server", Severity::Note, "only one sensor was read"),
    ]
}
