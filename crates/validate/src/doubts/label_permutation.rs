//! Does the score vanish when there is nothing to learn?

use botany_learn::Rng;

use super::{Answer, Case, Doubt, Severity};
use crate::error::Error;
use crate::evaluate::{out_of_fold, refit};
use crate::keys::Groups;
use crate::measure::by_address;
use crate::metrics::{Ranking, find};
use crate::splits::{Split, SplitOptions};

/// A mean ROC AUC on labels dealt at random from which on the procedure itself is at fault.
const TOO_GOOD: f64 = 0.65;

/// Chance may come out on top one time in so many before the doubt is laid to rest.
const SURE: usize = 20;

/// Labels dealt anew over the addresses.
pub struct LabelPermutation;

impl Doubt for LabelPermutation {
    fn name(&self) -> &'static str {
        "label_permutation"
    }

    fn question(&self) -> &'static str {
        "does the score fall to a guess when the labels are dealt at random?"
    }

    fn doc(&self) -> &'static str {
        "Deals the labels anew over the addresses (each address gets the labels of another one), so \
         that nothing is left to learn, fits again and takes the ROC AUC over addresses, which \
         should be 0.5. By address it warns when the real score does not pass every permuted one, or \
         when those lie above 0.65 on average. The same by random rows shows what that split gives \
         for nothing."
    }

    fn test(&self, case: &Case) -> Result<Answer, Error> {
        let options = &case.options.split;
        let wanted = case.options.permutations;
        if wanted == 0 {
            return Ok(Answer::new(
                Severity::Note,
                "not tested, as it takes many fits and the recipe asks for none: tick the box for shuffled labels under \
                 Prediction, or write `permutations = 19` below `[validate]`",
            ));
        }
        let groups = Groups::new(&case.keys.address);
        let known = case.by_address.filter(|evaluation| evaluation.split == Split::Address.name());
        let observed = match known {
            Some(evaluation) => evaluation.address_metric("roc_auc").and_then(|auc| auc.value),
            None => area(case, case.y, Split::Address, options)?,
        };
        let half = SplitOptions { holdout: Some(0.5), ..options.clone() };
        let (mut by_address, mut by_row) = (Vec::new(), Vec::new());
        for index in 0..wanted as u64 {
            let y = dealt(case.y, &groups, &mut Rng::stream(options.seed, index));
            by_address.extend(area(case, &y, Split::Address, options)?);
            by_row.extend(area(case, &y, Split::Row, &half)?);
        }
        let mean = |values: &[f64]| {
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let highest = by_address.iter().copied().reduce(f64::max);
        let (Some(observed), Some(average), Some(highest)) = (observed, mean(&by_address), highest)
        else {
            let finding = "not tested: the split by address cannot be made of these labels";
            return Ok(Answer::new(Severity::Note, finding));
        };
        let mut finding = format!(
            "ROC AUC on addresses never seen is {observed:.2} with the labels and {average:.2} on \
             average (at most {highest:.2}) with labels dealt at random"
        );
        let mut advice =
            "Learn from other features or more addresses: of this model nothing is shown.";
        let severity = if average > TOO_GOOD {
            finding.push_str(": the way of testing finds what is not there");
            advice = "Believe none of its numbers until the way of testing is mended.";
            Severity::Warning
        } else if observed <= highest {
            finding.push_str(": the model has learnt nothing that chance does not give");
            Severity::Warning
        } else {
            let times = by_address.len() + 1;
            finding.push_str(&format!("; chance alone comes out on top one time in {times}"));
            // As sure as the intervals are: one time in twenty.
            if times >= SURE {
                Severity::Ok
            } else {
                finding.push_str(&format!(
                    ", too often to rule it out: {} permutations would do",
                    SURE - 1
                ));
                Severity::Note
            }
        };
        if let Some(row) = mean(&by_row) {
            finding.push_str(&format!("; by random rows even random labels score {row:.2}"));
        }
        Ok(Answer::new(severity, finding)
            .advice(advice)
            .figure("permutations", by_address.len() as f64)
            .figure("observed_roc_auc", observed)
            .figure("permuted_roc_auc_mean", average)
            .figure("permuted_roc_auc_most", highest)
            .figure("permuted_roc_auc_by_row", mean(&by_row)))
    }
}

/// ROC AUC over addresses, by a split; `None` when these labels do not allow it.
fn area(case: &Case, y: &[u8], split: Split, options: &SplitOptions) -> Result<Option<f64>, Error> {
    let mut predict = refit(case.spec, case.frame, y);
    let probabilities = match out_of_fold(y, case.keys, split, options, &mut predict) {
        Ok(tested) => tested.probabilities,
        Err(error @ Error::Learn(_)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let tested: Vec<usize> = (0..y.len()).filter(|&row| !probabilities[row].is_nan()).collect();
    let labels: Vec<u8> = tested.iter().map(|&row| y[row]).collect();
    let own: Vec<f64> = tested.iter().map(|&row| probabilities[row]).collect();
    let groups = Groups::new(&case.keys.take(&tested).address);
    let (labels, means) = by_address(&labels, &own, &groups);
    let evidence = Ranking::new(&labels, &means, None, 0.5)?.evidence(None);
    Ok(find("roc_auc").and_then(|metric| metric.of(&evidence)))
}

/// Each address gets the labels of another one, repeated or cut to its own number of rows.
fn dealt(y: &[u8], groups: &Groups, rng: &mut Rng) -> Vec<u8> {
    let rows = groups.rows();
    let mut giver: Vec<usize> = (0..groups.count).collect();
    rng.shuffle(&mut giver);
    let mut new = y.to_vec();
    for (own, giver) in rows.iter().zip(giver) {
        for (&row, &from) in own.iter().zip(rows[giver].iter().cycle()) {
            new[row] = y[from];
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_swap_their_labels_whole() {
        let of: Vec<String> = (0..40).flat_map(|a| vec![format!("{a:02}"); a % 5 + 1]).collect();
        let groups = Groups::new(&of);
        let y: Vec<u8> = groups.of.iter().map(|&group| u8::from(group % 4 == 0)).collect();
        let new = dealt(&y, &groups, &mut Rng::new(1));
        assert_ne!(new, y);
        let positive = |y: &[u8]| {
            groups.rows().iter().filter(|rows| rows.iter().all(|&row| y[row] == 1)).count()
        };
        assert_eq!(positive(&new), positive(&y));
        // Labels that belong to an address still do.
        assert!(groups.rows().iter().all(|rows| rows.iter().all(|&row| new[row] == new[rows[0]])));
    }
}
