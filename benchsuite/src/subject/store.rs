//! EVE to everything that is stored, as durable Parquet: what `botany collect` does.

use std::path::{Path, PathBuf};

use anyhow::Result;
use arrow::array::RecordBatch;
use botany::reading::Reading;
use botany::run::progress::Say;
use botany::run::{self, Workspace};
use botany_catalog::Table;
use botany_collect::{Input, Memory, Options, Sink, SinkError};
use botany_engine::{Bookmark, Store};
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
    /// Counts nothing afterwards, so that the memory taken is that of collecting
    #[arg(long)]
    uncounted: bool,
    /// Does a part of the work only
    #[arg(long, value_enum)]
    floor: Option<Floor>,
}

/// The parts of the work: less than any of them it cannot take.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Floor {
    /// Every byte is hashed, on one core
    Hashing,
    /// Every line is read and hashed, and its row dropped
    Reading,
    /// Rows that lie in memory are encoded and written durably
    Storing,
}

impl Floor {
    fn run(self, arguments: &Arguments, threads: usize) -> Result<Timed> {
        let options = Options { threads, ..Options::default() };
        let input = Input::File(arguments.input.clone());
        let (rows, seconds) = match self {
            Floor::Hashing => {
                let (_, seconds) =
                    timed(|| Ok(botany_collect::digest(&arguments.input, &[], &())?))?;
                (0, seconds)
            }
            Floor::Reading => {
                let mut sink = Dropping;
                let read = || Ok(botany_collect::read(&input, &options, &mut sink, &())?);
                let (tally, seconds) = timed(read)?;
                (tally.stored_total(), seconds)
            }
            Floor::Storing => {
                let mut memory = Memory::default();
                let tally = botany_collect::read(&input, &options, &mut memory, &())?;
                empty(&arguments.out, threads)?;
                let store = Store::open(&arguments.out)?;
                let (_, seconds) = timed(|| {
                    let mut transaction = store.begin()?.with_threads(threads);
                    for (table, batch) in memory.batches {
                        transaction.write(table, batch)?;
                    }
                    Ok(transaction.commit(Bookmark::default())?)
                })?;
                (tally.stored_total(), seconds)
            }
        };
        Ok((json!({ "floor": format!("{self:?}").to_lowercase(), "rows": rows }), seconds))
    }
}

/// Rows that nobody wants.
struct Dropping;

impl Sink for Dropping {
    fn write(&mut self, _: &'static Table, _: RecordBatch) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Collects, and counts afterwards what lies there if asked to.
pub fn run(arguments: &Arguments, threads: usize) -> Result<Timed> {
    if let Some(floor) = arguments.floor {
        return floor.run(arguments, threads);
    }
    let context = empty(&arguments.out, threads)?;
    let how = run::How { reading: &Reading::default(), to_the_end: true };
    let log = [arguments.input.clone()];
    let (_, seconds) = timed(|| run::collect_paths(&log, how, &context, &Say::new())?.all())?;
    if arguments.uncounted {
        return Ok((
            json!({ "note": { "file_bytes": bytes(&arguments.out.join("tables"))? } }),
            seconds,
        ));
    }
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
