//! What the method gives, what the label does to it, and the doubts.

use super::super::escape;
use super::super::figures::{count, estimate, share};
use super::super::model::{
    Baseline, Doubt, Estimate, Evaluation, Grain, LabelRow, Report, Scores, Severity,
};
use super::markup::{Cell, Tone, callout, paragraph, plot, table};
use std::fmt::Write as _;

/// The section's content.
pub fn section(report: &Report) -> String {
    let mut out = paragraph(
        "Intervals (in brackets) are of 95 %, found by drawing the addresses anew. In the small drawings the dot is the value, \
         the line its interval, the upright stroke the baseline.",
    );
    for (at, grain) in report.grains.iter().enumerate() {
        out.push_str(&one(at, grain));
    }
    out + &labels(&report.labels) + &doubts(&report.doubts)
}

fn one(at: usize, grain: &Grain) -> String {
    let mut out = format!(
        "<h3>by {}: {}</h3>{}",
        escape::html(&grain.grain),
        escape::prose(&grain.question),
        paragraph(&format!("{}; features: {}", grain.model, grain.features.join(", ")))
    );
    out.push_str(&callout("drop", "what is left", &grain.drop.join(" · ")));
    out.push_str(&callout("note", "verdict", &grain.verdict));
    out.push_str(&metrics(grain));
    for evaluation in &grain.evaluations {
        for note in &evaluation.notes {
            out.push_str(&callout("caution", &format!("split by {}", evaluation.split), note));
        }
    }
    let matrices: String = grain.evaluations.iter().map(confusion).collect();
    let _ = write!(
        out,
        "<div class=\"matrices\">{matrices}</div><div class=\"plots\">{}{}</div>{}{}",
        plot("roc", at, "ROC curves of the splits; chance is the dotted diagonal"),
        plot("pr", at, "precision and recall of the splits; the base rate is dotted"),
        importances(grain),
        folds(grain)
    );
    out
}

/// A row a metric, a column a split: what falls from the left to the right is seen at once.
fn metrics(grain: &Grain) -> String {
    let Some(first) = grain.evaluations.first() else {
        return String::new();
    };
    let mut heads = vec!["metric".to_owned()];
    heads.extend(grain.evaluations.iter().map(name));
    heads.push("baseline".into());
    let heads: Vec<_> = heads.iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    for metric in &first.metrics {
        let baseline = grain.baseline.metric(&metric.name);
        let mut cells = vec![Cell::Text(metric.label.clone())];
        cells.extend(
            grain.evaluations.iter().map(|e| Cell::Score(e.metric(&metric.name), baseline)),
        );
        cells.push(Cell::Text(estimate(baseline)));
        rows.push((Tone::Plain, cells));
    }
    for metric in &first.address_metrics {
        let mut cells = vec![Cell::Text(format!("{}, of addresses", metric.label))];
        let score =
            |e: &Evaluation| Cell::Score(e.address_metric(&metric.name), Estimate::default());
        cells.extend(grain.evaluations.iter().map(score));
        cells.push(Cell::Text("–".into()));
        rows.push((Tone::Faint, cells));
    }
    for (what, of) in [
        ("rows (label 1)", (|e| (e.rows, e.positives)) as fn(&Evaluation) -> (u64, u64)),
        ("addresses (label 1)", |e| (e.addresses, e.positive_addresses)),
    ] {
        let mut cells = vec![Cell::Text(what.into())];
        cells.extend(
            grain
                .evaluations
                .iter()
                .map(of)
                .map(|(all, ones)| Cell::Text(format!("{} ({})", count(all), count(ones)))),
        );
        cells.push(Cell::Text("–".into()));
        rows.push((Tone::Faint, cells));
    }
    let Baseline { what, .. } = &grain.baseline;
    let what = if what.is_empty() { String::new() } else { format!("; baseline: {what}") };
    table(&format!("metrics by split, {}{what}", grain.grain), &heads, &rows)
}

fn name(evaluation: &Evaluation) -> String {
    let leaks = if evaluation.leaks { " (leaks)" } else { "" };
    format!("{}{leaks}", evaluation.split)
}

/// Two by two, each row shaded by its own share and written out.
fn confusion(evaluation: &Evaluation) -> String {
    let mut rows = String::new();
    for (label, counts) in evaluation.confusion.iter().enumerate() {
        let whole: u64 = counts.iter().sum();
        let _ = write!(rows, "<tr><th scope=\"row\">label {label}</th>");
        for (predicted, value) in counts.iter().enumerate() {
            let part = if whole == 0 { 0.0 } else { *value as f64 / whole as f64 };
            let class = if label == predicted { "right" } else { "wrong" };
            let _ = write!(
                rows,
                "<td class=\"{class}\" style=\"--p:{:.1}%\"><b>{}</b><br>{}</td>",
                part * 100.0,
                count(*value),
                if whole == 0 { "undefined".into() } else { share(part) }
            );
        }
        rows.push_str("</tr>");
    }
    format!(
        "<table class=\"confusion\"><caption>split by {}, from {} on</caption><thead><tr><td></td>\
         <th scope=\"col\">predicted 0</th><th scope=\"col\">predicted 1</th></tr></thead>\
         <tbody>{rows}</tbody></table>",
        escape::html(&name(evaluation)),
        evaluation.threshold
    )
}

