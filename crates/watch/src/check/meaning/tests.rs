use proptest::prelude::*;

use super::*;
use crate::check::{lint, parse};
use crate::signature::{Head, Part, Ports, Ratio, RuleList, TARGETS, compile};

fn condition() -> impl Strategy<Value = Condition> {
    let within =
        (0..Count::ALL.len(), 0..40u64, 0..40u64, 0..3).prop_map(|(count, low, more, which)| {
            let (low, high) = match which {
                0 => (Some(low), None),
                1 => (None, Some(low)),
                _ => (Some(low), Some(low + more)),
            };
            Condition::Within { count: Count::ALL[count], low, high }
        });
    let relations = [Relation::Above, Relation::AtLeast, Relation::Below, Relation::AtMost];
    let ratio = (0..Ratio::PCR.len(), 0..4usize).prop_map(move |(ratio, relation)| {
        let Ratio { out, r#in, .. } = Ratio::PCR[ratio];
        Condition::Ratio { out, relation: relations[relation], r#in }
    });
    let flag = (any::<bool>(), 0..6u8, any::<bool>()).prop_map(|(client, bit, seen)| {
        let side = if client { Side::Client } else { Side::Server };
        Condition::Flag { side, bit: 1 << bit, seen }
    });
    prop_oneof![4 => within, 2 => ratio, 1 => flag]
}

fn flow() -> impl Strategy<Value = Observed> {
    let small = 0..60u64;
    (small.clone(), small.clone(), small.clone(), small.clone(), small, 0..64u8, 0..64u8).prop_map(
        |(packets_out, packets_in, bytes_out, bytes_in, age, flags_out, flags_in)| Observed {
            packets_out,
            packets_in,
            bytes_out,
            bytes_in,
            age,
            flags_out,
            flags_in,
            tcp: true,
        },
    )
}

/// What a target can say of the conditions: `>= 0` and its like say nothing and leave no trace in the rule.
fn said(conditions: &[Condition], target: &dyn crate::signature::Target) -> Vec<Condition> {
    let says = |condition: &Condition| match condition {
        Condition::Within { count, low, high } => {
            target.can_ask(*count) && (high.is_some() || low.is_some_and(|low| low > 0))
        }
        _ => true,
    };
    conditions.iter().copied().filter(says).collect()
}

proptest! {
    /// The emitted text, read back, decides as the list it was written from; and it passes our own lint.
    #[test]
    fn rules_mean_what_the_list_says(
        lists in prop::collection::vec(prop::collection::vec(condition(), 1..6), 1..5),
        flows in prop::collection::vec(flow(), 1..60),
    ) {
        for target in TARGETS {
            let parts: Vec<Part> = lists
                .iter()
                .map(|conditions| Part::new(said(conditions, *target)))
                .filter(|part| !part.conditions.is_empty())
                .collect();
            let list = RuleList { parts };
            let head = Head {
                model: "any-model".to_owned(),
                version: 2,
                created: "2026-11-25".to_owned(),
                ports: Ports(vec![22]),
            };
            let rules = compile(&list, &head, *target).unwrap();
            let text: String = rules.iter().map(|rule| format!("{rule}\n")).collect();
            let parsed = parse(&text);
            prop_assert_eq!(lint(&parsed), vec![], "{}", text);
            let meanings: Vec<Meaning> = Meaning::of(&parsed).into_values().collect();
            prop_assert_eq!(meanings.len(), list.parts.len(), "{}", text);
            for (meaning, part) in meanings.iter().zip(&list.parts) {
                for flow in &flows {
                    prop_assert_eq!(meaning.holds(flow, 22), part.holds(flow), "{:?} {}", flow, text);
                    prop_assert!(!meaning.holds(flow, 23));
                }
            }
        }
    }
}

proptest! {
    /// Whatever stands in a rules file, looking at it does no harm.
    #[test]
    fn any_options_are_looked_at(
        options in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "flowint", "flowbits", "flags", "flow", "flow.age", "flow.pkts", "ttl", "sid", "noalert", "msg",
                ]),
                "[a-z0-9,<>=+!\\-.;: ()]{0,24}",
            ),
            0..12,
        ),
    ) {
        let said: String = options.iter().map(|(name, value)| format!("{name}:{value};")).collect();
        let text = format!("alert tcp any any -> any 22 ({said})\n").repeat(2);
        let rules = parse(&text);
        lint(&rules);
        Meaning::of(&rules);
    }
}

#[test]
fn a_rule_about_something_else_has_no_meaning() {
    let text = format!("{}\n", crate::signature::mirai());
    let text = text + "alert tcp any any -> any 22 (content:\"x\"; flow.age:>3; sid:2;)\n";
    assert!(Meaning::of(&parse(&text)).is_empty());
    let plain = parse("alert tcp any any -> any any (flow.age:3-9; flags:R+; sid:2;)\n");
    assert!(Meaning::of(&plain).is_empty(), "flags of a packet are not of the flow");
    let plain = parse("alert tcp any any -> any any (flow.age:>=3; sid:2;)\n");
    assert_eq!(
        Meaning::of(&plain)[&2].conditions,
        [Condition::Within { count: Count::Age, low: Some(3), high: None }]
    );
}
