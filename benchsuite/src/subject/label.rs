//! The threat list, the labelled flows and what addresses and blocks did in their days, over stored Parquet.

use std::path::PathBuf;

use anyhow::Result;
use arrow::array::RecordBatch;
use botany::run::Workspace;
use botany_enrich::label::Rule;
use botany_enrich::profiles;
use botany_enrich::threat::{self, Outcomes, Rules};
use botany_enrich::windows::{self, Ask};
use serde_json::json;

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
    let ((workspace, batches), seconds) = timed(|| {
        let workspace = Workspace::at(&arguments.data, &config(threads))?;
        let batches = workspace.wait(async {
            let engine = &workspace.engine;
            threat::build(engine, &rules(&arguments.names)).await?;
            windows::flows(engine, &ask).await
        })?;
        Ok((workspace, batches))
    })?;
    if arguments.explain {
        let plan = workspace.sql(&format!("EXPLAIN ANALYZE {}", ask.sql()?))?;
        eprintln!("{}", arrow::util::pretty::pretty_format_batches(&plan)?);
    }
    workspace.wait(profiles::register(&workspace.engine, &profiles::Options::default()))?;
    let windows = |view: &str| -> Result<u64> {
        let counted = workspace.sql(&format!("SELECT count(*) AS n FROM {view}"))?;
        sum(&counted, "n")
    };
    let mut doing = 0;
    for grain in ["address", "block"] {
        for name in ["flows", "dest_ports", "peers"] {
            doing += sum(&batches, &format!("{grain}_{name}"))?;
        }
    }
    let answer = json!({
        "flows": batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
        "labelled": sum(&batches, "is_mirai")?,
        "addresses": windows("profile_address")?,
        "blocks": windows("profile_block")?,
        "bytes": sum(&batches, "bytes_in")? + sum(&batches, "bytes_out")?,
        "doing": doing,
    });
    Ok((answer, seconds))
}
