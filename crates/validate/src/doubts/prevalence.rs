//! Are there positives enough to learn from?

use super::{Answer, Case, Doubt, Severity, percent};
use crate::error::Error;
use crate::keys::Groups;

/// Fewer effective positive addresses than this cannot carry a number.
const TOO_FEW: f64 = 10.0;
/// Fewer than this carry it badly.
const FEW: f64 = 30.0;
/// A label rarer than this is hard to learn and harder to judge.
const RARE: f64 = 0.01;

/// Class prevalence and positive addresses.
pub struct Prevalence;

impl Doubt for Prevalence {
    fn name(&self) -> &'static str {
        "prevalence"
    }

    fn question(&self) -> &'static str {
        "are there enough addresses of label 1 to believe a number?"
    }

    fn doc(&self) -> &'static str {
        "Counts positive rows and addresses, and the effective number of positive addresses: one \
         over the sum of their squared shares of the positive rows, which is low when one address \
         supplies most rows. Warns under 10, notes under 30 or under 1 % positive rows."
    }

    fn test(&self, case: &Case) -> Result<Answer, Error> {
        let groups = Groups::new(&case.keys.address);
        let mut of_address = vec![0.0f64; groups.count];
        for (&group, &label) in groups.of.iter().zip(case.y) {
            of_address[group as usize] += f64::from(label);
        }
        let positives: f64 = of_address.iter().sum();
        if positives == 0.0 {
            let finding = format!("none of {} rows is of label 1", case.y.len());
            return Ok(Answer::new(Severity::Warning, finding)
                .advice("Collect for longer, or choose a label that more addresses have.")
                .figure("rows", case.y.len() as f64)
                .figure("positives", 0.0));
        }
        let addresses = of_address.iter().filter(|&&own| own > 0.0).count();
        let largest = of_address.iter().fold(0.0f64, |most, &own| most.max(own / positives));
        let effective = positives * positives / of_address.iter().map(|own| own * own).sum::<f64>();
        let prevalence = case.prevalence();
        let severity = if effective < TOO_FEW {
            Severity::Warning
        } else if effective < FEW || prevalence < RARE {
            Severity::Note
        } else {
            Severity::Ok
        };
        let finding = format!(
            "{} of the rows are of label 1 ({positives} of {}), from {addresses} of {} addresses; the \
             busiest supplies {} of them, so that they weigh like {effective:.0} equal addresses (their effective number)",
            percent(prevalence),
            case.y.len(),
            groups.count,
            percent(largest),
        );
        Ok(Answer::new(severity, finding)
            .advice(
                "Collect for longer, or choose a label that more addresses have; where one address \
                 supplies most rows, let a row be what an address did in a day.",
            )
            .figure("rows", case.y.len() as f64)
            .figure("positives", positives)
            .figure("prevalence", prevalence)
            .figure("addresses", groups.count as f64)
            .figure("positive_addresses", addresses as f64)
            .figure("effective_positive_addresses", effective)
            .figure("largest_share", largest))
    }
}
