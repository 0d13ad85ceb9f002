//! The card of a model: what it was made from, and how far it can be believed.

mod doubt;
mod input;
mod seen;

use std::fmt::Write as _;

use botany_catalog::digits::{apart, four};
use botany_learn::PipelineSpec;
use botany_validate::Evaluation;
use serde::{Deserialize, Serialize};

pub use doubt::CardDoubt;
pub use input::Input;
pub use seen::Seen;

/// The probability from which a model calls a row 1 where nobody chose another.
pub const USUAL_THRESHOLD: f64 = 0.5;

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
    /// What may be wrong with it.
    pub doubts: Vec<CardDoubt>,
    /// The probability from which it calls a row 1, if somebody chose one; see [`Card::threshold`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// The experiment it was made in; `None` on a card made before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
}

impl Card {
    /// The probability from which the model calls a row 1, unless who asks says otherwise.
    pub fn threshold(&self) -> f64 {
        self.threshold.unwrap_or(USUAL_THRESHOLD)
    }

    /// Whether that was chosen, in words; the number to four digits.
    pub fn threshold_in_words(&self) -> String {
        match self.threshold {
            Some(chosen) => {
                format!("from probability {}, chosen when it was saved", four(chosen))
            }
            None => format!("from probability {USUAL_THRESHOLD}, as nobody chose another"),
        }
    }

    /// From which probability on the evidence calls a row 1, beside the one in force.
    pub fn measured_in_words(&self) -> String {
        let measured =
            self.evaluations.first().map_or(USUAL_THRESHOLD, |evaluation| evaluation.threshold);
        let [at, own] = apart(measured, self.threshold());
        let these =
            format!("precision, recall and F1 were measured calling a row 1 from probability {at}");
        if measured == self.threshold() {
            format!("{these}, the threshold this version goes by")
        } else {
            format!("{these}; this version goes by {own}, where the three have other values")
        }
    }

    /// What the model looks at, in its own order, the columns of its clusters among it; then what only the clusters
    /// are made of.
    pub fn inputs(&self) -> Vec<Input> {
        input::all(&self.pipeline, &self.features)
    }

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
        writeln!(page, "- algorithm: {}, seed {}", self.pipeline.algorithm, self.pipeline.seed)?;
        let exact = self.threshold().to_string();
        let exactly = if exact == four(self.threshold()) {
            String::new()
        } else {
            format!(" (exactly {exact})")
        };
        writeln!(page, "- calls a row 1 {}{exactly}", self.threshold_in_words())?;
        if let Some(experiment) = &self.experiment {
            writeln!(page, "- experiment: {experiment}")?;
        }
        writeln!(page, "\n## Evidence\n\n{}.\n", self.measured_in_words())?;
        writeln!(page, "| split | rows | class 1 | addresses | measure | value | 95 % |")?;
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
        for doubt in &self.doubts {
            writeln!(page, "- {doubt}")?;
        }
        writeln!(page, "\n## Features\n\n| name | unit | how it is made |\n|---|---|---|")?;
        for input in self.inputs() {
            let sql = input.sql.replace('|', "\\|").replace('\n', " ");
            writeln!(page, "| {} | {} | `{sql}` |", input.name, input.unit)?;
        }
        writeln!(page, "\n## Recipe\n\n```toml\n{}\n```", self.recipe.trim_end())
    }
}
