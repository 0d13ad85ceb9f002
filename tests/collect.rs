//! Collecting: reconciliation, twice, growing, killed half-way.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::{Place, capture, root};

/// The bundled capture, as paths.
fn bundled() -> Vec<String> {
    ["auth.log.zst", "cowrie.json.zst", "eve.json.zst"]
        .map(|name| root().join("demo").join(name).display().to_string())
        .to_vec()
}

fn collect(place: &Place, paths: &[String]) -> Value {
    let mut arguments = vec!["collect", "--year", "2018"];
    arguments.extend(paths.iter().map(String::as_str));
    place.json(&arguments)
}

/// Rows by table and file.
fn rows(place: &Place) -> BTreeMap<(String, String), u64> {
    let tables = ["flow", "alert", "ssh", "login", "reject"];
    let parts =
        tables.map(|t| format!("SELECT '{t}' AS t, file, count(*) AS n FROM {t} GROUP BY file"));
    let found = place.json(&["sql", &parts.join(" UNION ALL ")]);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let key = |row: &Value| ((text(row, "t"), text(row, "file")), row["n"].as_u64().unwrap());
    found.as_array().unwrap().iter().map(key).collect()
}

#[test]
fn every_line_of_the_capture_finds_its_end() {
    let place = Place::new();
    let files = collect(&place, &bundled());
    let mut stored = 0;
    for file in files.as_array().unwrap() {
        let count = |key: &str| file[key].as_u64().unwrap();
        assert_eq!(
            count("lines"),
            count("stored") + count("not stored") + count("rejected"),
            "{file}"
        );
        assert_eq!(count("rejected"), 0, "{file}");
        stored += count("stored");
    }
    assert_eq!(place.number("SELECT count(*) FROM flow"), 13_301);
    assert_eq!(place.number("SELECT count(*) FROM ssh"), 10_493);
    assert_eq!(place.number("SELECT count(*) FROM alert"), 203);
    let logins = "SELECT count(*) FROM login WHERE service = 'ssh' AND attempts > 0 AND outcome = ";
    assert_eq!(place.number(&format!("{logins}'failed'")), 7062);
    assert_eq!(place.number(&format!("{logins}'accepted'")), 1214);
    let all: u64 = rows(&place).values().sum();
    assert_eq!(all, stored);
}

#[test]
fn collecting_twice_adds_nothing_even_under_another_name_and_compression() {
    let place = Place::new();
    collect(&place, &bundled());
    let before = rows(&place);
    let again = collect(&place, &bundled());
    assert!(again.as_array().unwrap().iter().all(|file| file["what"] == "collected before"));
    let plain = place.file("renamed.log", capture("auth.log.zst"));
    collect(&place, &[plain]);
    assert_eq!(rows(&place), before);
}

#[test]
fn a_file_that_has_grown_adds_what_is_new() {
    let place = Place::new();
    let whole = capture("eve.json.zst");
    let cut = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(4000).unwrap().0 + 1;
    let path = place.file("eve.json", &whole[..cut]);
    collect(&place, std::slice::from_ref(&path));
    let first = place.number("SELECT count(*) FROM flow");
    place.file("eve.json", &whole);
    collect(&place, std::slice::from_ref(&path));
    assert!(first < 13_301);
    assert_eq!(place.number("SELECT count(*) FROM flow"), 13_301);
    assert_eq!(place.number("SELECT count(DISTINCT line) FROM flow"), 13_301);
}

#[test]
fn a_line_that_is_still_being_written_waits_until_it_is_whole() {
    let place = Place::new();
    let (begun, rest) = (
        "Nov 24 15:06:40 s sshd[4]: Failed password for root from 192.0.2.7 port 4",
        "0022 ssh2\n",
    );
    let path = place.file("auth.log", begun);
    assert!(place.says(&["collect", &path]).contains("waits for the next collect"));
    assert_eq!(place.number("SELECT count(*) FROM login"), 0);
    place.file("auth.log", format!("{begun}{rest}"));
    collect(&place, std::slice::from_ref(&path));
    assert_eq!(place.number("SELECT count(*) FROM login WHERE src_port = 40022"), 1);
    assert_eq!(place.number("SELECT count(*) FROM login"), 1);
    let last = place.file("other.log", begun);
    place.says(&["collect", "--to-the-end", &last]);
    assert_eq!(place.number("SELECT count(*) FROM login"), 2);
}

#[test]
fn a_last_line_without_its_newline_is_not_read_twice_when_the_newline_comes() {
    let place = Place::new();
    let line =
        "Nov 24 15:06:40 sensor sshd[411]: Failed password for root from 192.0.2.7 port 40022 ssh2";
    let path = place.file("auth.log", line);
    collect(&place, std::slice::from_ref(&path));
    place.file("auth.log", format!("{line}\n{line}\n"));
    collect(&place, std::slice::from_ref(&path));
    assert_eq!(place.number("SELECT count(*) FROM login"), 2);
}

#[test]
fn standard_input_is_collected_like_a_file() {
    let place = Place::new();
    let path = place.file("eve.json", capture("eve.json.zst"));
    let mut command = place.command(&["collect", "-"]);
    command.stdin(Stdio::from(std::fs::File::open(&path).unwrap()));
    assert!(command.output().unwrap().status.success());
    assert_eq!(place.number("SELECT count(*) FROM flow"), 13_301);
    collect(&place, &[path]);
    assert_eq!(place.number("SELECT count(*) FROM flow"), 13_301);
}

#[test]
fn killed_at_twenty_instants_nothing_is_lost_and_nothing_is_half_there() {
    let whole = Place::new();
    let paths = bundled();
    let begin = Instant::now();
    collect(&whole, &paths);
    let usual = begin.elapsed();
    let expected = rows(&whole);

    for instant in 1..=20 {
        let place = Place::new();
        let mut arguments = vec!["collect", "--year", "2018"];
        arguments.extend(paths.iter().map(String::as_str));
        let mut child = place.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
        // Spread over the whole run by a golden-ratio sequence: no two tests of a row stop at the same place.
        let share = (f64::from(instant) * 0.618_033_988_75).fract();
        wait(&mut child, usual.mul_f64(share));
        child.kill().unwrap();
        child.wait().unwrap();

        let left = rows(&place);
        for (key, count) in &left {
            assert_eq!(Some(count), expected.get(key), "instant {instant}: {key:?} is half there");
        }
        for file in left.keys().map(|(_, file)| file) {
            let complete = expected.keys().filter(|(_, f)| f == file);
            assert!(
                complete.into_iter().all(|key| left.contains_key(key)),
                "instant {instant}: {file}"
            );
        }
        collect(&place, &paths);
        assert_eq!(rows(&place), expected, "instant {instant}: a second collect completes it");
    }
}

/// Waits until the time has passed or the child has ended, without sleeping past either.
fn wait(child: &mut std::process::Child, time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}
