//! `botany explain LINE|-`

use std::io::Read as _;

use anyhow::Result;
use botany_collect::Outcome;
use serde_json::json;

use super::{Context, output};
use crate::reading::Reading;

/// Show how a log line is read: which source knows it, and the row it becomes, or why it becomes none.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  botany explain 'Nov 24 15:06:40 sensor sshd[411]: Failed password for invalid user mother from 192.0.2.7 port 40022 ssh2'\n  tail -1 /var/log/auth.log | botany explain -"
)]
pub struct Arguments {
    /// The line, or `-` to read lines from standard input
    #[arg(allow_hyphen_values = true)]
    line: String,
    #[command(flatten)]
    reading: Reading,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let options = arguments.reading.options(context.config.threads())?;
    let mut text = Vec::new();
    if arguments.line == "-" {
        std::io::stdin().read_to_end(&mut text)?;
    } else {
        text.extend_from_slice(arguments.line.as_bytes());
    }
    let mut table = output::Table::new(["line", "what", "value"]);
    for (number, line) in
        (1..).zip(text.strip_suffix(b"\n").unwrap_or(&text).split(|b| *b == b'\n'))
    {
        let explanation = botany_collect::explain(line, &options);
        let mut say = |what: &str, value: serde_json::Value| {
            table.row(vec![json!(number), json!(what), value])
        };
        say("source", json!(explanation.source));
        let outcome = match &explanation.outcome {
            Outcome::Stored(table) => format!("stored in {}", table.name),
            Outcome::Counted(kind) => format!("counted, not stored: {kind}"),
            Outcome::Rejected(reason) => format!("rejected: {reason}"),
        };
        say("outcome", json!(outcome));
        for (column, value) in explanation.row {
            say(column, json!(value));
        }
    }
    table.print(context.format)
}
