//! What validation found, as a report says it.

use botany_enrich::profiles;
use botany_learn::Pipeline;
use botany_validate as v;

use crate::recipe::Recipe;
use crate::report::model::{
    Baseline, Doubt, Estimate, Evaluation, Fold, Grain, Importance, LabelRow, Metric, Scores,
    Severity,
};

/// The section of one grain.
pub fn grain(recipe: &Recipe, card: &v::Scorecard, pipeline: &Pipeline, doubts: &[Doubt]) -> Grain {
    let classifier = &recipe.learn.classifier;
    let mut statements = card.comparison.statements.clone();
    statements.extend(card.notes.iter().cloned());
    Grain {
        grain: recipe.enrich.grain.name().to_owned(),
        recipe: recipe.name.clone(),
        question: question(recipe.enrich.grain),
        model: classifier.algorithm.clone(),
        features: classifier.features.clone(),
        evaluations: card.evaluations.iter().map(evaluation).collect(),
        baseline: baseline(card),
        drop: statements,
        verdict: verdict(card) + &weighed(doubts),
        importances: importances(pipeline),
    }
}

/// One evaluation.
pub fn evaluation(from: &v::Evaluation) -> Evaluation {
    Evaluation {
        split: from.split.clone(),
        leaks: from.leaks,
        rows: from.rows as u64,
        positives: from.positives as u64,
        addresses: from.addresses as u64,
        positive_addresses: from.positive_addresses as u64,
        folds: from.per_fold.iter().map(fold).collect(),
        threshold: from.threshold,
        metrics: from.metrics.iter().map(metric).collect(),
        address_metrics: from.per_address.metrics.iter().map(metric).collect(),
        confusion: from.confusion,
        roc: from.roc.clone(),
        pr: from.pr.clone(),
        notes: from.notes.clone(),
    }
}

/// One label definition's row of the table that sets them side by side.
pub fn label_row(
    name: &str,
    service: &str,
    grain: &str,
    chosen: bool,
    card: &v::Scorecard,
) -> LabelRow {
    let by = |split: v::Split| card.evaluations.iter().find(|e| e.split == split.name());
    let all = by(v::Split::Address).or(by(v::Split::Row));
    LabelRow {
        label: name.to_owned(),
        service: service.to_owned(),
        grain: grain.to_owned(),
        chosen,
        rows: all.map_or(0, |e| e.rows as u64),
        positives: all.map_or(0, |e| e.positives as u64),
        addresses: all.map_or(0, |e| e.addresses as u64),
        positive_addresses: all.map_or(0, |e| e.positive_addresses as u64),
        by_row: scores(metrics(by(v::Split::Row))),
        by_address: scores(metrics(by(v::Split::Address))),
        baseline: scores(&found(card)),
        verdict: if is_better(card) { "better" } else { "no better" }.to_owned() + " than baseline",
    }
}

/// A label definition that could not be judged, with the reason in place of the verdict.
pub fn label_row_without(
    name: &str,
    service: &str,
    grain: &str,
    chosen: bool,
    why: String,
) -> LabelRow {
    LabelRow {
        label: name.to_owned(),
        service: service.to_owned(),
        grain: grain.to_owned(),
        chosen,
        verdict: why,
        ..LabelRow::default()
    }
}

/// A doubt and what testing it found.
pub fn doubt(grain: &str, from: &v::Finding) -> Doubt {
    Doubt {
        name: format!("{} ({grain})", from.name),
        question: from.question.clone(),
        finding: from.finding.clone(),
        severity: match from.severity {
            v::Severity::Ok => Severity::Fine,
            v::Severity::Note => Severity::Note,
            v::Severity::Warning => Severity::Caution,
        },
    }
}

fn question(grain: profiles::Grain) -> String {
    match grain {
        profiles::Grain::Flow => "can one flow tell that its source is on the list?",
        profiles::Grain::Address => "can what an address did in a day tell that it is on the list?",
        profiles::Grain::Block => {
            "can what a block did in a day tell that one of its addresses is on the list?"
        }
    }
    .to_owned()
}

/// The first evaluation that does not leak.
fn honest(evaluations: &[v::Evaluation]) -> Option<&v::Evaluation> {
    evaluations.iter().find(|e| !e.leaks).or(evaluations.first())
}

fn verdict(card: &v::Scorecard) -> String {
    let better = if is_better(card) { "better" } else { "no better" };
    let phrase = honest(&card.evaluations).map_or("", |e| e.phrase.as_str());
    format!("{better} than the baseline in F1 or average precision {phrase}")
}

