//! One program, run once: time, processor time of itself and its children, peak memory, answer.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wait4::Wait4 as _;

use crate::works::{Contender, ROUND};

/// What one run of a program took, and what it answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Seconds from start to end of the process.
    pub wall: f64,
    /// Seconds of all cores, of the process and what it started.
    pub cpu: f64,
    /// Most memory it held at once, in bytes.
    pub peak: u64,
    /// Seconds of the work alone, without starting an interpreter and loading libraries.
    pub work: f64,
    /// The same of all cores.
    pub work_cpu: f64,
    /// The answer, for comparison.
    pub answer: Value,
}

/// The last line a contender prints.
#[derive(Deserialize)]
struct Said {
    answer: Value,
    seconds: Option<f64>,
    cpu_seconds: Option<f64>,
}

/// What the kernel counted.
#[derive(Serialize, Deserialize)]
struct Used {
    wall: f64,
    cpu: f64,
    peak: u64,
    success: bool,
}

/// Runs a contender, which ends by printing an answer as one line of JSON.
///
/// A process begins with the peak memory of the one that started it, so a small one of our own is between.
pub fn run(contender: &Contender, round: usize, folder: &Path) -> Result<Run> {
    let number = (round + 1).to_string();
    let command = contender.command.iter().map(|word| word.replace(ROUND, &number));
    let cores = format!("0-{}", contender.cores - 1);
    let status = Command::new(std::env::current_exe()?)
        .arg("measure")
        .arg(folder)
        .args(["--", "taskset", "--cpu-list", &cores])
        .args(command)
        .status()?;
    ensure!(status.success(), "cannot run {}", contender.name);
    let used: Used = serde_json::from_slice(&std::fs::read(folder.join("used"))?)?;
    if !used.success {
        let errors = std::fs::read_to_string(folder.join("errors"))?;
        let tail: Vec<&str> = errors.lines().rev().take(3).collect();
        bail!("{} failed: {}", contender.name, tail.join(" / "));
    }
    let text = std::fs::read_to_string(folder.join("said"))?;
    let last = text.lines().last().unwrap_or_default();
    let said: Said = serde_json::from_str(last).with_context(|| format!("no answer: {last}"))?;
    Ok(Run {
        wall: used.wall,
        cpu: used.cpu,
        peak: used.peak,
        work: said.seconds.unwrap_or(used.wall),
        work_cpu: said.cpu_seconds.unwrap_or(used.cpu),
        answer: said.answer,
    })
}

/// Runs a command and writes down what it took, said and complained of.
pub fn measure(folder: &Path, command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().context("an empty command")?;
    let begin = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(folder.join("said"))?)
        .stderr(std::fs::File::create(folder.join("errors"))?)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let used = child.wait4()?;
    let used = Used {
        wall: begin.elapsed().as_secs_f64(),
        cpu: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
        peak: used.rusage.maxrss,
        success: used.status.success(),
    };
    Ok(std::fs::write(folder.join("used"), serde_json::to_string(&used)?)?)
}
