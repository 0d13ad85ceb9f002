//! Two experiments side by side, and an experiment's way into the registry.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::validate::{folder, report};
use crate::report::model::{Estimate, Report};
use crate::run;
use crate::run::differences::{Difference, between};
use crate::serve::answer::Fault;
use crate::serve::extract::{Body, Path, Query};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(against)).routes(routes!(promote))
}

/// With which other.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Other {
    /// The other experiment's name.
    with: String,
}

/// Two experiments side by side.
#[derive(Serialize, ToSchema)]
struct Against {
    /// The names of both.
    experiments: [String; 2],
    /// The titles of both.
    titles: [String; 2],
    /// In what the recipes differ.
    recipe: Vec<Difference>,
    /// The features of the classifiers.
    features: Vec<Feature>,
    /// The metrics of both, with their intervals.
    metrics: Vec<Metric>,
    /// What overlapping intervals mean.
    overlap: &'static str,
}

/// A feature, and which of both looks at it.
#[derive(Serialize, ToSchema)]
struct Feature {
    name: String,
    first: bool,
    second: bool,
}

/// A metric of both.
#[derive(Serialize, ToSchema)]
struct Metric {
    grain: String,
    split: String,
    leaks: bool,
    metric: String,
    /// Its name for a reader.
    label: String,
    first: Option<f64>,
    first_low: Option<f64>,
    first_high: Option<f64>,
    second: Option<f64>,
    second_low: Option<f64>,
    second_high: Option<f64>,
    /// Whether the intervals share a value, which alone settles nothing. Absent without intervals.
    overlap: Option<bool>,
}

/// Grain, split, name, and the name for a reader.
type Place = (String, String, String, String);

fn metrics(report: &Report) -> Vec<(Place, bool, Estimate)> {
    let mut all = Vec::new();
    for grain in &report.grains {
        for e in &grain.evaluations {
            for metric in &e.metrics {
                let place = (
                    grain.grain.clone(),
                    e.split.clone(),
                    metric.name.clone(),
                    metric.label.clone(),
                );
                all.push((place, e.leaks, metric.estimate));
            }
        }
    }
    all
}

fn side_by_side(first: &Report, second: &Report) -> Vec<Metric> {
    let first = metrics(first);
    let mut others: BTreeMap<Place, (bool, Estimate)> =
        metrics(second).into_iter().map(|(place, leaks, value)| (place, (leaks, value))).collect();
    let told = |(grain, split, metric, label): Place, leaks, a: Estimate, b: Estimate| Metric {
        grain,
        split,
        leaks,
        metric,
        label,
        overlap: match (a.low, a.high, b.low, b.high) {
            (Some(al), Some(ah), Some(bl), Some(bh)) => Some(al <= bh && bl <= ah),
            _ => None,
        },
        first: a.value,
        first_low: a.low,
        first_high: a.high,
        second: b.value,
        second_low: b.low,
        second_high: b.high,
    };
    let mut all = Vec::new();
    for (place, leaks, value) in first {
        let other = others.remove(&place).map_or_else(Estimate::default, |(_, value)| value);
        all.push(told(place, leaks, value, other));
    }
    let left = others.into_iter();
    all.extend(left.map(|(place, (leaks, value))| told(place, leaks, Estimate::default(), value)));
    all
}

fn features(first: &Report, second: &Report) -> Vec<Feature> {
    let of = |report: &Report| -> Vec<String> {
        report.grains.iter().flat_map(|grain| grain.features.clone()).collect()
    };
    let (first, second) = (of(first), of(second));
    let mut names: Vec<&String> = first.iter().chain(&second).collect();
    names.sort();
    names.dedup();
    let one = |name: &String| Feature {
        name: name.clone(),
        first: first.contains(name),
        second: second.contains(name),
    };
    names.into_iter().map(one).collect()
}

