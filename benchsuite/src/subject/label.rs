//! The threat list, the labelled flows and what addresses and blocks did in their days, over stored Parquet.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float64Type};
use botany::run::Workspace;
use botany_enrich::label::Rule;
use botany_enrich::threat::{self, Outcomes, Rules};
use botany_enrich::windows::{self, Ask};
use serde_json::{Map, Value, json};

use super::{Timed, config, sum, timed};

/// Where the logs lie.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data directory
    #[arg(long)]
    data: PathBuf,
    /// User names, one a line, the first line `username`
    #[arg(long)]
    names: PathBuf,
    /// Prints on stderr what every step takes where the statement is asked instead of the pass, too
    #[arg(long)]
    explain: bool,
    /// Notes what merely reading the flows' columns takes: the floor
    #[arg(long)]
    floor: bool,
}

/// Two names of the file, at any time, list a source: what the peers ask.
pub fn rules(names: &std::path::Path) -> Rules {
    Rules {
        dictionary: names.display().to_string(),
        min_names: 2,
        min_pairs: 0,
        window_hours: 24 * 30,
        outcomes: Outcomes::Failed,
        ..Rules::default()
    }
}

const CARRIED: [&str; 9] = [
    "event_time",
    "src_ip",
    "src_port",
    "dest_ip",
    "dest_port",
    "packets_in",
    "packets_out",
    "bytes_in",
    "bytes_out",
];

const DOING: [&str; 8] = [
    "flows",
    "dest_ports",
    "peers",
    "packets_in",
    "packets_out",
    "bytes_in",
    "bytes_out",
    "balanced_share",
];

/// Every flow with its label, its features and what its source and block did in its day, in memory.
pub fn run(arguments: &Arguments, threads: usize) -> Result<Timed> {
    let doing = DOING.map(str::to_owned).to_vec();
    let ask = Ask {
        carry: CARRIED.map(str::to_owned).to_vec(),
        features: ["packet_ratio", "packet_pcr_range"].map(str::to_owned).to_vec(),
        rule: Rule::Any,
        address: doing.clone(),
        block: doing,
        ..Ask::default()
    };
    let mut note = Map::new();
    let ((workspace, flows), seconds) = timed(|| {
        let workspace = Workspace::at(&arguments.data, &config(threads))?;
        let engine = &workspace.engine;
        let (_, list) = timed(|| workspace.wait(threat::build(engine, &rules(&arguments.names))))?;
        let (flows, windows) = timed(|| workspace.wait(windows::flows(engine, &ask)))?;
        note.extend([("list", list), ("windows", windows)].map(stage));
        Ok((workspace, flows))
    })?;
    if arguments.floor {
        let columns = format!("SELECT {} FROM flow", CARRIED.join(", "));
        let (_, reading) = timed(|| workspace.sql(&columns))?;
        note.extend([stage(("reading alone", reading))]);
    }
    if arguments.explain {
        let plan = workspace.sql(&format!("EXPLAIN ANALYZE {}", ask.sql()?))?;
        eprintln!("{}", arrow::util::pretty::pretty_format_batches(&plan)?);
    }
    let doing = |names: &[&str]| -> Result<u64> {
        let columns =
            names.iter().flat_map(|name| ["address", "block"].map(|g| format!("{g}_{name}")));
        columns.map(|column| sum(&flows, &column)).sum()
    };
    let answer = json!({
        "flows": flows.iter().map(RecordBatch::num_rows).sum::<usize>(),
        "labelled": sum(&flows, "is_mirai")?,
        "addresses": over(&flows, "address_flows", |flows| 1.0 / flows)?,
        "blocks": over(&flows, "block_flows", |flows| 1.0 / flows)?,
        "bytes": sum(&flows, "bytes_in")? + sum(&flows, "bytes_out")?,
        "doing": doing(&["flows", "dest_ports", "peers"])?,
        "moved": doing(&["packets_in", "packets_out", "bytes_in", "bytes_out"])?,
        "balanced": over(&flows, "address_balanced_share", |share| share)?
            + over(&flows, "block_balanced_share", |share| share)?,
        "note": note,
    });
    Ok((answer, seconds))
}

/// Seconds of wall and of all cores of a stage.
fn stage((name, (wall, cpu)): (&str, (f64, f64))) -> (String, Value) {
    (name.to_owned(), json!({"seconds": wall, "cpu_seconds": cpu}))
}

/// The sum of something of a column, to the nearest whole number. Of windows, one over their flows is summed over the
/// flows: each window counts once.
fn over(flows: &[RecordBatch], column: &str, of: fn(f64) -> f64) -> Result<u64> {
    let mut sum = 0.0;
    for batch in flows {
        let values = batch.column_by_name(column).with_context(|| format!("no {column}"))?;
        let values = arrow::compute::cast(values, &DataType::Float64)?;
        sum += values.as_primitive::<Float64Type>().iter().flatten().map(of).sum::<f64>();
    }
    Ok(sum.round() as u64)
}
