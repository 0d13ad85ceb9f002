//! Models as ONNX, asked by ONNX Runtime: the same labels, clusters and distances on every row and on every edge.

use std::path::Path;

use botany::config::Config;
use botany::run::{Workspace, scored};
use botany_learn::onnx::{Inputs, export};
use botany_learn::{ClusteringSpec, Column, Frame, Pipeline, PipelineSpec, Rng, Values};
use serde_json::{Value, json};

use super::reader::{python, text};
use crate::command::Place;

/// Writes the rows and what the pipeline says of them, and gives what ONNX Runtime says of both.
fn compared(pipeline: &Pipeline, frame: &Frame, onnx: &Path, folder: &Path) -> Value {
    std::fs::create_dir_all(folder).unwrap();
    let reals = |name: &str, values: &[f64]| {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(folder.join(name), bytes).unwrap();
    };
    let columns = pipeline.columns();
    for (at, name) in columns.iter().enumerate() {
        match &frame.column(name).unwrap().values {
            Values::Number(values) => reals(&format!("{at}.f64"), values),
            Values::Category { codes, levels } => {
                let words: Vec<&String> =
                    codes.iter().map(|code| &levels[*code as usize]).collect();
                std::fs::write(folder.join(format!("{at}.json")), json!(words).to_string())
                    .unwrap();
            }
        }
    }
    reals("probability.f64", &pipeline.probabilities(frame).unwrap());
    let assigned = pipeline.assign(frame).unwrap();
    let meta = json!({ "inputs": columns, "clustered": assigned.is_some() });
    std::fs::write(folder.join("meta.json"), meta.to_string()).unwrap();
    if let Some(assigned) = assigned {
        reals("distance.f64", &assigned.distance);
        let clusters = assigned.cluster.iter().flat_map(|c| i64::from(*c).to_le_bytes());
        std::fs::write(folder.join("cluster.i64"), clusters.collect::<Vec<u8>>()).unwrap();
    }
    python("compare_onnx.py", &[text(onnx), text(folder)])
}

fn agree(found: &Value, rows: usize, what: &str) {
    println!("{what}: {found}");
    assert_eq!(found["rows"], rows, "{what}");
    let ones = found["ones"].as_u64().unwrap() as usize;
    assert!(ones > 0 && ones < rows, "{what}: both labels occur: {found}");
    for same in ["labels_differ", "alone_differ", "clusters_differ", "distances_differ"] {
        assert!(found[same].is_null() || found[same] == 0, "{what}: {found}");
    }
    for off in ["probability_off", "sum_off"] {
        assert!(found[off].as_f64().unwrap() <= 1e-6, "{what}: {found}");
    }
}

#[test]
fn the_demos_models_say_the_same_in_onnx_runtime() {
    let place = crate::demo::place();
    let own = Place::new();
    for model in ["article", "population"] {
        let path = own.path().join(format!("{model}.onnx"));
        place.says(&["models", "export", model, "--onnx", text(&path)]);
        let loaded = botany::run::registry(&place.data()).load(&model.parse().unwrap()).unwrap();
        let workspace = Workspace::at(&place.data(), &Config::default()).unwrap();
        let rows = scored(&loaded, &workspace, &[], &[]).unwrap().rows.frame;
        let found = compared(&loaded.pipeline, &rows, &path, &own.path().join(model));
        agree(&found, rows.rows(), model);
    }
}

