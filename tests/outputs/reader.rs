//! The readers of others: Python with their own libraries.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::command::{root, tools};

/// Runs a script of `tests/reference/outputs` and gives the JSON it prints.
pub fn python(script: &str, arguments: &[&str]) -> Value {
    tools();
    let path = root().join("tests/reference/outputs").join(script);
    let python = root().join("target/readers/bin/python");
    let output = Command::new(python).arg(path).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{script}: {why}: {errors}"))
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
