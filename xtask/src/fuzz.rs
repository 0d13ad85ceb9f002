//! The EVE reader against a JSON tree, for longer than a test may take.

use std::process::Command;

use anyhow::{Result, ensure};

/// Reads damaged events for so many minutes; what ended in a new way is added to the corpus.
pub fn run(arguments: &[String]) -> Result<()> {
    let minutes = arguments.first().map_or("30", String::as_str);
    let test = [
        "test",
        "--release",
        "--package",
        "botany-collect",
        "--test",
        "eve_oracle",
        "--",
        "--nocapture",
    ];
    let status =
        Command::new(env!("CARGO")).args(test).env("BOTANY_FUZZ_MINUTES", minutes).status()?;
    ensure!(
        status.success(),
        "the readers differ: the line is printed above; mend the one that is wrong"
    );
    Ok(())
}
