//! What the script needs for its plots, as one block of JSON.

use super::super::escape;
use super::super::model::{FrequencyRow, Points, Report, SweepPoint};
use serde::Serialize;

/// Points of a curve beyond which more cannot be seen.
const CURVE: f64 = 600.0;

#[derive(Serialize)]
struct Data<'a> {
    clusterings: Vec<Clustering<'a>>,
    grains: Vec<Grain<'a>>,
    days: &'a [FrequencyRow],
}

#[derive(Serialize)]
struct Clustering<'a> {
    grain: &'a str,
    k: usize,
    clusters: Vec<u32>,
    sweep: &'a [SweepPoint],
    points: &'a Points,
}

#[derive(Serialize)]
struct Grain<'a> {
    base_rate: Option<f64>,
    evaluations: Vec<Evaluation<'a>>,
}

#[derive(Serialize)]
struct Evaluation<'a> {
    split: &'a str,
    leaks: bool,
    roc: Vec<(f64, f64)>,
    pr: Vec<(f64, f64)>,
}

/// The data as JSON that may stand in a script element.
pub fn block(report: &Report) -> serde_json::Result<String> {
    let days = report.population.frequencies.iter().find(|f| f.by == "day");
    let data = Data {
        clusterings: report.clusterings.iter().map(clustering).collect(),
        grains: report.grains.iter().map(grain).collect(),
        days: days.map_or(&[], |f| &f.rows),
    };
    Ok(escape::json(&serde_json::to_string(&data)?))
}

fn clustering(clustering: &super::super::model::Clustering) -> Clustering<'_> {
    Clustering {
        grain: &clustering.grain,
        k: clustering.k,
        clusters: clustering.clusters.iter().map(|cluster| cluster.number).collect(),
        sweep: &clustering.sweep,
        points: &clustering.points,
    }
}

fn grain(grain: &super::super::model::Grain) -> Grain<'_> {
    // The honest split's share of positives: where a curve of pure chance lies.
    let honest = grain.evaluations.iter().find(|e| !e.leaks).or(grain.evaluations.first());
    Grain {
        base_rate: honest.and_then(|e| e.base_rate()),
        evaluations: grain
            .evaluations
            .iter()
            .map(|e| Evaluation {
                split: &e.split,
                leaks: e.leaks,
                roc: thin(&e.roc),
                pr: thin(&e.pr),
            })
            .collect(),
    }
}

/// Leaves out points nearer to the last one kept than can be seen; the ends stay.
fn thin(curve: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let round = |v: f64| (v * 1e5).round() / 1e5;
    for (at, &(x, y)) in curve.iter().enumerate() {
        let far = kept
            .last()
            .is_none_or(|last| (x - last.0).abs().max((y - last.1).abs()) * CURVE >= 1.0);
        if far || at + 1 == curve.len() {
            kept.push((round(x), round(y)));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;

    #[test]
    fn a_long_curve_is_thinned_and_keeps_its_ends() {
        let curve: Vec<_> = (0..=50_000).map(|i| f64::from(i) / 50_000.0).map(|x| (x, x)).collect();
        let thinned = thin(&curve);
        assert!(thinned.len() < 1300, "{}", thinned.len());
        assert_eq!((thinned[0], thinned[thinned.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
        assert_eq!(thin(&[]), []);
    }

    #[test]
    fn text_of_others_cannot_end_the_block() {
        let mut report = example::report();
        report.clusterings[0].points.address[1] = "</script><script>alert(1)</script>".into();
        report.grains[0].evaluations[0].split = "<!--<script>".into();
        let block = block(&report).unwrap();
        assert!(!block.contains('<'));
        let value: serde_json::Value = serde_json::from_str(&block).unwrap();
        assert_eq!(
            value["clusterings"][0]["points"]["address"]["levels"][1],
            "</script><script>alert(1)</script>"
        );
    }
}
