//! `botany collect PATH…`

use anyhow::Result;
use serde_json::json;

use super::{Context, Rejected, output};
use crate::reading::Reading;
use crate::run::{self, progress::Say};

/// Read logs into the data directory: Suricata EVE, sshd, dropbear, telnetd, cowrie and others, told apart by
/// content; plain, gzip or Zstandard. Collecting a file twice adds nothing; one that has grown adds what is new.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany collect /var/log/suricata/eve.json /var/log/auth.log*\n  zcat old.json.gz | botany collect -\n  botany collect --year 2018 --utc-offset +02:00 auth.log\n  botany collect --events flow --ports 22,23 eve.json"
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

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let files = run::expand(&arguments.paths)?;
    let how = run::How { reading: &arguments.reading, to_the_end: arguments.to_the_end };
    let run::Collection { files: collected, stopped } =
        run::collect_paths(&files, how, context, &Say::new())?;
    if collected.is_empty()
        && let Some(error) = stopped
    {
        return Err(error);
    }

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
            output::print(&format!(
                "botany sql --data {} \"SELECT file, line, reason FROM reject\" says why",
                context.data.display()
            ))?;
        }
    }
    if let Some(error) = stopped {
        let before = collected.len();
        return Err(error.context(format!(
            "stopped at input {} of {}; what was read before is stored",
            before + 1,
            files.len()
        )));
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
