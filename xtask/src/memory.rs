//! Does the memory of `collect` grow with its input? Measured on 200 MB, 1 GB and 2 GB of EVE.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

const MB: u64 = 1_000_000;

/// Collects the three files and prints peak memory, time and rate. Needs 3 GB of temporary space.
pub fn run() -> Result<()> {
    let build = Command::new(env!("CARGO")).args(["build", "--release"]).status()?;
    ensure!(build.success(), "the program does not build");
    let packed = fs::read("demo/eve.json.zst").context("run this at the root of the repository")?;
    let capture = zstd::decode_all(&packed[..])?;
    let folder = tempfile::tempdir()?;
    println!("| input | peak memory | time | rate |\n|---|---|---|---|");
    for megabytes in [200, 1000, 2000] {
        let path = folder.path().join(format!("{megabytes}.json"));
        write(&path, &capture, megabytes * MB)?;
        let begin = Instant::now();
        let peak = collect(&path, &folder.path().join(format!("data-{megabytes}")))?;
        let seconds = begin.elapsed().as_secs_f64();
        let rate = megabytes as f64 / seconds;
        println!("| {megabytes} MB | {} MB | {seconds:.1} s | {rate:.0} MB/s |", peak / MB);
        fs::remove_file(&path)?;
    }
    Ok(())
}

/// The capture again and again, until there are so many bytes.
fn write(path: &Path, capture: &[u8], bytes: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let mut written = 0;
    while written < bytes {
        file.write_all(capture)?;
        written += capture.len() as u64;
    }
    Ok(())
}

/// Peak resident memory of a collection, in bytes, as the kernel keeps it.
fn collect(path: &Path, data: &Path) -> Result<u64> {
    let mut child = Command::new("target/release/botany")
        .args(["collect".as_ref(), path.as_os_str(), "--data".as_ref(), data.as_os_str()])
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak = 0;
    let (_never, tick) = mpsc::channel::<()>();
    loop {
        peak = peak.max(high_water(&child).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "collect failed");
            break;
        }
        // Nobody sends: this waits for the next look.
        let _ = tick.recv_timeout(Duration::from_millis(20));
    }
    if peak == 0 {
        bail!("the kernel tells no peak memory here: /proc is needed");
    }
    Ok(peak)
}

fn high_water(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}
