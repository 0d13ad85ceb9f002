//! What a model says of one address, or of one block: of the rows it would judge, and of nobody else's.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use botany_catalog::address;
use botany_catalog::digits::{four, grouped};
use botany_engine::check_condition;
use botany_enrich::profiles::Grain;
use botany_learn::Values;
use botany_watch::listing::Listing;
use botany_watch::{Model, ModelName};
use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::rows::{self, Rows, numbers};
use super::{Who, Workspace, allowed, clusters, own_recipe, pieces};
use crate::recipe::Enrich;

/// Models that are asked of an address or a block, by name.
pub const MODELS: usize = 8;

/// Rows that are told one by one.
const TOLD: usize = 50;

/// Rows that are judged at most.
const MOST: usize = 1_000_000;

/// What a model says.
#[derive(Default)]
pub struct Opinion {
    /// The model with its version.
    pub model: String,
    /// What a row of it is.
    pub grain: String,
    /// The probability from which it calls a row 1.
    pub threshold: f64,
    /// In a sentence; why there is none, where no row is its own.
    pub words: String,
    /// Whether the model's own rule lists it, or of a block an address in it; `None` where it was not asked.
    pub listed: Option<bool>,
    /// Whether what the model says is enough for a list made with it, as long as it was seen lately.
    pub holds: bool,
    /// Whether a list made with it holds it now: it was seen lately enough.
    pub current: bool,
    /// Of a block, and a model whose lists hold addresses: how many of its addresses were judged.
    pub addresses: usize,
    /// How many of those are enough for a list made with it, as long as they were seen lately.
    pub held: usize,
    /// How many of those a list made with it holds now.
    pub held_now: usize,
    /// Rows it judges.
    pub rows: usize,
    /// Those it calls 1.
    pub called: usize,
    /// The mean of their probabilities, by which lists go; absent without rows.
    pub probability: Option<f64>,
    /// The columns of what is told of its rows.
    pub columns: Vec<String>,
    /// The rows it is surest of, at most fifty.
    pub told: Vec<Vec<Value>>,
}

