//! In which ways may the result be wrong?
//!
//! One file a doubt, one line a doubt in [`ALL`]. A doubt is a question with a test: it looks at the
//! rows, or fits again, and says what it found, how serious that is, and the figures behind it.

mod degrees_of_freedom;
mod duplicate_rows;
mod label_permutation;
mod prevalence;
mod shared_addresses;
mod single_feature;

use std::collections::BTreeMap;

use botany_learn::{Frame, PipelineSpec, Values};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::keys::{Keys, check_labels};
use crate::splits::SplitOptions;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The doubt was tested and did not hold.
    Ok,
    /// Worth knowing when the numbers are read.
    Note,
    /// The numbers may not mean what they seem to.
    Warning,
}

/// What the test of a doubt found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Name of the doubt.
    pub name: String,
    /// The question it asks.
    pub question: String,
    /// The answer, in a sentence or two.
    pub finding: String,
    /// How serious it is.
    pub severity: Severity,
    /// The figures behind the answer.
    pub figures: BTreeMap<String, f64>,
}

/// How doubts are tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoubtOptions {
    /// Folds and seed of what is fitted again.
    pub split: SplitOptions,
    /// Times the labels are dealt anew; each costs one fit a fold and one more. 0 leaves that out.
    pub permutations: usize,
}

impl Default for DoubtOptions {
    fn default() -> Self {
        DoubtOptions { split: SplitOptions::default(), permutations: 3 }
    }
}

/// What is doubted: a pipeline and the rows it is fitted on.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The pipeline.
    pub spec: &'a PipelineSpec,
    /// Its rows.
    pub frame: &'a Frame,
    /// Their labels.
    pub y: &'a [u8],
    /// Their keys.
    pub keys: &'a Keys,
    /// The evaluation by address, if there is one already; it is made again if a doubt needs it.
    pub by_address: Option<&'a Evaluation>,
    /// How to test.
    pub options: &'a DoubtOptions,
}

impl<'a> Case<'a> {
    /// The features of the pipeline as they stand in the frame: without the made-up `cluster` and
    /// `cluster_distance`, which are functions of others.
    fn features(&self) -> Vec<(&'a str, &'a Values)> {
        self.frame
            .columns()
            .iter()
            .filter(|column| self.spec.features.contains(&column.name))
            .map(|column| (column.name.as_str(), &column.values))
            .collect()
    }

    /// Share of the rows with label 1.
    fn prevalence(&self) -> f64 {
        let positives = self.y.iter().filter(|&&label| label == 1).count();
        positives as f64 / self.y.len().max(1) as f64
    }
}

/// A way in which the result may be wrong; an item of the shelf [`ALL`].
pub trait Doubt: Sync {
    /// Its name in files.
    fn name(&self) -> &'static str;
    /// The question it asks.
    fn question(&self) -> &'static str;
    /// How it is tested, and when it warns.
    fn doc(&self) -> &'static str;
    /// Tests it.
    ///
    /// # Errors
    /// When the pipeline cannot be fitted.
    fn test(&self, case: &Case) -> Result<Answer, Error>;
}

/// The answer to a doubt, before it has the doubt's name on it.
pub struct Answer {
    /// The answer, in a sentence or two.
    pub finding: String,
    /// How serious it is.
    pub severity: Severity,
    /// The figures behind it.
    pub figures: BTreeMap<String, f64>,
}

impl Answer {
    fn new(severity: Severity, finding: impl Into<String>) -> Answer {
        Answer { finding: finding.into(), severity, figures: BTreeMap::new() }
    }

    /// Adds a figure; one that is no number is left out.
    fn figure(mut self, name: impl Into<String>, value: impl Into<Option<f64>>) -> Answer {
        if let Some(value) = value.into().filter(|value| value.is_finite()) {
            self.figures.insert(name.into(), value);
        }
        self
    }
}

/// Every doubt, in the order in which a report shows them: what is cheap to test first.
pub static ALL: &[&dyn Doubt] = &[
    &prevalence::Prevalence,
    &shared_addresses::SharedAddresses,
    &duplicate_rows::DuplicateRows,
    &single_feature::SingleFeature,
    &degrees_of_freedom::DegreesOfFreedom,
    &label_permutation::LabelPermutation,
];

/// Tests every doubt.
///
/// # Errors
/// When keys or labels do not match the frame, or the pipeline cannot be fitted.
pub fn examine(case: &Case) -> Result<Vec<Finding>, Error> {
    check_labels(case.y, case.frame.rows())?;
    case.keys.check(case.frame.rows())?;
    ALL.iter().map(|doubt| ask(*doubt, case)).collect()
}

fn ask(doubt: &dyn Doubt, case: &Case) -> Result<Finding, Error> {
    let answer = doubt.test(case)?;
    Ok(Finding {
        name: doubt.name().to_owned(),
        question: doubt.question().to_owned(),
        finding: answer.finding,
        severity: answer.severity,
        figures: answer.figures,
    })
}

/// A share as a sentence has it.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 1.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}
