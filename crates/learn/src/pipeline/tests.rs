use super::*;
use crate::oracle::{frame, labels};
use crate::{OneHot, Setting, Settings};

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// The article's way: k-means over the raw packet features, then its distance among the classifier's features.
fn article(algorithm: &str) -> PipelineSpec {
    PipelineSpec {
        features: names(&["cluster_distance", "packet_pcr_range", "packet_ratio", "packets_total"]),
        clustering: Some(ClusteringSpec {
            features: names(&[
                "packets_in",
                "packets_out",
                "packets_total",
                "packet_ratio",
                "packet_pcr_range",
            ]),
            k: 5,
            scale: false,
            restarts: 3,
        }),
        scale: false,
        algorithm: algorithm.into(),
        settings: Settings::new(),
        seed: 4,
        threads: 0,
    }
}

fn fit(spec: &PipelineSpec) -> Pipeline {
    Pipeline::fit(spec, &frame("lab"), &labels("lab")).unwrap()
}

#[test]
fn the_clustering_feeds_the_classifier() {
    let mut spec = article("logistic-regression");
    spec.features.push("cluster".into());
    let pipeline = fit(&spec);
    let columns = pipeline.model().columns();
    assert_eq!(columns.iter().filter(|c| c.starts_with("cluster=")).count(), 5);
    assert!(columns.contains(&"cluster_distance".to_owned()));
    assert!(columns.contains(&"packet_pcr_range=3:1 Import".to_owned()));

    // The same by hand, on the clustering's matrix alone.
    let lab = frame("lab");
    let clustering = spec.clustering.as_ref().unwrap();
    let features: Vec<&str> = clustering.features.iter().map(String::as_str).collect();
    let part = lab.select(&features).unwrap();
    let matrix = OneHot::fit(&part).unwrap().transform(&part).unwrap();
    let options = KMeansOptions { k: 5, restarts: 3, seed: 4, ..KMeansOptions::default() };
    let expected = KMeans::fit(&matrix, &options).unwrap();
    assert_eq!(pipeline.kmeans(), Some(&expected));
    assert_eq!(pipeline.assign(&lab).unwrap(), Some(expected.assign(&matrix).unwrap()));

    // Both answers at once are the two answers.
    let scores = pipeline.scores(&lab).unwrap();
    assert_eq!(scores.probability, pipeline.probabilities(&lab).unwrap());
    assert_eq!(scores.assignment, pipeline.assign(&lab).unwrap());
}

/// A row's answer depends on the fitted rows and on itself, never on the rows it is asked with.
#[test]
fn nothing_is_learnt_from_the_rows_asked_about() {
    let (lab, y) = (frame("lab"), labels("lab"));
    let train: Vec<usize> = (0..1_500).collect();
    let test: Vec<usize> = (1_500..3_000).collect();
    let mut spec = article("naive-bayes");
    spec.scale = true;
    spec.clustering.as_mut().unwrap().scale = true;
    let pipeline = Pipeline::fit(&spec, &lab.take(&train), &y[..1_500]).unwrap();
    let together = pipeline.probabilities(&lab.take(&test)).unwrap();
    for at in [0, 700, 1_499] {
        let alone = pipeline.probabilities(&lab.take(&[test[at]])).unwrap();
        assert_eq!(alone, [together[at]]);
    }
}

#[test]
fn threads_change_no_byte() {
    let bytes =
        |threads| fit(&PipelineSpec { threads, ..article("logistic-regression") }).to_bytes();
    let one = bytes(1);
    assert!(one == bytes(2));
    assert!(one != fit(&PipelineSpec { seed: 5, ..article("logistic-regression") }).to_bytes());
}

#[test]
fn is_the_same_after_saving_and_loading() {
    let lab = frame("lab");
    let mut spec = article("logistic-regression");
    spec.scale = true;
    spec.clustering.as_mut().unwrap().scale = true;
    spec.settings.insert("c".into(), Setting::Real(0.5));
    let pipeline = fit(&spec);
    let bytes = pipeline.to_bytes();
    let loaded = Pipeline::from_bytes(&bytes).unwrap();
    assert_eq!(loaded.spec(), &spec);
    assert_eq!(loaded.probabilities(&lab).unwrap(), pipeline.probabilities(&lab).unwrap());
    assert_eq!(loaded.assign(&lab).unwrap(), pipeline.assign(&lab).unwrap());
    assert!(loaded.to_bytes() == bytes);
}