/// Asks a model about an address or a block.
///
/// # Errors
///
/// If the model's recipe cannot be followed here; the engine's.
pub fn opinion(model: &Model, workspace: &Workspace, who: &Who) -> Result<Opinion> {
    let recipe = own_recipe(model)?;
    let enrich = &recipe.enrich;
    let card = &model.card;
    let version = Some(card.version);
    let mut opinion = Opinion {
        model: ModelName { name: card.name.clone(), version }.to_string(),
        grain: card.grain.clone(),
        threshold: card.threshold(),
        ..Opinion::default()
    };
    let bits = (enrich.window.v4_bits, enrich.window.v6_bits);
    if let Some(wide) = part_of(who, enrich.grain, bits) {
        opinion.words = format!(
            "{} has no opinion: it judges blocks of /{wide}, and this is a part of one",
            opinion.model
        );
        return Ok(opinion);
    }
    rows::label(workspace, enrich, &enrich.threat)?;
    let on_list = format!("SELECT count(*) AS n FROM threat WHERE {}", who.condition());
    opinion.listed = Some(numbers(&workspace.sql(&on_list)?, "n")?.first().is_some_and(|n| *n > 0));
    let own = whose(who, enrich.grain, bits);
    let filter = match enrich.filter.trim() {
        "" => own,
        filter => {
            check_condition(filter)?;
            // The line break ends a comment inside the condition.
            format!("({filter}\n) AND {own}")
        }
    };
    let mut said = Vec::new();
    // What is said of each address of a block, where lists are made of addresses.
    let each = matches!((enrich.grain, who), (Grain::Flow | Grain::Address, Who::Block(_)));
    let mut by_address: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut told = Told::default();
    pieces::each(workspace, &recipe, &rows::selection(&recipe, &filter), |rows| {
        workspace.in_time()?;
        let probability = model.pipeline.probabilities(&rows.frame)?;
        told.take(model, &rows, &probability)?;
        if each {
            for (address, probability) in rows.keys.address.iter().zip(&probability) {
                by_address.entry(address.clone()).or_default().push(*probability);
            }
        }
        said.extend(probability);
        if said.len() > MOST {
            let most = grouped(MOST as u64);
            bail!("there are more than {most} rows of it; `botany watch list` judges any number");
        }
        Ok(())
    })?;
    if said.is_empty() {
        let filtered = match enrich.filter.trim() {
            "" => String::new(),
            filter => format!(" that passes its filter `{filter}`"),
        };
        opinion.words =
            format!("{} has no opinion: there is no flow of it{filtered}", opinion.model);
        return Ok(opinion);
    }
    opinion.rows = said.len();
    opinion.called = said.iter().filter(|p| **p >= opinion.threshold).count();
    let mean = mean_of(&mut said);
    opinion.probability = Some(mean);
    let listed = match key(who, enrich.grain, bits) {
        Some(_) if mean < opinion.threshold => ", too little to list it",
        Some(key) => {
            opinion.holds = !never(workspace, enrich, &key)?;
            opinion.current = opinion.holds && lately(workspace, enrich, &filter)?;
            match (opinion.current, opinion.holds) {
                (true, _) => ", which lists it",
                (false, true) => {
                    ", which would list it, but a list as of now holds nothing seen so long ago"
                }
                (false, false) => "",
            }
        }
        None => "",
    };
    let mut listed = listed.to_owned();
    if each {
        opinion.addresses = by_address.len();
        by_address.retain(|_, said| mean_of(said) >= opinion.threshold);
        let sure = listable(workspace, enrich, by_address.into_keys())?;
        opinion.held = sure.len();
        opinion.held_now = held_now(workspace, enrich, &filter, &sure)?;
        listed = of_addresses(&opinion);
    }
    let whose = match (enrich.grain, who) {
        (Grain::Block, Who::Address(_)) => " of its block",
        _ => "",
    };
    opinion.words = in_words(&opinion, enrich.grain, whose, mean) + &listed;
    (opinion.columns, opinion.told) = (told.columns, told.rows);
    Ok(opinion)
}

/// The bits of the blocks a model judges, if it is asked about a part of one.
fn part_of(who: &Who, grain: Grain, bits: (u8, u8)) -> Option<u8> {
    let Who::Block(network) = who else { return None };
    let wide = wide(network, bits);
    (grain == Grain::Block && network.prefix_len() > wide).then_some(wide)
}

/// The bits of a block of the network's family.
fn wide(network: &IpNet, (v4, v6): (u8, u8)) -> u8 {
    if matches!(network, IpNet::V4(_)) { v4 } else { v6 }
}

/// What a list made by the model would hold of it, if it is what such a list is made of: addresses, or whole blocks.
fn key(who: &Who, grain: Grain, bits: (u8, u8)) -> Option<IpNet> {
    match (grain, who) {
        (Grain::Flow | Grain::Address, Who::Address(ip)) => Some(IpNet::from(*ip)),
        (Grain::Block, Who::Block(network)) => {
            (network.prefix_len() == wide(network, bits)).then_some(*network)
        }
        _ => None,
    }
}

/// Whether no list may hold it, whatever is said of it.
fn never(workspace: &Workspace, enrich: &Enrich, key: &IpNet) -> Result<bool> {
    let here = allowed::list(&workspace.data)?.into_iter().map(|one| one.network);
    Ok(Listing::overlaps(here.chain(enrich.threat.allow.iter().copied()), key))
}

/// The mean, summed in order of size, as lists do.
fn mean_of(said: &mut [f64]) -> f64 {
    said.sort_unstable_by(f64::total_cmp);
    said.iter().sum::<f64>() / said.len() as f64
}

/// Those addresses that a list may hold.
fn listable(
    workspace: &Workspace,
    enrich: &Enrich,
    addresses: impl Iterator<Item = String>,
) -> Result<BTreeSet<String>> {
    let here: Vec<IpNet> =
        allowed::list(&workspace.data)?.into_iter().map(|one| one.network).collect();
    let mut left = BTreeSet::new();
    for address in addresses {
        let never = here.iter().chain(&enrich.threat.allow).copied();
        if !Listing::overlaps(never, &allowed::network(&address)?) {
            left.insert(address);
        }
    }
    Ok(left)
}

