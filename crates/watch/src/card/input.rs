//! What a model looks at, and how each of it is made.

use botany_learn::{CLUSTER, CLUSTER_DISTANCE, ClusteringSpec, PipelineSpec};
use serde::Serialize;

use super::CardFeature;

/// A column a model looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// The unit, or an empty string.
    pub unit: String,
    /// The SQL expression that makes it, or what the model's clusters make it of.
    pub sql: String,
    /// What looks at it: `classifier`, `clusters`, or both.
    pub of: String,
}

/// What a pipeline looks at, the classifier's columns first, in its order.
pub(super) fn all(pipeline: &PipelineSpec, features: &[CardFeature]) -> Vec<Input> {
    let clustering = pipeline.clustering.as_ref();
    let clustered = clustering.map_or(&[][..], |clustering| &clustering.features);
    let shelf = |name: &str, of: &str| {
        let known = features.iter().find(|feature| feature.name == name);
        let (unit, sql) = known.map_or(("", ""), |f| (f.unit.as_str(), f.sql.as_str()));
        Input {
            name: name.to_owned(),
            unit: unit.to_owned(),
            sql: sql.to_owned(),
            of: of.to_owned(),
        }
    };
    let classified = pipeline.features.iter().map(|name| {
        if let Some(sql) = clustering.and_then(|clustering| made(name, clustering)) {
            let (name, of) = (name.clone(), "classifier".to_owned());
            return Input { name, unit: String::new(), sql, of };
        }
        shelf(name, if clustered.contains(name) { "classifier, clusters" } else { "classifier" })
    });
    let rest = clustered.iter().filter(|name| !pipeline.features.contains(name));
    classified.chain(rest.map(|name| shelf(name, "clusters"))).collect()
}

/// How a column of the clustering is made, if it is one.
fn made(name: &str, clustering: &ClusteringSpec) -> Option<String> {
    let scaled = if clustering.scale { ", scaled" } else { "" };
    let of = format!("{} clusters of {}{scaled}", clustering.k, clustering.features.join(", "));
    match name {
        CLUSTER => Some(format!("number of the nearest of {of}")),
        CLUSTER_DISTANCE => Some(format!("squared distance to the centre of the nearest of {of}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_clusters_are_among_them() {
        let spec = r#"{"features": ["cluster_distance", "b"], "algorithm": "dummy",
            "clustering": {"features": ["a", "b"], "k": 5}}"#;
        let spec: PipelineSpec = serde_json::from_str(spec).unwrap();
        let feature = |name: &str| CardFeature {
            name: name.to_owned(),
            unit: "packets".to_owned(),
            sql: format!("{name} + 1"),
            seen: None,
        };
        let inputs = all(&spec, &["a", "b"].map(feature));
        let told: Vec<(&str, &str, &str)> =
            inputs.iter().map(|i| (i.name.as_str(), i.of.as_str(), i.sql.as_str())).collect();
        assert_eq!(
            told,
            [
                (
                    "cluster_distance",
                    "classifier",
                    "squared distance to the centre of the nearest of 5 clusters of a, b"
                ),
                ("b", "classifier, clusters", "b + 1"),
                ("a", "clusters", "a + 1"),
            ]
        );
        let alone = PipelineSpec { clustering: None, features: vec!["a".to_owned()], ..spec };
        assert_eq!(all(&alone, &[feature("a")])[0].of, "classifier");
    }
}
