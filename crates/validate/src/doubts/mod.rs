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
    /// The answer, in a sentence or two; where it warns, with what to do.
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
    /// What to do where it warns, in a sentence.
    pub advice: Option<&'static str>,
    /// The figures behind it.
    pub figures: BTreeMap<String, f64>,
}

impl Answer {
    fn new(severity: Severity, finding: impl Into<String>) -> Answer {
        Answer { finding: finding.into(), severity, advice: None, figures: BTreeMap::new() }
    }

    /// Says what to do where it warns.
    fn advice(mut self, advice: &'static str) -> Answer {
        self.advice = Some(advice);
        self
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
    let finding = match answer.advice.filter(|_| answer.severity == Severity::Warning) {
        Some(advice) => format!("{}. {advice}", answer.finding),
        None => answer.finding,
    };
    Ok(Finding {
        name: doubt.name().to_owned(),
        question: doubt.question().to_owned(),
        finding,
        severity: answer.severity,
        figures: answer.figures,
    })
}

/// A share as a sentence has it.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 1.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use botany_learn::Column;

    use super::*;
    use crate::planted::{Planted, learnable, memorable};

    fn findings(planted: &Planted) -> BTreeMap<String, Finding> {
        doubted(planted, DoubtOptions::default().permutations)
    }

    fn doubted(planted: &Planted, permutations: usize) -> BTreeMap<String, Finding> {
        let Planted { spec, frame, y, keys } = planted;
        let options = DoubtOptions { permutations, ..DoubtOptions::default() };
        let case = Case { spec, frame, y, keys, by_address: None, options: &options };
        let found = examine(&case).unwrap();
        assert_eq!(found.len(), ALL.len());
        found.into_iter().map(|finding| (finding.name.clone(), finding)).collect()
    }

    #[test]
    fn an_honest_population_raises_no_warning_but_that_of_random_rows() {
        let found = doubted(&learnable(6), 19);
        assert_eq!(found["prevalence"].severity, Severity::Note, "{found:#?}");
        assert_eq!(found["prevalence"].figures["effective_positive_addresses"], 20.0);
        assert_eq!(found["shared_addresses"].severity, Severity::Warning);
        assert_eq!(found["shared_addresses"].figures["known_rows_share"], 1.0);
        assert_eq!(found["single_feature"].severity, Severity::Ok);
        assert_eq!(found["degrees_of_freedom"].severity, Severity::Ok);
        assert_eq!(found["degrees_of_freedom"].figures["rank"], 2.0);
        let permuted = &found["label_permutation"];
        assert_eq!(permuted.severity, Severity::Ok, "{permuted:#?}");
        assert!(permuted.figures["observed_roc_auc"] > permuted.figures["permuted_roc_auc_most"]);
    }

    #[test]
    fn chance_is_not_ruled_out_by_three_permutations() {
        let permuted = &findings(&learnable(6))["label_permutation"];
        assert_eq!(permuted.severity, Severity::Note, "{permuted:#?}");
        assert!(permuted.finding.contains("19 permutations"), "{permuted:#?}");
    }

    #[test]
    fn what_is_only_remembered_is_found_out() {
        let permuted = &findings(&memorable(6))["label_permutation"];
        assert_eq!(permuted.severity, Severity::Warning, "{permuted:#?}");
        assert!(permuted.figures["permuted_roc_auc_by_row"] > 0.9, "{permuted:#?}");
        assert!(permuted.figures["permuted_roc_auc_mean"] < 0.65, "{permuted:#?}");
    }

