//! Real captures, read by us and counted by a JSON tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use botany_collect::{Input, Memory, Options, Tally, read};
use serde_json::Value;

const STORED: [&str; 4] = ["flow", "netflow", "alert", "ssh"];

/// The files of a folder of the shared data; none, with a word about it, where there is no such data.
fn files(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    let Ok(entries) = fs::read_dir(&root) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is absent", root.display());
        eprintln!("skipped: {} is absent", root.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn collected(path: &Path) -> (Tally, Memory) {
    let mut sink = Memory::default();
    let options = Options { threads: 2, batch_rows: 5000, ..Options::default() };
    let tally = read(&Input::File(path.to_owned()), &options, &mut sink, &()).unwrap();
    assert!(tally.reconciles(), "{}: {tally:?}", path.display());
    for (table, rows) in &tally.stored {
        assert_eq!(sink.rows(table) as u64, *rows, "{}: {table}", path.display());
    }
    assert_eq!(sink.rows("reject") as u64, tally.rejected, "{}", path.display());
    (tally, sink)
}

fn sum(sink: &Memory, table: &str, column: &str) -> u64 {
    let batches = sink.table(table).into_iter();
    batches.flat_map(|batch| batch[column].as_primitive::<UInt64Type>().values().to_vec()).sum()
}

fn is_eve(path: &Path) -> bool {
    path.to_string_lossy().ends_with("eve.json.zst")
}

#[test]
fn every_event_is_counted_under_its_type() {
    for path in files("eve").into_iter().chain(files("lab")).filter(|path| is_eve(path)) {
        let (tally, sink) = collected(&path);
        let mut events: BTreeMap<String, u64> = BTreeMap::new();
        let (mut lines, mut untyped, mut packets) = (0, 0, 0);
        let text = zstd::decode_all(fs::File::open(&path).unwrap()).unwrap();
        assert_eq!(tally.bytes, text.len() as u64);
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            lines += 1;
            let event: Value = serde_json::from_slice(line).unwrap();
            // One of the files has a line whose type stands under another name.
            let Some(name) = event["event_type"].as_str() else {
                untyped += 1;
                continue;
            };
            *events.entry(name.to_owned()).or_default() += 1;
            packets += event
                .pointer("/flow/pkts_toserver")
                .filter(|_| event["event_type"] == "flow")
                .map_or(0, |packets| packets.as_u64().unwrap());
        }
        let stored = tally.stored.iter().map(|(table, rows)| ((*table).to_owned(), *rows));
        let found: BTreeMap<String, u64> = stored.chain(tally.counted.clone()).collect();
        assert_eq!(found, events, "{}", path.display());
        assert_eq!((tally.lines, tally.rejected), (lines, untyped), "{}", path.display());
        assert!(tally.stored.keys().all(|table| STORED.contains(table)));
        assert_eq!(sum(&sink, "flow", "packets_out"), packets, "{}", path.display());
    }
}

#[test]
fn every_file_finds_an_end_for_each_of_its_lines() {
    for folder in ["eve", "lab", "logins"] {
        for path in files(folder) {
            collected(&path);
        }
    }
}
