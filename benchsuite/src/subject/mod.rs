//! Our own side: each work done once by the crates of the house, answered as the peers answer.

mod job;
mod label;
mod lag;
mod learn;
mod read;
mod store;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, UInt64Type};
use botany::cli::Context;
use botany::cli::output::Format;
use botany::config::{Config, Limits};
use botany_learn::{KMeansOptions, Setting, Settings, with_threads};
use botany_validate::metrics::{self, Ranking};
use clap::Subcommand;
use serde_json::{Value, json};

/// A work of our own side, in a process of its own.
#[derive(Debug, Subcommand)]
pub enum Subject {
    /// EVE to the flows to port 22, in memory
    Read {
        /// The log; of several each is read by threads of its own, that share nothing
        #[arg(long, required = true)]
        input: Vec<PathBuf>,
    },
    /// The bytes of a log, brought into memory, unpacked, and left alone
    Unpack {
        /// The log
        #[arg(long)]
        input: PathBuf,
    },
    /// EVE to everything that is stored
    Store(store::Arguments),
    /// Threat list, label and profiles over a data directory
    Label(label::Arguments),
    /// A log, followed to its end
    Watch(watch::Arguments),
    /// A log, followed while it is written
    Lag(lag::Arguments),
    /// A sensor that reads a capture
    Sensor(watch::Sensor),
    /// The article's whole job
    Job(job::Arguments),
    /// k-means
    Kmeans {
        /// Rows
        #[arg(long)]
        matrix: PathBuf,
        /// Clusters
        #[arg(long)]
        k: usize,
        /// Searches
        #[arg(long)]
        restarts: usize,
        /// Seed
        #[arg(long)]
        seed: u64,
    },
    /// Fits a forest
    ForestFit {
        /// Rows to learn from
        #[arg(long)]
        train_x: PathBuf,
        /// Their labels
        #[arg(long)]
        train_y: PathBuf,
        /// Rows to judge on
        #[arg(long)]
        test_x: PathBuf,
        /// Their labels
        #[arg(long)]
        test_y: PathBuf,
        /// Trees
        #[arg(long)]
        trees: i64,
        /// Seed
        #[arg(long)]
        seed: u64,
        /// Have the out-of-bag share computed as well
        #[arg(long)]
        oob_score: bool,
        /// Where the model goes
        #[arg(long)]
        out: PathBuf,
    },
    /// Scores rows with a fitted forest
    ForestScore {
        /// The model
        #[arg(long)]
        model: PathBuf,
        /// Rows
        #[arg(long)]
        x: PathBuf,
    },
    /// How many questions a fitted forest asks a row: what its scoring cannot do without
    ForestQuestions {
        /// The model
        #[arg(long)]
        model: PathBuf,
        /// Rows
        #[arg(long)]
        x: PathBuf,
    },
}

/// Does the work and prints the answer.
pub fn run(subject: &Subject, threads: usize) -> Result<()> {
    let (answer, timed) = match subject {
        Subject::Read { input } => read::flows(input, threads)?,
        Subject::Unpack { input } => read::unpack(input)?,
        Subject::Store(arguments) => store::run(arguments, threads)?,
        Subject::Label(arguments) => label::run(arguments, threads)?,
        Subject::Watch(arguments) => watch::run(arguments, threads)?,
        Subject::Lag(arguments) => lag::run(arguments, threads)?,
        Subject::Sensor(arguments) => watch::sensor(arguments)?,
        Subject::Job(arguments) => job::run(arguments, threads)?,
        Subject::Kmeans { matrix, k, restarts, seed } => {
            let options = KMeansOptions {
                k: *k,
                restarts: *restarts,
                seed: *seed,
                threads,
                ..KMeansOptions::default()
            };
            learn::kmeans(matrix, &options)?
        }
        Subject::ForestFit { train_x, train_y, test_x, test_y, trees, seed, oob_score, out } => {
            let settings = Settings::from([
                ("n_estimators".to_owned(), Setting::Integer(*trees)),
                ("oob_score".to_owned(), Setting::Bool(*oob_score)),
            ]);
            with_threads(threads, || {
                learn::forest_fit([train_x, train_y, test_x, test_y], &settings, *seed, out)
            })?
        }
        Subject::ForestScore { model, x } => {
            with_threads(threads, || learn::forest_score(model, x))?
        }
        Subject::ForestQuestions { model, x } => learn::forest_questions(model, x)?,
    };
    println!("{}", json!({"answer": answer, "seconds": timed.0, "cpu_seconds": timed.1}));
    Ok(())
}

/// What an answer is, and the seconds of wall and of all cores the work took.
type Timed = (Value, (f64, f64));

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, (f64, f64))> {
    let cpu = || {
        let used = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let after_name = used.rsplit(')').next().unwrap_or_default();
        let fields: Vec<f64> =
            after_name.split(' ').skip(12).take(2).filter_map(|field| field.parse().ok()).collect();
        // The kernel counts in hundredths of a second.
        fields.iter().sum::<f64>() / 100.0
    };
    let (begin, before) = (Instant::now(), cpu());
    let done = work()?;
    Ok((done, (begin.elapsed().as_secs_f64(), cpu() - before)))
}

/// So many threads.
fn config(threads: usize) -> Config {
    Config { limits: Limits { threads: Some(threads), memory_mib: None }, ..Config::default() }
}

/// An empty data directory, and the settings of a run in it.
fn empty(data: &Path, threads: usize) -> Result<Context> {
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    Ok(Context {
        data: data.to_owned(),
        data_given: true,
        format: Format::Json,
        config: config(threads),
    })
}

/// The sum of a column of whole numbers.
fn sum(batches: &[RecordBatch], column: &str) -> Result<u64> {
    let mut sum = 0;
    for batch in batches {
        let values = batch.column_by_name(column).ok_or_else(|| anyhow!("no {column}"))?;
        let values = arrow::compute::cast(values, &DataType::UInt64)?;
        sum += values.as_primitive::<UInt64Type>().iter().flatten().sum::<u64>();
    }
    Ok(sum)
}

/// A metric of the product's own shelf, at the threshold 0.5; 0 where it is undefined.
fn metric(name: &str, labels: &[u8], probabilities: &[f64]) -> Result<f64> {
    let evidence = Ranking::new(labels, probabilities, None, 0.5)?.evidence(None);
    let metric = metrics::find(name).with_context(|| format!("no metric is called {name}"))?;
    Ok(metric.of(&evidence).unwrap_or(0.0))
}
