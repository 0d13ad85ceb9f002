//! Alerts beside what the flows are: of the threat list, of the model, and of the rules' own words.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::meaning::Meaning;
use crate::signature::{Agreement, Observed, agreement};

/// A flow of the capture, and what everybody says of it.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// Its source.
    pub address: String,
    /// Its destination port.
    pub port: u16,
    /// How it ended.
    pub observed: Observed,
    /// Whether the model is asked about it at all.
    pub asked: bool,
    /// Whether its source is on the threat list; `None` without login logs.
    pub label: Option<bool>,
    /// What the model calls it; `None` without a model, or where it is not asked.
    pub call: Option<bool>,
    /// The SIDs that alerted on it.
    pub alerts: BTreeSet<u32>,
}

/// Alerts (column) against what is so (row).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Is so, and alerted.
    pub hits: usize,
    /// Is so, no alert.
    pub misses: usize,
    /// Is not so, alerted.
    pub false_hits: usize,
    /// Is not so, no alert.
    pub quiet: usize,
}

impl Confusion {
    fn add(&mut self, is: bool, alerted: bool) {
        match (is, alerted) {
            (true, true) => self.hits += 1,
            (true, false) => self.misses += 1,
            (false, true) => self.false_hits += 1,
            (false, false) => self.quiet += 1,
        }
    }

    /// Of the alerted, the share that is so.
    pub fn precision(&self) -> Option<f64> {
        share(self.hits, self.hits + self.false_hits)
    }

    /// Of what is so, the share alerted.
    pub fn recall(&self) -> Option<f64> {
        share(self.hits, self.hits + self.misses)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Alerts of one rule, or of several together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Flows that were asked about and alerted on.
    pub alerted: usize,
    /// Alerted flows the model is not asked about.
    pub elsewhere: usize,
    /// Alerted flows of which the rules' words did not hold when they ended; `None` if no rule has such words.
    pub early: Option<usize>,
    /// Flows of which they did hold, and no alert.
    pub silent: Option<usize>,
    /// Against the threat list, flow by flow.
    pub label: Option<Confusion>,
    /// Against the model's calls, flow by flow.
    pub model: Option<Confusion>,
    /// Against the threat list, one decision an address: alerted if any of its flows is.
    pub label_by_address: Option<Confusion>,
    /// Against the model's calls, one decision an address: called 1 if any of its flows is.
    pub model_by_address: Option<Confusion>,
}

/// Counts the alerts of `sids`, some or all of a rule set.
///
/// What is not asked about is counted under `elsewhere` and nowhere else. Rules of a set alert once a flow, whichever is
/// first: a flow is only `silent` if none of the whole `set` alerted on it.
pub fn count(
    flows: &[Flow],
    sids: &BTreeSet<u32>,
    set: &BTreeSet<u32>,
    meanings: &BTreeMap<u32, Meaning>,
) -> Counts {
    let alerted = |flow: &Flow| !flow.alerts.is_disjoint(sids);
    let mut counts = Counts {
        elsewhere: flows.iter().filter(|flow| !flow.asked && alerted(flow)).count(),
        ..Counts::default()
    };
    let asked: Vec<&Flow> = flows.iter().filter(|flow| flow.asked).collect();
    counts.alerted = asked.iter().filter(|flow| alerted(flow)).count();
    let own: Vec<(&u32, &Meaning)> =
        sids.iter().filter_map(|sid| Some((sid, meanings.get(sid)?))).collect();
    if !own.is_empty() {
        let spoke = |flow: &Flow| own.iter().any(|(sid, _)| flow.alerts.contains(sid));
        let holds = |f: &Flow| own.iter().any(|(_, meaning)| meaning.holds(&f.observed, f.port));
        let quiet = |flow: &Flow| flow.alerts.is_disjoint(set);
        counts.early = Some(asked.iter().filter(|f| spoke(f) && !holds(f)).count());
        counts.silent = Some(asked.iter().filter(|f| quiet(f) && holds(f)).count());
    }
    let by = |is: fn(&Flow) -> Option<bool>| {
        let told: Vec<(&Flow, bool)> = asked.iter().filter_map(|f| Some((*f, is(f)?))).collect();
        if told.is_empty() {
            return (None, None);
        }
        let (mut flows, mut addresses) = (Confusion::default(), Confusion::default());
        let rows: Vec<(&str, bool, bool)> =
            told.iter().map(|(flow, is)| (flow.address.as_str(), *is, alerted(flow))).collect();
        rows.iter().for_each(|(_, is, alerted)| flows.add(*is, *alerted));
        folded(&rows).iter().for_each(|(_, is, alerted)| addresses.add(*is, *alerted));
        (Some(flows), Some(addresses))
    };
    (counts.label, counts.label_by_address) = by(|flow| flow.label);
    (counts.model, counts.model_by_address) = by(|flow| flow.call);
    counts
}

/// One row an address: whether any of its rows is so, and whether any alerted.
fn folded<'a>(rows: &[(&'a str, bool, bool)]) -> Vec<(&'a str, bool, bool)> {
    let mut of: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for (address, is, alerted) in rows {
        let address = of.entry(address).or_default();
        address.0 |= is;
        address.1 |= alerted;
    }
    of.into_iter().map(|(address, (is, alerted))| (address, is, alerted)).collect()
}

