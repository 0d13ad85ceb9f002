//! Builds what is measured, and measures it.

use std::process::Command;

use anyhow::{Result, ensure};

/// Runs the bench suite with these arguments.
pub fn run(arguments: &[String]) -> Result<()> {
    let packages = ["build", "--release", "--package", "botany", "--package", "botany-benchsuite"];
    let build = Command::new(env!("CARGO")).args(packages).status()?;
    ensure!(build.success(), "the program does not build");
    let bench = Command::new("target/release/bench").args(arguments).status()?;
    ensure!(bench.success(), "the bench suite did not run to its end");
    Ok(())
}
