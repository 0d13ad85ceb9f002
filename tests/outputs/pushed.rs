//! A list in a running Suricata: matched on the next packet, and after its expiry not.

use super::forms::collected;
use super::pcap::knocks;
use super::reader::text;
use super::sensor::Sensor;
use crate::command::Place;

const RULE: u64 = 1_910_002;

/// A Suricata with an empty dataset `botany`, pasted as it was written.
fn sensor(place: &Place) -> Sensor {
    place.says(&[
        "watch",
        "list",
        "--as",
        "dataset",
        "--out",
        "lists",
        "--at",
        "2018-05-01T00:00:00Z",
    ]);
    let of = |name: &str| place.path().join("lists").join(name);
    assert_eq!(std::fs::read_to_string(of("botany-dataset.lst")).unwrap(), "");
    let folder = place.path().join("sensor");
    Sensor::new(&folder, &[&of("botany-dataset.yaml")], &[&of("botany-dataset.rules")])
}

#[test]
fn what_is_pushed_is_matched_on_the_next_packet_and_not_after_its_expiry() {
    let place = collected();
    let mut suricata = sensor(&place).start();
    let socket = suricata.socket.clone();
    let push = |at: &str| {
        let row = place.json(&["watch", "list", "--push", text(&socket), "--at", at])[0].clone();
        ["added", "kept", "taken out"].map(|count| row[count].as_u64().unwrap())
    };
    let sources = ["192.0.2.7", "2001:db8::7", "192.0.2.8"];
    let capture = knocks(&sources);
    let alert = |source: &str| (source.to_owned(), RULE);
    assert!(suricata.sees(&capture).is_empty(), "nobody is listed yet");

    assert_eq!(push("2018-05-06T12:00:00Z"), [2, 0, 0]);
    assert_eq!(suricata.sees(&capture), [alert("192.0.2.7"), alert("2001:db8::7")]);
    assert_eq!(push("2018-05-06T13:00:00Z"), [0, 2, 0]);

    // One is stale 24 hours after it was last seen, the other an hour later.
    assert_eq!(push("2018-05-07T10:30:00Z"), [0, 1, 1]);
    assert_eq!(suricata.sees(&capture), [alert("2001:db8::7")]);
    assert_eq!(push("2018-05-07T12:00:00Z"), [0, 0, 1]);
    assert!(suricata.sees(&capture).is_empty(), "all are stale");
}

#[test]
fn what_is_never_to_be_listed_is_taken_out_and_a_new_suricata_is_told_again() {
    let place = collected();
    let sensor = sensor(&place);
    let at = "2018-05-06T12:00:00Z";
    let capture = knocks(&["192.0.2.7", "2001:db8::7"]);
    let mut suricata = sensor.start();
    let socket = suricata.socket.clone();
    let push = || place.json(&["watch", "list", "--push", text(&socket), "--at", at])[0].clone();
    assert_eq!(push()["added"], 2);
    place.says(&["enrich", "allow", "192.0.2.7", "--reason", "a colleague"]);
    assert_eq!(push()["taken out"], 1);
    assert_eq!(suricata.sees(&capture).len(), 1);
    drop(suricata);

    let _ = std::fs::remove_file(&socket);
    let mut again = sensor.start();
    assert!(again.sees(&capture).is_empty(), "it knows nothing of what was");
    assert_eq!(push()["added"], 1);
    assert_eq!(again.sees(&capture).len(), 1);
}

#[test]
fn a_follower_pushes_at_once_and_ends_when_it_is_told_to() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let place = collected();
    let mut suricata = sensor(&place).start();
    let socket = suricata.socket.clone();
    let follow = ["watch", "list", "--push", text(&socket), "--follow", "1", "--format", "csv"];
    // A list made of old logs is empty today, unless nothing in it ever ends.
    let arguments = [&follow[..], &["--expiry-hours", "1000000"]].concat();
    let mut child = place.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Header and row, twice: it came round.
    let said: Vec<String> = lines.take(4).map(Result::unwrap).collect();
    assert_eq!((&*said[1], &*said[3]), ("botany,2,0,0,0", "botany,0,2,0,0"));
    let found = suricata.sees(&knocks(&["192.0.2.7", "192.0.2.8"]));
    assert_eq!(found, [("192.0.2.7".to_owned(), RULE)]);
    let asked = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(asked.success());
    assert!(child.wait().unwrap().success(), "it ends as one that was asked to");
}

#[test]
fn what_cannot_be_pushed_is_said_with_what_to_do() {
    let place = collected();
    let (code, why) = place.fails(&["watch", "list", "--push", "no.socket"]);
    assert!(code == 3 && why.contains("unix-command"), "{code} {why}");
    let suricata = sensor(&place).start();
    let socket = text(&suricata.socket);
    let at = "2018-05-06T12:00:00Z";
    let (code, why) =
        place.fails(&["watch", "list", "--push", socket, "--set", "other", "--at", at]);
    assert!(code == 3 && why.contains("no dataset `other`"), "{code} {why}");
    assert_eq!(place.fails(&["watch", "list", "--follow", "60"]).0, 2, "followed to nowhere");
}
