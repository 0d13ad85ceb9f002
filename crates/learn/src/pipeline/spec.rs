//! What is to be fitted: all the choices of a model, as a recipe states them.

use serde::{Deserialize, Serialize};

use crate::Settings;

/// All choices of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineSpec {
    /// The columns the classifier looks at. With a clustering, `cluster` (a category) and `cluster_distance`
    /// (a number) may be among them.
    pub features: Vec<String>,
    /// The clustering that comes first, if any.
    #[serde(default)]
    pub clustering: Option<ClusteringSpec>,
    /// Whether the classifier's columns are brought to mean 0 and standard deviation 1. Off, as in the article.
    #[serde(default)]
    pub scale: bool,
    /// The name of an algorithm of the shelf.
    pub algorithm: String,
    /// What is set on it; what is not set takes its default.
    #[serde(default)]
    pub settings: Settings,
    /// The seed of all chance, in the clustering and in the algorithm.
    #[serde(default)]
    pub seed: u64,
    /// Threads to fit on, 0 = as many as there are. The model does not depend on it and does not store it.
    #[serde(default)]
    pub threads: usize,
}

/// The choices of the clustering.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusteringSpec {
    /// The columns to cluster by.
    pub features: Vec<String>,
    /// Clusters to make.
    pub k: usize,
    /// Whether these columns are brought to mean 0 and standard deviation 1. Off, as in the article, where the
    /// column of the largest numbers therefore decides.
    #[serde(default)]
    pub scale: bool,
    /// Searches from different starts.
    #[serde(default = "restarts")]
    pub restarts: usize,
}

fn restarts() -> usize {
    crate::KMeansOptions::default().restarts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_takes_its_default() {
        let json =
            r#"{"features":["a"],"algorithm":"dummy","clustering":{"features":["a"],"k":5}}"#;
        let spec: PipelineSpec = serde_json::from_str(json).unwrap();
        assert!(!spec.scale && spec.settings.is_empty() && spec.seed == 0 && spec.threads == 0);
        let clustering = spec.clustering.clone().unwrap();
        assert!(!clustering.scale && clustering.restarts == 10);
        let again = serde_json::from_str(&serde_json::to_string(&spec).unwrap());
        assert_eq!(spec, again.unwrap());
        assert!(serde_json::from_str::<PipelineSpec>(&json.replace("\"k\"", "\"kk\"")).is_err());
    }
}
