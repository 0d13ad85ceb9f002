//! How log lines are read: the same words on the command line, in a recipe and in the store's bookmarks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use botany_collect::Options;
use botany_collect::sources::{self, EVE_STORED};
use serde::{Deserialize, Serialize};

/// What a person may say about the lines of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Reading {
    /// Ask this log source only, instead of telling by content
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// The year of the first stamp that names none [default: inferred]
    #[arg(long)]
    pub year: Option<i16>,
    /// Offset from UTC of stamps that name none, such as +02:00 [default: +00:00]
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true)]
    pub utc_offset: Option<String>,
    /// Store only these EVE events, of flow, netflow, alert and ssh; others are counted [default: all four]
    #[arg(long, value_delimiter = ',', value_name = "TYPES", value_parser = EVE_STORED)]
    pub events: Vec<String>,
    /// Store only flows to these destination ports, such as 22,23; others are counted [default: all]
    #[arg(long, value_delimiter = ',', value_name = "PORTS")]
    pub ports: Vec<u16>,
}

impl Reading {
    /// The same for the reader.
    ///
    /// # Errors
    ///
    /// If no log source or event has the name, or the offset is none.
    pub fn options(&self, threads: usize) -> Result<Options> {
        if let Some(unknown) = self.events.iter().find(|name| !EVE_STORED.contains(&name.as_str()))
        {
            bail!("no event called `{unknown}` is stored: use {}", EVE_STORED.join(", "));
        }
        Ok(Options {
            source: self.source.as_deref().map(find).transpose()?,
            year: self.year,
            utc_offset_seconds: self.utc_offset.as_deref().map_or(Ok(0), offset)?,
            events: self.events.clone(),
            ports: self.ports.clone(),
            threads,
            ..Options::default()
        })
    }

    /// What was said that made a difference to these rows (their number by table), as it is said on the command
    /// line; empty if nothing did. The year is asked for log-ins only, and the choice of events where EVE is.
    pub fn flags(&self, stored: &BTreeMap<String, u64>) -> String {
        let log_ins = stored.contains_key("login");
        let only_log_ins = log_ins && stored.len() == 1;
        let mut reading = self.clone();
        if !log_ins {
            reading.year = None;
        }
        if only_log_ins {
            reading.events.clear();
            reading.ports.clear();
        }
        reading.said()
    }

    /// What was said, as it is said on the command line; empty if nothing was.
    fn said(&self) -> String {
        let mut flags = String::new();
        let mut say = |name: &str, value: String| {
            // Writing to a String cannot fail.
            let _ = write!(flags, "{}--{name} {value}", if flags.is_empty() { "" } else { " " });
        };
        if let Some(source) = &self.source {
            say("source", source.clone());
        }
        if let Some(year) = self.year {
            say("year", year.to_string());
        }
        match self.utc_offset.as_deref().map(|text| (text, offset(text))) {
            None | Some((_, Ok(0))) => {}
            Some((_, Ok(seconds))) => {
                let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
                say("utc-offset", format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
            }
            Some((text, Err(_))) => say("utc-offset", text.to_owned()),
        }
        let events: Vec<&str> =
            EVE_STORED.into_iter().filter(|name| self.events.iter().any(|e| e == name)).collect();
        if !events.is_empty() && events.len() < EVE_STORED.len() {
            say("events", events.join(","));
        }
        if !self.ports.is_empty() {
            let mut ports = self.ports.clone();
            ports.sort_unstable();
            ports.dedup();
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            say("ports", ports.join(","));
        }
        flags
    }
}

fn find(wanted: &str) -> Result<&'static str> {
    match sources::find(wanted) {
        Some(source) => Ok(source.name()),
        None => {
            let names: Vec<&str> = sources::ALL.iter().map(|source| source.name()).collect();
            bail!("no log source is called `{wanted}`: use one of {}", names.join(", "))
        }
    }
}

/// Seconds east of UTC of `+02:00`, `-0530` or `Z`.
fn offset(text: &str) -> Result<i32> {
    if text == "Z" {
        return Ok(0);
    }
    let parse = || {
        let (sign, rest) = match text.as_bytes().first()? {
            b'+' => (1, text.get(1..)?),
            b'-' => (-1, text.get(1..)?),
            _ => return None,
        };
        let digits: String = rest.chars().filter(|c| *c != ':').collect();
        let (hours, minutes): (i32, i32) = match digits.len() {
            2 => (digits.parse().ok()?, 0),
            4 => (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?),
            _ => return None,
        };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    };
    parse().with_context(|| format!("`{text}` is no offset from UTC: write +02:00 or -05:30"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_said_again() {
        let said = Reading {
            year: Some(2018),
            utc_offset: Some("+02:00".into()),
            ports: vec![23, 22],
            ..Reading::default()
        };
        assert_eq!(said.said(), "--year 2018 --utc-offset +02:00 --ports 22,23");
        assert_eq!(Reading { utc_offset: Some("Z".into()), ..Reading::default() }.said(), "");
        let rows = |tables: &[&str]| tables.iter().map(|table| ((*table).to_owned(), 1)).collect();
        assert_eq!(said.flags(&rows(&["flow", "ssh"])), "--utc-offset +02:00 --ports 22,23");
        assert_eq!(said.flags(&rows(&["login"])), "--year 2018 --utc-offset +02:00");
        assert_eq!(said.flags(&rows(&["flow", "login"])), said.said());
        assert_eq!(said.flags(&rows(&[])), "--utc-offset +02:00 --ports 22,23");
        let everything = ["ssh", "flow", "alert", "netflow", "flow"].map(str::to_owned).to_vec();
        assert_eq!(Reading { events: everything, ..Reading::default() }.said(), "");
        let unknown = Reading { events: vec!["flows".into()], ..Reading::default() };
        assert!(unknown.options(1).unwrap_err().to_string().contains("netflow"));
    }

    #[test]
    fn an_offset_is_read_in_its_usual_forms() {
        for (text, seconds) in
            [("+02:00", 7200), ("-0530", -19800), ("Z", 0), ("+00:00", 0), ("+14", 50400)]
        {
            assert_eq!(offset(text).unwrap(), seconds, "{text}");
        }
        for text in ["", "2", "+2:0:0", "02:00", "+99:00", "+0é"] {
            assert!(offset(text).is_err(), "{text}");
        }
    }
}
