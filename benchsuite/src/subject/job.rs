//! The article's whole job in one process: raw logs to scored flows and the metrics of the model.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use botany::cli::Context;
use botany::reading::Reading;
use botany::recipe::Recipe;
use botany::run::pieces::Pieces;
use botany::run::progress::Say;
use botany::run::rows::{self, Rows};
use botany::run::{self, Workspace};
use botany_enrich::label::Rule;
use botany_learn::{Assignment, Frame, Pipeline, Scores, Values};
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
    let mut stages = Stages { begin: Instant::now(), note: Map::new() };
    let (done, seconds) = timed(|| job(arguments, &context, threads, &mut stages))?;
    let answer = json!({
        "flows": done.flows,
        "labelled": done.labelled,
        "f1": done.f1,
        "accuracy": done.accuracy,
        "note": stages.note,
    });
    Ok((answer, seconds))
}

/// Seconds of each stage of the job, and the peak of the process's memory up to its end.
struct Stages {
    begin: Instant,
    note: Map<String, Value>,
}

impl Stages {
    /// A stage ends here.
    fn end(&mut self, stage: &str) {
        self.note.insert(stage.to_owned(), json!(self.begin.elapsed().as_secs_f64()));
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok());
        self.note.insert(
            format!("{stage}, peak MB"),
            json!(kibibytes.map(|kib| kib * 1024 / 1_000_000)),
        );
        self.begin = Instant::now();
    }
}

/// What the job came to.
#[derive(Default)]
struct Done {
    flows: usize,
    labelled: usize,
    f1: f64,
    accuracy: f64,
}

fn job(
    arguments: &Arguments,
    context: &Context,
    threads: usize,
    stages: &mut Stages,
) -> Result<Done> {
    let mut recipe: Recipe = toml::from_str(RECIPE)?;
    recipe.enrich.threat = label::rules(&arguments.names);
    recipe.enrich.label = Rule::Any;
    (recipe.learn.seed, recipe.learn.sample) = (arguments.seed, SAMPLE);
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
    let selection = rows::selection(&recipe, "");
    // The rows are gone over twice: for the sample, and to be scored.
    let pieces = Pieces::of(&workspace, &recipe, &selection)?.kept();
    let rows = pieces.draw(SAMPLE)?;
    stages.end("select");

    let order =
        botany_learn::sample(rows.label.len(), rows.label.len() * 7 / 10, arguments.seed + 1);
    let mut trains = vec![false; rows.label.len()];
    order.iter().for_each(|&at| trains[at] = true);
    let side = |wanted: bool| -> Vec<usize> {
        (0..trains.len()).filter(|&row| trains[row] == wanted).collect()
    };
    let labels = |of: &[usize]| -> Vec<u8> { of.iter().map(|&row| rows.label[row]).collect() };
    let (train, test) = (side(true), side(false));
    let spec = run::pipeline(&recipe, threads);
    let pipeline = Pipeline::fit(&spec, &rows.frame.take(&train), &labels(&train))?;
    stages.end("fit");
    let told = pipeline.probabilities(&rows.frame.take(&test))?;
    let judged = labels(&test);
    let mut done = Done {
        f1: metric("f1", &judged, &told)?,
        accuracy: metric("accuracy", &judged, &told)?,
        ..Done::default()
    };
    drop(rows);
    stages.end("judge");
    score(arguments, &pieces, &pipeline, &mut done)?;
    stages.end("score and write");
    Ok(done)
}

/// Every flow with its cluster, the distance to it and the probability, durable: written on one thread while
/// the next flows are read and scored.
fn score(
    arguments: &Arguments,
    pieces: &Pieces<'_>,
    pipeline: &Pipeline,
    done: &mut Done,
) -> Result<()> {
    let mut out = File::create(&arguments.out)?;
    writeln!(
        out,
        "event_time,src_ip,packets_in,packets_out,packet_ratio,pcr_range,is_mirai,cluster,cluster_distance,probability"
    )?;
    thread::scope(|scope| {
        let (scored, ready) = sync_channel::<(Rows, Scores)>(1);
        let writer = scope.spawn(move || -> Result<()> {
            let mut text = Vec::new();
            for (rows, scores) in ready {
                text.clear();
                lines(&mut text, &rows, &scores)?;
                out.write_all(&text)?;
            }
            Ok(out.sync_all()?)
        });
        let read = pieces.each(|rows| {
            done.flows += rows.label.len();
            done.labelled += rows.label.iter().filter(|label| **label == 1).count();
            let scores = pipeline.scores(&rows.frame)?;
            // Nobody takes it if writing has failed; why, the writer says.
            scored.send((rows, scores)).context("the scores could not be written")
        });
        drop(scored);
        writer.join().map_err(|_| anyhow!("the writer panicked"))??;
        read.map(|_| ())
    })
}

/// The lines of a piece.
fn lines(text: &mut Vec<u8>, rows: &Rows, scores: &Scores) -> Result<()> {
    let number = |name: &str| rows.frame.numbers(name);
    let (packets_in, packets_out) = (number("packets_in")?, number("packets_out")?);
    let ratio = number("packet_ratio")?;
    let ranges = words(&rows.frame, "packet_pcr_range")?;
    let Assignment { cluster, distance } =
        scores.assignment.as_ref().context("a pipeline without clusters")?;
    for row in 0..rows.label.len() {
        let time = jiff::Timestamp::from_microsecond(rows.keys.time[row])?;
        writeln!(
            text,
            "{time},{},{},{},{},{},{},{},{},{}",
            rows.keys.address[row],
            packets_in[row],
            packets_out[row],
            ratio[row],
            ranges[row],
            rows.label[row],
            cluster[row],
            distance[row],
            scores.probability[row]
        )?;
    }
    Ok(())
}

fn words<'a>(frame: &'a Frame, name: &str) -> Result<Vec<&'a str>> {
    let Values::Category { codes, levels } = &frame.column(name)?.values else {
        anyhow::bail!("{name} is no category");
    };
    Ok(codes.iter().map(|code| levels.get(*code as usize).map_or("", String::as_str)).collect())
}
