//! The judge: its counts against a count of the test's own, and what it refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::sensor::{Replay, lab, place, replay, rules, start};

/// Whether the words of a rule hold, read as a person reads them: `packets_in 14 to 16, out >= in`.
fn holds(words: &str, flow: &Value) -> bool {
    let [out, r#in] =
        ["pkts_toserver", "pkts_toclient"].map(|name| flow["flow"][name].as_u64().unwrap());
    words.split(", ").all(|condition| {
        let parts: Vec<&str> = condition.split(' ').collect();
        let value = match parts[0] {
            "packets_out" => out,
            "packets_in" => r#in,
            "packets_total" => out + r#in,
            left => {
                let times =
                    |text: &str, of: &str| text.trim_end_matches(of).parse().unwrap_or(1_u64);
                let (left, right) = (times(left, "out") * out, times(parts[2], "in") * r#in);
                return match parts[1] {
                    ">" => left > right,
                    ">=" => left >= right,
                    "<" => left < right,
                    "<=" => left <= right,
                    other => panic!("{other} in {condition}"),
                };
            }
        };
        match parts[1..] {
            ["at", "least", low] => value >= low.parse().unwrap(),
            ["at", "most", high] => value <= high.parse().unwrap(),
            [low, "to", high] => (low.parse().unwrap()..=high.parse().unwrap()).contains(&value),
            [only] => value == only.parse::<u64>().unwrap(),
            _ => panic!("{condition}"),
        }
    })
}

fn line<'a>(report: &'a Value, sid: Option<u64>, set: &str) -> &'a Value {
    let wanted =
        |line: &&Value| line["sid"].as_u64() == sid && line["set"].as_str().unwrap().contains(set);
    report["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(wanted)
        .unwrap_or_else(|| panic!("{sid:?} {set}"))
}

fn to_22(replay: &Replay, id: &u64) -> bool {
    replay.flows[id]["dest_port"] == 22
}

#[test]
fn the_report_counts_what_suricata_wrote() {
    let Some(lab) = lab() else { return };
    let (file, said) = rules("7");
    let others: Vec<PathBuf> = ["scan", "worm"]
        .map(|kind| lab.join(format!("../rules/et-open-emerging-{kind}-2024-04-21.rules")))
        .to_vec();
    let shown = |path: &PathBuf| path.display().to_string();
    let (name, logs) = (shown(&file), shown(&lab.join("auth.log.zst")));
    let (scan, worm, sample) =
        (shown(&others[0]), shown(&others[1]), shown(&lab.join("sample.pcap.zst")));
    let report = place().json(&[
        "watch",
        "check",
        &name,
        "--pcap",
        &sample,
        "--model",
        "article",
        "--labels",
        &logs,
        "--year",
        "2018",
        "--against",
        &scan,
        &worm,
        "--repeat",
        "1",
    ]);

    let mut all = vec![file.clone()];
    all.extend(others.iter().cloned());
    let own = replay(&lab, &all);
    assert_eq!(report["flows"].as_u64().unwrap(), own.flows.len() as u64);
    let asked: BTreeSet<u64> = own.flows.keys().copied().filter(|id| to_22(&own, id)).collect();
    assert_eq!(report["asked"].as_u64().unwrap(), asked.len() as u64);
    assert_eq!(report["alerts_without_flow"], 0);

    let words: BTreeMap<u64, &str> = said["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["sid"].as_u64().unwrap(), rule["conditions"].as_str().unwrap()))
        .collect();
    let none = BTreeSet::new();
    let alerted = |sid: &u64| own.alerts.get(sid).unwrap_or(&none);
    let mut together = BTreeSet::new();
    for (sid, words) in &words {
        let fired: BTreeSet<u64> = alerted(sid).intersection(&asked).copied().collect();
        let counts = &line(&report, Some(*sid), "")["counts"];
        assert_eq!(counts["alerted"].as_u64().unwrap(), fired.len() as u64, "{sid}");
        let early = fired.iter().filter(|id| !holds(words, &own.flows[id])).count();
        assert_eq!(counts["early"].as_u64().unwrap(), early as u64, "{sid}");
        together.extend(fired);
    }
    assert!(together.len() > 50);
    let counts = &line(&report, None, file.file_name().unwrap().to_str().unwrap())["counts"];
    assert_eq!(counts["alerted"].as_u64().unwrap(), together.len() as u64);
    let describes = |id: &&u64| words.values().any(|words| holds(words, &own.flows[*id]));
    let early = together.iter().filter(|id| !describes(id)).count();
    let silent = asked.iter().filter(|id| !together.contains(*id)).filter(describes).count();
    assert_eq!(counts["early"].as_u64().unwrap(), early as u64);
    assert_eq!(counts["silent"].as_u64().unwrap(), silent as u64);
    let elsewhere = alerted(&1_000_001).iter().filter(|id| !asked.contains(id)).count();
    assert_eq!(counts["elsewhere"].as_u64().unwrap(), elsewhere as u64);

    // The threat list, by grep: the six names of the first article in failed log-ins, a day before and after.
    let log = String::from_utf8(super::sensor::unpacked(&lab.join("auth.log.zst"))).unwrap();
    let names = ["mother", "ubnt", "666666", "888888", "supervisor", "pi"];
    let mut listed: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for line in log.lines() {
        let Some((head, rest)) = line.split_once("Failed password for ") else { continue };
        let rest = rest.strip_prefix("invalid user ").unwrap_or(rest);
        let Some((user, rest)) = rest.rsplit_once(" from ") else { continue };
        if names.contains(&user) {
            let stamp = format!("2018 {} +0000", &head[..15]);
            let time =
                jiff::Timestamp::strptime("%Y %b %d %H:%M:%S %z", stamp).unwrap().as_microsecond();
            let span = listed.entry(rest.split(' ').next().unwrap()).or_insert((time, time));
            *span = (span.0.min(time), span.1.max(time));
        }
    }
    let day = 24 * 3600 * 1_000_000;
    let source = |id: &u64| own.flows[id]["src_ip"].as_str().unwrap();
    let near = |id: &u64| {
        let time = start(&own.flows[id]);
        listed
            .get(source(id))
            .is_some_and(|(first, last)| (first - day..=last + day).contains(&time))
    };
    let is_listed: BTreeSet<u64> = asked.iter().copied().filter(near).collect();
    assert!(is_listed.len() > 10);
    let label = &counts["label"];
    let hits = is_listed.intersection(&together).count() as u64;
    assert_eq!(label["hits"], hits);
    assert_eq!(label["misses"], is_listed.len() as u64 - hits);
    assert_eq!(label["false_hits"], together.len() as u64 - hits);
    let addresses = |ids: &BTreeSet<u64>| ids.iter().map(source).collect::<BTreeSet<_>>();
    let by_address = &counts["label_by_address"];
    let seen = addresses(&is_listed).intersection(&addresses(&together)).count() as u64;
    assert_eq!(by_address["hits"], seen);
    assert_eq!(by_address["false_hits"], addresses(&together).len() as u64 - seen);

    // The rules beside ET Open's.
    let theirs: BTreeSet<u64> = own
        .alerts
        .iter()
        .filter(|(sid, _)| **sid >= 2_000_000)
        .flat_map(|(_, ids)| ids.intersection(&asked).copied())
        .collect();
    assert!(!theirs.is_empty(), "ET Open saw something");
    let beside = report["beside"].as_array().unwrap();
    let rows = beside.iter().find(|row| {
        let what = row["what"].as_str().unwrap();
        !what.starts_with("the model")
            && what.ends_with("scan-2024-04-21.rules")
            && row["over"] == "flows"
            && row["which"] == "all"
    });
    let sides = &rows.unwrap()["sides"];
    let both = together.intersection(&theirs).count();
    assert_eq!(sides["both"].as_u64().unwrap(), both as u64);
    assert_eq!(sides["left"].as_u64().unwrap(), (together.len() - both) as u64);
    assert_eq!(sides["right"].as_u64().unwrap(), (theirs.len() - both) as u64);
    assert_eq!(
        sides["neither"].as_u64().unwrap(),
        (asked.len() + both - together.len() - theirs.len()) as u64
    );

    // The model's calls add up, and the rules come near them.
    let model = &counts["model"];
    let of = |name: &str| model[name].as_u64().unwrap();
    assert_eq!(of("hits") + of("false_hits"), together.len() as u64);
    assert_eq!(of("hits") + of("misses") + of("false_hits") + of("quiet"), asked.len() as u64);
    assert!(of("hits") as f64 / (of("hits") + of("false_hits")) as f64 > 0.9, "{model}");
    for costs in report["costs"].as_array().unwrap() {
        assert!(costs["processor_seconds"][0].as_f64().unwrap() > 0.0, "{costs}");
    }
    let note = report["notes"][0].as_str().unwrap();
    assert!(note.contains("not unseen"), "the capture is part of what was learnt: {note}");
}

#[test]
fn eve_of_a_sensor_is_counted_as_a_replay_is() {
    let Some(lab) = lab() else { return };
    let (file, _) = rules("7");
    let own = replay(&lab, std::slice::from_ref(&file));
    let eve = place().file(&format!("{:?}.json", std::thread::current().id()), &own.eve);
    let name = file.display().to_string();
    let report = place().json(&["watch", "check", &name, "--eve", &eve, "--model", "article"]);
    assert_eq!(report["flows"].as_u64().unwrap(), own.flows.len() as u64);
    let fired = own.alerts[&1_190_330].iter().filter(|id| to_22(&own, id)).count() as u64;
    assert_eq!(line(&report, Some(1_190_330), "")["counts"]["alerted"].as_u64().unwrap(), fired);
    assert!(report["costs"].as_array().unwrap().is_empty() && report["label"].is_null());
}

#[test]
fn a_broken_rule_set_is_refused_with_line_and_reason() {
    let Some(lab) = lab() else { return };
    let sample = lab.join("sample.pcap.zst").display().to_string();
    let rule = |options: &str| format!("alert tcp any any -> any 22 ({options})\n");
    let good = rule("msg:\"good\"; flags:S; sid:1000100; rev:1;");
    for (at, (bad, why)) in [
        (rule("flow.pkts:toserver,>3; sid:1000101;"), "unknown rule keyword 'flow.pkts'"),
        (rule("flags:F; sid:1000100;"), "sid 1000100 is that of line 2 already"),
        (rule("flags:S;"), "no sid"),
        (rule("flow.age:<30; sid:1000102;"), "upper bound without an end"),
        (rule("flowint:n,<=,20; sid:1000103;"), "upper bound without an end"),
        (rule("flags:Q; sid:1000104;"), "detect-tcp-flags"),
        (rule("flags:S; sid:1000105;").replace(")\n", "\n"), "not closed"),
        (rule("flags:S; sid:1000106;").replace("alert", "alrt"), "invalid action"),
        ("what is this\n".to_owned(), "this is no rule"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = place().file(
            &format!("broken-{at}.rules"),
            format!("# kept\n{good}\n{bad}{}", good.replace("1000100", "1000199")),
        );
        let (code, said) = place().fails(&["watch", "check", &file, "--pcap", &sample]);
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(": line 4: ") && said.contains(why), "{why}: {said}");
        assert!(said.contains("one fault"), "the others are sound: {said}");
    }
}

#[test]
fn what_cannot_be_asked_says_what_to_do() {
    let file = place().file("one.rules", "alert tcp any any -> any 22 (flags:S; sid:1000100;)\n");
    let ask = |more: &[&str]| {
        let all: Vec<&str> =
            ["watch", "check", &file].iter().copied().chain(more.iter().copied()).collect();
        place().fails(&all)
    };
    let (code, said) = ask(&["--pcap", &file, "--engine", "/no/such/suricata"]);
    assert!(code == 3 && said.contains("bookworm-backports"), "{said}");
    let (code, said) = ask(&["--pcap", &file]);
    assert!(code == 3 && said.contains("one.rules is no capture"), "{said}");
    assert_eq!(ask(&[]).0, 2, "neither capture nor EVE");
    let (code, said) = ask(&["--pcap", &file, "--against", &file]);
    assert!(code == 3 && said.contains("cannot be told apart"), "{said}");
    let empty = place().file("empty.rules", "# nothing\n");
    let (code, said) = place().fails(&["watch", "check", &empty, "--pcap", &file]);
    assert!(code == 3 && said.contains("holds no rule"), "{said}");
}
