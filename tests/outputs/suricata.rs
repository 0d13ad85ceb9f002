//! Lists read by Suricata itself: with the fragment pasted, and the rule that comes with it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use botany_watch::listing::{Listing, Reason, Sighting, Terms};
use botany_watch::outputs;

use super::pcap::knocks;
use super::reader::text;
use super::sensor::{Alerts, Sensor};
use crate::command::Place;

/// The rules that come with the forms.
const IPREP: u64 = 1_910_001;
const DATASET: u64 = 1_910_002;
const DATAREP: u64 = 1_910_003;

/// Everybody who knocks: listed surely, listed as one of a block, listed with little, and twice nobody.
const SOURCES: [&str; 6] =
    ["192.0.2.1", "198.51.100.77", "192.0.2.3", "2001:db8::1", "192.0.2.9", "2001:db8::9"];

/// An address, one of little probability, an IPv6 address and a block.
pub fn listing() -> Listing {
    let seen = |network: &str, probability| Sighting {
        network: network.parse().unwrap(),
        probability,
        first_seen: "2018-05-06T10:00:00Z".parse().unwrap(),
        last_seen: "2018-05-06T12:00:00Z".parse().unwrap(),
        reason: Reason {
            by: "threat list".to_owned(),
            count: 7,
            usernames: vec!["admin".to_owned(), "root".to_owned()],
            evidence: vec!["auth.log:3".to_owned()],
        },
    };
    let all = vec![
        seen("192.0.2.1/32", 0.9),
        seen("192.0.2.3/32", 0.2),
        seen("2001:db8::1/128", 0.8),
        seen("198.51.100.0/24", 0.7),
    ];
    Listing::new(all, &Terms::usual("2018-05-06T12:00:00Z".parse().unwrap())).unwrap()
}

/// The alerts of a Suricata that was given the files of these forms, all that is pasted being what came with them.
fn replayed(forms: &[&str], listing: &Listing) -> Alerts {
    let place = Place::new();
    let mut paths: Vec<PathBuf> = Vec::new();
    for form in forms {
        let written =
            outputs::write(outputs::find(form).unwrap(), listing, &place.path().join("lists"))
                .unwrap();
        paths.extend(written.paths);
    }
    let sensor = pasted(&place, &paths);
    sensor.accepts();
    sensor.replay(&knocks(&SOURCES))
}

/// A Suricata into which what came with a list is pasted.
fn pasted(place: &Place, paths: &[PathBuf]) -> Sensor {
    let of = |extension: &str| {
        let own = |path: &&PathBuf| path.extension().is_some_and(|e| e == extension);
        paths.iter().filter(own).map(PathBuf::as_path).collect::<Vec<_>>()
    };
    Sensor::new(&place.path().join("sensor"), &of("yaml"), &of("rules"))
}

fn alerts(sources: &[&str], rule: u64) -> Alerts {
    let mut all: Alerts = sources.iter().map(|source| ((*source).to_owned(), rule)).collect();
    all.sort();
    all
}

#[test]
fn reputation_matches_addresses_and_blocks_above_its_score() {
    let found = replayed(&["iprep"], &listing());
    assert_eq!(found, alerts(&["192.0.2.1", "198.51.100.77", "2001:db8::1"], IPREP));
}

#[test]
fn a_dataset_matches_the_addresses_that_are_in_it() {
    let found = replayed(&["dataset"], &listing());
    assert_eq!(found, alerts(&["192.0.2.1", "192.0.2.3", "2001:db8::1"], DATASET));
}

#[test]
fn a_scored_dataset_matches_addresses_above_its_score() {
    let found = replayed(&["datarep"], &listing());
    assert_eq!(found, alerts(&["192.0.2.1", "2001:db8::1"], DATAREP));
}

#[test]
fn two_forms_lie_beside_each_other() {
    let found = replayed(&["iprep", "dataset"], &listing());
    assert_eq!(found.len(), 6, "{found:?}");
}

#[test]
fn a_list_of_nobody_is_read_and_matches_nobody() {
    let nobody = Listing { entries: Vec::new(), ..listing() };
    for form in ["iprep", "dataset", "datarep"] {
        assert!(replayed(&[form], &nobody).is_empty(), "{form}");
    }
}

/// Of real sources: those of the lab's capture that the threat list of the same days names, and no others.
#[test]
fn on_a_capture_of_real_sources_the_listed_ones_are_matched() {
    let Some(shared) = crate::shared::shared() else { return };
    let unpacked = |name: &str| {
        zstd::decode_all(&std::fs::read(shared.join("lab").join(name)).unwrap()[..]).unwrap()
    };
    let (demo, place) = (crate::demo::place(), Place::new());
    let lists = place.path().join("lists");
    let at = ["--at", "2018-07-01T00:00:00Z", "--expiry-hours", "2000", "--half-life-hours", "0"];
    let ask = ["watch", "list", "--as", "iprep,dataset", "--out", text(&lists)];
    let written = demo.json(&[&ask[..], &at].concat());
    let paths: Vec<PathBuf> = written
        .as_array()
        .unwrap()
        .iter()
        .map(|row| PathBuf::from(row["file"].as_str().unwrap()))
        .collect();
    let list = std::fs::read_to_string(lists.join("botany-dataset.lst")).unwrap();
    let listed: BTreeSet<&str> = list.lines().collect();
    let events = String::from_utf8(unpacked("sample.eve.json.zst")).unwrap();
    let sources: BTreeSet<String> = events
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["event_type"] == "flow")
        .map(|event| event["src_ip"].as_str().unwrap().to_owned())
        .collect();
    let expected: BTreeSet<&str> =
        sources.iter().map(String::as_str).filter(|source| listed.contains(source)).collect();
    assert!(!expected.is_empty() && expected.len() < listed.len());

    let sensor = pasted(&place, &paths);
    sensor.accepts();
    let alerts = sensor.replay(&unpacked("sample.pcap.zst"));
    for rule in [IPREP, DATASET] {
        let found: BTreeSet<&str> = alerts
            .iter()
            .filter(|(_, sid)| *sid == rule)
            .map(|(source, _)| source.as_str())
            .collect();
        assert_eq!(found, expected, "{rule}: {} sources in all", sources.len());
    }
    println!("{} of {} sources are listed and matched", expected.len(), sources.len());
}
