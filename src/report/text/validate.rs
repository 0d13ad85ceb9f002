//! What the method gives, what the label does to it, and the doubts.

use super::super::escape;
use super::super::figures::{count, estimate, share};
use super::super::model::{Estimate, Evaluation, Grain, LabelRow, Report, Severity};
use super::page::{Page, Side};

/// The metrics shown with their intervals, and the head of their column.
const METRICS: [(&str, &str); 3] = [
    ("average_precision", "average precision"),
    ("f1", "F1"),
    ("balanced_accuracy", "balanced accuracy"),
];

/// Writes the section.
pub fn write(page: &mut Page, report: &Report) {
    if report.grains.is_empty() && report.labels.is_empty() && report.doubts.is_empty() {
        return;
    }
    page.section("validate", "what the method gives, with intervals of 95 %");
    let mut said = String::new();
    for (at, grain) in report.grains.iter().enumerate() {
        if at > 0 {
            page.gap();
        }
        one(page, grain, &mut said);
    }
    labels(page, &report.labels);
    doubts(page, report);
}

fn one(page: &mut Page, grain: &Grain, said: &mut String) {
    page.line(&format!(
        "{}: {} ({}, {})",
        grain.grain,
        grain.question,
        grain.model,
        features(&grain.features)
    ));
    let mut columns = vec![
        ("split by", Side::Left),
        ("rows (label 1)", Side::Right),
        ("addresses (1)", Side::Right),
    ];
    columns.extend(METRICS.map(|(_, head)| (head, Side::Left)));
    columns.push(("recall", Side::Left));
    columns.push(("ROC AUC", Side::Left));
    let mut rows: Vec<_> = grain.evaluations.iter().map(evaluation).collect();
    if !grain.baseline.metrics.is_empty() {
        let mut row = vec!["baseline".to_owned(), String::new(), String::new()];
        row.extend(METRICS.map(|(name, _)| estimate(grain.baseline.metric(name))));
        row.push(value(grain.baseline.metric("recall")));
        row.push(value(grain.baseline.metric("roc_auc")));
        rows.push(row);
    }
    page.gap();
    page.table(&columns, &rows);
    page.gap();
    let footnote = footnote(grain);
    if footnote != *said {
        page.line(&footnote);
        page.gap();
        *said = footnote;
    }
    for text in grain.drop.iter().chain([&grain.verdict]) {
        if !text.is_empty() {
            page.line(&format!("→ {text}"));
        }
    }
}

/// The names of a few; the number of many, which the page and the card list.
fn features(names: &[String]) -> String {
    if names.len() > 6 { format!("{} features", names.len()) } else { names.join(" ") }
}

fn evaluation(evaluation: &Evaluation) -> Vec<String> {
    let leaks = if evaluation.leaks { " (leaks)" } else { "" };
    let mut row = vec![
        format!("{}{leaks}", escape::clip(&evaluation.split, 16)),
        format!("{} ({})", count(evaluation.rows), count(evaluation.positives)),
        format!("{} ({})", count(evaluation.addresses), count(evaluation.positive_addresses)),
    ];
    row.extend(METRICS.map(|(name, _)| estimate(evaluation.metric(name))));
    row.push(value(evaluation.metric("recall")));
    row.push(value(evaluation.metric("roc_auc")));
    row
}

/// The value alone, where the page is too narrow for the interval.
fn value(with_interval: Estimate) -> String {
    estimate(Estimate { low: None, high: None, ..with_interval })
}

fn footnote(grain: &Grain) -> String {
    let mut parts = Vec::new();
    if let Some(folds) = grain.evaluations.iter().map(|e| e.folds.len()).max().filter(|n| *n > 0) {
        parts.push(format!("{folds} folds, fitted anew on each training side"));
    }
    if !grain.baseline.what.is_empty() {
        parts.push(format!("baseline: {}", grain.baseline.what));
    }
    if grain.evaluations.iter().any(|e| e.leaks) {
        parts.push("leaks: an address may be on both sides".into());
    }
    parts.join("; ")
}

fn labels(page: &mut Page, labels: &[LabelRow]) {
    if labels.is_empty() {
        return;
    }
    page.gap();
    page.line("the label decides: average precision of the same question under each definition (* the recipe's)");
    let columns = [
        ("label", Side::Left),
        ("grain", Side::Left),
        ("rows (1)", Side::Right),
        ("base", Side::Right),
        ("by row", Side::Left),
        ("by address", Side::Left),
        ("verdict", Side::Left),
    ];
    let rows: Vec<_> = labels.iter().map(label).collect();
    page.table(&columns, &rows);
}

fn label(row: &LabelRow) -> Vec<String> {
    let chosen = if row.chosen { " *" } else { "" };
    vec![
        format!("{} over {}{chosen}", escape::clip(&row.label, 26), row.service),
        row.grain.clone(),
        format!("{} ({})", count(row.rows), count(row.positives)),
        row.base_rate().map_or("undefined".into(), share),
        value(row.by_row.average_precision),
        estimate(row.by_address.average_precision),
        escape::visible(&row.verdict).into_owned(),
    ]
}

/// Those that were found in full; the others as a count.
fn doubts(page: &mut Page, report: &Report) {
    if report.doubts.is_empty() {
        return;
    }
    page.gap();
    let mut doubts: Vec<_> = report.doubts.iter().collect();
    doubts.sort_by_key(|doubt| std::cmp::Reverse(doubt.severity));
    let found = doubts.iter().filter(|d| d.severity >= Severity::Caution).count();
    page.line(&format!("doubts: {} tested, {found} found", count(doubts.len() as u64)));
    page.gap();
    for doubt in &doubts[..found] {
        page.field(
            doubt.severity.name(),
            &format!("{}: {}", doubt.name.replace('_', " "), doubt.finding),
        );
    }
    for severity in [Severity::Note, Severity::Fine] {
        let names: Vec<_> = doubts
            .iter()
            .filter(|d| d.severity == severity)
            .map(|d| d.name.replace('_', " "))
            .collect();
        page.field(severity.name(), &names.join(", "));
    }
}
