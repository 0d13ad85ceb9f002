//! On what it ran.

use std::process::Command;

/// What is measured: the commit, and whether anything was changed since.
pub fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_default();
    let changed =
        git(&["status", "--porcelain", "--", "crates", "src", "Cargo.lock", "benchsuite/src"]);
    if changed.is_ok_and(|changed| changed.is_empty()) {
        commit
    } else {
        format!("{commit}, changed")
    }
}

/// Processor, cores, memory and system, a line each.
pub fn describe() -> Vec<String> {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let rustc = Command::new("rustc").arg("--version").output().map(|output| output.stdout);
    vec![
        format!("processor: {}, {cores} cores", field("/proc/cpuinfo", "model name")),
        format!("memory: {}", field("/proc/meminfo", "MemTotal")),
        format!("load before: {}", load.join(" ")),
        String::from_utf8_lossy(&rustc.unwrap_or_default()).trim().to_owned(),
    ]
}
