//! The threat list as it is now: what the data directory knows, and what the followed login logs add.

use std::collections::HashMap;

use anyhow::Result;
use arrow::array::{AsArray as _, RecordBatch};
use arrow::compute::max;
use arrow::datatypes::TimestampMicrosecondType;
use botany_catalog::tables;
use botany_enrich::profiles::HOUR;
use botany_enrich::threat::{self, Rules};
use botany_watch::alert::Threat;

use super::kept::Kept;
use super::scorer::Scorer;
use crate::run::rows::{numbers, texts};

/// Who is listed.
pub struct Listing {
    rules: Rules,
    /// What the data directory knew at the start.
    known: HashMap<String, Threat>,
    /// What the followed logs showed.
    seen: HashMap<String, Threat>,
    logins: Kept,
}

impl Listing {
    /// A list that begins with `known`, rows of table `threat`, and grows by the model's own rules; at most
    /// `capacity` log-ins are kept.
    ///
    /// # Errors
    ///
    /// If the rows lack a column, which is a defect.
    pub fn new(rules: &Rules, known: &[RecordBatch], capacity: usize) -> Result<Listing> {
        Ok(Listing {
            rules: rules.clone(),
            known: threats(known)?,
            seen: HashMap::new(),
            logins: Kept::new("login", capacity),
        })
    }

    /// How many sources are listed.
    pub fn len(&self) -> usize {
        self.known.len() + self.seen.keys().filter(|ip| !self.known.contains_key(*ip)).count()
    }

    /// What the list knows of a source: names of both, first and last of either.
    pub fn find(&self, source: &str) -> Option<Threat> {
        match (self.known.get(source), self.seen.get(source)) {
            (Some(known), Some(seen)) => {
                let mut usernames = known.usernames.clone();
                usernames.extend(seen.usernames.iter().cloned());
                usernames.sort();
                usernames.dedup();
                Some(Threat {
                    usernames,
                    first_seen: known.first_seen.min(seen.first_seen),
                    last_seen: known.last_seen.max(seen.last_seen),
                })
            }
            (one, other) => one.or(other).cloned(),
        }
    }

    /// Takes log-ins that were read, and lists whom they show.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn take(&mut self, scorer: &Scorer, logins: &RecordBatch) -> Result<()> {
        let times = logins.column(0).as_primitive_opt::<TimestampMicrosecondType>();
        let latest = times.and_then(max);
        self.logins.push(logins.clone());
        if let Some(latest) = latest {
            let hours = self.rules.window_hours + self.rules.expiry_hours;
            self.logins.forget_before(latest - i64::from(hours) * HOUR)?;
        }
        self.list(scorer)
    }

    /// The kept log-ins, to save and load them.
    pub fn logins(&mut self) -> &mut Kept {
        &mut self.logins
    }

    /// Makes the list of the kept log-ins.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn list(&mut self, scorer: &Scorer) -> Result<()> {
        let logins: Vec<RecordBatch> = self.logins.batches().cloned().collect();
        if logins.is_empty() {
            self.seen.clear();
            return Ok(());
        }
        scorer.engine().register_batches(tables::LOGIN.name, logins)?;
        self.seen = threats(&scorer.wait(threat::build(scorer.engine(), &self.rules))?.batches)?;
        Ok(())
    }
}

/// Rows of table `threat`, by their source.
fn threats(rows: &[RecordBatch]) -> Result<HashMap<String, Threat>> {
    let (sources, names) = (texts(rows, "src_ip")?, texts(rows, "usernames")?);
    let (first, last) = (numbers(rows, "first_seen")?, numbers(rows, "last_seen")?);
    let threats = names.iter().zip(first.into_iter().zip(last)).map(|(names, seen)| Threat {
        usernames: names.split(',').map(|name| name.trim().to_owned()).collect(),
        first_seen: seen.0,
        last_seen: seen.1,
    });
    Ok(sources.into_iter().zip(threats).collect())
}
