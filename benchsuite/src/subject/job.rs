//! The article's whole job in one process: raw logs to scored flows and the metrics of the model.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use botany::cli::Context;
use botany::reading::Reading;
use botany::recipe::Recipe;
use botany::run::progress::Say;
use botany::run::rows::{self, Rows};
use botany::run::{self, Workspace};
use botany_enrich::label::Rule;
use botany_learn::{Frame, Pipeline, Values};
use serde_json::{Map, Value, json};

use super::{Timed, empty, label, metric, timed};

/// The logs, and where everything goes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The sensor's log
    #[arg(long)]
    eve: PathBuf,
    /// The log-in log
    #[arg(long)]
    logins: PathBuf,
    /// User names, one a line, the first line `username`
    #[arg(long)]
    names: PathBuf,
    /// Seed
    #[arg(long)]
    seed: u64,
    /// The data directory; what lies there is removed before
    #[arg(long)]
    data: PathBuf,
    /// The scored flows, a CSV file
    #[arg(long)]
    out: PathBuf,
}

/// Rows that are learnt from and judged on.
const SAMPLE: usize = 50_000;

/// The job of the peers: their features, their sample, their share of training rows.
const RECIPE: &str = r#"
name = "job"
title = "The article's whole job"
[enrich]
grain = "flow"
[enrich.threat]
[learn]
sample = 1000000000
[learn.clustering]
features = ["packets_in", "packets_out", "packets_total", "packet_ratio", "packet_pcr_range"]
k = 5
restarts = 10
[learn.classifier]
algorithm = "random-forest"
features = ["cluster_distance", "packets_total", "packet_ratio", "packet_pcr_range", "profile_flows",
  "profile_peers", "profile_packets_in", "profile_packets_out", "profile_bytes_in", "profile_bytes_out",
  "profile_balanced_share"]
[learn.classifier.settings]
n_estimators = 100
[validate]
splits = ["row"]
"#;

/// Raw logs to scored flows.
pub fn run(arguments: &Arguments, threads: usize) -> Result<Timed> {
    let context = empty(&arguments.data, threads)?;
    let mut stages = Stages { begin: Instant::now(), seconds: Map::new() };
    let ((rows, [f1, accuracy]), seconds) =
        timed(|| job(arguments, &context, threads, &mut stages))?;
    let answer = json!({
        "flows": rows.label.len(),
        "labelled": rows.label.iter().filter(|label| **label == 1).count(),
        "f1": f1,
        "accuracy": accuracy,
        "note": stages.seconds,
    });
    Ok((answer, seconds))
}

/// Seconds of each stage of the job.
struct Stages {
    begin: Instant,
    seconds: Map<String, Value>,
}

impl Stages {
    /// A stage ends here.
    fn end(&mut self, stage: &str) {
        self.seconds.insert(stage.to_owned(), json!(self.begin.elapsed().as_secs_f64()));
        self.begin = Instant::now();
    }
}

fn job(
    arguments: &Arguments,
    context: &Context,
    threads: usize,
    stages: &mut Stages,
) -> Result<(Rows, [f64; 2])> {
    let mut recipe: Recipe = toml::from_str(RECIPE)?;
    recipe.enrich.threat = label::rules(&arguments.names);
    recipe.enrich.label = Rule::Any;
    recipe.learn.seed = arguments.seed;
    let say = Say::new();
    let reading =
        Reading { events: vec!["flow".to_owned()], ports: vec![22], ..Reading::default() };
    let how = run::How { reading: &reading, to_the_end: true };
    let logs = [arguments.eve.clone(), arguments.logins.clone()];
    run::collect_paths(&logs, how, context, &say)?.all()?;
    stages.end("collect");

    let workspace = Workspace::open(context)?;
    rows::label(&workspace, &recipe.enrich, &recipe.enrich.threat)?;
    stages.end("label");
    let all = Rows::select(&workspace, &recipe, "")?;
    stages.end("select");

    let sample = botany_learn::sample(all.label.len(), SAMPLE.min(all.label.len()), arguments.seed);
    let order = botany_learn::sample(sample.len(), sample.len() * 7 / 10, arguments.seed + 1);
    let mut trains = vec![false; sample.len()];
    order.iter().for_each(|&at| trains[at] = true);
    let side = |wanted: bool| -> Vec<usize> {
        sample.iter().zip(&trains).filter(|(_, t)| **t == wanted).map(|(row, _)| *row).collect()
    };
    let labels = |rows: &[usize]| -> Vec<u8> { rows.iter().map(|&row| all.label[row]).collect() };
    let (train, test) = (side(true), side(false));
    let spec = run::pipeline(&recipe, threads);
    let pipeline = Pipeline::fit(&spec, &all.frame.take(&train), &labels(&train))?;
    stages.end("fit");
    let told = pipeline.probabilities(&all.frame.take(&test))?;
    let judged = labels(&test);
    let metrics = [metric("f1", &judged, &told)?, metric("accuracy", &judged, &told)?];
    stages.end("judge");
    write(arguments, &all, &pipeline)?;
    stages.end("score and write");
    Ok((all, metrics))
}

/// Every flow with its cluster, the distance to it and the probability, durable.
fn write(arguments: &Arguments, all: &Rows, pipeline: &Pipeline) -> Result<()> {
    let probability = pipeline.probabilities(&all.frame)?;
    let clusters = pipeline.assign(&all.frame)?.context("a pipeline without clusters")?;
    let number = |name: &str| all.frame.numbers(name);
    let (packets_in, packets_out) = (number("packets_in")?, number("packets_out")?);
    let ratio = number("packet_ratio")?;
    let ranges = words(&all.frame, "packet_pcr_range")?;
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(&arguments.out)?);
    writeln!(
        out,
        "event_time,src_ip,packets_in,packets_out,packet_ratio,pcr_range,is_mirai,cluster,cluster_distance,probability"
    )?;
    for row in 0..all.label.len() {
        let time = jiff::Timestamp::from_microsecond(all.keys.time[row])?;
        writeln!(
            out,
            "{time},{},{},{},{},{},{},{},{},{}",
            all.keys.address[row],
            packets_in[row],
            packets_out[row],
            ratio[row],
            ranges[row],
            all.label[row],
            clusters.cluster[row],
            clusters.distance[row],
            probability[row]
        )?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

fn words<'a>(frame: &'a Frame, name: &str) -> Result<Vec<&'a str>> {
    let Values::Category { codes, levels } = &frame.column(name)?.values else {
        anyhow::bail!("{name} is no category");
    };
    Ok(codes.iter().map(|code| levels.get(*code as usize).map_or("", String::as_str)).collect())
}
