//! The entries of the list, each made of the lines of its source.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow::datatypes::SchemaRef;

use super::COLUMNS;
use super::pass::{Hit, Log};
use super::statement::EVIDENCE;
use crate::Error;
use crate::numbers::NONE;
use crate::profiles::HOUR;
use crate::shape::schema;

/// Rows of a batch of the list.
const ROWS: usize = 8192;

/// An entry of the list.
pub struct Entry<'a> {
    pub source: &'a str,
    first_seen: i64,
    last_seen: i64,
    listed_at: i64,
    attempts: u64,
    names: u64,
    pairs: u64,
    usernames: String,
    pub score: f64,
    services: String,
    evidence: String,
}

/// Counts over the lines of one source after the other; what is counted is zero in between.
pub struct Tally<'a> {
    log: &'a Log<'a>,
    window: i64,
    names: Vec<u32>,
    pairs: Vec<u32>,
}

impl<'a> Tally<'a> {
    pub fn new(log: &'a Log<'a>) -> Tally<'a> {
        let window = i64::from(log.rules.window_hours) * HOUR;
        let (names, pairs) = (vec![0; log.name_bits.len()], vec![0; log.pair_bits.len()]);
        Tally { log, window, names, pairs }
    }

    /// The entry of a source, by its lines in order; `None` if it is not listed.
    pub fn entry(&mut self, lines: &[Hit]) -> Option<Entry<'a>> {
        let log = self.log;
        let decisive = self.decisive(lines)?;
        let evidence = self.evidence(decisive);

        let (mut names, mut pairs, mut services) = (Vec::new(), Vec::new(), Vec::new());
        for hit in lines {
            names.push(hit.name);
            if hit.pair != NONE {
                pairs.push(hit.pair);
            }
            if !services.contains(&hit.service) {
                services.push(hit.service);
            }
        }
        for numbers in [&mut names, &mut pairs] {
            numbers.sort_unstable();
            numbers.dedup();
        }
        let mut services: Vec<&str> = services.iter().map(|n| log.services.text(*n)).collect();
        services.sort_unstable();
        let named = names.iter().map(|name| log.name_bits[*name as usize]);
        let bits = named.clone().map(|(_, bits)| bits).sum::<f64>()
            + pairs.iter().map(|pair| log.pair_bits[*pair as usize]).sum::<f64>();
        Some(Entry {
            source: log.sources.text(lines[0].source),
            first_seen: lines[0].time,
            last_seen: lines[lines.len() - 1].time,
            listed_at: decisive[decisive.len() - 1].time,
            attempts: lines.iter().map(|hit| u64::from(hit.attempts)).sum(),
            names: names.len() as u64,
            pairs: pairs.len() as u64,
            usernames: named.map(|(name, _)| name).collect::<Vec<_>>().join(","),
            score: (1000.0 * bits).round() / 1000.0,
            services: services.join(","),
            evidence,
        })
    }

    /// The lines of the first window that shows enough, those of its last instant all among them.
    fn decisive<'b>(&mut self, lines: &'b [Hit]) -> Option<&'b [Hit]> {
        let (mut shown, mut begin, mut end) = ([0, 0], 0, 0);
        let mut listed = false;
        for instant in lines.chunk_by(|one, next| one.time == next.time) {
            for hit in instant {
                let marks = [(&mut self.names, hit.name), (&mut self.pairs, hit.pair)];
                for (shown, (seen, what)) in shown.iter_mut().zip(marks) {
                    if what != NONE {
                        *shown += u32::from(seen[what as usize] == 0);
                        seen[what as usize] += 1;
                    }
                }
            }
            end += instant.len();
            let since = instant[0].time.saturating_sub(self.window);
            while lines[begin].time < since {
                let marks =
                    [(&mut self.names, lines[begin].name), (&mut self.pairs, lines[begin].pair)];
                for (shown, (seen, what)) in shown.iter_mut().zip(marks) {
                    if what != NONE {
                        seen[what as usize] -= 1;
                        *shown -= u32::from(seen[what as usize] == 0);
                    }
                }
                begin += 1;
            }
            listed = self.log.enough(shown);
            if listed {
                break;
            }
        }
        for hit in &lines[begin..end] {
            self.names[hit.name as usize] = 0;
            if hit.pair != NONE {
                self.pairs[hit.pair as usize] = 0;
            }
        }
        listed.then(|| &lines[begin..end])
    }

    /// `file:line` of the first lines that showed something new.
    fn evidence(&mut self, decisive: &[Hit]) -> String {
        let mut evidence = String::new();
        let mut new: Vec<(u32, u32)> = Vec::with_capacity(EVIDENCE);
        for hit in decisive {
            let what = (hit.name, hit.pair);
            if new.contains(&what) {
                continue;
            }
            if !evidence.is_empty() {
                evidence.push(' ');
            }
            evidence.push_str(self.log.files.text(hit.file));
            evidence.push(':');
            evidence.push_str(&hit.line.to_string());
            new.push(what);
            if new.len() == EVIDENCE {
                break;
            }
        }
        evidence
    }
}

/// Entries as rows of table `threat`, stale so many microseconds after the last line; at least one batch.
pub fn batches(entries: &[Entry<'_>], expiry: i64) -> Result<Vec<RecordBatch>, Error> {
    let schema = schema(COLUMNS);
    if entries.is_empty() {
        return Ok(vec![RecordBatch::new_empty(schema)]);
    }
    entries.chunks(ROWS).map(|entries| batch(entries, expiry, &schema)).collect()
}

fn batch(entries: &[Entry<'_>], expiry: i64, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let time = |of: &dyn Fn(&Entry<'_>) -> i64| -> ArrayRef {
        let times = TimestampMicrosecondArray::from_iter_values(entries.iter().map(of));
        Arc::new(times.with_timezone("UTC"))
    };
    let count = |of: fn(&Entry<'_>) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(entries.iter().map(of)))
    };
    fn text<'a>(texts: impl Iterator<Item = &'a str>) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(texts))
    }
    let scores = Float64Array::from_iter_values(entries.iter().map(|entry| entry.score));
    let columns = vec![
        text(entries.iter().map(|entry| entry.source)),
        time(&|entry| entry.first_seen),
        time(&|entry| entry.last_seen),
        time(&|entry| entry.listed_at),
        count(|entry| entry.attempts),
        count(|entry| entry.names),
        count(|entry| entry.pairs),
        text(entries.iter().map(|entry| entry.usernames.as_str())),
        Arc::new(scores),
        text(entries.iter().map(|entry| entry.services.as_str())),
        text(entries.iter().map(|entry| entry.evidence.as_str())),
        time(&|entry| entry.last_seen.saturating_add(expiry)),
    ];
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
