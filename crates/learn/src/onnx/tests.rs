//! What can be said without another program; `tests/outputs/onnx.rs` asks ONNX Runtime.

use super::*;
use crate::{ClusteringSpec, Column, Frame, PipelineSpec, Rng, Values};

fn frame(rows: usize) -> Frame {
    let mut rng = Rng::new(9);
    let mut numbers = |top| Values::Number((0..rows).map(|_| rng.below(top) as f64).collect());
    let (a, b) = (numbers(40), numbers(9));
    let words = ["", "x", "y"];
    let word = Values::words((0..rows).map(|row| Some(words[row % 3])));
    Frame::new(vec![Column::new("a", a), Column::new("b", b), Column::new("w", word)]).unwrap()
}

fn pipeline(algorithm: &str, features: &[&str]) -> Pipeline {
    let frame = frame(200);
    let y: Vec<u8> = (0..200).map(|row| u8::from(row % 7 < 3)).collect();
    let spec = PipelineSpec {
        features: features.iter().map(|name| (*name).to_owned()).collect(),
        clustering: Some(ClusteringSpec {
            features: vec!["a".into(), "w".into()],
            k: 3,
            scale: true,
            restarts: 2,
        }),
        scale: false,
        algorithm: algorithm.to_owned(),
        settings: serde_json::from_str("{}").unwrap(),
        seed: 1,
        threads: 1,
    };
    Pipeline::fit(&spec, &frame, &y).unwrap()
}

#[test]
fn the_same_pipeline_gives_the_same_bytes() {
    let pipeline = pipeline("random-forest", &["a", "b", "cluster", "cluster_distance"]);
    let bytes = export(&pipeline, Inputs::Double).unwrap();
    assert_eq!(bytes, export(&pipeline, Inputs::Double).unwrap());
    let again = Pipeline::from_bytes(&pipeline.to_bytes()).unwrap();
    assert_eq!(bytes, export(&again, Inputs::Double).unwrap());
    assert_ne!(bytes, export(&pipeline, Inputs::Float).unwrap());
}

#[test]
fn every_algorithm_is_exported_or_refused_by_name() {
    for algorithm in ALL {
        let made = export(&pipeline(algorithm.name(), &["a", "b"]), Inputs::Double);
        if exportable().contains(algorithm.name()) {
            assert!(made.is_ok(), "{}", algorithm.name());
        } else {
            let why = made.unwrap_err().to_string();
            assert!(why.contains(algorithm.name()) && why.contains("random-forest"), "{why}");
        }
    }
}
