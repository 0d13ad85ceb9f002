//! A list as it leaves: the threat list, and what a model says of addresses or blocks.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use botany_enrich::profiles::Grain;
use botany_enrich::threat::Rules;
use botany_watch::listing::{Listing, Reason, Sighting, THREAT_LIST, Terms};
use botany_watch::{Model, ModelName};
use jiff::Timestamp;

use super::rows::{numbers, texts};
use super::{Workspace, allowed, each_scored, population};
use crate::recipe::Recipe;

/// What is to be listed.
pub struct Ask<'a> {
    /// The rules of the threat list; none leaves it away.
    pub threat: Option<&'a Rules>,
    /// A model whose addresses or blocks are listed too.
    pub model: Option<&'a Model>,
    /// The probability from which a model's addresses or blocks are listed; none: the model's own.
    pub threshold: Option<f64>,
    /// Name, moment, expiry, what is never listed; what the data directory never lists is added to it.
    pub terms: Terms,
}

/// The list of what a data directory holds.
///
/// # Errors
///
/// If the list or the model cannot be followed here; the engine's.
pub fn listing(ask: &Ask<'_>, workspace: &Workspace) -> Result<Listing> {
    let mut terms = ask.terms.clone();
    terms.never.extend(allowed::list(&workspace.data)?.into_iter().map(|one| one.network));
    let mut sightings = Vec::new();
    if let Some(rules) = ask.threat {
        sightings.extend(threat(rules, workspace)?);
    }
    if let Some(model) = ask.model {
        let threshold = ask.threshold.unwrap_or_else(|| model.card.threshold());
        sightings.extend(said(model, threshold, workspace)?);
    }
    Ok(Listing::new(sightings, &terms)?)
}

/// The last time anything was seen in a data directory.
///
/// # Errors
///
/// The engine's.
pub fn last_seen(workspace: &Workspace) -> Result<Option<String>> {
    Ok(population::window(workspace)?.1)
}

/// The threat list. Its evidence counts in bits; that many bits would come together by chance once in 2^bits, and
/// what is left of 1 stands for the probability.
fn threat(rules: &Rules, workspace: &Workspace) -> Result<Vec<Sighting>> {
    allowed::threat_list(workspace, rules)?;
    super::known(workspace)?;
    let time =
        |text: &str| text.parse::<Timestamp>().context("a time of the threat list is damaged");
    let sighting = |row: crate::report::model::ThreatRow| {
        Ok(Sighting {
            network: allowed::network(&row.address)?,
            probability: 1.0 - 0.5_f64.powf(row.score),
            first_seen: time(&row.first_seen)?,
            last_seen: time(&row.last_seen)?,
            reason: Reason {
                by: THREAT_LIST.to_owned(),
                count: row.attempts,
                usernames: row.usernames,
                evidence: row.evidence,
            },
        })
    };
    super::listed(workspace)?.into_iter().map(sighting).collect()
}

/// The addresses or blocks a model is sure enough of: the mean over all of their rows, as its evidence by address was
/// measured.
fn said(model: &Model, threshold: f64, workspace: &Workspace) -> Result<Vec<Sighting>> {
    let mut by_key: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let recipe = each_scored(model, workspace, |rows, probability| {
        for (key, probability) in rows.keys.address.iter().zip(probability) {
            match by_key.get_mut(key) {
                Some(own) => own.push(*probability),
                None => {
                    by_key.insert(key.clone(), vec![*probability]);
                }
            }
        }
        Ok(())
    })?;
    let version = Some(model.card.version);
    let by = ModelName { name: model.card.name.clone(), version }.to_string();
    let seen = seen(&recipe, workspace)?;
    let mut sightings = Vec::new();
    for (key, mut own) in by_key {
        // Summed in order of size, so that the order of the rows changes no bit.
        own.sort_unstable_by(f64::total_cmp);
        let probability = own.iter().sum::<f64>() / own.len() as f64;
        // A profile may lie in a data directory whose flows are gone: then nobody saw it.
        let Some(&(first, last)) = seen.get(&key).filter(|_| probability >= threshold) else {
            continue;
        };
        sightings.push(Sighting {
            network: allowed::network(&key)?,
            probability,
            first_seen: Timestamp::from_microsecond(first)?,
            last_seen: Timestamp::from_microsecond(last)?,
            reason: Reason {
                by: by.clone(),
                count: own.len() as u64,
                usernames: Vec::new(),
                evidence: Vec::new(),
            },
        });
    }
    Ok(sightings)
}

/// The first and the last flow of each address or block that the model's filter lets through, in microseconds.
fn seen(recipe: &Recipe, workspace: &Workspace) -> Result<BTreeMap<String, (i64, i64)>> {
    let enrich = &recipe.enrich;
    let (v4, v6) = (enrich.window.v4_bits, enrich.window.v6_bits);
    let key = match enrich.grain {
        Grain::Block => format!("ip_block(flow.src_ip, {v4}, {v6})"),
        Grain::Flow | Grain::Address => "flow.src_ip".to_owned(),
    };
    let filter = match enrich.filter.trim() {
        "" => "true",
        filter => filter,
    };
    // The line break ends a comment inside the condition.
    let rows = workspace.sql(&format!(
        "SELECT {key} AS key, min(flow.event_time) AS first, max(flow.event_time) AS last
         FROM labelled AS flow WHERE ({filter}\n) AND flow.src_ip IS NOT NULL GROUP BY 1"
    ))?;
    let times = numbers(&rows, "first")?.into_iter().zip(numbers(&rows, "last")?);
    Ok(texts(&rows, "key")?.into_iter().zip(times).collect())
}
