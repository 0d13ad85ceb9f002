//! The rules themselves: they load, they say what they are worth, and the scanner's mark is exact.

use std::collections::{BTreeMap, BTreeSet};

use botany_watch::check::Engine;
use botany_watch::signature::{
    Condition, Count, Head, Part, Ports, Ratio, Relation, RuleList, Side, compile, find_target,
    mirai,
};

use super::sensor::{lab, place, replay, rules, start, unpacked};

#[test]
fn a_model_becomes_rules_with_their_worth_on_addresses_held_out() {
    let (file, said) = rules("7");
    let text = std::fs::read_to_string(&file).unwrap();
    for words in [
        "held out",
        "suricata.yaml",
        "requires:version >= 7.0.3",
        "botany_version v0001",
        "catches the scanner",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("flow.pkts") && !text.contains("flow.bytes"));
    assert_eq!(said["rows"], 10_636);
    let of = |value: &serde_json::Value| {
        ["precision", "recall"].map(|name| value[name]["value"].as_f64().unwrap())
    };
    let methods = said["held_out"].as_array().unwrap();
    assert_eq!(methods.len(), 2);
    let chosen = methods.iter().find(|method| method["method"] == said["method"]).unwrap();
    let [precision, recall] = of(&chosen["to_model"]);
    assert!(precision > 0.95 && recall > 0.9, "{chosen}");
    assert_eq!(chosen["to_model"]["addresses"], 1112);
    // Beside the labels the list must be no worse than the model it was learnt from, and not better than it by chance.
    let ([alerts, _], [model, _]) = (of(&said["unseen"]["alerts"]), of(&said["unseen"]["model"]));
    assert!((alerts - model).abs() < 0.05, "{alerts} {model}");
    let costs = said["costs"].as_array().unwrap();
    let lost: u64 = costs[..3].iter().map(|cost| cost["rows"].as_u64().unwrap()).sum();
    assert!(lost > 0 && lost < said["called"].as_u64().unwrap() / 10, "{costs:?}");
    let features = said["features"].as_array().unwrap();
    assert!(features.iter().any(|f| f["feature"] == "cluster_distance" && f["exactly"] == false));
}

#[test]
fn the_numbers_stay_and_the_text_is_the_same_every_time() {
    let (first, said) = rules("7");
    let (second, _) = rules("7");
    let read = |file| std::fs::read_to_string(file).unwrap();
    assert_eq!(first, second);
    assert_eq!(read(&first), said["text"].as_str().unwrap());
    assert_eq!(said["rules"][0]["sid"], 1_190_330);
}

#[test]
fn a_model_of_addresses_is_sent_to_lists() {
    let (code, why) = place().fails(&["watch", "signature", "population", "--suricata", "7"]);
    assert!(code == 3 && why.contains("watch list population"), "{why}");
    assert_eq!(place().fails(&["watch", "signature", "article", "--suricata", "6"]).0, 2);
    let (code, why) =
        place().fails(&["watch", "signature", "article", "--suricata", "7", "--threshold", "2"]);
    assert!(code == 3 && why.contains("no probability"), "{why}");
}

/// One of each condition a list can have.
fn everything(counts: &[Count]) -> RuleList {
    let mut conditions: Vec<Vec<Condition>> = Vec::new();
    for count in counts {
        for (low, high) in
            [(Some(3), None), (None, Some(9)), (Some(3), Some(9)), (Some(4), Some(4))]
        {
            conditions.push(vec![Condition::Within { count: *count, low, high }]);
        }
    }
    for Ratio { out, r#in, .. } in Ratio::PCR {
        for relation in [Relation::Above, Relation::AtLeast, Relation::Below, Relation::AtMost] {
            conditions.push(vec![Condition::Ratio { out, relation, r#in }]);
        }
    }
    for side in [Side::Client, Side::Server] {
        for bit in 0..6 {
            for seen in [true, false] {
                conditions.push(vec![Condition::Flag { side, bit: 1 << bit, seen }]);
            }
        }
    }
    RuleList { parts: conditions.into_iter().map(Part::new).collect() }
}

#[test]
fn every_keyword_for_seven_is_loaded_by_it_and_those_for_eight_are_skipped() {
    let head = Head {
        model: "every-thing".to_owned(),
        version: 12,
        created: "2026-11-25".to_owned(),
        ports: Ports(vec![22, 2222]),
    };
    let engine = Engine::find("suricata").unwrap();
    assert!(engine.version.starts_with("7."), "tests/install.sh installs a 7: {}", engine.version);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.rules");
    let counts = [Count::PacketsOut, Count::PacketsIn, Count::PacketsTotal, Count::Age];
    for (version, counts) in [("7", &counts[..]), ("8", &Count::ALL[..])] {
        let mut own = compile(&everything(counts), &head, find_target(version).unwrap()).unwrap();
        let written = own.len() as u64;
        own.push(mirai());
        let text: String = own.iter().map(|rule| format!("{rule}\n")).collect();
        std::fs::write(&file, text).unwrap();
        let loaded = engine.test(&file, folder.path()).unwrap();
        let expected = if version == "7" { (written + 1, 0) } else { (1, written) };
        assert_eq!((loaded.rules, loaded.skipped), expected, "for Suricata {version}");
    }
}

#[test]
fn the_mark_of_the_scanner_fires_on_exactly_its_probes() {
    let Some(lab) = lab() else { return };
    let (file, _) = rules("7");
    let replay = replay(&lab, &[file]);
    let csv = String::from_utf8(unpacked(&lab.join("probes.csv.zst"))).unwrap();
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    // Per source and ports: when each probe was sent, in microseconds, and of which kind it was.
    let mut probes: BTreeMap<(String, String, String), Vec<(f64, String)>> = BTreeMap::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let of = |name: &str| cells[names.iter().position(|n| *n == name).unwrap()].to_owned();
        let time = of("time_epoch").parse::<f64>().unwrap() * 1e6;
        let key = (of("src_ip"), of("src_port"), of("dest_port"));
        probes.entry(key).or_default().push((time, of("kind")));
    }
    let mut fired = BTreeSet::new();
    let mut others = 0;
    for (id, flow) in &replay.flows {
        let of = |name: &str| flow[name].to_string().trim_matches('"').to_owned();
        let sent = probes.get(&(of("src_ip"), of("src_port"), of("dest_port")));
        // The capture was written to the microsecond by another program than the list.
        let near = |(time, _): &&(f64, String)| (time - start(flow) as f64).abs() < 1000.0;
        let kind = sent.and_then(|all| all.iter().find(near)).map(|(_, kind)| kind.as_str());
        let alerted = replay.alerts[&1_000_001].contains(id);
        assert_eq!(alerted, kind == Some("mirai"), "{kind:?} {flow}");
        others += usize::from(kind.is_some_and(|kind| kind != "mirai"));
        if alerted {
            fired.insert(of("src_ip"));
        }
    }
    assert!(replay.alerts[&1_000_001].len() >= 40);
    assert!(others >= 40, "{others} of other kinds to tell it from");
    // The addresses it fired on are those the lab says probe that way.
    let truth = std::fs::read_to_string(lab.join("truth.csv")).unwrap();
    let kinds = truth.lines().filter(|line| line.split(',').any(|cell| cell == "mirai"));
    let probing: BTreeSet<&str> = kinds.map(|line| line.split(',').next().unwrap()).collect();
    assert!(fired.iter().all(|address| probing.contains(address.as_str())));
}
