//! Runs a program once and tells what it took.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wait4::Wait4 as _;

use crate::works::ROUND;

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

/// Runs a command that ends by printing an answer as one line of JSON.
pub fn run(command: &[String], round: usize, folder: &Path) -> Result<Run> {
    let number = (round + 1).to_string();
    let command: Vec<String> = command.iter().map(|word| word.replace(ROUND, &number)).collect();
    let (program, arguments) = command.split_first().context("an empty command")?;
    let begin = Instant::now();
    let output = folder.join("said");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&output)?)
        .stderr(std::fs::File::create(folder.join("errors"))?)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let used = child.wait4()?;
    let wall = begin.elapsed().as_secs_f64();
    if !used.status.success() {
        let errors = std::fs::read_to_string(folder.join("errors"))?;
        let tail: Vec<&str> = errors.lines().rev().take(3).collect();
        bail!("{} failed: {}", command.join(" "), tail.join(" / "));
    }
    let text = std::fs::read_to_string(output)?;
    let last = text.lines().last().unwrap_or_default();
    let said: Said = serde_json::from_str(last).with_context(|| format!("no answer: {last}"))?;
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    Ok(Run {
        wall,
        cpu,
        peak: used.rusage.maxrss,
        work: said.seconds.unwrap_or(wall),
        work_cpu: said.cpu_seconds.unwrap_or(cpu),
        answer: said.answer,
    })
}
