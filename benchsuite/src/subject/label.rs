//! The threat list, the labelled flows and what addresses and blocks did in their days, over stored Parquet.

use std::path::PathBuf;

use anyhow::Result;
use arrow::array::RecordBatch;
use botany::run::Workspace;
use botany_enrich::label::{self, Rule};
use botany_enrich::profiles;
use botany_enrich::threat::{self, Outcomes, Rules};
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
    /// Prints on stderr what every step of the plan took, too
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
    let doing = |grain: &str| -> String {
        DOING.iter().map(|name| format!(", {grain}.{name} AS {grain}_{name}")).collect()
    };
    let sql = format!(
        "SELECT flow.event_time, flow.src_ip, flow.src_port, flow.dest_ip, flow.dest_port, flow.packets_in,
            flow.packets_out, flow.bytes_in, flow.bytes_out, flow.is_mirai,
            {ratio} AS packet_ratio, {range} AS packet_pcr_range{}{}
        FROM labelled AS flow
        JOIN profile_address AS address ON address.address = flow.src_ip
            AND address.window_start = date_bin(INTERVAL '24 hours', flow.event_time)
        JOIN profile_block AS block ON block.block = ip_block(flow.src_ip, 24, 64)
            AND block.window_start = date_bin(INTERVAL '24 hours', flow.event_time)",
        doing("address"),
        doing("block"),
        ratio = botany_catalog::pcr::ratio_sql("flow.packets_in", "flow.packets_out"),
        range = botany_catalog::pcr::range_sql(
            "flow.packets_in",
            "flow.packets_out",
            botany_catalog::pcr::Mode::Closed
        ),
    );
    let ((workspace, batches), seconds) = timed(|| {
        let workspace = Workspace::at(&arguments.data, &config(threads))?;
        let batches = workspace.wait(async {
            let engine = &workspace.engine;
            threat::build(engine, &rules(&arguments.names)).await?;
            label::register(engine, Rule::Any).await?;
            profiles::register(engine, &profiles::Options::default()).await?;
            anyhow::Ok(engine.sql(&sql).await?)
        })?;
        Ok((workspace, batches))
    })?;
    if arguments.explain {
        let plan = workspace.sql(&format!("EXPLAIN ANALYZE {sql}"))?;
        eprintln!("{}", arrow::util::pretty::pretty_format_batches(&plan)?);
    }
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
