//! A log that a sensor writes line by line: how long after a line stands there has the watch told of it?

use std::fs::{self, File};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use botany::run::live::watch::Orders;
use botany_watch::Metrics;
use serde_json::json;

use super::{Timed, watch};

/// Lines are written so often, as many as are due.
const TICK: Duration = Duration::from_millis(10);
/// How often one looks whether they were told.
const LOOK: Duration = Duration::from_millis(1);
/// Longer than any line waits; then something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// How fast who writes what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    watch: watch::Arguments,
    /// Lines written a second; the input is begun again at its end
    #[arg(long)]
    rate: usize,
    /// Seconds of writing
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

/// Lines that were written together: when, and how many there were by then.
struct Written {
    at: Instant,
    lines: u64,
}

/// Watches while another thread writes. The seconds answered are those a line waits that waits longer than 99 in 100.
pub fn run(arguments: &Arguments, threads: usize) -> Result<Timed> {
    let text = fs::read(&arguments.watch.input)?;
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    ensure!(!lines.is_empty() && arguments.rate > 0, "nothing to write");
    let log = arguments.watch.state.with_extension("growing.json");
    let file = File::create(&log)?;
    let metrics = Arc::new(Metrics::default());
    let mut watch = watch::open(&arguments.watch, log, false, threads, Arc::clone(&metrics))?;
    let orders = Orders::default();
    let (sender, receiver) = channel();
    let waits = thread::scope(|scope| {
        let writer = scope.spawn(|| write(file, &lines, arguments, sender));
        let (stop, metrics) = (&orders.stop, &metrics);
        let looker = scope.spawn(move || {
            let waits = look(&receiver, metrics);
            stop.store(true, Ordering::Relaxed);
            waits
        });
        watch.run(&orders, &mut |_| ())?;
        let panicked = |_| anyhow::anyhow!("a thread of the measurement ended early");
        writer.join().map_err(panicked)??;
        looker.join().map_err(panicked)?
    })?;
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64();
    let note = json!({
        "lines": watch.judge().counts.flows,
        "median_ms": at(0.5) * 1e3,
        "p99_ms": at(0.99) * 1e3,
        "most_ms": at(1.0) * 1e3,
    });
    Ok((json!({"note": note}), (at(0.99), at(0.99))))
}

fn write(
    mut file: File,
    lines: &[&[u8]],
    arguments: &Arguments,
    written: Sender<Written>,
) -> Result<()> {
    let begun = Instant::now();
    let whole = Duration::from_secs(arguments.seconds);
    let mut next = lines.iter().cycle();
    let mut count = 0;
    while begun.elapsed() < whole {
        let due = (begun.elapsed().as_secs_f64() * arguments.rate as f64) as u64;
        let block: Vec<u8> =
            next.by_ref().take((due - count) as usize).copied().flatten().copied().collect();
        if due > count {
            file.write_all(&block)?;
            count = due;
            // Who looks ended early only when something is wrong, and says so.
            let _ = written.send(Written { at: Instant::now(), lines: count });
        }
        thread::park_timeout(TICK);
    }
    Ok(())
}

/// How long each writing waited, sorted. A line counts as told when it was read and judged and its alert is about to be
/// written.
fn look(written: &Receiver<Written>, metrics: &Metrics) -> Result<Vec<Duration>> {
    let told = metrics.events.of("flow");
    let mut waits = Vec::new();
    for Written { at, lines } in written {
        while told.get() < lines {
            ensure!(at.elapsed() < PATIENCE, "line {lines} was never told of");
            thread::park_timeout(LOOK);
        }
        waits.push(at.elapsed());
    }
    ensure!(!waits.is_empty(), "nothing was written");
    waits.sort();
    Ok(waits)
}
