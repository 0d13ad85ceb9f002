//! A push against a small double of the command socket; `tests/outputs` does the same against a real Suricata.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::*;
use crate::listing::Terms;
use crate::listing::tests::{sighting, terms, time};

type Set = Arc<Mutex<BTreeSet<String>>>;

struct Double {
    folder: tempfile::TempDir,
    set: Set,
}

impl Double {
    /// Serves one dataset, `botany`, to one caller after the other.
    fn new() -> Double {
        let folder = tempfile::tempdir().unwrap();
        let set = Set::default();
        let listener = UnixListener::bind(folder.path().join("s")).unwrap();
        let own = Arc::clone(&set);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                    let question: Value = serde_json::from_str(&line.unwrap()).unwrap();
                    let answer = answer(&question, &own);
                    (&stream).write_all(format!("{answer}\n").as_bytes()).unwrap();
                }
            }
        });
        Double { folder, set }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    fn push(&self, listing: &Listing) -> Pushed {
        push(&self.socket(), "botany", listing, self.folder.path()).unwrap()
    }

    fn holds(&self) -> Vec<String> {
        self.set.lock().unwrap().iter().cloned().collect()
    }
}

fn answer(question: &Value, set: &Set) -> Value {
    let nok = |message: &str| json!({ "return": "NOK", "message": message });
    let ok = |message: &str| json!({ "return": "OK", "message": message });
    let arguments = &question["arguments"];
    if question["version"] == "0.2" {
        return json!({ "return": "OK" });
    }
    if arguments["setname"] != "botany" || arguments["settype"] != "ip" {
        return nok("set not found or wrong type");
    }
    let address = arguments["datavalue"].as_str().unwrap().to_owned();
    let mut set = set.lock().unwrap();
    match question["command"].as_str().unwrap() {
        "dataset-add" if set.insert(address.clone()) => ok("data added"),
        "dataset-add" => ok("data already in set"),
        "dataset-remove" if set.remove(&address) => ok("data removed"),
        "dataset-remove" => nok("failed to remove data"),
        "dataset-lookup" if set.contains(&address) => ok("item found in set"),
        "dataset-lookup" => nok("item not found in set"),
        other => panic!("{other}"),
    }
}

fn listing(at: &str, seen: &[(&str, &str)], never: &[&str]) -> Listing {
    let never = never.iter().map(|network| network.parse().unwrap()).collect();
    let all = seen.iter().map(|(network, last)| sighting(network, 1.0, last)).collect();
    Listing::new(all, &Terms { at: time(at), never, ..terms() }).unwrap()
}

#[test]
fn what_is_stale_is_taken_out_and_what_is_seen_again_stays() {
    let double = Double::new();
    let first = [
        ("192.0.2.1/32", "2018-05-06T06:00:00Z"),
        ("192.0.2.2/32", "2018-05-06T06:00:00Z"),
        ("198.51.100.0/24", "2018-05-06T06:00:00Z"),
    ];
    let pushed = double.push(&listing("2018-05-06T07:00:00Z", &first, &[]));
    assert_eq!(pushed, Pushed { added: 2, kept: 0, removed: 0, left_out: 1 });
    let again = [("192.0.2.2/32", "2018-05-07T05:00:00Z")];
    let pushed = double.push(&listing("2018-05-07T05:59:59Z", &again, &[]));
    assert_eq!(pushed, Pushed { kept: 1, ..Pushed::default() });
    assert_eq!(double.holds(), ["192.0.2.1", "192.0.2.2"], "not on the list, but not stale");
    let pushed = double.push(&listing("2018-05-07T06:00:00Z", &again, &[]));
    assert_eq!(pushed, Pushed { kept: 1, removed: 1, ..Pushed::default() });
    assert_eq!(double.holds(), ["192.0.2.2"]);
}

#[test]
fn what_is_never_to_be_listed_is_taken_out_at_once() {
    let double = Double::new();
    let seen = [("192.0.2.1/32", "2018-05-06T06:00:00Z")];
    double.push(&listing("2018-05-06T07:00:00Z", &seen, &[]));
    let pushed = double.push(&listing("2018-05-06T07:01:00Z", &seen, &["192.0.2.0/24"]));
    assert_eq!((pushed.removed, double.holds().len()), (1, 0));
}

#[test]
fn a_suricata_that_was_started_again_is_told_all_once_more() {
    let double = Double::new();
    let seen = [("192.0.2.1/32", "2018-05-06T06:00:00Z")];
    let list = listing("2018-05-06T07:00:00Z", &seen, &[]);
    double.push(&list);
    double.set.lock().unwrap().clear();
    assert_eq!(double.push(&list).added, 1);
    double.set.lock().unwrap().clear();
    let late = listing("2018-05-08T07:00:00Z", &[], &[]);
    assert_eq!(double.push(&late), Pushed::default(), "gone by itself");
    let state = State::open(double.folder.path()).unwrap();
    let place = std::fs::canonicalize(double.socket()).unwrap().display().to_string();
    assert!(state.of(&place, "botany").unwrap().is_empty());
}

#[test]
fn another_set_is_refused_also_for_a_list_of_nobody_and_nothing_is_written_down() {
    let double = Double::new();
    let seen = [("192.0.2.1/32", "2018-05-06T06:00:00Z")];
    let list = listing("2018-05-06T07:00:00Z", &seen, &[]);
    let why = push(&double.socket(), "other", &list, double.folder.path()).unwrap_err();
    assert!(matches!(why, Error::NoSet(_)), "{why}");
    let nobody = listing("2018-05-06T07:00:00Z", &[], &[]);
    assert!(push(&double.socket(), "other", &nobody, double.folder.path()).is_err());
    assert!(!double.folder.path().join("pushed.json").exists());
}
