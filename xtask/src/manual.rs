//! The reference manual, written from what the program says of itself.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Pages and the commands that print them.
const PAGES: [(&str, &str, &[&str]); 2] = [
    ("features.md", "Features", &["features", "--markdown"]),
    ("algorithms.md", "Algorithms", &["learn", "algorithms", "--markdown"]),
];

/// Writes `docs/reference/`.
pub fn run() -> Result<()> {
    fs::create_dir_all("docs/reference")?;
    for (page, title, arguments) in PAGES {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--release", "--"]).args(arguments);
        let output = cargo.output().context("cannot run botany")?;
        ensure!(output.status.success(), "botany {} failed", arguments.join(" "));
        let body = String::from_utf8(output.stdout)?;
        let text = format!("# {title}\n\nWritten by `cargo xtask manual`.\n\n{}\n", body.trim());
        fs::write(format!("docs/reference/{page}"), text)?;
    }
    Ok(())
}
