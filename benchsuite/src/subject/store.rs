//! EVE to everything that is stored, as durable Parquet: what `botany collect` does.

use std::path::{Path, PathBuf};

use anyhow::Result;
use botany::reading::Reading;
use botany::run::progress::Say;
use botany::run::{self, Workspace};
use serde_json::json;

use super::{Timed, empty, sum, timed};

/// The log, and where it goes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The log
    #[arg(long)]
    input: PathBuf,
    /// The data directory; what lies there is removed before
    #[arg(long)]
    out: PathBuf,
}

/// Collects, and counts afterwards what lies there.
pub fn run(arguments: &Arguments, threads: usize) -> Result<Timed> {
    let context = empty(&arguments.out, threads)?;
    let how = run::How { reading: &Reading::default(), to_the_end: true };
    let log = [arguments.input.clone()];
    let (_, seconds) = timed(|| run::collect_paths(&log, how, &context, &Say::new())?.all())?;
    let workspace = Workspace::open(&context)?;
    let all = |table: &str, what: &str| -> Result<u64> {
        sum(&workspace.sql(&format!("SELECT {what} AS n FROM {table}"))?, "n")
    };
    let answer = json!({
        "flow": all("flow", "count(*)")?,
        "netflow": all("netflow", "count(*)")?,
        "alert": all("alert", "count(*)")?,
        "ssh": all("ssh", "count(*)")?,
        "packets": all("flow", "sum(packets_in) + sum(packets_out)")?,
        "octets": all("flow", "sum(bytes_in) + sum(bytes_out)")?,
        "ports": all("flow", "sum(CAST(dest_port AS BIGINT))")?,
        "note": { "file_bytes": bytes(&arguments.out.join("tables"))? },
    });
    Ok((answer, seconds))
}

/// Bytes of all files below a folder.
fn bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() { bytes(&entry.path())? } else { about.len() };
    }
    Ok(sum)
}
