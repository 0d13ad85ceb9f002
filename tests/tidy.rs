//! The tree itself is tested: order of imports, sizes, formatting.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The rooms in the order of the data, which is the order of imports.
const ROOMS: [&str; 7] = ["catalog", "collect", "engine", "enrich", "learn", "validate", "watch"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with("target") && !name.starts_with('.') {
                files(&path, extension, found);
            }
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["crates", "src", "tests", "xtask"] {
        files(&root().join(folder), "rs", &mut found);
    }
    found
}

#[test]
fn a_crate_imports_only_crates_that_sort_before_it() {
    for (i, room) in ROOMS.iter().enumerate() {
        let manifest =
            fs::read_to_string(root().join(format!("crates/{room}/Cargo.toml"))).unwrap();
        for later in &ROOMS[i..] {
            let import = format!("botany-{later}.workspace");
            assert!(!manifest.contains(&import), "{room} imports {later}");
        }
    }
}

#[test]
fn the_small_crates_do_not_know_the_engine() {
    for room in ["catalog", "collect", "learn", "validate", "watch"] {
        let manifest =
            fs::read_to_string(root().join(format!("crates/{room}/Cargo.toml"))).unwrap();
        for engine in ["datafusion", "ballista", "botany-engine"] {
            assert!(!manifest.contains(engine), "{room} knows {engine}");
        }
    }
}

#[test]
fn only_one_file_names_the_cluster() {
    for path in rust_files() {
        let named = fs::read_to_string(&path).unwrap().contains("ballista::");
        let allowed = path.ends_with("engine/src/cluster.rs") || path.ends_with("tests/tidy.rs");
        assert!(!named || allowed, "{}", path.display());
    }
}

/// `cargo run -- demo` must know which program is meant.
#[test]
fn one_program_runs_by_default() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("\ndefault-run = \"botany\"\n"));
}

#[test]
fn files_are_short_enough_to_read() {
    let mut sizes: Vec<(usize, PathBuf)> = rust_files()
        .into_iter()
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .collect();
    sizes.sort();
    let median = sizes[sizes.len() / 2].0;
    assert!(median < 200, "the median file has {median} lines");
    let long: Vec<&(usize, PathBuf)> = sizes.iter().filter(|(lines, _)| *lines > 500).collect();
    assert!(long.is_empty(), "over 500 lines: {long:?}");
}

#[test]
fn no_file_leaves_work_open() {
    for path in rust_files() {
        if path.ends_with("tests/tidy.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for word in ["todo!(", "unimplemented!(", "FIXME", "#[ignore", "thread::sleep"] {
            assert!(!text.contains(word), "{} holds {word}", path.display());
        }
    }
}

#[test]
fn everything_is_formatted() {
    let status = Command::new(env!("CARGO"))
        .args(["fmt", "--all", "--", "--check"])
        .current_dir(root())
        .status()
        .unwrap();
    assert!(status.success(), "run `cargo fmt`");
}
