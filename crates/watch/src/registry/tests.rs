//! A model is stored whole, numbered, and never without evidence.

use botany_learn::{Column, Frame, Pipeline, PipelineSpec, Values};
use botany_validate::{EvaluateOptions, Keys, evaluate_on};
use tempfile::TempDir;

use super::*;
use crate::{Card, CardDoubt, CardFeature, Seen};

fn frame() -> Frame {
    let values = Values::Number((0..40).map(f64::from).collect());
    Frame::new(vec![Column::new("packets_in", values)]).unwrap()
}

fn labels() -> Vec<u8> {
    (0..40).map(|i| u8::from(i % 3 == 0)).collect()
}

fn fitted() -> Pipeline {
    let spec = PipelineSpec {
        features: vec!["packets_in".to_owned()],
        clustering: None,
        scale: false,
        algorithm: "decision-tree".to_owned(),
        settings: botany_learn::Settings::new(),
        seed: 1,
        threads: 1,
    };
    Pipeline::fit(&spec, &frame(), &labels()).unwrap()
}

fn card(name: &str, pipeline: &Pipeline) -> Card {
    let addresses: Vec<String> = (0..40).map(|i| format!("192.0.2.{i}")).collect();
    let keys = Keys::new(&addresses, (0..40).collect(), 24, 64).unwrap();
    let options = EvaluateOptions { draws: 10, ..EvaluateOptions::default() };
    let evaluation = evaluate_on(pipeline, &frame(), &labels(), &keys, &options).unwrap();
    Card {
        name: name.to_owned(),
        version: 0,
        created_at: "2018-05-06T17:44:06Z".to_owned(),
        made_by: "0".to_owned(),
        recipe: "name = \"article\"\n".to_owned(),
        grain: "flow".to_owned(),
        threat_rule: "two names".to_owned(),
        label_rule: "0 means not seen failing".to_owned(),
        features: vec![CardFeature {
            name: "packets_in".to_owned(),
            unit: "packets".to_owned(),
            sql: "a | b".to_owned(),
            seen: Seen::of(&frame().column("packets_in").unwrap().values),
        }],
        pipeline: pipeline.spec().clone(),
        window: Some(("2018-05-06T17:44:06Z".to_owned(), "2018-06-18T16:11:07Z".to_owned())),
        class_counts: [26, 14],
        sample_hash: "00".to_owned(),
        evaluations: vec![evaluation],
        doubts: vec![CardDoubt {
            name: "prevalence".to_owned(),
            question: "enough?".to_owned(),
            finding: "few".to_owned(),
            severity: "note".to_owned(),
        }],
        threshold: None,
        experiment: None,
    }
}

fn registry() -> (TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::open(folder.path().join("models"));
    (folder, registry)
}

fn name(text: &str) -> ModelName {
    text.parse().unwrap()
}

#[test]
fn a_stored_model_predicts_as_before() {
    let (_folder, registry) = registry();
    let pipeline = fitted();
    let stored = registry.store(card("article", &pipeline), &pipeline).unwrap();
    assert_eq!(stored.version, 1);
    let model = registry.load(&name("article")).unwrap();
    let before = pipeline.probabilities(&frame()).unwrap();
    assert_eq!(model.pipeline.probabilities(&frame()).unwrap(), before);
    assert_eq!(model.card.evaluations, stored.evaluations);
}

#[test]
fn versions_count_up_and_rolling_back_moves_the_current_one_only() {
    let (_folder, registry) = registry();
    let pipeline = fitted();
    for version in 1..=3 {
        assert_eq!(registry.store(card("article", &pipeline), &pipeline).unwrap().version, version);
    }
    assert_eq!(registry.versions("article").unwrap(), [1, 2, 3]);
    assert_eq!(registry.current("article").unwrap(), 3);
    registry.roll_back(&name("article@v0002")).unwrap();
    assert_eq!(registry.current("article").unwrap(), 2);
    assert_eq!(registry.card(&name("article")).unwrap().version, 2);
    assert_eq!(registry.versions("article").unwrap(), [1, 2, 3]);
}

#[test]
fn nothing_enters_without_an_evaluation() {
    let (_folder, registry) = registry();
    let pipeline = fitted();
    let bare = Card { evaluations: Vec::new(), ..card("article", &pipeline) };
    assert!(matches!(registry.store(bare, &pipeline), Err(Error::NotValidated(_))));
    assert!(registry.names().unwrap().is_empty());
}

#[test]
fn what_is_missing_is_named_with_what_there_is() {
    let (_folder, registry) = registry();
    let refusal = |text: &str| registry.load(&name(text)).err().unwrap().to_string();
    assert!(refusal("article").contains("botany demo"));
    let pipeline = fitted();
    registry.store(card("article", &pipeline), &pipeline).unwrap();
    assert!(refusal("population").contains("there are article"));
    assert!(refusal("article@v0009").contains("v0001"));
}

#[test]
fn a_damaged_model_is_refused() {
    let (folder, registry) = registry();
    let pipeline = fitted();
    registry.store(card("article", &pipeline), &pipeline).unwrap();
    let path = folder.path().join("models/article/v0001/model");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(registry.load(&name("article")), Err(Error::BadModel { .. })));
}

/// Cards of before the sample's values were kept on them.
#[test]
fn an_old_card_still_loads() {
    let (folder, registry) = registry();
    let pipeline = fitted();
    let stored = registry.store(card("article", &pipeline), &pipeline).unwrap();
    assert!(stored.features[0].seen.is_some());
    assert_eq!(registry.load(&name("article")).unwrap().card.features, stored.features);
    let path = folder.path().join("models/article/v0001/report.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    json["features"][0].as_object_mut().unwrap().remove("seen").unwrap();
    json["doubts"] = serde_json::json!([["prevalence", "few"]]);
    fs::write(&path, json.to_string()).unwrap();
    let old = registry.load(&name("article")).unwrap().card;
    assert_eq!((old.features[0].seen.is_none(), old.doubts[0].severity.as_str()), (true, ""));
    assert_eq!((old.threshold, old.threshold()), (None, 0.5));
}

#[test]
fn a_chosen_threshold_is_kept_with_the_model() {
    let (_folder, registry) = registry();
    let pipeline = fitted();
    let chosen = Card { threshold: Some(0.8), ..card("article", &pipeline) };
    registry.store(chosen, &pipeline).unwrap();
    let card = registry.card(&name("article")).unwrap();
    assert_eq!(card.threshold(), 0.8);
    let page = card.markdown();
    assert!(page.contains("calls a row 1 from probability 0.8, chosen"), "{page}");
    assert!(page.contains("prevalence (note): enough? few"), "{page}");
}

#[test]
fn the_card_says_split_counts_and_interval_and_its_table_holds() {
    let pipeline = fitted();
    let page = card("article", &pipeline).markdown();
    for words in [
        "unseen | 40 | 14 | 40",
        "26 rows of class 0, 14 of class 1",
        "a \\| b",
        "not seen failing",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}