/// Flows as a sensor sees them, drawn: whole packets, a ratio that 32 bits cannot hold, a word, a duration.
fn flows(rows: usize, seed: u64) -> Frame {
    let mut rng = Rng::new(seed);
    let (mut into, mut out, mut ratio, mut words, mut age) =
        (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rows {
        let (i, o) = (rng.below(90) as f64, 1.0 + rng.below(60) as f64);
        into.push(i);
        out.push(o);
        ratio.push((o - i) / (o + i));
        // One of them is empty, and that counts as a word like any other.
        words.push(
            ["", "3:1 Import", "Balanced", "70:30 Export"]
                [((o - i) / 25.0 + 1.0).clamp(0.0, 3.0) as usize],
        );
        age.push(rng.unit() * 600.0);
    }
    let words = Values::words(words.iter().map(|word| Some(*word)));
    Frame::new(vec![
        Column::new("packets_in", Values::Number(into)),
        Column::new("packets_out", Values::Number(out)),
        Column::new("packet_ratio", Values::Number(ratio)),
        Column::new("range", words),
        Column::new("age", Values::Number(age)),
    ])
    .unwrap()
}

/// A label that hangs on the columns with some noise.
fn labels(frame: &Frame) -> Vec<u8> {
    let mut rng = Rng::new(5);
    let (ratio, age) = (frame.numbers("packet_ratio").unwrap(), frame.numbers("age").unwrap());
    let noise = |_| rng.unit();
    let noise: Vec<f64> = (0..frame.rows()).map(noise).collect();
    (0..frame.rows())
        .map(|row| u8::from(ratio[row] + age[row] / 900.0 + noise[row] * 0.6 > 0.7))
        .collect()
}

fn fitted(algorithm: &str, scale: bool) -> Pipeline {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let frame = flows(20_000, 1);
    let settings = match algorithm {
        "random-forest" => "{\"class_weight\": \"balanced\"}",
        _ => "{}",
    };
    let spec = PipelineSpec {
        features: names(&[
            "packets_in",
            "packet_ratio",
            "range",
            "age",
            "cluster",
            "cluster_distance",
        ]),
        clustering: Some(ClusteringSpec {
            features: names(&["packets_in", "packets_out", "packet_ratio", "range"]),
            k: 12,
            scale,
            restarts: 2,
        }),
        scale,
        algorithm: algorithm.to_owned(),
        settings: serde_json::from_str(settings).unwrap(),
        seed: 3,
        threads: 0,
    };
    Pipeline::fit(&spec, &frame, &labels(&frame)).unwrap()
}

#[test]
fn fifty_thousand_rows_get_the_same_labels() {
    let place = Place::new();
    for (algorithm, scale) in
        [("random-forest", false), ("random-forest", true), ("decision-tree", false)]
    {
        let pipeline = fitted(algorithm, scale);
        let path = place.path().join("model.onnx");
        std::fs::write(&path, export(&pipeline, Inputs::Double).unwrap()).unwrap();
        let found = compared(&pipeline, &flows(50_000, 2), &path, &place.path().join("rows"));
        // As many trees for as against: the label hangs on how a half is told.
        assert!(algorithm != "random-forest" || found["ties"].as_u64() > Some(50), "{found}");
        agree(&found, 50_000, &format!("{algorithm}, scaled: {scale}"));
    }
}

/// The numbers a tree asks for in a column: at the edge and on either side of it, in 64 bits or in 32.
fn edges(pipeline: &Pipeline, column: &str, short: bool) -> Vec<f64> {
    let place = pipeline.model().columns().iter().position(|name| name == column).unwrap();
    let mut edges = Vec::new();
    for tree in pipeline.model().classifier().trees().unwrap() {
        let asked = tree.nodes.iter().filter(|n| !n.is_leaf() && n.feature as usize == place);
        edges.extend(asked.map(|node| node.threshold));
    }
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let around = |edge: &f64| match short {
        false => [edge.next_down(), *edge, edge.next_up()],
        true => {
            let near = *edge as f32;
            [near.next_down(), near, near.next_up()].map(f64::from)
        }
    };
    edges.iter().flat_map(around).collect()
}

/// Rows that lie on the edges in one column and anywhere in the others; in 32 bits if that is asked for.
fn on_the_edges(pipeline: &Pipeline, short: bool) -> Frame {
    let mut rows: Vec<(&str, f64)> = Vec::new();
    for column in ["packets_in", "packet_ratio", "age"] {
        rows.extend(edges(pipeline, column, short).into_iter().map(|value| (column, value)));
    }
    let drawn = flows(rows.len(), 7);
    let columns = drawn.columns().iter().map(|column| {
        let Values::Number(values) = &column.values else { return column.clone() };
        let values = values.iter().zip(&rows).map(|(value, (asked, edge))| {
            let value = if *asked == column.name { *edge } else { *value };
            if short { f64::from(value as f32) } else { value }
        });
        Column::new(column.name.clone(), Values::Number(values.collect()))
    });
    Frame::new(columns.collect()).unwrap()
}

#[test]
fn every_edge_of_every_tree_decides_alike() {
    let place = Place::new();
    let pipeline = fitted("random-forest", false);
    for (inputs, short) in [(Inputs::Double, false), (Inputs::Double, true), (Inputs::Float, true)]
    {
        let path = place.path().join("model.onnx");
        std::fs::write(&path, export(&pipeline, inputs).unwrap()).unwrap();
        let rows = on_the_edges(&pipeline, short);
        assert!(rows.rows() > 10_000, "{} rows", rows.rows());
        let found = compared(&pipeline, &rows, &path, &place.path().join("rows"));
        agree(&found, rows.rows(), &format!("edges, {inputs:?}, 32 bits: {short}"));
    }
}

#[test]
fn what_cannot_be_exported_is_refused_with_what_can() {
    let place = Place::new();
    let (code, why) = place.fails(&["models", "export", "nobody", "--onnx", "x.onnx"]);
    assert!(code == 3 && why.contains("botany demo"), "{why}");
    let refused = fitted_by_name("logistic-regression");
    assert!(refused.contains("random-forest and decision-tree"), "{refused}");
}

fn fitted_by_name(algorithm: &str) -> String {
    export(&fitted(algorithm, true), Inputs::Double).unwrap_err().to_string()
}