    #[test]
    fn a_feature_made_from_the_label_is_found_out() {
        let mut planted = learnable(6);
        let label = planted.y.iter().map(|&label| Some(if label == 1 { "bad" } else { "good" }));
        let column = Column::new("verdict", Values::words(label));
        planted.frame = planted.frame.with(column).unwrap();
        planted.spec.features.push("verdict".to_owned());
        let found = &findings(&planted)["single_feature"];
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.finding.starts_with("`verdict` alone"), "{}", found.finding);
        assert!(found.finding.ends_with("or learn without that feature."), "{}", found.finding);
        assert_eq!(found.figures["verdict"], 1.0);
    }

    #[test]
    fn many_features_of_two_counts_are_two_numbers() {
        let mut planted = learnable(6);
        let (i, o) = (
            planted.frame.numbers("packets_in").unwrap().to_vec(),
            planted.frame.numbers("packets_out").unwrap().to_vec(),
        );
        let pairs = || i.iter().zip(&o);
        let ratio = pairs().map(|(i, o)| (o - i) / (o + i + 1.0));
        let push = pairs().map(|(i, o)| Some(if o > i { "push" } else { "pull" }));
        let added = [
            ("packets_total", Values::numbers(pairs().map(|(i, o)| i + o))),
            ("packet_ratio", Values::numbers(ratio)),
            ("packet_pcr_range", Values::words(push)),
        ];
        for (name, values) in added {
            planted.frame = planted.frame.with(Column::new(name, values)).unwrap();
            planted.spec.features.push(name.to_owned());
        }
        let found = &findings(&planted)["degrees_of_freedom"];
        assert_eq!(found.severity, Severity::Warning, "{found:#?}");
        assert_eq!(found.figures["functions_of_packet_counts"], 5.0);
        assert_eq!((found.figures["numeric_features"], found.figures["rank"]), (4.0, 3.0));
        planted.spec.features.push("noise".to_owned());
        let found = &findings(&planted)["degrees_of_freedom"];
        assert_eq!(found.severity, Severity::Note);
        assert!(
            found.finding.starts_with("5 of 6 features can be computed from"),
            "{}",
            found.finding
        );
    }

    #[test]
    fn rows_that_carry_both_labels_bound_every_model() {
        let Planted { spec, .. } = learnable(1);
        // Three kinds of rows: one always 1, one always 0, one half and half.
        let kinds = [(1.0, 1, 20), (2.0, 0, 40), (3.0, 1, 20), (3.0, 0, 20)];
        let rows = || kinds.iter().flat_map(|&(kind, y, count)| vec![(kind, y); count]);
        let values = || Values::numbers(rows().map(|row| row.0));
        let y: Vec<u8> = rows().map(|row| row.1).collect();
        let columns = ["packets_in", "packets_out"].map(|name| Column::new(name, values()));
        let keys =
            Keys::new((0..100).map(|row| format!("192.0.2.{row}")), (0..100).collect(), 24, 64);
        let frame = Frame::new(columns.to_vec()).unwrap();
        let found = findings(&Planted { spec, frame, y, keys: keys.unwrap() });
        let (duplicates, shared) = (&found["duplicate_rows"], &found["shared_addresses"]);
        assert_eq!(shared.severity, Severity::Ok, "one row an address: nothing to share");
        assert_eq!(duplicates.severity, Severity::Warning);
        let figure = |name: &str| duplicates.figures[name];
        assert_eq!((figure("distinct_rows"), figure("both_labels_share")), (3.0, 0.4));
        assert_eq!(figure("best_accuracy"), 0.8);
        // Calling the mixed kind 1 finds all 40 positives with 20 false alarms.
        assert!((figure("best_f1") - 0.8).abs() < 1e-12);
        assert!((figure("best_average_precision") - (0.5 + 0.5 * 40.0 / 60.0)).abs() < 1e-12);
    }

    #[test]
    fn few_positive_addresses_warn() {
        let mut planted = learnable(6);
        for (label, address) in planted.y.iter_mut().zip(&planted.keys.address) {
            *label &= u8::from(address.len() < "192.0.10.20".len());
        }
        let found = &findings(&planted)["prevalence"];
        assert_eq!(found.severity, Severity::Warning, "{found:#?}");
        assert!(found.figures["effective_positive_addresses"] < 10.0);
    }

    #[test]
    fn the_shelf_asks_questions() {
        for doubt in ALL {
            assert!(doubt.question().ends_with('?') && doubt.doc().ends_with('.'));
        }
        assert_eq!(percent(0.004), "0.4 %");
        assert_eq!(serde_json::to_string(&Severity::Warning).unwrap(), "\"warning\"");
    }
}
