//! The honest score: random rows beside the other splits, and beside a baseline.

use serde::{Deserialize, Serialize};

use crate::evaluation::{Evaluation, MetricValue};
use crate::metrics::{Metric, find};

/// Metrics that are set side by side.
const SHOWN: [&str; 6] =
    ["f1", "average_precision", "roc_auc", "balanced_accuracy", "precision", "recall"];

/// Metrics on which a model must clear the baseline: one of its calls, one of its ranking.
const JUDGED: [&str; 2] = ["f1", "average_precision"];

/// A difference under this is no drop to speak of.
const SMALL: f64 = 0.02;

/// One metric of one split beside its baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The metric with its interval.
    pub metric: MetricValue,
    /// What an answer that looks at no feature gets on the same rows: the better of the `dummy`
    /// algorithm and of one probability for every row. `None` where that has no value.
    pub baseline: Option<f64>,
    /// Whether the lower end of the interval is above the baseline (without an interval: the value).
    pub clears: Option<bool>,
}

/// One split in the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedSplit {
    /// Name of the split.
    pub split: String,
    /// How a sentence puts it.
    pub phrase: String,
    /// Whether it leaks.
    pub leaks: bool,
    /// Rows tested.
    pub rows: usize,
    /// Rows of label 1.
    pub positives: usize,
    /// Addresses tested.
    pub addresses: usize,
    /// Addresses with a row of label 1.
    pub positive_addresses: usize,
    /// Counting rows.
    pub by_row: Vec<Compared>,
    /// Counting addresses.
    pub by_address: Vec<Compared>,
    /// What the split says, in a sentence.
    pub statement: String,
    /// Whether the model clears the baseline on no judged metric.
    pub no_better_than_baseline: bool,
}

/// Evaluations of one pipeline by several splits, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// One entry an evaluation, in the order given.
    pub splits: Vec<ComparedSplit>,
    /// The sentences to print, the most important first.
    pub statements: Vec<String>,
}

/// Sets evaluations side by side. `baselines` are evaluations of the `dummy` algorithm on the same
/// rows; one that is missing for a split is made up for by the best constant answer.
pub fn compare(evaluations: &[Evaluation], baselines: &[Evaluation]) -> Comparison {
    let leaking = evaluations.iter().find(|evaluation| evaluation.leaks);
    let splits: Vec<ComparedSplit> = evaluations
        .iter()
        .map(|evaluation| {
            let dummy = baselines.iter().find(|dummy| dummy.split == evaluation.split);
            compared_split(evaluation, dummy, leaking)
        })
        .collect();
    let mut statements: Vec<String> = Vec::new();
    let (leaks, honest): (Vec<_>, Vec<_>) = splits.iter().partition(|split| split.leaks);
    statements.extend(honest.iter().map(|split| split.statement.clone()));
    if honest.is_empty() {
        statements.extend(leaks.iter().map(|split| split.statement.clone()));
    }
    statements.extend(splits.iter().filter(|s| s.no_better_than_baseline).map(no_better));
    Comparison { splits, statements }
}

fn compared_split(
    evaluation: &Evaluation,
    dummy: Option<&Evaluation>,
    leaking: Option<&Evaluation>,
) -> ComparedSplit {
    let share = |positives: usize, all: usize| positives as f64 / all.max(1) as f64;
    let compared = |metrics: &[MetricValue], dummies: Option<&[MetricValue]>, prevalence: f64| {
        SHOWN
            .iter()
            .filter_map(|name| {
                let value = metrics.iter().find(|metric| metric.name == *name)?;
                let dummy = dummies
                    .and_then(|dummies| dummies.iter().find(|metric| metric.name == *name))
                    .and_then(|metric| metric.value);
                Some(beside(find(name)?, value, dummy, prevalence))
            })
            .collect::<Vec<_>>()
    };
    let by_row =
        compared(&evaluation.metrics, dummy.map(|d| d.metrics.as_slice()), evaluation.prevalence());
    let by_address = compared(
        &evaluation.per_address.metrics,
        dummy.map(|d| d.per_address.metrics.as_slice()),
        share(evaluation.per_address.positives, evaluation.per_address.addresses),
    );
    let judged: Vec<&Compared> =
        by_row.iter().filter(|c| JUDGED.contains(&c.metric.name.as_str())).collect();
    ComparedSplit {
        split: evaluation.split.clone(),
        phrase: evaluation.phrase.clone(),
        leaks: evaluation.leaks,
        rows: evaluation.rows,
        positives: evaluation.positives,
        addresses: evaluation.addresses,
        positive_addresses: evaluation.positive_addresses,
        statement: statement(evaluation, leaking),
        no_better_than_baseline: judged.iter().all(|compared| compared.clears != Some(true)),
        by_row,
        by_address,
    }
}

