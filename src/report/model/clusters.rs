//! The clusters, and the sampled points behind them.

use super::super::packed;
use super::Count;
use serde::{Deserialize, Serialize};

/// A k-means fit, described.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clustering {
    /// What a row is: `flow`, `address` or `block`.
    pub grain: String,
    /// What was sampled, in a sentence: `13301 of 13301 flows to port 22 and 23`.
    pub sample: String,
    /// Rows clustered.
    pub rows: u64,
    /// The features that were clustered, before one-hot coding.
    pub features: Vec<String>,
    /// Number of clusters.
    pub k: usize,
    /// Whether the features were scaled first (the article did not).
    pub scaled: bool,
    /// Sum of squared distances to the own centroid.
    pub inertia: f64,
    /// Sum of squared distances to the mean of all rows, of which the inertia is what clusters leave; `None` in a report
    /// made before this was kept.
    #[serde(default)]
    pub spread: Option<f64>,
    /// Mean silhouette, −1 to 1; `None` when it was not computed.
    pub silhouette: Option<f64>,
    /// Inertia and silhouette for other numbers of clusters; empty when no sweep was run.
    pub sweep: Vec<SweepPoint>,
    /// The clusters, by number.
    pub clusters: Vec<Cluster>,
    /// Number of the cluster that stands out.
    pub stands_out: Option<u32>,
    /// Why it stands out (or that none does), in a sentence.
    pub stands_out_why: String,
    /// The article's table, of one cluster of flows; `None` for other grains.
    pub table: Option<ClusterTable>,
    /// The sampled points, for the plots.
    pub points: Points,
}

impl Clustering {
    /// The part of the spread of all rows that an inertia leaves within clusters, 0 to 1; `None` where rows do not differ
    /// or the spread was not kept.
    pub fn left(&self, inertia: f64) -> Option<f64> {
        self.spread.filter(|spread| *spread > 0.0).map(|spread| (inertia / spread).clamp(0.0, 1.0))
    }
}

/// One number of clusters that was tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// Number of clusters.
    pub k: usize,
    /// Sum of squared distances to the own centroid.
    pub inertia: f64,
    /// Mean silhouette, −1 to 1.
    pub silhouette: Option<f64>,
}

/// One cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its number.
    pub number: u32,
    /// Rows in it.
    pub size: u64,
    /// Its part of all rows, 0 to 1.
    pub share: f64,
    /// Rows labelled 1.
    pub positives: u64,
    /// Distinct source addresses in it, where that was counted.
    pub addresses: Option<u64>,
    /// Range of each numeric feature, in the order of `Clustering::features`.
    pub ranges: Vec<FeatureRange>,
    /// How many rows of each PCR range.
    pub pcr_ranges: Vec<Count>,
}

/// The range of a feature within a cluster, in the feature's own unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureRange {
    /// Name of the feature.
    pub feature: String,
    /// Smallest value.
    pub min: f64,
    /// Median.
    pub median: f64,
    /// Largest value.
    pub max: f64,
}

/// The table the article shows of its cluster 4, of any cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterTable {
    /// Number of the cluster.
    pub cluster: u32,
    /// Rows by falling `packet_ratio`; equal flows are one row with their count.
    pub rows: Vec<ArticleRow>,
    /// Number of rows, also those not in `rows`.
    pub total: u64,
}

/// One row of the article's table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArticleRow {
    /// The PCR range; `None` where the article's rule names none.
    pub packet_pcr_range: Option<String>,
    /// (out − in) / (out + in); `None` for a flow without packets.
    pub packet_ratio: Option<f64>,
    /// Packets to the client.
    pub packets_in: u64,
    /// Packets to the server.
    pub packets_out: u64,
    /// Packets of both.
    pub packets_total: u64,
    /// The label.
    pub is_mirai: u8,
    /// Number of such flows.
    pub count: u64,
}

/// The sampled points: columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// Numeric features; the first three open the 3D scatter, the first four the matrix.
    pub columns: Vec<PointColumn>,
    /// Cluster of each point.
    #[serde(with = "packed::u32s")]
    pub cluster: Vec<u32>,
    /// Label of each point, 0 or 1.
    #[serde(with = "packed::u8s")]
    pub label: Vec<u8>,
    /// Source address of each point, or empty: the plots then name the point by its number.
    #[serde(with = "packed::texts")]
    pub address: Vec<String>,
}

/// One numeric column of points.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PointColumn {
    /// Name of the feature.
    pub name: String,
    /// Values; NaN is missing. Kept as 32-bit floats where they are written down.
    #[serde(with = "packed::f64s")]
    pub values: Vec<f64>,
}

impl PartialEq for PointColumn {
    /// Bit by bit, so that a missing value equals itself.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.values.iter().map(|v| v.to_bits()).eq(other.values.iter().map(|v| v.to_bits()))
    }
}
