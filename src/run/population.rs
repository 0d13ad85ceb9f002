//! Who knocked: the threat list's head, and how the population spreads.

use std::collections::BTreeMap;

use anyhow::Result;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use botany_enrich::frequency::{self, By};
use botany_enrich::known::Databases;
use botany_enrich::threat::ThreatList;

use super::Workspace;
use super::rows::{numbers, texts};
use crate::report::model::{Collected, Count, Frequency, FrequencyRow, Population, ThreatRow};

/// Rows of the threat list in a report; `botany enrich threat` prints all.
const HEAD: usize = 10;
/// Values of a frequency table in a report; days are all kept.
const VALUES: usize = 15;

/// The population under a threat list that is in force.
pub fn describe(workspace: &Workspace, list: &ThreatList) -> Result<Population> {
    let databases = known(workspace)?;
    let one = |question: &str| -> Result<u64> {
        let batches = workspace.sql(question)?;
        let name = batches[0].schema().field(0).name().clone();
        Ok(numbers(&batches, &name)?.first().map_or(0, |n| *n as u64))
    };
    let sources = "SELECT src_ip FROM flow UNION SELECT src_ip FROM login";
    let failing = "FROM login WHERE outcome = 'failed'";
    let mut frequencies = Vec::new();
    for by in [By::Country, By::System, By::Registration, By::Port, By::Day, By::Source] {
        frequencies.push(frequency(workspace, by, &databases, VALUES)?);
    }
    Ok(Population {
        addresses: one(&format!("SELECT count(*) AS n FROM ({sources}) WHERE src_ip IS NOT NULL"))?,
        failing: one(&format!("SELECT count(DISTINCT src_ip) AS n {failing}"))?,
        listed: list.len() as u64,
        attempts: one(&format!("SELECT coalesce(sum(attempts), 0) AS n {failing}"))?,
        flows: one("SELECT count(*) AS n FROM flow")?,
        listed_flows: one("SELECT coalesce(sum(is_mirai), 0) AS n FROM labelled")?,
        head: listed(workspace)?.into_iter().take(HEAD).collect(),
        frequencies,
    })
}

/// The threat list that is in force with what is known of its addresses, highest score first.
pub fn listed(workspace: &Workspace) -> Result<Vec<ThreatRow>> {
    let rows = workspace.sql(
        "SELECT t.*, s.country, s.asn, s.as_name, s.registration
         FROM threat t LEFT JOIN source s ON t.src_ip = s.src_ip
         ORDER BY t.score DESC, t.attempts DESC, t.src_ip",
    )?;
    let text = |name: &str| texts(&rows, name);
    let count = |name: &str| numbers(&rows, name);
    let (address, usernames, services) = (text("src_ip")?, text("usernames")?, text("services")?);
    let (evidence, country, registration) =
        (text("evidence")?, text("country")?, text("registration")?);
    let (asn, as_name, score) = (count("asn")?, text("as_name")?, reals(&rows, "score")?);
    let (first, last) = (count("first_seen")?, count("last_seen")?);
    let (attempts, names, pairs) = (count("attempts")?, count("names")?, count("pairs")?);
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    Ok((0..address.len())
        .map(|i| ThreatRow {
            address: address[i].clone(),
            first_seen: time(first[i]),
            last_seen: time(last[i]),
            attempts: attempts[i] as u64,
            names: names[i] as u64,
            pairs: pairs[i] as u64,
            usernames: split(&usernames[i]),
            score: score[i],
            services: split(&services[i]),
            country: some(&country[i]),
            autonomous_system: (asn[i] > 0).then(|| format!("AS{} {}", asn[i], as_name[i])),
            registration: some(&registration[i]),
            evidence: evidence[i].split_whitespace().map(str::to_owned).collect(),
        })
        .collect())
}

/// The databases the owner configured, or those that come with the program.
pub fn databases(workspace: &Workspace) -> Result<Databases> {
    let paths = &workspace.config.databases;
    Ok(Databases::open(paths.country.as_deref(), paths.asn.as_deref())?)
}

