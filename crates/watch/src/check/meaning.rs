//! What a rule says of a flow at its end, read back from its text.
//!
//! Counters are followed to the silent rules that count, so this is an account of the rules as they stand in the file, not of the
//! list they were written from. A rule with any keyword that is not about the flow as a whole has no meaning here.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::Parsed;
use crate::signature::{Condition, Count, Observed, Relation, Side};

/// The conditions of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Destination ports; none means every port.
    pub ports: Vec<u16>,
    /// What must hold together.
    pub conditions: Vec<Condition>,
}

impl Meaning {
    /// The meaning of every rule that raises alerts and has one, by SID.
    pub fn of(rules: &[Parsed]) -> BTreeMap<u32, Meaning> {
        let books = Books::of(rules);
        let speaking = rules.iter().filter(|rule| !rule.is_silent());
        speaking.filter_map(|rule| Some((rule.sid()?, books.meaning(rule)?))).collect()
    }

    /// Whether it holds of a flow to this port, as it ended.
    pub fn holds(&self, flow: &Observed, port: u16) -> bool {
        (self.ports.is_empty() || self.ports.contains(&port))
            && self.conditions.iter().all(|condition| condition.holds(flow))
    }
}

/// What the silent rules keep.
struct Books {
    /// Per counter: what a packet of the client and one of the server adds.
    counters: BTreeMap<String, [u32; 2]>,
    /// Marks, and by what each is set: by a flag one side sends, or by something else.
    marks: BTreeMap<String, BTreeSet<Option<(Side, u8)>>>,
}

impl Books {
    fn of(rules: &[Parsed]) -> Books {
        let mut books = Books { counters: BTreeMap::new(), marks: BTreeMap::new() };
        for rule in rules.iter().filter(|rule| rule.is_silent()) {
            let side = match rule.values("flow").next() {
                Some("to_server") => Side::Client,
                Some("to_client") => Side::Server,
                _ => continue,
            };
            for value in rule.values("flowint") {
                if let [name, "+", by] = parts(value).as_slice()
                    && let Ok(by) = by.parse::<u32>()
                {
                    let slot = books.counters.entry((*name).to_owned()).or_default();
                    let own = &mut slot[usize::from(side == Side::Server)];
                    *own = own.saturating_add(by);
                }
            }
            let letters = rule.values("flags").next().and_then(|flags| flags.strip_suffix('+'));
            let bit = letters.and_then(|letters| {
                let at = "FSRPAU".find(letters).filter(|_| letters.len() == 1)?;
                Some(1 << at)
            });
            for value in rule.values("flowbits") {
                if let ["set", name] = parts(value).as_slice() {
                    let by = bit.map(|bit| (side, bit));
                    books.marks.entry((*name).to_owned()).or_default().insert(by);
                }
            }
        }
        books
    }

    fn meaning(&self, rule: &Parsed) -> Option<Meaning> {
        let own: Vec<&str> =
            rule.values("flowbits").filter_map(|v| v.strip_prefix("set,")).collect();
        let mut conditions = Vec::new();
        for (keyword, value) in &rule.options {
            let value = value.as_deref().unwrap_or_default();
            match keyword.as_str() {
                "msg" | "sid" | "rev" | "metadata" | "requires" | "classtype" | "priority"
                | "reference" => {}
                "ttl" if value == ">0" => {}
                "flow.age" => conditions.push(bounds(Count::Age, value)?),
                "flow.pkts" | "flow.bytes" => {
                    let (side, bound) = value.split_once(',')?;
                    let count = match (keyword.as_str(), side.trim()) {
                        ("flow.pkts", "toserver") => Count::PacketsOut,
                        ("flow.pkts", "toclient") => Count::PacketsIn,
                        ("flow.bytes", "toserver") => Count::BytesOut,
                        ("flow.bytes", "toclient") => Count::BytesIn,
                        _ => return None,
                    };
                    conditions.push(bounds(count, bound.trim())?);
                }
                "flowint" => conditions.push(self.counted(value)?),
                "flowbits" => match parts(value).as_slice() {
                    ["set", _] => {}
                    // Once a flow.
                    ["isnotset", name] if own.contains(name) => {}
                    ["isset", name] | ["isnotset", name] if self.flag(name).is_some() => {
                        let (side, bit) = self.flag(name)?;
                        let seen = value.starts_with("isset");
                        conditions.push(Condition::Flag { side, bit, seen });
                    }
                    // When it is asked, not what.
                    ["isset", name] if self.marks.contains_key(*name) => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
        if conditions.is_empty() {
            return None;
        }
        let port = rule.header.last()?;
        let ports = match port.as_str() {
            "any" => Vec::new(),
            list => {
                let list = list.trim_start_matches('[').trim_end_matches(']');
                list.split(',')
                    .map(|port| port.trim().parse().ok())
                    .collect::<Option<Vec<u16>>>()?
            }
        };
        Some(Meaning { ports, conditions })
    }

    /// The flag a mark stands for, if it is set by nothing else.
    fn flag(&self, name: &str) -> Option<(Side, u8)> {
        let mut by = self.marks.get(name)?.iter();
        let first = by.next()?;
        if by.next().is_none() { *first } else { None }
    }

    fn counted(&self, value: &str) -> Option<Condition> {
        let parts = parts(value);
        let [name, relation, than] = parts.as_slice() else { return None };
        let relation = match *relation {
            ">" => Relation::Above,
            ">=" => Relation::AtLeast,
            "<" => Relation::Below,
            "<=" => Relation::AtMost,
            _ => return None,
        };
        let left = self.counters.get(*name)?;
        let Ok(than) = than.parse::<u64>() else {
            let right = self.counters.get(*than)?;
            let ([out, 0], [0, r#in]) = (left, right) else { return None };
            return Some(Condition::Ratio { out: *out, relation, r#in: *r#in });
        };
        let count = match left {
            [1, 0] => Count::PacketsOut,
            [0, 1] => Count::PacketsIn,
            [1, 1] => Count::PacketsTotal,
            _ => return None,
        };
        let (low, high) = match relation {
            Relation::Above => (Some(than.checked_add(1)?), None),
            Relation::AtLeast => (Some(than), None),
            Relation::Below => (None, Some(than.checked_sub(1)?)),
            Relation::AtMost => (None, Some(than)),
        };
        Some(Condition::Within { count, low, high })
    }
}

fn parts(value: &str) -> Vec<&str> {
    value.split(',').map(str::trim).collect()
}

/// Bounds of a number keyword: `5`, `>5`, `>=5`, `<5`, `<=5`, `3-9` (both excluded).
fn bounds(count: Count, text: &str) -> Option<Condition> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (low, high) = if let Some(n) = text.strip_prefix(">=") {
        (number(n), None)
    } else if let Some(n) = text.strip_prefix("<=") {
        (None, number(n))
    } else if let Some(n) = text.strip_prefix('>') {
        (number(n)?.checked_add(1), None)
    } else if let Some(n) = text.strip_prefix('<') {
        (None, number(n)?.checked_sub(1))
    } else if let Some((low, high)) = text.split_once('-') {
        (number(low)?.checked_add(1), number(high)?.checked_sub(1))
    } else {
        (number(text), number(text))
    };
    (low.is_some() || high.is_some()).then_some(Condition::Within { count, low, high })
}

#[cfg(test)]
mod tests;