fn better(metric: &dyn Metric) -> impl Fn(f64, f64) -> f64 {
    let more = metric.more_is_better();
    move |a, b| if more { a.max(b) } else { a.min(b) }
}

/// What an answer that looks at no feature gets of a metric: the better of what the `dummy` algorithm
/// got and of one probability for every row. The two differ: the `dummy` calls no row 1 where label 1 is
/// rare, and what it says differs a little from fold to fold, which alone may rank rows worse than chance.
fn baseline(metric: &dyn Metric, dummy: Option<f64>, prevalence: f64) -> Option<f64> {
    [dummy, metric.constant(prevalence)].into_iter().flatten().reduce(better(metric))
}

/// The baseline of each metric of an evaluation, without intervals: what its numbers are set beside
/// wherever they are shown. `dummy` is the `dummy` algorithm's evaluation by the same split.
pub fn baselines(evaluation: &Evaluation, dummy: Option<&Evaluation>) -> Vec<MetricValue> {
    let one = |value: &MetricValue| {
        let own = dummy.and_then(|dummy| dummy.metric(&value.name)?.value);
        let found =
            find(&value.name).and_then(|metric| baseline(metric, own, evaluation.prevalence()));
        MetricValue { value: found, low: None, high: None, skipped: 0, ..value.clone() }
    };
    evaluation.metrics.iter().map(one).collect()
}

fn beside(
    metric: &dyn Metric,
    value: &MetricValue,
    dummy: Option<f64>,
    prevalence: f64,
) -> Compared {
    let better = better(metric);
    let baseline = baseline(metric, dummy, prevalence);
    let worst = if metric.more_is_better() { value.low } else { value.high };
    // Where draws were made and gave no interval, the data are too few to clear anything.
    let point = value.value.filter(|_| value.skipped == 0);
    let clears = match (worst.or(point), baseline) {
        (Some(worst), Some(baseline)) => {
            Some(worst != baseline && better(worst, baseline) == worst)
        }
        // Undefined clears nothing.
        (None, Some(_)) => Some(false),
        (_, None) => None,
    };
    Compared { metric: value.clone(), baseline, clears }
}

/// `F1 0.91 by random rows, 0.43 on addresses never seen: a drop of 0.48; …`
fn statement(evaluation: &Evaluation, leaking: Option<&Evaluation>) -> String {
    let value = |evaluation: &Evaluation| evaluation.metric("f1").and_then(|f1| f1.value);
    let own = shown(evaluation.metric("f1"));
    let phrase = &evaluation.phrase;
    let Some(leaking) = leaking.filter(|_| !evaluation.leaks) else {
        let warning = if evaluation.leaks {
            "; the same addresses are on both sides, so this says little about new ones"
        } else {
            ""
        };
        return format!("F1 {own} {phrase}{warning}");
    };
    let (Some(before), Some(after)) = (value(leaking), value(evaluation)) else {
        let before = shown(leaking.metric("f1"));
        return format!("F1 {before} {}, {own} {phrase}: no drop can be stated", leaking.phrase);
    };
    // The drop is that of the numbers as they are printed.
    let rounded = |value: f64| (value * 100.0).round() / 100.0;
    let drop = rounded(before) - rounded(after);
    let mut end = if drop >= SMALL {
        format!("a drop of {drop:.2}; {}", reason(evaluation, leaking))
    } else if drop > -SMALL {
        "no drop to speak of".to_owned()
    } else {
        "no drop".to_owned()
    };
    // F1 depends on the share of positives, which a split that tests other rows may change.
    let (share, other) = (evaluation.prevalence(), leaking.prevalence());
    if (share - other).abs() > 0.25 * other {
        end.push_str(&format!(
            " (not the same rows: {:.0} % of these are of label 1, {:.0} % of the random ones)",
            100.0 * share,
            100.0 * other
        ));
    }
    format!("F1 {before:.2} {}, {own} {phrase}: {end}", leaking.phrase)
}

/// Why the number by random rows is higher.
fn reason(evaluation: &Evaluation, leaking: &Evaluation) -> String {
    if ["time", "unseen"].contains(&evaluation.split.as_str()) {
        return "by random rows the same hours are learnt from and tested on".to_owned();
    }
    let shared: usize = leaking.per_fold.iter().map(|fold| fold.shared_addresses).sum();
    let tested: usize = leaking.per_fold.iter().map(|fold| fold.test.addresses).sum();
    let both_sides = "by random rows the same addresses are learnt from and tested on";
    if tested == 0 {
        return both_sides.to_owned();
    }
    format!(
        "{both_sides} (fold by fold, {:.0} % of those tested)",
        100.0 * shared as f64 / tested as f64
    )
}

