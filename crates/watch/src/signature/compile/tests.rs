use super::*;
use crate::signature::targets;

fn head() -> Head {
    Head {
        model: "article".to_owned(),
        version: 3,
        created: "2026-11-25".to_owned(),
        ports: Ports(vec![22]),
    }
}

fn list() -> RuleList {
    let within = |count, low, high| Condition::Within { count, low, high };
    RuleList {
        parts: vec![
            Part::new([
                within(Count::PacketsOut, Some(14), Some(17)),
                within(Count::PacketsTotal, None, Some(40)),
                Condition::Ratio { out: 3, relation: Relation::AtMost, r#in: 7 },
                Condition::Flag { side: Side::Server, bit: 4, seen: false },
            ]),
            Part::new([within(Count::Age, Some(30), None)]),
        ],
    }
}

fn text(version: &str) -> String {
    let rules = compile(&list(), &head(), targets::find(version).unwrap()).unwrap();
    rules.iter().map(|rule| format!("{rule}\n")).collect()
}

#[test]
fn the_form_for_each_version_is_the_kept_one() {
    for (version, kept) in [
        ("7", include_str!("golden/suricata7.rules")),
        ("8", include_str!("golden/suricata8.rules")),
    ] {
        let text = text(version);
        assert_eq!(text, kept, "for Suricata {version}:\n{text}");
    }
}

#[test]
fn a_list_that_only_grows_waits_for_no_end() {
    let list = RuleList { parts: vec![list().parts[1].clone()] };
    let rules = compile(&list, &head(), targets::find("7").unwrap()).unwrap();
    assert_eq!(rules.len(), 3, "two that mark the flow, one that speaks");
    assert!(rules.iter().all(|rule| !rule.to_string().contains("_end")));
}

#[test]
fn the_same_place_has_the_same_number_in_every_version() {
    let numbers = |version| {
        let head = Head { version, ..head() };
        let rules = compile(&list(), &head, targets::find("7").unwrap()).unwrap();
        rules.iter().filter_map(Rule::sid).collect::<Vec<_>>()
    };
    let first = numbers(1);
    assert_eq!(first, numbers(2));
    let mut once = first.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), first.len(), "each once");
}

#[test]
fn more_rules_than_numbers_are_refused() {
    let list = RuleList { parts: vec![Part::default(); RULES + 1] };
    let error = compile(&list, &head(), targets::find("7").unwrap()).unwrap_err().to_string();
    assert!(error.contains("71 rules") && error.contains("--rules"), "{error}");
}

#[test]
fn what_a_version_cannot_ask_is_refused() {
    let bytes = Condition::Within { count: Count::BytesIn, low: Some(9), high: None };
    let list = RuleList { parts: vec![Part::new([bytes])] };
    assert!(compile(&list, &head(), targets::find("8").unwrap()).is_ok());
    let error = compile(&list, &head(), targets::find("7").unwrap()).unwrap_err().to_string();
    assert!(error.contains("no keyword for bytes_in"), "{error}");
}
