//! The page keeps the rules of the format, whatever the labels say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// A sample: name, labels, value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Reads a page by the rules of exposition format 0.0.4, and refuses what breaks one.
fn read(page: &str) -> Result<Vec<Sample>, String> {
    let body = page.strip_suffix('\n').ok_or("the last line does not end")?;
    let (mut helped, mut typed) = (BTreeSet::new(), BTreeMap::new());
    let (mut samples, mut seen, mut ended) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut current = String::new();
    for line in body.split('\n') {
        let wrong = |why: &str| format!("{why}: {line:?}");
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or(wrong("no help"))?;
            if !helped.insert(name.to_owned()) || help.is_empty() || help.contains('\\') {
                return Err(wrong("help twice, empty or escaped"));
            }
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or(wrong("no type"))?;
            let total = name.ends_with("_total");
            if !matches!((kind, total), ("counter", true) | ("gauge", false))
                || !helped.contains(name)
            {
                return Err(wrong("a type that is none, is named wrong or has no help"));
            }
            if typed.insert(name.to_owned(), kind.to_owned()).is_some() {
                return Err(wrong("type twice"));
            }
            ended.insert(std::mem::replace(&mut current, name.to_owned()));
        } else {
            let (name, labels, value) = sample(line).ok_or(wrong("no sample"))?;
            if name != current || ended.contains(&name) || !typed.contains_key(&name) {
                return Err(wrong("a sample outside its group"));
            }
            if !seen.insert((name.clone(), labels.clone())) {
                return Err(wrong("a sample twice"));
            }
            samples.push((name, labels, value));
        }
    }
    Ok(samples)
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        let mut inside = inside;
        loop {
            let (label, value) = inside.split_once("=\"")?;
            let (text, after) = quoted(value)?;
            if !is_name(label, "_") || labels.insert(label.to_owned(), text).is_some() {
                return None;
            }
            match after.strip_prefix(',') {
                Some(more) => inside = more,
                None => {
                    rest = after.strip_prefix('}')?;
                    break;
                }
            }
        }
    }
    let value = match rest.strip_prefix(' ')? {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        digits if digits.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
            digits.parse().ok()?
        }
        _ => return None,
    };
    is_name(name, "_:").then(|| (name.to_owned(), labels, value))
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    loop {
        match chars.next()? {
            (at, '"') => return Some((value, &text[at + 1..])),
            (_, '\\') => value.push(match chars.next()?.1 {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            (_, c) => value.push(c),
        }
    }
}

fn is_name(name: &str, also: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
    name.chars().all(fits) && name.chars().next().is_some_and(|c| !c.is_ascii_digit())
}

fn value(page: &str, name: &str, label: Option<(&str, &str)>) -> f64 {
    let label = label.map(|(n, v)| (n.to_owned(), v.to_owned()));
    let found = read(page).unwrap().into_iter().find(|(n, labels, _)| {
        n == name && label.as_ref().is_none_or(|(n, v)| labels.get(n) == Some(v))
    });
    found.unwrap_or_else(|| panic!("{name} in {page}")).2
}

#[test]
fn the_reader_refuses_what_breaks_a_rule() {
    let head = "# HELP a_total x\n# TYPE a_total counter\n";
    assert!(read(&format!("{head}a_total 1\n")).is_ok());
    for wrong in [
        "a_total 1",
        "b_total 1\n",
        "a_total 1\na_total 1\n",
        "a_total{x=\"\\q\"} 1\n",
        "a_total{x=\"} 1\n",
        "a_total{x=\"1\",x=\"2\"} 1\n",
        "a_total  1\n",
        "a_total inf\n",
        "a_total 1\n\n",
    ] {
        assert!(read(&format!("{head}{wrong}")).is_err(), "{wrong}");
    }
    assert!(read("# TYPE a gauge\na 1\n").is_err());
    assert!(read("# HELP a x\n# TYPE a counter\na 1\n").is_err());
}

#[test]
fn a_fresh_page_has_every_metric_without_labels_at_nought() {
    let page = Metrics::default().render();
    let samples = read(&page).unwrap();
    assert_eq!(page.matches("# TYPE ").count(), 21);
    assert_eq!(samples.len(), 14);
    assert!(samples.iter().all(|(_, labels, value)| labels.is_empty() && *value == 0.0));
}

#[test]
fn what_was_counted_is_said() {
    let metrics = Metrics::default();
    metrics.events.of("flow").add(7);
    metrics.events.of("flow").one();
    metrics.events.of("alert").one();
    metrics.throttled.reach(5);
    metrics.throttled.reach(3);
    metrics.lag_seconds.set(0.25);
    metrics.lag_bytes.set(f64::INFINITY);
    metrics.drift.of("packets_in").set(f64::NAN);
    metrics.set_model(ModelInfo { model: "article".into(), version: 3, grain: "flow".into() });
    let page = metrics.render();
    assert_eq!(value(&page, "botany_events_total", Some(("type", "flow"))), 8.0);
    assert_eq!(value(&page, "botany_events_total", Some(("type", "alert"))), 1.0);
    assert_eq!(value(&page, "botany_alerts_throttled_total", None), 5.0);
    assert_eq!(value(&page, "botany_lag_seconds", None), 0.25);
    assert_eq!(value(&page, "botany_lag_bytes", None), f64::INFINITY);
    assert!(value(&page, "botany_drift_psi", Some(("feature", "packets_in"))).is_nan());
    assert!(
        page.contains(
            "\nbotany_model_info{model=\"article\",version=\"v0003\",grain=\"flow\"} 1\n"
        )
    );
    metrics.drift.clear();
    assert!(!metrics.render().contains("botany_drift_psi{"));
}

#[test]
fn threads_count_together() {
    let metrics = Arc::new(Metrics::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..1_000 {
                    metrics.scored.one();
                    metrics.events.of(["flow", "ssh"][n % 2]).one();
                }
            });
        }
    });
    let page = metrics.render();
    assert_eq!(value(&page, "botany_scored_total", None), 4_000.0);
    assert_eq!(value(&page, "botany_events_total", Some(("type", "ssh"))), 2_000.0);
}

#[test]
fn a_label_of_too_many_values_is_counted_as_other() {
    let metrics = Metrics::default();
    for n in 0..MOST_VALUES + 100 {
        metrics.events.of(&n.to_string()).one();
    }
    metrics.events.of("0").one();
    let page = metrics.render();
    assert_eq!(page.matches("botany_events_total{").count(), MOST_VALUES + 1);
    assert_eq!(value(&page, "botany_events_total", Some(("type", OTHER))), 100.0);
    assert_eq!(value(&page, "botany_events_total", Some(("type", "0"))), 2.0);
}

#[test]
fn trouble_is_kept_until_it_is_over() {
    let metrics = Metrics::default();
    assert_eq!(metrics.trouble(), None);
    metrics.set_trouble(Some("the disk is full".into()));
    assert_eq!(metrics.trouble().as_deref(), Some("the disk is full"));
    metrics.set_trouble(None);
    assert_eq!(metrics.trouble(), None);
}

proptest! {
    #[test]
    fn any_label_reads_back(text: String, model: String, number: f64) {
        let metrics = Metrics::default();
        metrics.drift.of(&text).set(number);
        metrics.set_model(ModelInfo { model: model.clone(), ..ModelInfo::default() });
        let page = metrics.render();
        let found = value(&page, "botany_drift_psi", Some(("feature", &text)));
        prop_assert!(found == number || (found.is_nan() && number.is_nan()));
        prop_assert_eq!(value(&page, "botany_model_info", Some(("model", &model))), 1.0);
    }
}
