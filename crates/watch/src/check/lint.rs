//! What is wrong with a rule set that the engine would let pass, or say without a line.
//!
//! A missing bracket is such a thing: Suricata 7 loads the rule all the same. The other that matters is an upper bound
//! without an end: keywords are checked at each packet, so `packets < 20` is true of the first packet of every flow.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Fault;
use super::parse::Parsed;

/// All that is wrong, by line.
pub fn lint(rules: &[Parsed]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    let ends = Ends::of(rules);
    for rule in rules {
        let mut fault = |reason: String| faults.push(Fault { line: rule.line, reason });
        if rule.header.len() < 6 || rule.options.is_empty() {
            fault(
                "this is no rule: it needs an action, a protocol, source and port, `->`, destination and port, and options in brackets"
                    .to_owned(),
            );
            continue;
        }
        if !rule.closed {
            fault(
                "the options are not closed: end the last one with `;` and all of them with `)`"
                    .to_owned(),
            );
        }
        match (rule.values("sid").next(), rule.sid()) {
            (None, _) => fault(
                "it has no sid: give it one from 1000000 to 1999999, the local range".to_owned(),
            ),
            (Some(text), None) => fault(format!("`sid:{text}` is no number")),
            (_, Some(sid)) => match seen.get(&sid) {
                Some(line) => fault(format!(
                    "sid {sid} is that of line {line} already: give one of them another"
                )),
                None => {
                    seen.insert(sid, rule.line);
                }
            },
        }
        if !rule.is_silent()
            && let Some(bound) = upper_bound(rule)
            && !ends.anchored(rule)
        {
            fault(format!(
                "`{bound}` is an upper bound without an end: it is true of the first packets of every flow; ask for FIN or RST \
                 (`flags:F+`, `flags:R+`), or for a flowbit that a rule sets there"
            ));
        }
    }
    faults
}

/// The first condition on a counter of the flow that may cease to hold.
fn upper_bound(rule: &Parsed) -> Option<String> {
    rule.options.iter().find_map(|(keyword, value)| {
        let value = value.as_deref()?;
        let bound = match keyword.as_str() {
            "flow.age" => value.trim(),
            "flow.pkts" | "flow.bytes" => value.split_once(',')?.1.trim(),
            "flow.pkts_toserver"
            | "flow.pkts_toclient"
            | "flow.bytes_toserver"
            | "flow.bytes_toclient" => value.trim(),
            "flowint" => {
                let mut parts = value.split(',').map(str::trim);
                let (_, relation, than) = (parts.next()?, parts.next()?, parts.next()?);
                // Two counters that grow may pass each other.
                let grows = than.parse::<u64>().is_err();
                let holds = match relation {
                    "<" | "<=" | "==" => true,
                    ">" | ">=" | "!=" => grows,
                    _ => false,
                };
                return holds.then(|| format!("{keyword}:{value}"));
            }
            _ => return None,
        };
        (!bound.starts_with('>')).then(|| format!("{keyword}:{value}"))
    })
}

/// The flow marks and counters that are set only where a flow ends.
struct Ends {
    marks: BTreeSet<String>,
    counters: BTreeSet<String>,
}

impl Ends {
    fn of(rules: &[Parsed]) -> Ends {
        let mut ends = Ends { marks: BTreeSet::new(), counters: BTreeSet::new() };
        // What is set there may be asked for by a rule that sets another: until nothing new is found.
        loop {
            let before = (ends.marks.len(), ends.counters.len());
            let (mut marks, mut counters) = (BTreeSet::new(), BTreeSet::new());
            let (mut marks_elsewhere, mut counters_elsewhere) = (BTreeSet::new(), BTreeSet::new());
            for rule in rules {
                let anchored = ends.anchored(rule);
                for value in rule.values("flowbits") {
                    if let Some(name) = value.strip_prefix("set,") {
                        let place = if anchored { &mut marks } else { &mut marks_elsewhere };
                        place.insert(name.trim().to_owned());
                    }
                }
                for value in rule.values("flowint") {
                    let mut parts = value.split(',').map(str::trim);
                    if let (Some(name), Some("+" | "=")) = (parts.next(), parts.next()) {
                        let place = if anchored { &mut counters } else { &mut counters_elsewhere };
                        place.insert(name.to_owned());
                    }
                }
            }
            ends.marks = marks.difference(&marks_elsewhere).cloned().collect();
            ends.counters = counters.difference(&counters_elsewhere).cloned().collect();
            if (ends.marks.len(), ends.counters.len()) == before {
                return ends;
            }
        }
    }

