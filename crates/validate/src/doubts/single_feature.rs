//! Does one feature give the label away?

use botany_learn::Values;

use super::{Answer, Case, Doubt, Severity};
use crate::error::Error;
use crate::metrics::{Ranking, find};

/// Average precision of a feature alone from which on it is suspected of encoding the label.
const SUSPECT: f64 = 0.95;

/// One feature that ranks the rows almost perfectly.
pub struct SingleFeature;

impl Doubt for SingleFeature {
    fn name(&self) -> &'static str {
        "single_feature"
    }

    fn question(&self) -> &'static str {
        "does one feature alone give the label away?"
    }

    fn doc(&self) -> &'static str {
        "Ranks the rows by each feature alone, up and down (a category by each of its levels), and \
         takes the average precision. From 0.95 on, and half of the way from the share of positives \
         to 1, it warns: the label may have been made from that feature, or from what made it."
    }

    fn test(&self, case: &Case) -> Result<Answer, Error> {
        let prevalence = case.prevalence();
        let mut each: Vec<(&str, f64)> = Vec::new();
        for (name, values) in case.features() {
            let mut best = None::<f64>;
            for ranks in rankings(values) {
                for ranks in [ranks.iter().map(|r| 1.0 - r).collect(), ranks] {
                    let evidence = Ranking::new(case.y, &ranks, None, 0.5)?.evidence(None);
                    let value = find("average_precision").and_then(|ap| ap.of(&evidence));
                    best = best.into_iter().chain(value).reduce(f64::max);
                }
            }
            each.extend(best.map(|best| (name, best)));
        }
        each.sort_by(|a, b| b.1.total_cmp(&a.1));
        let Some(&(name, best)) = each.first() else {
            return Ok(Answer::new(Severity::Ok, "not tested: no feature or no row of label 1"));
        };
        let suspect = |ap: f64| ap >= SUSPECT && ap - prevalence >= 0.5 * (1.0 - prevalence);
        let (severity, finding) = if suspect(best) {
            let names: Vec<&str> =
                each.iter().filter(|(_, ap)| suspect(*ap)).map(|(name, _)| *name).collect();
            let finding = format!(
                "`{}` alone {} the rows of label 1 first (average precision {best:.2})",
                names.join("`, `"),
                if names.len() == 1 { "ranks" } else { "each rank" },
            );
            (Severity::Warning, finding)
        } else {
            let finding = format!(
                "no: the strongest, `{name}`, reaches an average precision of {best:.2} alone, where a \
                 guess gets {prevalence:.2}"
            );
            (Severity::Ok, finding)
        };
        let answer = Answer::new(severity, finding)
            .advice("Make sure that the label was not made from the same thing, or learn without that feature.")
            .figure("prevalence", prevalence);
        Ok(each.into_iter().fold(answer, |answer, (name, ap)| answer.figure(name, ap)))
    }
}

/// Ways to rank the rows by a feature, as numbers from 0 to 1: by its size, or by being a level.
fn rankings(values: &Values) -> Vec<Vec<f64>> {
    match values {
        Values::Number(values) => {
            let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted.dedup();
            // A missing number ranks below all others.
            let rank = |value: &f64| sorted.partition_point(|other| other <= value);
            let most = sorted.len().max(1) as f64;
            vec![
                values
                    .iter()
                    .map(|v| if v.is_nan() { 0.0 } else { rank(v) as f64 / most })
                    .collect(),
            ]
        }
        Values::Category { codes, levels } => (0..levels.len() as u32)
            .map(|level| codes.iter().map(|&code| f64::from(u8::from(code == level))).collect())
            .collect(),
    }
}
