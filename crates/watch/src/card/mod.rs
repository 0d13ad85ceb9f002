//! The card of a model: what it was made from, and how far it can be believed.

mod seen;

use std::fmt::Write as _;

use botany_learn::PipelineSpec;
use botany_validate::Evaluation;
use serde::{Deserialize, Serialize};

pub use seen::Seen;

/// A feature as the model saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardFeature {
    /// The name of the column.
    pub name: String,
    /// The unit, or an empty string.
    pub unit: String,
    /// The SQL expression that made it.
    pub sql: String,
    /// What the sample held of it; `None` on a card made before this was kept.
    #[serde(default)]
    pub seen: Option<Seen>,
}

/// Everything needed to make a model again, and to judge it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Card {
    /// The name in the registry.
    pub name: String,
    /// The version, from 1; set by the registry.
    pub version: u32,
    /// When it was stored, RFC 3339, UTC.
    pub created_at: String,
    /// The version of Botany that made it.
    pub made_by: String,
    /// The recipe, whole, as TOML.
    pub recipe: String,
    /// What one row is: `flow`, `address` or `block`.
    pub grain: String,
    /// The rule that listed the sources, in words.
    pub threat_rule: String,
    /// The rule that labelled the rows, in words.
    pub label_rule: String,
    /// The features with their SQL.
    pub features: Vec<CardFeature>,
    /// The pipeline's parameters, seed included.
    pub pipeline: PipelineSpec,
    /// First and last event of the sample, RFC 3339, UTC.
    pub window: Option<(String, String)>,
    /// Rows of class 0 and of class 1 in the sample.
    pub class_counts: [u64; 2],
    /// BLAKE3 of the sample: its features, labels and keys in order.
    pub sample_hash: String,
    /// What each split said.
    pub evaluations: Vec<Evaluation>,
    /// What may be wrong with it: name and finding.
    pub doubts: Vec<(String, String)>,
}

impl Card {
    /// The card as a page of Markdown.
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut page);
        page
    }

    fn write(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "# {} v{:04}\n", self.name, self.version)?;
        writeln!(page, "Stored {} by Botany {}.\n", self.created_at, self.made_by)?;
        writeln!(page, "- one row is one {}", self.grain)?;
        writeln!(page, "- threat list: {}", self.threat_rule)?;
        writeln!(page, "- label: {}", self.label_rule)?;
        if let Some((first, last)) = &self.window {
            writeln!(page, "- events from {first} to {last}")?;
        }
        let [zeros, ones] = self.class_counts;
        writeln!(
            page,
            "- sample: {zeros} rows of class 0, {ones} of class 1, BLAKE3 {}",
            self.sample_hash
        )?;
        writeln!(page, "- algorithm: {}, seed {}\n", self.pipeline.algorithm, self.pipeline.seed)?;

        writeln!(
            page,
            "## Evidence\n\n| split | rows | class 1 | addresses | measure | value | 95 % |"
        )?;
        writeln!(page, "|---|---|---|---|---|---|---|")?;
        for evaluation in &self.evaluations {
            let leak = if evaluation.leaks { " (leaks)" } else { "" };
            for metric in &evaluation.metrics {
                let value = metric.value.map_or("undefined".to_owned(), |v| format!("{v:.3}"));
                let interval = match (metric.low, metric.high) {
                    (Some(low), Some(high)) => format!("{low:.3} to {high:.3}"),
                    _ => String::new(),
                };
                writeln!(
                    page,
                    "| {}{leak} | {} | {} | {} | {} | {value} | {interval} |",
                    evaluation.split,
                    evaluation.rows,
                    evaluation.positives,
                    evaluation.addresses,
                    metric.name
                )?;
            }
        }
        writeln!(page, "\n## Doubts\n")?;
        for (name, finding) in &self.doubts {
            writeln!(page, "- {name}: {finding}")?;
        }
        writeln!(page, "\n## Features\n\n| name | unit | SQL |\n|---|---|---|")?;
        for feature in &self.features {
            let sql = feature.sql.replace('|', "\\|").replace('\n', " ");
            writeln!(page, "| {} | {} | `{sql}` |", feature.name, feature.unit)?;
        }
        writeln!(page, "\n## Recipe\n\n```toml\n{}\n```", self.recipe.trim_end())
    }
}