#[test]
fn refuses_frames_that_lack_a_column() {
    let pipeline = Pipeline::from_bytes(&fit(&article("naive-bayes")).to_bytes()).unwrap();
    for name in ["packets_in", "packet_pcr_range"] {
        let lab = frame("lab");
        let others: Vec<&str> = lab.columns().iter().map(|c| c.name.as_str()).collect();
        let others: Vec<&str> = others.into_iter().filter(|n| *n != name).collect();
        let error = pipeline.probabilities(&lab.select(&others).unwrap()).unwrap_err().to_string();
        assert!(error.contains(&format!("no column `{name}`")), "{error}");
    }
    assert_eq!(
        pipeline.columns(),
        ["packets_in", "packets_out", "packets_total", "packet_ratio", "packet_pcr_range"]
    );
}

#[test]
fn works_without_a_clustering() {
    let spec = PipelineSpec {
        features: names(&["packet_ratio", "packets_total"]),
        clustering: None,
        ..article("dummy")
    };
    let pipeline = fit(&spec);
    assert_eq!(pipeline.assign(&frame("lab")).unwrap(), None);
    assert_eq!((pipeline.importances(), pipeline.out_of_bag()), (None, None));
    let share = f64::from(labels("lab").iter().map(|&v| u32::from(v)).sum::<u32>()) / 3_000.0;
    assert_eq!(pipeline.probabilities(&frame("lab")).unwrap()[0], share);
}

#[test]
fn importances_carry_the_names_of_the_columns() {
    let pipeline = fit(&article("decision-tree"));
    let told = pipeline.importances().unwrap();
    assert!(told.windows(2).all(|w| w[0].1 >= w[1].1), "{told:?}");
    assert!((told.iter().map(|(_, v)| v).sum::<f64>() - 1.0).abs() < 1e-9, "{told:?}");
    // The label of this data set was drawn from the number of packets, and from nothing else.
    let size = |name: &str| name == "packets_total" || name == "cluster_distance";
    assert!(size(&told[0].0) && size(&told[1].0), "{told:?}");
    let mut names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, pipeline.model().columns());
}

#[test]
fn says_what_it_cannot_fit() {
    let (lab, y) = (frame("lab"), labels("lab"));
    let says = |spec: &PipelineSpec, frame: &Frame, y: &[u8]| {
        Pipeline::fit(spec, frame, y).err().map(|e| e.to_string()).unwrap_or_default()
    };
    let spec = article("naive-bayes");
    let unknown = PipelineSpec { algorithm: "oracle".into(), ..spec.clone() };
    assert!(says(&unknown, &lab, &y).contains("no algorithm `oracle`"));
    let unclustered = PipelineSpec { clustering: None, ..spec.clone() };
    assert!(says(&unclustered, &lab, &y).contains("no column `cluster_distance`"));
    let featureless = PipelineSpec { features: vec![], ..spec.clone() };
    assert!(says(&featureless, &lab, &y).contains("no feature"));
    assert!(says(&spec, &lab, &y[..5]).contains("5 labels for 3000 rows"));
    assert!(says(&spec, &lab.take(&[]), &[]).contains("no rows"));
    assert!(says(&spec, &lab.take(&[0, 1]), &y[..2]).contains("5 clusters of 2 rows"));
    let mut holed = lab.numbers("packet_ratio").unwrap().to_vec();
    holed[3] = f64::NAN;
    let holed = lab.with(Column::new("packet_ratio", Values::Number(holed))).unwrap();
    assert!(says(&spec, &holed, &y).contains("`packet_ratio` misses a value in 1 of 3000 rows"));
}

/// Files whose checksum is right and whose parts are not.
#[test]
fn refuses_files_whose_parts_do_not_fit() {
    let fitted = fit(&article("naive-bayes"));
    let says = |spec: PipelineSpec| {
        let changed = Pipeline { spec, ..fit(&article("naive-bayes")) };
        Pipeline::from_bytes(&changed.to_bytes()).err().map(|e| e.to_string()).unwrap_or_default()
    };
    let mut spec = fitted.spec().clone();
    spec.features.pop();
    assert!(says(spec).contains("do not agree"));
    let mut spec = fitted.spec().clone();
    spec.clustering.as_mut().unwrap().features.reverse();
    assert!(says(spec).contains("do not agree"));
    let bytes = fitted.to_bytes();
    assert!(Pipeline::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert!(Pipeline::from_bytes(b"").is_err());
}
