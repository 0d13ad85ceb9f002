//! A sensor's day at any size: the same seed and size give the same bytes everywhere.
//!
//! Seven days of one sensor: every second event is the end of a flow, the others come in the mix of a
//! sensor at the edge of a network. Sources come by Zipf's law; who guesses passwords over SSH is in
//! the log-in log too, with the same address at the same time.

mod capture;
mod events;
mod matrix;
mod population;
mod random;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write};

use population::{Flow, Kind, Population, Source};
use random::Random;

pub use capture::knocks;
pub use matrix::{COLUMNS, labelled};

/// 2026-03-02, a Monday.
const BEGIN: i64 = 1_772_409_600_000_000;
/// Seven days, in microseconds.
const SPAN: i64 = 7 * 86_400_000_000;
/// Events a source has on average.
const EVENTS_A_SOURCE: u64 = 12;
/// Every so many events one is a flow.
pub const EVENTS_A_FLOW: u64 = 2;

/// What bots call themselves; two of them tell a bot.
pub const BOT_NAMES: [&str; 9] =
    ["root", "admin", "guest", "support", "mother", "ubnt", "pi", "supervisor", "service"];
const OTHER_NAMES: [&str; 6] = ["oracle", "postgres", "git", "deploy", "root", "test"];

/// A number that changes with the generator: inputs of another one are of no use.
pub fn version() -> u64 {
    let sources = [
        include_str!("mod.rs"),
        include_str!("events.rs"),
        include_str!("matrix.rs"),
        include_str!("population.rs"),
        include_str!("random.rs"),
    ];
    let mut hasher = DefaultHasher::new();
    sources.hash(&mut hasher);
    hasher.finish()
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Events.
    pub events: u64,
    /// Of these, flows to port 22.
    pub ssh_flows: u64,
    /// Lines of the log-in log.
    pub logins: u64,
}

/// Writes so many events, and the log-in log that belongs to them.
///
/// # Errors
///
/// What the writers return.
pub fn sensor(events: u64, eve: &mut dyn Write, logins: &mut dyn Write) -> io::Result<Written> {
    let mut population = Population::new((events / EVENTS_A_SOURCE).max(10), 7);
    let mut random = Random::new(11);
    let mut written = Written { events, ..Written::default() };
    for event in 0..events {
        let start = BEGIN + (SPAN as i128 * i128::from(event) / i128::from(events)) as i64;
        let flow = population.flow(start);
        let source = population.sources[flow.source].clone();
        let flow_id = random.next() >> 11;
        if event % EVENTS_A_FLOW == 0 {
            events::flow(eve, flow_id, &source, &flow)?;
            if flow.dest_port == 22 {
                written.ssh_flows += 1;
                written.logins += guesses(logins, &mut random, &source, &flow)?;
            }
        } else {
            events::other(eve, &mut random, flow_id, &source, &flow)?;
        }
    }
    Ok(written)
}

/// What sshd says of the flow; nothing of those who never got that far.
fn guesses(
    out: &mut dyn Write,
    random: &mut Random,
    source: &Source,
    flow: &Flow,
) -> io::Result<u64> {
    let names: &[&str] = match source.kind {
        Kind::Bot => &BOT_NAMES,
        Kind::Guesser => &OTHER_NAMES,
        Kind::Scanner | Kind::Person => return Ok(0),
    };
    if flow.packets_in < 4 {
        return Ok(0);
    }
    let time = jiff::Timestamp::from_microsecond(flow.start + 2_000_000).unwrap_or_default();
    let name = random.pick(names);
    let invalid = if name == "root" { "" } else { "invalid user " };
    writeln!(
        out,
        "{} sensor sshd[{}]: Failed password for {invalid}{name} from {} port {} ssh2",
        time.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00"),
        1000 + random.below(30_000),
        source.address,
        flow.src_port
    )?;
    Ok(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(events: u64) -> (Written, Vec<u8>, Vec<u8>) {
        let (mut eve, mut logins) = (Vec::new(), Vec::new());
        let written = sensor(events, &mut eve, &mut logins).unwrap();
        (written, eve, logins)
    }

    #[test]
    fn the_same_size_gives_the_same_bytes() {
        assert_eq!(written(500), written(500));
    }

    #[test]
    fn every_line_is_an_event_a_json_parser_reads() {
        let (counts, eve, logins) = written(5000);
        let mut ssh_flows = 0;
        let mut kinds = std::collections::BTreeSet::new();
        for line in eve.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let event: serde_json::Value = serde_json::from_slice(line).unwrap();
            let kind = event["event_type"].as_str().unwrap().to_owned();
            ssh_flows += u64::from(kind == "flow" && event["dest_port"] == 22);
            kinds.insert(kind);
        }
        assert_eq!((counts.events, counts.ssh_flows), (5000, ssh_flows));
        assert_eq!(kinds.len(), 9, "{kinds:?}");
        let lines = logins.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert!(counts.logins == lines && lines > 100, "{counts:?}");
    }
}