/// How many of those addresses were seen lately enough for a list as of now.
fn held_now(
    workspace: &Workspace,
    enrich: &Enrich,
    filter: &str,
    addresses: &BTreeSet<String>,
) -> Result<usize> {
    if addresses.is_empty() {
        return Ok(0);
    }
    let seen = workspace.sql(&format!(
        "SELECT flow.src_ip AS address, max(flow.event_time) AS last FROM labelled AS flow WHERE {filter} GROUP BY 1"
    ))?;
    let mut held = 0;
    for (address, last) in rows::texts(&seen, "address")?.iter().zip(numbers(&seen, "last")?) {
        let lately = fresh(enrich, Timestamp::from_microsecond(last)?);
        held += usize::from(addresses.contains(address) && lately);
    }
    Ok(held)
}

/// What lists hold of a block's addresses, after what is said of its rows.
fn of_addresses(opinion: &Opinion) -> String {
    let Opinion { addresses, held, held_now, .. } = opinion;
    let of = |held: usize| match (held, *addresses) {
        (1, 1) => "the one address of it that has such rows".to_owned(),
        (held, all) if held == all => {
            format!("all {} addresses of it that have such rows", grouped(all as u64))
        }
        (held, all) => {
            let (held, all) = (grouped(held as u64), grouped(all as u64));
            format!("{held} of the {all} addresses of it that have such rows")
        }
    };
    match (*held_now, *held) {
        (_, 0) => ", too little to list an address of it".to_owned(),
        (0, held) => format!(", and would list {}, seen lately", of(held)),
        (now, held) if now == held => format!(", and lists {}", of(held)),
        (now, held) => {
            format!(", and lists {}, and would list {}, seen lately", of(now), grouped(held as u64))
        }
    }
}

/// Whether it was seen lately enough for a list as of now.
fn lately(workspace: &Workspace, enrich: &Enrich, filter: &str) -> Result<bool> {
    let sql = format!("SELECT max(flow.event_time) AS last FROM labelled AS flow WHERE {filter}");
    let Some(&last) = numbers(&workspace.sql(&sql)?, "last")?.first() else { return Ok(false) };
    Ok(fresh(enrich, Timestamp::from_microsecond(last)?))
}

/// Whether what was seen last at this time is on a list as of now.
fn fresh(enrich: &Enrich, last: Timestamp) -> bool {
    let now = Timestamp::now();
    let expiry = SignedDuration::from_hours(enrich.threat.expiry_hours.into());
    last <= now && last.checked_add(expiry).unwrap_or(Timestamp::MAX) > now
}

/// The condition under which a flow makes a row of the model's that is about it.
fn whose(who: &Who, grain: Grain, (v4, v6): (u8, u8)) -> String {
    match (grain, who) {
        (Grain::Block, Who::Address(ip)) => {
            format!("ip_block(src_ip, {v4}, {v6}) = '{}'", address::block(*ip, v4, v6))
        }
        _ => who.condition(),
    }
}

fn in_words(opinion: &Opinion, grain: Grain, whose: &str, mean: f64) -> String {
    let Opinion { model, rows, called, threshold, .. } = opinion;
    let what = match (grain, rows) {
        (Grain::Flow, 1) => "flow",
        (Grain::Flow, _) => "flows",
        (_, 1) => "window of a day",
        _ => "windows of a day",
    };
    let threshold = four(*threshold);
    if *rows == 1 {
        let calls = if *called == 1 { "calls it" } else { "does not call it" };
        return format!(
            "{model} judges 1 {what}{whose} and {calls} 1: it says {mean:.3}, and calls a row 1 from {threshold}"
        );
    }
    format!(
        "{model} calls {} of {} {what}{whose} 1 (from probability {threshold}); the mean of what it says is \
         {mean:.3}",
        grouped(*called as u64),
        grouped(*rows as u64)
    )
}

