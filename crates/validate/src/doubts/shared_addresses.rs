//! Would random rows test what they trained on?

use super::{Answer, Case, Doubt, Severity, percent};
use crate::error::Error;
use crate::keys::Groups;
use crate::splits::{Split, folds};

/// Addresses on both sides of a split by random rows.
pub struct SharedAddresses;

impl Doubt for SharedAddresses {
    fn name(&self) -> &'static str {
        "shared_addresses"
    }

    fn question(&self) -> &'static str {
        "would a split by random rows test addresses it has learnt from?"
    }

    fn doc(&self) -> &'static str {
        "Makes the split by random rows and counts the tested rows whose address also trains. Warns \
         from a half on: a number by random rows then speaks of known addresses."
    }

    fn test(&self, case: &Case) -> Result<Answer, Error> {
        let made = match folds(Split::Row, case.keys, case.y, &case.options.split) {
            Ok(made) => made,
            Err(error) => return Ok(Answer::new(Severity::Note, format!("not tested: {error}"))),
        };
        let groups = Groups::new(&case.keys.address);
        let (mut tested, mut known) = (0usize, 0usize);
        let (mut positives, mut known_positives) = (0usize, 0usize);
        for fold in &made {
            let mut trains = vec![false; groups.count];
            for &row in &fold.train {
                trains[groups.of[row] as usize] = true;
            }
            for &row in &fold.test {
                let positive = usize::from(case.y[row] == 1);
                let trained = usize::from(trains[groups.of[row] as usize]);
                tested += 1;
                positives += positive;
                known += trained;
                known_positives += trained * positive;
            }
        }
        let share = known as f64 / tested.max(1) as f64;
        let of_positives =
            (positives > 0).then(|| known_positives as f64 / positives.max(1) as f64);
        let severity = match share {
            _ if known == 0 => Severity::Ok,
            share if share < 0.5 => Severity::Note,
            _ => Severity::Warning,
        };
        let finding = match known {
            0 => "no: no row of a split by random rows is of an address it has learnt from"
                .to_owned(),
            _ => format!(
                "yes: {} of the rows that a split by random rows tests ({} of those of label 1) are of \
                 an address that it has learnt from",
                percent(share),
                percent(of_positives.unwrap_or(0.0)),
            ),
        };
        Ok(Answer::new(severity, finding)
            .advice(
                "Go by the split by address or by block; what the split by row says is about \
                 addresses it knows.",
            )
            .figure("tested_rows", tested as f64)
            .figure("known_rows_share", share)
            .figure("known_positives_share", of_positives)
            .figure("addresses", groups.count as f64))
    }
}
