//! `botany collect PATH…`

use anyhow::{Context as _, Result, bail};
use botany_collect::{Options, sources};
use serde_json::json;

use super::{Context, Rejected, output};
use crate::run::{self, progress::Say};

/// Read logs into the data directory: Suricata EVE, sshd, dropbear, telnetd, cowrie and others, told apart by
/// content; plain, gzip or Zstandard. Collecting a file twice adds nothing; one that has grown adds what is new.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany collect /var/log/suricata/eve.json /var/log/auth.log*\n  zcat old.json.gz | botany collect -\n  botany collect --year 2018 --utc-offset +02:00 auth.log"
)]
pub struct Arguments {
    /// Files, folders or globs; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    reading: Reading,
    /// Exit with 4 if a line was rejected
    #[arg(long)]
    strict: bool,
    /// Read a file's last line even if it has no newline yet
    #[arg(long)]
    to_the_end: bool,
}

/// How lines are read.
#[derive(Debug, clap::Args)]
pub struct Reading {
    /// Ask this log source only, instead of telling by content
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The year of the first stamp that names none [default: inferred]
    #[arg(long)]
    year: Option<i16>,
    /// Offset from UTC of stamps that name none, such as +02:00
    #[arg(long, value_name = "±HH:MM", default_value = "+00:00", allow_hyphen_values = true)]
    utc_offset: String,
}

impl Reading {
    /// The same for the reader.
    pub fn options(&self, context: &Context) -> Result<Options> {
        let source = match &self.source {
            Some(wanted) => Some(find(wanted)?),
            None => None,
        };
        Ok(Options {
            source,
            year: self.year,
            utc_offset_seconds: offset(&self.utc_offset)?,
            threads: context.config.threads(),
            ..Options::default()
        })
    }
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let mut options = arguments.reading.options(context)?;
    options.hold_back = !arguments.to_the_end;
    let files = run::expand(&arguments.paths)?;
    let collected = run::collect_paths(&files, &options, context, &Say::new())?;

    let columns = ["file", "lines", "stored", "not stored", "rejected", "reconciles", "what"];
    let mut table = output::Table::new(columns);
    let mut sums = [0; 4];
    for one in &collected {
        let Some(tally) = &one.tally else {
            table.row(vec![
                json!(one.file),
                json!(0),
                json!(0),
                json!(0),
                json!(0),
                json!(true),
                json!("collected before"),
            ]);
            continue;
        };
        let counts = [tally.lines, tally.stored_total(), tally.counted_total(), tally.rejected];
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let mut row = vec![json!(one.file)];
        row.extend(counts.map(|count| json!(count)));
        row.extend([json!(tally.reconciles()), json!(what(tally))]);
        table.row(row);
    }
    table.print(context.format)?;
    if context.format == output::Format::Table {
        let [lines, stored, counted, rejected] = sums;
        output::print(&format!(
            "\n{lines} lines = {stored} stored + {counted} not stored + {rejected} rejected, in {}",
            context.data.display()
        ))?;
        for one in &collected {
            if one.tally.as_ref().is_some_and(|tally| tally.held_back > 0) {
                output::print(&format!(
                    "{}: the last line has no newline yet and waits for the next collect; --to-the-end takes it now",
                    one.file
                ))?;
            }
        }
        if rejected > 0 {
            output::print("botany sql \"SELECT file, line, reason FROM reject\" says why")?;
        }
    }
    if arguments.strict && sums[3] > 0 {
        return Err(Rejected(sums[3]).into());
    }
    Ok(())
}

/// The tables filled and the kinds counted, largest first.
fn what(tally: &botany_collect::Tally) -> String {
    let mut kinds: Vec<(String, u64)> =
        tally.counted.iter().map(|(k, n)| (k.clone(), *n)).collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let stored = tally.stored.iter().map(|(table, rows)| format!("{rows} {table}"));
    let counted = kinds.iter().take(3).map(|(kind, count)| format!("({count} {kind})"));
    let rest = (kinds.len() > 3).then(|| format!("({} other kinds)", kinds.len() - 3));
    stored.chain(counted).chain(rest).collect::<Vec<_>>().join(", ")
}

fn find(wanted: &str) -> Result<&'static str> {
    let names: Vec<&'static str> = sources::ALL.iter().map(|source| source.name()).collect();
    match names.iter().find(|name| **name == wanted) {
        Some(name) => Ok(name),
        None => bail!("no log source is called `{wanted}`: use one of {}", names.join(", ")),
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
