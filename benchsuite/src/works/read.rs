//! EVE to the flows to port 22 with the article's fields, in memory: plain, gzip and Zstandard.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Bench, Contender, Goal, Measure, OURS, Work, each, equal, text};
use crate::generate;

/// The floor.
const BARE: &str = "bare bytes";
/// The floor of a second core.
const APART: &str = "botany, a part a core";

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
    let apart = apart(bench, &plain)?;
    let cpu = |peer, times| Goal { peer, measure: Measure::WorkCpu, times };
    let one = |path: &Path, form: &str, names: &[&str], goals: Vec<Goal>| {
        let arguments = ["--input".to_owned(), text(path)];
        let mut contenders = vec![bench.ours("read", &arguments)];
        if form == "plain" {
            let alone = bench.ours_on(1, "read", &arguments);
            contenders.push(Contender { name: format!("{OURS}, 1 core"), ..alone });
        }
        // What the machine itself gives for more cores: readers of one core each that share nothing.
        if form == "plain" && apart.len() > 1 {
            let inputs = apart.iter().flat_map(|part| ["--input".to_owned(), text(part)]);
            let contender = bench.ours("read", &inputs.collect::<Vec<_>>());
            contenders.push(Contender { name: APART.to_owned(), ..contender });
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
            least_rounds: 1,
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

/// The log in parts of whole lines, as many as there are cores, made once.
fn apart(bench: &Bench, whole: &Path) -> Result<Vec<PathBuf>> {
    let mut log = BufReader::with_capacity(1 << 20, File::open(whole)?);
    let cores = bench.threads as u64;
    let each = whole.metadata()?.len() / cores + 1;
    let mut parts = Vec::new();
    for part in 1..=cores {
        let path = bench.file(&format!("eve-{}-{part}-of-{cores}.json", bench.events));
        if !path.exists() {
            let aside = bench.file("parting");
            let mut out = create(&aside)?;
            log.seek(SeekFrom::Start((part - 1) * each))?;
            if part > 1 {
                // The line that was begun before is the last of the part before.
                log.seek_relative(-1)?;
                log.skip_until(b'\n')?;
            }
            let begin = log.stream_position()?;
            std::io::copy(&mut log.by_ref().take((part * each).saturating_sub(begin)), &mut out)?;
            if part < cores {
                log.seek_relative(-1)?;
                let mut line = Vec::new();
                log.read_until(b'\n', &mut line)?;
                out.write_all(line.get(1..).unwrap_or_default())?;
            }
            out.flush()?;
            std::fs::rename(aside, &path)?;
        }
        parts.push(path);
    }
    Ok(parts)
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(1 << 20, File::create(path)?))
}
