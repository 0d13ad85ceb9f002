//! EVE to the flows to port 22 with the article's fields, in memory: plain, gzip and Zstandard.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Bench, Contender, Goal, Measure, OURS, Work, each, equal, text};
use crate::generate;

/// The floor.
const BARE: &str = "bare bytes";

/// The log of the sensor and of its log-ins, made once.
pub fn sensor(bench: &Bench) -> Result<(PathBuf, PathBuf)> {
    logs(bench, bench.events)
}

/// The same of so many events.
pub fn logs(bench: &Bench, events: u64) -> Result<(PathBuf, PathBuf)> {
    let (eve, logins) =
        (bench.file(&format!("eve-{events}.json")), bench.file(&format!("auth-{events}.log")));
    if !eve.exists() {
        let aside = bench.file("writing");
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&aside)?);
        let mut log = BufWriter::new(File::create(&logins)?);
        let written = generate::sensor(events, &mut out, &mut log)?;
        out.flush()?;
        log.flush()?;
        std::fs::rename(aside, &eve)?;
        let bytes = eve.metadata()?.len() / 1_000_000;
        eprintln!("made {} events ({bytes} MB), {} log-ins", written.events, written.logins);
    }
    Ok((eve, logins))
}

/// The three forms of the log.
pub fn works(bench: &Bench) -> Result<Vec<Work>> {
    let (plain, _) = sensor(bench)?;
    let (gzip, zstd) = (plain.with_extension("json.gz"), plain.with_extension("json.zst"));
    if !gzip.exists() {
        let aside = bench.file("packing");
        let mut out = flate2::write::GzEncoder::new(create(&aside)?, flate2::Compression::new(6));
        std::io::copy(&mut File::open(&plain)?, &mut out)?;
        out.finish()?.flush()?;
        std::fs::rename(aside, &gzip)?;
    }
    if !zstd.exists() {
        let aside = bench.file("packing");
        zstd::stream::copy_encode(File::open(&plain)?, create(&aside)?, 3)?;
        std::fs::rename(aside, &zstd)?;
    }
    let cpu = |peer, times| Goal { peer, measure: Measure::WorkCpu, times };
    let one = |path: &Path, form: &str, names: &[&str], goals: Vec<Goal>| {
        let arguments = ["--input".to_owned(), text(path)];
        let mut contenders = vec![bench.ours("read", &arguments)];
        if form == "plain" {
            let alone = bench.ours_on(1, "read", &arguments);
            contenders.push(Contender { name: format!("{OURS}, 1 core"), ..alone });
        }
        // The floor: the same bytes, brought into memory and left alone.
        let bare = bench.ours("unpack", &arguments);
        contenders.push(Contender { name: BARE.to_owned(), ..bare });
        contenders.extend(bench.peers("read", names, &arguments));
        Work {
            title: format!("EVE → port-22 flows, {form}"),
            contenders,
            goals,
            agrees: |ours, theirs| {
                // The bare bytes have nothing to say about flows.
                each(ours, theirs, |ours, theirs| {
                    if theirs.get("bytes").is_some() { Ok(()) } else { equal(ours, theirs) }
                })
            },
        }
    };
    let packed = vec![
        Goal { peer: BARE, measure: Measure::Work, times: 1.0 / 1.2 },
        Goal { peer: "duckdb_json", measure: Measure::Work, times: 2.0 },
    ];
    let plain_goals = vec![
        cpu("duckdb_json", 6.0),
        cpu("duckdb_lines", 6.0),
        cpu("chdb", 4.0),
        cpu("polars", 10.0),
        cpu("polars_lines", 10.0),
        Goal { peer: "botany, 1 core", measure: Measure::Work, times: 1.8 },
    ];
    let all =
        ["pandas", "polars", "polars_lines", "duckdb_json", "duckdb_lines", "chdb", "pyarrow"];
    Ok(vec![
        one(&plain, "plain", &all, plain_goals),
        one(&gzip, "gzip", &["duckdb_json", "polars"], packed.clone()),
        one(&zstd, "zstd", &["duckdb_json"], packed),
    ])
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(1 << 20, File::create(path)?))
}