/// The rows a model is surest of, with what it looks at.
#[derive(Default)]
struct Told {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    /// Of each row.
    probability: Vec<f64>,
}

impl Told {
    /// Takes those of a piece that are among the surest so far; of equals the first stay.
    fn take(&mut self, model: &Model, rows: &Rows, said: &[f64]) -> Result<()> {
        let least = self.probability.get(TOLD - 1).copied();
        let mut order: Vec<usize> = (0..said.len())
            .filter(|&row| least.is_none_or(|least| said[row].total_cmp(&least).is_gt()))
            .collect();
        order.sort_by(|&a, &b| said[b].total_cmp(&said[a]).then(a.cmp(&b)));
        order.truncate(TOLD);
        if order.is_empty() {
            return Ok(());
        }
        let made = clusters::columns(&model.pipeline, &rows.frame)?;
        let mut columns = Vec::new();
        for input in model.card.inputs() {
            let own = made.iter().find(|column| column.name == input.name);
            let column = match own {
                Some(column) => column,
                None => rows.frame.column(&input.name).context("the rows lack a feature")?,
            };
            columns.push(column);
        }
        self.columns =
            ["address", "event_time", "label", "probability"].map(str::to_owned).to_vec();
        self.columns.extend(columns.iter().map(|column| column.name.clone()));
        let value = |values: &Values, row: usize| match values {
            Values::Number(numbers) => json!(numbers[row]),
            Values::Category { codes, levels } => json!(levels.get(codes[row] as usize)),
        };
        for row in order {
            let time = Timestamp::from_microsecond(rows.keys.time[row])?;
            let mut cells = vec![
                json!(rows.keys.address[row]),
                json!(time.to_string()),
                json!(rows.label[row]),
                json!(said[row]),
            ];
            cells.extend(columns.iter().map(|column| value(&column.values, row)));
            let place = self.probability.partition_point(|p| p.total_cmp(&said[row]).is_ge());
            self.probability.insert(place, said[row]);
            self.rows.insert(place, cells);
        }
        self.probability.truncate(TOLD);
        self.rows.truncate(TOLD);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_block_it_is_said_how_many_addresses_lists_hold() {
        let told = |addresses, held, held_now| {
            let opinion = Opinion { addresses, held, held_now, ..Opinion::default() };
            of_addresses(&opinion)
        };
        assert_eq!(told(3, 0, 0), ", too little to list an address of it");
        let would = ", and would list 2 of the 3 addresses of it that have such rows, seen lately";
        assert_eq!(told(3, 2, 0), would);
        let all = ", and lists all 2 addresses of it that have such rows";
        assert_eq!(told(2, 2, 2), all);
        assert_eq!(told(1, 1, 1), ", and lists the one address of it that has such rows");
        let some = ", and lists 1 of the 1,200 addresses of it that have such rows, and would list 1,100, seen lately";
        assert_eq!(told(1200, 1100, 1), some);
    }

    #[test]
    fn only_what_a_list_is_made_of_is_said_to_be_listed() {
        let bits = (24, 64);
        let who = |text: &str| Who::parse(text).unwrap();
        let (one, block, part) = (who("192.0.2.7"), who("192.0.2.0/24"), who("192.0.2.0/25"));
        for grain in [Grain::Flow, Grain::Address] {
            assert_eq!(key(&one, grain, bits).unwrap().to_string(), "192.0.2.7/32");
            assert_eq!((key(&block, grain, bits), part_of(&part, grain, bits)), (None, None));
        }
        assert_eq!(key(&block, Grain::Block, bits).unwrap().to_string(), "192.0.2.0/24");
        for other in [&one, &part, &who("192.0.0.0/16"), &who("2001:db8::/48")] {
            assert_eq!(key(other, Grain::Block, bits), None);
        }
        assert_eq!(part_of(&part, Grain::Block, bits), Some(24));
        assert_eq!(part_of(&who("2001:db8::/65"), Grain::Block, bits), Some(64));
        assert_eq!(part_of(&who("192.0.0.0/16"), Grain::Block, bits), None);
    }
}