/// What a flow is, as somebody says: `None` where they say nothing.
pub type Says = fn(&Flow) -> Option<bool>;

/// What one side says against what is so, with the interval over addresses; by flow, or with one decision an address.
///
/// `None` where nobody says anything.
pub fn against(
    flows: &[Flow],
    side: &Side<'_>,
    is: Says,
    by_address: bool,
    draws: usize,
) -> Option<Agreement> {
    let told = flows.iter().filter(|flow| flow.asked);
    let mut rows: Vec<(&str, bool, bool)> =
        told.filter_map(|f| Some((f.address.as_str(), is(f)?, side.says(f)))).collect();
    if by_address {
        rows = folded(&rows);
    }
    let addresses: Vec<String> = rows.iter().map(|(address, ..)| (*address).to_owned()).collect();
    let labels: Vec<u8> = rows.iter().map(|(_, is, _)| u8::from(*is)).collect();
    let alerts: Vec<u8> = rows.iter().map(|(.., alerted)| u8::from(*alerted)).collect();
    agreement(&addresses, &labels, &alerts, draws, 1).ok()
}

/// Who speaks for one side of a comparison.
pub enum Side<'a> {
    /// The model's calls.
    Model,
    /// Alerts of these SIDs.
    Rules(&'a BTreeSet<u32>),
}

impl Side<'_> {
    fn says(&self, flow: &Flow) -> bool {
        match self {
            Side::Model => flow.call == Some(true),
            Side::Rules(sids) => !flow.alerts.is_disjoint(sids),
        }
    }
}

/// Who saw it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// One side only.
    pub left: usize,
    /// The other only.
    pub right: usize,
    /// Both.
    pub both: usize,
    /// Neither.
    pub neither: usize,
}

/// Two sides beside each other, over the flows that are asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// Flows.
    pub flows: Sides,
    /// Addresses; one is seen if any of its flows is.
    pub addresses: Sides,
    /// Flows of listed sources.
    pub listed_flows: Sides,
    /// Listed sources.
    pub listed_addresses: Sides,
}

/// Sets two sides beside each other.
pub fn beside(flows: &[Flow], left: &Side<'_>, right: &Side<'_>) -> Beside {
    let part = |listed: bool| {
        let mut rows = Sides::default();
        let mut of: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
        for flow in flows.iter().filter(|f| f.asked && (!listed || f.label == Some(true))) {
            let (a, b) = (left.says(flow), right.says(flow));
            rows.add(a, b);
            let address = of.entry(&flow.address).or_default();
            address.0 |= a;
            address.1 |= b;
        }
        let mut addresses = Sides::default();
        of.values().for_each(|(a, b)| addresses.add(*a, *b));
        (rows, addresses)
    };
    let ((flows, addresses), (listed_flows, listed_addresses)) = (part(false), part(true));
    Beside { flows, addresses, listed_flows, listed_addresses }
}