    /// Whether the rule matches only where a flow ends, or after.
    fn anchored(&self, rule: &Parsed) -> bool {
        let by_flags = ["flags", "tcp.flags"].iter().any(|keyword| {
            rule.values(keyword).any(|value| {
                let flags = value.split(',').next().unwrap_or_default().trim();
                // Any of several, or none of them, is no promise of an end.
                !flags.contains(['!', '*']) && flags.contains(['F', 'R'])
            })
        });
        let by_mark = rule.values("flowbits").any(|value| {
            value.strip_prefix("isset,").is_some_and(|name| self.marks.contains(name.trim()))
        });
        let by_counter = rule.values("flowint").any(|value| {
            let parts: Vec<&str> = value.split(',').map(str::trim).collect();
            matches!(parts.as_slice(), [name, ">", "0"] if self.counters.contains(*name))
        });
        by_flags || by_mark || by_counter
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::parse;

    fn faults(text: &str) -> Vec<(usize, String)> {
        lint(&parse(text)).into_iter().map(|fault| (fault.line, fault.reason)).collect()
    }

    fn rule(options: &str, sid: u32) -> String {
        format!("alert tcp any any -> any 22 ({options} sid:{sid}; rev:1;)\n")
    }

    #[test]
    fn each_fault_has_its_line_and_reason() {
        let text = rule("flags:S;", 1)
            + "\nnot a rule\n"
            + &rule("flags:S;", 1)
            + "alert tcp any any -> any 22 (flags:S;)\n"
            + "alert tcp any any -> any 22 (flags:S; sid:5;\n"
            + "alert tcp any any -> any 22 (flags:S; sid:x;)\n";
        let found = faults(&text);
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7], "{found:?}");
        for ((_, reason), words) in
            found.iter().zip(["no rule", "line 1 already", "no sid", "not closed", "no number"])
        {
            assert!(reason.contains(words), "{reason}");
        }
    }

    #[test]
    fn an_upper_bound_needs_an_end() {
        for bound in [
            "flow.age:<30;",
            "flow.age:3-9;",
            "flow.age:4;",
            "flow.pkts:toserver,<20;",
            "flow.bytes_toclient:<9;",
            "flowint:n,<,20;",
            "flowint:n,<=,20;",
            "flowint:a,>,b;",
        ] {
            let found = faults(&rule(bound, 1));
            assert!(found.len() == 1 && found[0].1.contains("without an end"), "{bound} {found:?}");
            for end in ["flags:F+;", "flags:RA;", "tcp.flags:R+;"] {
                assert!(faults(&rule(&format!("{bound} {end}"), 1)).is_empty(), "{bound} {end}");
            }
            for no_end in ["flags:S;", "flags:!R;", "flags:*FPA;"] {
                assert_eq!(
                    faults(&rule(&format!("{bound} {no_end}"), 1)).len(),
                    1,
                    "{bound} {no_end}"
                );
            }
            assert!(faults(&rule(&format!("{bound} noalert;"), 1)).is_empty());
        }
        for lower in [
            "flow.age:>30;",
            "flow.pkts:toserver,>=20;",
            "flowint:n,>,20;",
            "stream_size:client,<,9;",
        ] {
            assert!(faults(&rule(lower, 1)).is_empty(), "{lower}");
        }
    }

    #[test]
    fn a_mark_is_an_end_only_if_it_is_set_nowhere_else() {
        let leaf = rule("flow.age:<30; flowbits:isset,end;", 9);
        let reset = rule("flags:R+; flowbits:set,end; noalert;", 1);
        let fin = rule("flags:F+; flowint:fin,=,1; noalert;", 2);
        let ack = rule("flags:A,12; flowint:fin,>,0; flowbits:set,end; noalert;", 3);
        assert!(faults(&format!("{reset}{fin}{ack}{leaf}")).is_empty());
        let syn = rule("flags:S; flowbits:set,end; noalert;", 4);
        assert_eq!(faults(&format!("{reset}{syn}{leaf}")).len(), 1);
        assert_eq!(faults(&leaf).len(), 1);
    }
}
