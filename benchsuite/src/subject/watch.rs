//! A log, followed from its beginning to its end with scoring, journal and bookmark: what `botany watch` does. And a
//! sensor that writes such a log.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use botany::cli::Context;
use botany::cli::output::Format;
use botany::cli::watch::Judging;
use botany::run;
use botany::run::live::logs::Address;
use botany::run::live::watch::{Ask, Orders, Watch};
use botany_collect::Options;
use botany_collect::follow::Begin;
use botany_watch::Metrics;
use botany_watch::throttle::Rate;
use serde_json::json;

use super::{Timed, config, timed};

/// Who judges what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The data directory with the model
    #[arg(long)]
    data: PathBuf,
    /// The model
    #[arg(long)]
    model: String,
    /// The log
    #[arg(long)]
    pub input: PathBuf,
    /// Where the bookmark goes; what lies there is removed before
    #[arg(long)]
    pub state: PathBuf,
}

/// Follows the log to its end.
pub fn run(arguments: &Arguments, threads: usize) -> Result<Timed> {
    let metrics = Arc::new(Metrics::default());
    let mut watch = open(arguments, arguments.input.clone(), true, threads, metrics)?;
    let (_, seconds) = timed(|| watch.run(&Orders::default(), &mut |_| ()))?;
    let counts = watch.judge().counts;
    let note = json!({"judged": counts.judged, "alerts": counts.alerts});
    Ok((json!({"flow": counts.flows, "note": note}), seconds))
}

/// A watch of one log that has not begun; `once` if it ends with what is there.
pub fn open(
    arguments: &Arguments,
    log: PathBuf,
    once: bool,
    threads: usize,
    metrics: Arc<Metrics>,
) -> Result<Watch> {
    if arguments.state.exists() {
        fs::remove_dir_all(&arguments.state)?;
    }
    let context = Context {
        data: arguments.data.clone(),
        data_given: true,
        format: Format::Json,
        config: config(threads),
    };
    let name = arguments.model.parse()?;
    let model = run::registry(&context.data).load(&name)?;
    let judge = Judging::default().judge(model, Rate::default(), &context)?;
    let ask = Ask {
        model: name,
        logs: vec![Address::File(log)],
        begin: Begin::Start,
        options: Options { threads, ..Options::default() },
        journal: arguments.state.join("alerts.json"),
        state: arguments.state.clone(),
        data: context.data.clone(),
        once,
    };
    Watch::open(ask, judge, metrics)
}

/// A sensor that reads a capture.
#[derive(Debug, clap::Args)]
pub struct Sensor {
    /// The capture
    #[arg(long)]
    pcap: PathBuf,
    /// A capture of a packet: what starting and ending cost
    #[arg(long)]
    nothing: PathBuf,
    /// The folder its log goes to; what lies there is removed before
    #[arg(long)]
    out: PathBuf,
}

const CONFIG: &str = "%YAML 1.1
---
vars: {address-groups: {HOME_NET: any, EXTERNAL_NET: any}}
outputs:
  - eve-log: {enabled: yes, filetype: regular, filename: eve.json, community-id: true, types: [flow]}
flow: {memcap: 4gb, hash-size: 1048576, prealloc: 100000}
flow-timeouts:
  default: {new: 2, established: 2, closed: 0}
  tcp: {new: 2, established: 2, closed: 0}
stream: {memcap: 2gb}
";

/// Reads a capture and writes its flows, without rules; start-up is not counted.
pub fn sensor(arguments: &Sensor) -> Result<Timed> {
    let alone = replay(&arguments.nothing, &arguments.out)?;
    let whole = replay(&arguments.pcap, &arguments.out)?;
    let text = fs::read(arguments.out.join("eve.json"))?;
    let flows = text.iter().filter(|byte| **byte == b'\n').count();
    let seconds = (whole - alone).max(0.0);
    Ok((json!({"flow": flows, "note": {"start_seconds": alone}}), (seconds, seconds)))
}

fn replay(pcap: &Path, out: &Path) -> Result<f64> {
    if out.exists() {
        fs::remove_dir_all(out)?;
    }
    fs::create_dir_all(out)?;
    let config = out.join("suricata.yaml");
    fs::write(&config, CONFIG)?;
    let begun = Instant::now();
    let ran = Command::new("suricata")
        .args(["-k", "none", "--runmode", "autofp", "-c"])
        .arg(&config)
        .arg("-r")
        .arg(pcap)
        .arg("-l")
        .arg(out)
        .output()
        .context("suricata cannot be started: tests/install.sh installs it")?;
    ensure!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Ok(begun.elapsed().as_secs_f64())
}