impl Sides {
    fn add(&mut self, left: bool, right: bool) {
        match (left, right) {
            (true, true) => self.both += 1,
            (true, false) => self.left += 1,
            (false, true) => self.right += 1,
            (false, false) => self.neither += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Condition, Count};

    fn flow(address: &str, packets_out: u64, label: bool, call: bool, alerts: &[u32]) -> Flow {
        Flow {
            address: address.to_owned(),
            port: 22,
            observed: Observed { packets_out, tcp: true, ..Observed::default() },
            asked: true,
            label: Some(label),
            call: Some(call),
            alerts: alerts.iter().copied().collect(),
        }
    }

    /// Rule 1 says `packets_out 5 to 9`.
    fn example() -> (Vec<Flow>, BTreeMap<u32, Meaning>) {
        let elsewhere =
            Flow { asked: false, port: 23, call: None, ..flow("d", 7, true, false, &[1]) };
        let flows = vec![
            flow("a", 7, true, true, &[1]),
            flow("a", 3, true, false, &[]),
            flow("b", 12, false, false, &[1]),
            flow("b", 6, false, true, &[]),
            flow("c", 1, true, false, &[2]),
            elsewhere,
        ];
        let within = Condition::Within { count: Count::PacketsOut, low: Some(5), high: Some(9) };
        let meaning = Meaning { ports: vec![22], conditions: vec![within] };
        (flows, BTreeMap::from([(1, meaning)]))
    }

    #[test]
    fn counted_by_hand() {
        let (flows, meanings) = example();
        let one = BTreeSet::from([1]);
        let counts = count(&flows, &one, &one, &meanings);
        assert_eq!((counts.alerted, counts.elsewhere), (2, 1));
        assert_eq!((counts.early, counts.silent), (Some(1), Some(1)));
        let of =
            |hits, misses, false_hits, quiet| Some(Confusion { hits, misses, false_hits, quiet });
        assert_eq!(counts.label, of(1, 2, 1, 1));
        assert_eq!(counts.model, of(1, 1, 1, 2));
        assert_eq!(counts.label_by_address, of(1, 1, 1, 0));
        assert_eq!(counts.model_by_address, of(2, 0, 0, 1));
        assert_eq!(counts.label.unwrap().precision(), Some(0.5));
        assert_eq!(counts.label.unwrap().recall(), Some(1.0 / 3.0));
        assert_eq!(Confusion::default().recall(), None);
        let both = BTreeSet::from([1, 2]);
        let other = count(&flows, &both, &both, &meanings);
        assert_eq!((other.alerted, other.early), (3, Some(1)));
        let second = count(&flows, &BTreeSet::from([2]), &both, &meanings);
        assert_eq!((second.alerted, second.early), (1, None), "rule 2 has no words about a flow");
    }

    #[test]
    fn intervals_go_with_the_same_counts() {
        let (flows, _) = example();
        let one = BTreeSet::from([1]);
        let one = Side::Rules(&one);
        let by_flow = against(&flows, &one, |flow| flow.label, false, 50).unwrap();
        assert_eq!(by_flow.confusion, [[1, 1], [2, 1]]);
        assert_eq!(by_flow.precision.value, Some(0.5));
        assert!(by_flow.recall.low.is_some());
        let by_address = against(&flows, &one, |flow| flow.call, true, 50).unwrap();
        assert_eq!(by_address.confusion, [[1, 0], [0, 2]]);
        assert!(against(&flows, &one, |_| None, false, 50).is_none());
    }

    #[test]
    fn who_saw_what_the_other_did_not() {
        let (flows, _) = example();
        let second = BTreeSet::from([2]);
        let found = beside(&flows, &Side::Model, &Side::Rules(&second));
        assert_eq!(found.flows, Sides { left: 2, right: 1, both: 0, neither: 2 });
        assert_eq!(found.addresses, Sides { left: 2, right: 1, both: 0, neither: 0 });
        assert_eq!(found.listed_flows, Sides { left: 1, right: 1, both: 0, neither: 1 });
        assert_eq!(found.listed_addresses, Sides { left: 1, right: 1, both: 0, neither: 0 });
    }
}