/// What the doubts leave of a verdict, behind it: how many there are of each severity, the gravest first, and how many
/// were not tested.
fn weighed(doubts: &[Doubt]) -> String {
    let (untested, tested): (Vec<_>, Vec<_>) =
        doubts.iter().partition(|doubt| doubt.finding.starts_with("not tested"));
    let of = |severity: Severity| -> Vec<String> {
        let own = tested.iter().filter(|doubt| doubt.severity == severity);
        // The grain stands behind the name.
        own.filter_map(|doubt| Some(doubt.name.split(" (").next()?.replace('_', " "))).collect()
    };
    let one =
        |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
    let left = match untested.len() {
        0 => String::new(),
        count => format!("; {count} {} not tested", one(count, "was", "were")),
    };
    let grave = [Severity::Serious, Severity::Caution].map(|severity| (severity, of(severity)));
    let holding: usize = grave.iter().map(|(_, names)| names.len()).sum();
    let told = |(severity, names): &(Severity, Vec<String>)| {
        let (count, severity) = (names.len(), severity.name());
        let doubts = one(count, "doubt", "doubts");
        (count > 0)
            .then(|| format!("{count} {doubts} of severity {severity} ({})", names.join(", ")))
    };
    let grave: Vec<String> = grave.iter().filter_map(told).collect();
    let notes = of(Severity::Note).len();
    let noted = match notes {
        0 => String::new(),
        count => format!(", though {count} {} worth a note", one(count, "is", "are")),
    };
    match (tested.len(), holding) {
        (0, _) if untested.is_empty() => String::new(),
        (0, _) => ", and no doubt was tested".to_owned(),
        (1, 0) => format!(", and the one doubt tested does not hold{noted}{left}"),
        (all, 0) => format!(", and none of the {all} doubts tested holds{noted}{left}"),
        (all, _) => {
            let (grave, hold) = (grave.join(" and "), one(holding, "holds", "hold"));
            format!(", but {grave} of {all} tested {hold} against it{left}")
        }
    }
}

/// Whether the model clears the baseline by the first split that does not leak.
fn is_better(card: &v::Scorecard) -> bool {
    let splits = &card.comparison.splits;
    let honest = splits.iter().find(|s| !s.leaks).or(splits.first());
    honest.is_some_and(|split| !split.no_better_than_baseline)
}

/// What the verdict's numbers are set beside: those of the first split that does not leak.
fn found(card: &v::Scorecard) -> Vec<v::MetricValue> {
    honest(&card.evaluations).map_or_else(Vec::new, |evaluation| {
        let dummy = card.baselines.iter().find(|dummy| dummy.split == evaluation.split);
        v::baselines(evaluation, dummy)
    })
}

fn baseline(card: &v::Scorecard) -> Baseline {
    let phrase = honest(&card.evaluations).map_or("", |e| e.split.as_str());
    Baseline {
        what: format!(
            "for each measure the best of the answers that look at no feature (F1 and recall: every row called 1), \
             on the rows of the split by {phrase}"
        ),
        metrics: found(card).iter().map(metric).collect(),
    }
}

fn metrics(evaluation: Option<&v::Evaluation>) -> &[v::MetricValue] {
    evaluation.map_or(&[], |e| &e.metrics)
}

fn metric(from: &v::MetricValue) -> Metric {
    Metric {
        name: from.name.clone(),
        label: from.label.clone(),
        estimate: Estimate { value: from.value, low: from.low, high: from.high },
    }
}

fn fold(from: &v::FoldCounts) -> Fold {
    Fold {
        train_rows: from.train.rows as u64,
        train_positives: from.train.positives as u64,
        test_rows: from.test.rows as u64,
        test_positives: from.test.positives as u64,
    }
}

fn scores(metrics: &[v::MetricValue]) -> Scores {
    let of = |name: &str| {
        let found = metrics.iter().find(|m| m.name == name);
        found.map(|m| metric(m).estimate).unwrap_or_default()
    };
    Scores {
        average_precision: of("average_precision"),
        f1: of("f1"),
        balanced_accuracy: of("balanced_accuracy"),
    }
}

fn importances(pipeline: &Pipeline) -> Vec<Importance> {
    let mut importances: Vec<Importance> = pipeline
        .importances()
        .unwrap_or_default()
        .into_iter()
        .map(|(feature, value)| Importance { feature, value })
        .collect();
    importances.sort_by(|a, b| b.value.total_cmp(&a.value));
    importances
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubts_stand_beside_the_verdict_by_severity() {
        let doubt = |name: &str, severity| Doubt {
            name: format!("{name} (flow)"),
            severity,
            ..Doubt::default()
        };
        let fine = doubt("prevalence", Severity::Fine);
        assert_eq!(weighed(&[]), "");
        let alone = std::slice::from_ref(&fine);
        assert_eq!(weighed(alone), ", and the one doubt tested does not hold");
        let untested =
            || Doubt { finding: "not tested: too few".to_owned(), ..doubt("y", Severity::Note) };
        assert_eq!(weighed(&[untested()]), ", and no doubt was tested");
        assert_eq!(
            weighed(&[fine.clone(), fine.clone(), doubt("x", Severity::Note), untested()]),
            ", and none of the 3 doubts tested holds, though 1 is worth a note; 1 was not tested"
        );
        let caution = doubt("duplicate_rows", Severity::Caution);
        let serious = doubt("single_feature", Severity::Serious);
        assert_eq!(
            weighed(&[caution.clone(), fine.clone()]),
            ", but 1 doubt of severity caution (duplicate rows) of 2 tested holds against it"
        );
        assert_eq!(
            weighed(&[caution, fine, serious, doubt("x", Severity::Note), untested()]),
            ", but 1 doubt of severity serious (single feature) and 1 doubt of severity caution \
             (duplicate rows) of 4 tested hold against it; 1 was not tested"
        );
    }
}
