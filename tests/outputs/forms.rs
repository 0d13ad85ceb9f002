//! Lists read by the readers of others, and what the command line says of them.

use botany_watch::outputs;

use super::reader::{python, text};
use super::suricata::listing;
use crate::command::Place;

/// Two sources that tried two names of the dictionary each, and one that tried a single one.
const LOG: &str = "\
2018-05-06T10:00:00+00:00 sensor sshd[1]: Failed password for root from 192.0.2.7 port 1 ssh2
2018-05-06T10:00:01+00:00 sensor sshd[1]: Failed password for invalid user mother from 192.0.2.7 port 1 ssh2
2018-05-06T11:00:00+00:00 sensor sshd[2]: Failed password for root from 2001:db8::7 port 2 ssh2
2018-05-06T11:00:02+00:00 sensor sshd[2]: Failed password for invalid user admin from 2001:db8::7 port 2 ssh2
2018-05-06T11:30:00+00:00 sensor sshd[3]: Failed password for root from 192.0.2.8 port 3 ssh2
";

/// A data directory with these log-ins.
pub fn collected() -> Place {
    let place = Place::new();
    let log = place.file("auth.log", LOG);
    place.says(&["collect", &log]);
    place
}

#[test]
fn the_chapter_names_every_form() {
    let chapter = std::fs::read_to_string(crate::command::root().join("docs/lists.md")).unwrap();
    for output in outputs::ALL {
        let row =
            chapter.lines().find(|line| line.starts_with(&format!("| `{}` |", output.name())));
        let row = row.unwrap_or_else(|| panic!("{} has no row", output.name()));
        for file in output.files(&listing()) {
            assert!(row.contains(&format!("`{}`", file.name)), "{row}");
        }
        assert_eq!(row.contains("| yes |"), output.blocks(), "{row}");
    }
}

#[test]
fn every_form_of_others_is_read_by_their_own_readers() {
    let place = Place::new();
    for form in ["stix", "misp", "csv", "plain"] {
        outputs::write(outputs::find(form).unwrap(), &listing(), place.path()).unwrap();
    }
    let found = python("read_lists.py", &[text(place.path()), "botany"]);
    let entries = ["192.0.2.1", "192.0.2.3", "198.51.100.0/24", "2001:db8::1"];
    for form in ["stix", "misp", "csv"] {
        let mut names: Vec<&String> = found[form].as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, entries, "{form}");
    }
    assert_eq!(found["plain"].as_array().unwrap().len(), 4);

    let stix = &found["stix"]["198.51.100.0/24"];
    assert_eq!(stix["pattern"], "[ipv4-addr:value ISSUBSET '198.51.100.0/24']");
    assert_eq!(stix["confidence"], 70);
    assert_eq!(stix["valid_from"], "2018-05-06T10:00:00Z");
    assert_eq!(stix["valid_until"], "2018-05-07T12:00:00Z");
    let misp = &found["misp"]["192.0.2.1"];
    assert_eq!((&misp["type"], &misp["to_ids"]), (&"ip-src".into(), &true.into()));
    assert_eq!(misp["category"], "Network activity");
    assert_eq!(misp["last_seen"], "2018-05-06T12:00:00+00:00");
    let row = &found["csv"]["2001:db8::1"];
    assert_eq!((&row["score"], &row["usernames"]), (&"102".into(), &"admin root".into()));
    assert_eq!(row["expires"], "2018-05-07T12:00:00.000Z");
}

#[test]
fn the_threat_list_leaves_with_its_evidence_and_in_the_same_bytes() {
    let place = collected();
    let at = ["--at", "2018-05-06T12:00:00Z"];
    let list = place.json(&["watch", "list", at[0], at[1]]);
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(
        (&list[0]["entry"], &list[1]["entry"]),
        (&"192.0.2.7".into(), &"2001:db8::7".into())
    );
    assert!(list[0]["score"].as_u64() > list[1]["score"].as_u64(), "mother tells more than admin");
    assert_eq!(list[0]["why"], "threat list (2: mother root)");
    assert_eq!(list[0]["expires"], "2018-05-07T10:00:01Z");

    let forms = "iprep,dataset,datarep,plain,csv,stix,misp";
    let arguments = ["watch", "list", "--as", forms, "--out", "lists", at[0], at[1]];
    let written = place.json(&arguments);
    let read = || {
        let paths = written.as_array().unwrap().iter().map(|row| row["file"].as_str().unwrap());
        paths.map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    let before = read();
    assert_eq!(written, place.json(&arguments));
    assert_eq!(before, read());
    let csv = std::fs::read_to_string(place.path().join("lists/botany-lookup.csv")).unwrap();
    assert!(csv.contains("auth.log:1") && csv.contains("auth.log:2"), "the lines are named: {csv}");
}

#[test]
fn what_is_stale_or_never_to_be_listed_does_not_leave() {
    let place = collected();
    let output = place.run(&["watch", "list"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("2 stale") && said.contains("--at 2018-05-06T11:30:00Z"), "{said}");

    place.says(&["enrich", "allow", "192.0.2.0/28", "--reason", "our own scanner"]);
    let arguments = ["watch", "list", "--at", "2018-05-06T12:00:00Z"];
    let list = place.json(&arguments);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["entry"], "2001:db8::7");
}

#[test]
fn a_model_lists_addresses_and_blocks() {
    let place = crate::demo::place();
    let list = |arguments: &[&str]| {
        let all = [&["watch", "list", "--at", "2018-06-18T16:00:00Z"], arguments].concat();
        let list = place.json(&all);
        let mut entries: Vec<String> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["entry"].as_str().unwrap().to_owned())
            .collect();
        entries.sort();
        entries
    };
    // Beside a model sources are listed by its own rule.
    let words =
        "--dictionary article-2016 --min-names 1 --min-pairs 0 --services ssh --outcomes failed";
    let rule: Vec<&str> = words.split(' ').collect();
    let (threat, both) = (list(&rule), list(&["population"]));
    assert_ne!(threat, list(&[]), "which is not the default one");
    let own = list(&["population", "--model-only"]);
    assert!(!threat.is_empty() && !own.is_empty());
    let mut together = [threat, own.clone()].concat();
    together.sort();
    together.dedup();
    assert_eq!(both, together, "the list of both is both lists");
    let model_only = ["population", "--model-only", "--allow", &own[0]];
    assert!(!list(&model_only).contains(&own[0]));
    assert!(list(&["population", "--threshold", "0.99"]).len() <= both.len());
    assert_eq!(place.fails(&["watch", "list", "nobody"]).0, 3);
    assert_eq!(place.fails(&["watch", "list", "--threshold", "2"]).0, 3);
    assert_eq!(place.fails(&["watch", "list", "--as", "carrier-pigeon", "--out", "x"]).0, 2);
}
