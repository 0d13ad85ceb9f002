//! The real logs and captures that lie beside the repository in `../shared/data`.
//!
//! Some may not be redistributed, so they are not part of the repository: where they are absent these tests
//! say so and pass, except in CI, where their absence is a failure.

use std::path::{Path, PathBuf};

use arrow::util::pretty::pretty_format_batches;
use botany::config::Config;
use botany::run::Workspace;
use botany_enrich::threat::{self, Outcomes, Rules};
use serde_json::Value;

use crate::command::{Place, root};

pub fn shared() -> Option<PathBuf> {
    let folder = root().parent()?.join("shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
    eprintln!("note: {} is not there, its files are not tested", folder.display());
    None
}

fn reference(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("tests/reference").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn every_file_is_collected_and_its_lines_reconcile() {
    let Some(shared) = shared() else { return };
    for folder in ["eve", "logins", "lab"] {
        let place = Place::new();
        let path = shared.join(folder).display().to_string();
        let found = place.json(&["collect", &path]);
        assert_eq!(found.as_array().unwrap().len(), files(&shared.join(folder)).len());
        for file in found.as_array().unwrap() {
            let count = |key: &str| file[key].as_u64().unwrap();
            let ends = count("stored") + count("not stored") + count("rejected");
            assert_eq!(count("lines"), ends, "{file}");
        }
        let rejects = place.number("SELECT count(*) FROM reject");
        let counted: u64 =
            found.as_array().unwrap().iter().map(|file| file["rejected"].as_u64().unwrap()).sum();
        assert_eq!(rejects, counted, "{folder}");
    }
}

#[test]
fn eve_events_are_as_many_as_a_full_json_parser_counts() {
    let Some(shared) = shared() else { return };
    for (name, expected) in reference("count_eve.json").as_object().unwrap() {
        let place = Place::new();
        let path = shared.join(name).display().to_string();
        let found = place.json(&["collect", &path]);
        let count = |key: &str| found[0][key].as_u64().unwrap();
        assert_eq!(count("lines"), expected["lines"].as_u64().unwrap(), "{name}");
        let events = |kind: &str| expected["events"][kind].as_u64().unwrap_or(0);
        for table in ["flow", "netflow", "alert", "ssh"] {
            let rows = place.number(&format!("SELECT count(*) FROM {table}"));
            assert_eq!(rows, events(table), "{name} {table}");
        }
        assert_eq!(count("rejected"), expected["unreadable"].as_u64().unwrap(), "{name}");
    }
}

#[test]
fn the_crafted_probes_are_read_but_never_part_of_the_demo() {
    let Some(shared) = shared() else { return };
    let place = Place::new();
    place.says(&["collect", &shared.join("lab/probes.eve.json.zst").display().to_string()]);
    assert_eq!(place.number("SELECT count(*) FROM flow WHERE dest_port = 2323"), 216);
    let demo = Place::new();
    demo.says(&["collect", &root().join("demo/eve.json.zst").display().to_string()]);
    assert_eq!(demo.number("SELECT count(*) FROM flow WHERE dest_port = 2323"), 0);
}

#[test]
fn the_threat_list_of_real_logs_is_what_its_statement_says() {
    let Some(shared) = shared() else { return };
    let base = Rules::default;
    let every = [
        base(),
        Rules { min_names: 1, min_pairs: 0, outcomes: Outcomes::Any, ..base() },
        Rules { min_names: 0, min_pairs: 3, window_hours: 1, ..base() },
        Rules { dictionary: "article-2016".into(), services: vec!["ssh".into()], ..base() },
    ];
    for folder in ["lab", "logins"] {
        let place = Place::new();
        place.says(&["collect", &shared.join(folder).display().to_string()]);
        let workspace = Workspace::at(&place.data(), &Config::default()).unwrap();
        let mut listed = 0;
        for rules in &every {
            let said = workspace.wait(threat::pass(&workspace.engine, rules)).unwrap().unwrap();
            let meant = workspace.sql(&rules.sql().unwrap()).unwrap();
            listed += said.iter().map(|batch| batch.num_rows()).sum::<usize>();
            let [said, meant] =
                [said, meant].map(|rows| pretty_format_batches(&rows).unwrap().to_string());
            assert!(said == meant, "{folder}: {rules:?}");
        }
        assert!(listed > 10, "{folder} lists {listed}");
    }
}