/// Makes table `source` known, and says by which databases.
pub fn known(workspace: &Workspace) -> Result<String> {
    let databases = databases(workspace)?;
    workspace.wait(databases.register(&workspace.engine))?;
    Ok(databases.describe())
}

/// One frequency table: everybody, and beside them those on the threat list; at most `most` values,
/// but every day.
pub fn frequency(workspace: &Workspace, by: By, databases: &str, most: usize) -> Result<Frequency> {
    let table = |population| workspace.wait(frequency::by(&workspace.engine, by, population));
    let all = table(frequency::Population::Everyone)?;
    let listed = table(frequency::Population::Listed)?;
    let listed: BTreeMap<String, i64> =
        texts(&listed, "key")?.into_iter().zip(numbers(&listed, "sources")?).collect();
    let (keys, sources) = (texts(&all, "key")?, numbers(&all, "sources")?);
    let (flows, failed) = (numbers(&all, "flows")?, numbers(&all, "login_failed")?);
    let mut rows: Vec<FrequencyRow> = (0..keys.len())
        .map(|i| FrequencyRow {
            value: keys[i].clone(),
            addresses: sources[i] as u64,
            listed: listed.get(&keys[i]).map_or(0, |n| *n as u64),
            flows: Some(flows[i] as u64),
            attempts: Some(failed[i] as u64),
        })
        .collect();
    if by == By::System && rows.iter().all(|row| row.value == "unknown") {
        // No database of systems: a table of one unknown says nothing, the note says why.
        rows.clear();
    }
    let values = rows.len() as u64;
    match by {
        By::Day => {}
        By::Source => rows.truncate(most),
        _ => {
            rows.sort_by_key(|row| std::cmp::Reverse((row.addresses, row.flows)));
            rows.truncate(most);
        }
    }
    let (countries, systems) = databases.split_once("; ").unwrap_or((databases, databases));
    let note = match by {
        By::Country => Some(countries.to_owned()),
        By::System => Some(systems.to_owned()),
        _ => None,
    };
    Ok(Frequency { by: by.name().to_owned(), rows, values, note })
}

/// What was read so far, over all files of the data directory.
pub fn collected(workspace: &Workspace) -> Result<Collected> {
    let mut all = Collected::default();
    let (mut stored, mut counted) = (BTreeMap::new(), BTreeMap::new());
    for bookmark in workspace.store.bookmarks()? {
        all.files += 1;
        all.lines += bookmark.lines;
        all.rejected += bookmark.rejected;
        for (table, rows) in bookmark.stored {
            *stored.entry(table).or_insert(0) += rows;
        }
        for (kind, lines) in bookmark.counted {
            *counted.entry(kind).or_insert(0) += lines;
        }
    }
    let counts = |from: BTreeMap<String, u64>| {
        let mut counts: Vec<Count> =
            from.into_iter().map(|(name, count)| Count { name, count }).collect();
        counts.sort_by_key(|c| std::cmp::Reverse(c.count));
        counts
    };
    all.stored = counts(stored);
    all.not_stored = counts(counted);
    Ok(all)
}

/// First and last event of flows and logins, RFC 3339 in UTC.
pub fn window(workspace: &Workspace) -> Result<(Option<String>, Option<String>)> {
    let rows = workspace.sql(
        "SELECT min(event_time) AS first, max(event_time) AS last, count(*) AS n
         FROM (SELECT event_time FROM flow UNION ALL SELECT event_time FROM login)",
    )?;
    if numbers(&rows, "n")?.first().is_none_or(|n| *n == 0) {
        return Ok((None, None));
    }
    let of = |name: &str| Ok::<_, anyhow::Error>(numbers(&rows, name)?.first().map(|us| time(*us)));
    Ok((of("first")?, of("last")?))
}

fn time(microseconds: i64) -> String {
    jiff::Timestamp::from_microsecond(microseconds)
        .map_or_else(|_| String::new(), |t| t.to_string())
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn reals(batches: &[RecordBatch], name: &str) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for batch in batches {
        if let Some(column) = batch.column_by_name(name) {
            let real = cast(column, &DataType::Float64)?;
            all.extend(real.as_primitive::<Float64Type>().iter().map(|v| v.unwrap_or(f64::NAN)));
        }
    }
    Ok(all)
}
