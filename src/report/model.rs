//! What a report says, as plain values.
//!
//! The fields stand in the order in which a reader should learn them. Nothing here is computed: the
//! front door fills a [`Report`], [`super::text`] and [`super::html`] only show it, and the same
//! value is what `--format json` prints.

mod clusters;
mod evidence;
mod population;

pub use clusters::{
    ArticleRow, Cluster, ClusterTable, Clustering, FeatureRange, PointColumn, Points, SweepPoint,
};
pub use evidence::{
    Baseline, Doubt, Estimate, Evaluation, Fold, Grain, Importance, LabelRow, Metric, Scores,
    Severity,
};
pub use population::{Frequency, FrequencyRow, Population, ThreatRow};
use serde::{Deserialize, Serialize};

/// A whole report: of one recipe, or of several run over the same data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was run, on what, by which rules.
    pub header: Header,
    /// Who knocked: the threat list and what is known of its addresses.
    pub population: Population,
    /// The clusters, one entry for each grain that was clustered.
    pub clusterings: Vec<Clustering>,
    /// What the method gives, one entry for each grain (flow, address, block).
    pub grains: Vec<Grain>,
    /// The same question under every label definition, side by side.
    pub labels: Vec<LabelRow>,
    /// The ways in which the result may be wrong, and what testing each of them found.
    pub doubts: Vec<Doubt>,
    /// What to do next: commands to copy.
    pub next: Vec<Step>,
}

/// What was run, on what, by which rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Title of the report, e.g. `The article, end to end`.
    pub title: String,
    /// Name of the recipe (or names, joined by `, `).
    pub recipe: String,
    /// The data directory, as the user named it.
    pub data: String,
    /// Version of the program.
    pub version: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// First event, RFC 3339 in UTC; `None` when nothing was collected.
    pub first_time: Option<String>,
    /// Last event, RFC 3339 in UTC.
    pub last_time: Option<String>,
    /// What was read.
    pub collected: Collected,
    /// The label rule in one sentence: which flows are 1, and what 0 does not mean.
    pub label_rule: String,
    /// The rule of the threat list in one sentence: dictionary, minimum, window.
    pub threat_rule: String,
    /// How a flow without packets from the client is named (`closed` or `article`), in a sentence.
    pub pcr_mode: String,
    /// Limits of the data a reader must know, e.g. that the capture is a re-enactment.
    pub notes: Vec<String>,
}

/// Every line read ends as one of three: `lines = stored + not stored + rejected`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    /// Number of files.
    pub files: u64,
    /// Lines read.
    pub lines: u64,
    /// Rows stored, by table.
    pub stored: Vec<Count>,
    /// Lines understood but of a kind that is not stored, by kind.
    pub not_stored: Vec<Count>,
    /// Lines that could not be read; they lie in the table `reject` with file, line and reason.
    pub rejected: u64,
}

impl Collected {
    /// Rows stored, of all tables.
    pub fn stored_total(&self) -> u64 {
        self.stored.iter().map(|count| count.count).sum()
    }

    /// Lines of kinds that are not stored.
    pub fn not_stored_total(&self) -> u64 {
        self.not_stored.iter().map(|count| count.count).sum()
    }

    /// Whether the three add up to the lines read.
    pub fn reconciles(&self) -> bool {
        self.stored_total() + self.not_stored_total() + self.rejected == self.lines
    }
}

/// A name and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What was counted.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// One thing to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Why, in half a sentence: `see the flows of one address`.
    pub why: String,
    /// The command, ready to copy.
    pub command: String,
}