/// Two experiments side by side: in what their recipes and features differ, and their metrics
#[utoipa::path(get, path = "/experiments/{id}/against", tag = "validate",
    params(("id" = String, Path, description = "the first experiment's name"), Other),
    responses((status = 200, body = Against), (status = 404, body = Fault)))]
async fn against(
    State(server): State<Server>,
    Path(id): Path<String>,
    Query(other): Query<Other>,
) -> Result<Json<Against>, Fault> {
    let folders = [folder(&server, &id)?, folder(&server, &other.with)?];
    let read = server.with(move |_| {
        let [first, second] = &folders;
        let recipe = |folder: &std::path::Path| -> anyhow::Result<Value> {
            Ok(toml::from_str(&std::fs::read_to_string(folder.join("recipe.toml"))?)?)
        };
        let (a, b) = (report(first)?, report(second)?);
        Ok(Against {
            experiments: [id, other.with],
            recipe: between(&recipe(first)?, &recipe(second)?),
            features: features(&a, &b),
            metrics: side_by_side(&a, &b),
            titles: [a.header.title, b.header.title],
            overlap: botany_catalog::words::OVERLAP,
        })
    });
    read.await.map(Json)
}

/// The name a model gets.
#[derive(Deserialize, ToSchema)]
struct Named {
    /// Small letters, digits and hyphens; absent: what `/learn/saving` suggests.
    model: Option<String>,
    /// The probability from which the model calls a row 1; absent: the recipe's, or 0.5.
    threshold: Option<f64>,
}

/// Puts the model of an experiment into the registry, with the evaluations that were made of it
#[utoipa::path(post, path = "/experiments/{id}/promote", tag = "validate", request_body = Named,
    params(("id" = String, Path, description = "the experiment's name")),
    responses((status = 200, body = Object), (status = 404, body = Fault), (status = 422, body = Fault)))]
async fn promote(
    State(server): State<Server>,
    Path(id): Path<String>,
    Body(named): Body<Named>,
) -> Result<Json<Value>, Fault> {
    folder(&server, &id)?;
    let stored = server.with(move |workspace| {
        run::promote(&workspace.data, &id, named.model.as_deref(), named.threshold)
    });
    let saved = stored.await?;
    let card = saved.model.as_ref().map(|stored| &stored.card);
    Ok(Json(json!({
        "name": card.map(|card| &card.name),
        "version": card.map(|card| card.version),
        "said": saved.words(),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model;

    fn report(split: &str, value: Estimate) -> Report {
        let metric = model::Metric { name: "f1".into(), label: "F1".into(), estimate: value };
        let evaluation = model::Evaluation {
            split: split.into(),
            metrics: vec![metric],
            ..model::Evaluation::default()
        };
        let grain = model::Grain {
            grain: "flow".into(),
            features: vec![split.to_owned(), "both".into()],
            evaluations: vec![evaluation],
            ..model::Grain::default()
        };
        Report { grains: vec![grain], ..Report::default() }
    }

    #[test]
    fn metrics_of_both_stand_beside_each_other_or_alone() {
        let (a, b) = (Estimate::between(0.5, 0.4, 0.6), Estimate::between(0.8, 0.55, 0.9));
        let same = side_by_side(&report("address", a), &report("address", b));
        assert_eq!((same.len(), same[0].overlap), (1, Some(true)));
        assert_eq!((same[0].first, same[0].second_high), (Some(0.5), Some(0.9)));
        let other = side_by_side(&report("address", a), &report("time", b));
        assert_eq!(other.len(), 2);
        assert_eq!((other[0].second, other[1].first, other[1].overlap), (None, None, None));
        let features = features(&report("address", a), &report("time", b));
        let told: Vec<(&str, bool, bool)> =
            features.iter().map(|f| (f.name.as_str(), f.first, f.second)).collect();
        assert_eq!(told, [("address", true, false), ("both", true, true), ("time", false, true)]);
    }
}
