//! `botany sql "…"`

use anyhow::Result;

use super::{Context, batches};
use crate::run::Workspace;

/// Ask the data directory a question in SQL. Tables: flow, netflow, alert, ssh, login, reject. Read-only.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany sql \"SELECT src_ip, count(*) AS flows FROM flow WHERE dest_port = 22 GROUP BY 1 ORDER BY 2 DESC LIMIT 10\"\n  botany sql --format csv \"SELECT file, line, reason FROM reject\"\n  botany sql \"DESCRIBE flow\""
)]
pub struct Arguments {
    /// The question: SELECT, EXPLAIN, SHOW or DESCRIBE
    question: String,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let workspace = Workspace::open(context)?;
    let found = workspace.query(&arguments.question)?;
    batches::table(&found)?.print(context.format)
}