fn importances(grain: &Grain) -> String {
    if grain.importances.is_empty() {
        return String::new();
    }
    let mut all: Vec<_> = grain.importances.iter().collect();
    all.sort_by(|a, b| b.value.total_cmp(&a.value));
    let longest = all.first().map_or(1.0, |first| first.value.max(f64::MIN_POSITIVE));
    let rows: Vec<_> = all
        .iter()
        .map(|importance| {
            let cells = vec![
                Cell::Code(importance.feature.clone()),
                Cell::Bar(share(importance.value), importance.value / longest, 0.0),
            ];
            (Tone::Plain, cells)
        })
        .collect();
    format!(
        "<div class=\"importances\">{}</div>",
        table(
            "importance of each input, of the model fitted on all rows",
            &["input", "importance"],
            &rows
        )
    )
}

fn folds(grain: &Grain) -> String {
    let mut rows = Vec::new();
    for evaluation in &grain.evaluations {
        for (at, fold) in evaluation.folds.iter().enumerate() {
            let cells = vec![
                Cell::Text(name(evaluation)),
                Cell::Number((at + 1).to_string()),
                Cell::Number(count(fold.train_rows)),
                Cell::Number(count(fold.train_positives)),
                Cell::Number(count(fold.test_rows)),
                Cell::Number(count(fold.test_positives)),
            ];
            rows.push((Tone::Plain, cells));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let heads = ["split", "fold", "fitted on", "label 1", "tested on", "label 1"];
    format!(
        "<details><summary>folds</summary>{}</details>",
        table("class counts of the folds", &heads, &rows)
    )
}

fn labels(labels: &[LabelRow]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    // The verdict stands early: it must be seen where the page is too narrow for the numbers.
    let heads = [
        "label",
        "grain",
        "verdict",
        "rows (label 1)",
        "addresses (1)",
        "base rate",
        "split",
        "average precision",
        "F1",
        "balanced accuracy",
    ];
    let mut rows = Vec::new();
    for row in labels {
        let chosen = if row.chosen { " (the recipe's)" } else { "" };
        let score = |scores: &Scores| {
            [
                Cell::Score(scores.average_precision, row.baseline.average_precision),
                Cell::Score(scores.f1, row.baseline.f1),
                Cell::Score(scores.balanced_accuracy, row.baseline.balanced_accuracy),
            ]
        };
        let mut cells = vec![
            Cell::Prose(format!("{}, {}{chosen}", row.label, row.service)),
            Cell::Text(row.grain.clone()),
            Cell::Prose(row.verdict.clone()),
            Cell::Text(format!("{} ({})", count(row.rows), count(row.positives))),
            Cell::Text(format!("{} ({})", count(row.addresses), count(row.positive_addresses))),
            Cell::Text(row.base_rate().map_or("undefined".into(), share)),
            Cell::Text("address".into()),
        ];
        cells.extend(score(&row.by_address));
        rows.push((if row.chosen { Tone::Marked } else { Tone::Plain }, cells));
        let mut cells: Vec<_> = (0..6).map(|_| Cell::Empty).collect();
        cells.push(Cell::Text("row (leaks)".into()));
        cells.extend(score(&row.by_row));
        rows.push((Tone::Faint, cells));
    }
    format!(
        "<h3>the label decides</h3><div class=\"labels\">{}</div>",
        table("the same question under each label definition", &heads, &rows)
    )
}

fn doubts(doubts: &[Doubt]) -> String {
    if doubts.is_empty() {
        return String::new();
    }
    let sign = |severity| match severity {
        Severity::Serious => "✖",
        Severity::Caution => "▲",
        Severity::Note => "○",
        Severity::Fine => "✓",
    };
    let mut sorted: Vec<_> = doubts.iter().collect();
    sorted.sort_by_key(|doubt| std::cmp::Reverse(doubt.severity));
    let rows: Vec<_> = sorted
        .iter()
        .map(|doubt| {
            let cells = vec![
                Cell::Text(format!("{} {}", sign(doubt.severity), doubt.severity.name())),
                Cell::Text(doubt.name.replace('_', " ")),
                Cell::Text(doubt.question.clone()),
                Cell::Text(doubt.finding.clone()),
            ];
            let found = doubt.severity >= Severity::Caution;
            (if found { Tone::Marked } else { Tone::Plain }, cells)
        })
        .collect();
    let heads = ["severity", "doubt", "question", "finding"];
    format!("<h3>doubts</h3>{}", table("ways in which the result may be wrong", &heads, &rows))
}