fn no_better(split: &ComparedSplit) -> String {
    let numbers: Vec<String> = split
        .by_row
        .iter()
        .filter(|compared| JUDGED.contains(&compared.metric.name.as_str()))
        .map(|compared| {
            let baseline = compared.baseline.map_or("undefined".to_owned(), |b| format!("{b:.2}"));
            format!(
                "{} {} against {baseline}",
                compared.metric.label,
                shown(Some(&compared.metric))
            )
        })
        .collect();
    format!(
        "{} the model is no better than the baseline, an answer that looks at no feature: {}",
        split.phrase,
        numbers.join(", ")
    )
}

/// `0.43 (0.30 to 0.55)`, or that there is no value.
fn shown(metric: Option<&MetricValue>) -> String {
    match metric.map(|metric| (metric.value, metric.low, metric.high)) {
        Some((Some(value), Some(low), Some(high))) => {
            format!("{value:.2} ({low:.2} to {high:.2})")
        }
        Some((Some(value), _, _)) => format!("{value:.2}"),
        _ => "undefined".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::summary;
    use crate::evaluation::EvaluateOptions;
    use crate::keys::Keys;
    use crate::splits::Split;

    /// 100 rows of 50 addresses, 40 positive, of which `right` rows of each hundred are called right.
    fn evaluation(split: Split, right: usize) -> Evaluation {
        let y: Vec<u8> = (0..100).map(|row| u8::from(row % 5 < 2)).collect();
        let call = |row: usize| if (row * 37) % 100 < right { y[row] } else { 1 - y[row] };
        let p = (0..100).map(|row| 0.2 + 0.6 * f64::from(call(row))).collect();
        let addresses = (0..100).map(|row| format!("192.0.2.{}", row % 50));
        let keys = Keys::new(addresses, vec![0; 100], 24, 64).unwrap();
        let options = EvaluateOptions { draws: 200, ..EvaluateOptions::default() };
        let mut evaluation = summary(&y, &keys, p, &options).unwrap();
        evaluation.split = split.name().to_owned();
        evaluation.phrase = split.phrase().to_owned();
        evaluation.leaks = split.leaks();
        evaluation
    }

    #[test]
    fn a_drop_is_named_with_its_size_and_reason() {
        let card = compare(&[evaluation(Split::Row, 95), evaluation(Split::Address, 70)], &[]);
        let said = &card.statements[0];
        assert!(said.starts_with("F1 0.94 by random rows, 0.65 ("), "{said}");
        assert!(
            said.contains(") on addresses never seen: a drop of 0.29; by random rows"),
            "{said}"
        );
        assert_eq!(card.statements.len(), 1);
        assert!(card.splits[0].statement.contains("the same addresses are on both sides"));
    }

    #[test]
    fn an_equal_number_is_no_drop() {
        let of = |other| {
            compare(&[evaluation(Split::Row, 80), evaluation(Split::Time, other)], &[]).statements
        };
        assert!(of(80)[0].ends_with(": no drop to speak of"), "{:?}", of(80));
        assert!(of(90)[0].ends_with(": no drop"), "{:?}", of(90));
        assert!(of(60)[0].ends_with("by random rows the same hours are learnt from and tested on"));
    }

    #[test]
    fn a_guess_is_no_better_than_the_baseline_and_a_model_is() {
        let card = compare(&[evaluation(Split::Address, 55)], &[]);
        assert!(card.splits[0].no_better_than_baseline);
        let said = card.statements.last().unwrap();
        assert!(said.contains("no better than the baseline"), "{said}");
        // Calling all rows 1 gets F1 0.8 / 1.4.
        assert!(said.contains("against 0.57, Average precision"), "{said}");
        assert!(!compare(&[evaluation(Split::Address, 95)], &[]).splits[0].no_better_than_baseline);
        // A dummy that happens to do better than any constant raises the bar.
        let dummy = evaluation(Split::Address, 97);
        let card = compare(&[evaluation(Split::Address, 95)], std::slice::from_ref(&dummy));
        assert!(card.splits[0].no_better_than_baseline);
        // Whoever shows a baseline shows the one that is judged by.
        for dummy in [None, Some(&dummy)] {
            let own = evaluation(Split::Address, 95);
            let card = compare(std::slice::from_ref(&own), dummy.map_or(&[], std::slice::from_ref));
            let shown = baselines(&own, dummy);
            for compared in &card.splits[0].by_row {
                let one = shown.iter().find(|one| one.name == compared.metric.name).unwrap();
                assert_eq!((one.value, one.low), (compared.baseline, None), "{}", one.name);
            }
        }
    }
}
