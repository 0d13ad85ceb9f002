//! From a list to a rule set.
//!
//! Keywords are checked at each packet and a list speaks of ended flows, so a few silent rules keep books of the flow: its
//! packets (as far as the version has no keyword), the flags a rule asks for, and its *end*: a reset from either side, or the bare
//! ACK after both have sent FIN. A rule of the list that could cease to hold waits for that mark.
//!
//! Suricata runs rules that set marks before those that read them, and both before rules without marks, whatever their order in
//! the file: that is why each counting rule sets a mark too.

use super::condition::{Condition, Relation};
use super::error::Error;
use super::list::{Part, RuleList};
use super::names::{BLOCK, prefix, sid};
use super::quantity::{Count, Side};
use super::rule::{Clause, Ports, Rule, Toward};
use super::targets::Target;

/// The first place in a model's block that is a rule of its list; those before are the silent ones.
const FIRST: u32 = 30;

/// Rules a list may have.
pub const RULES: usize = (BLOCK - FIRST) as usize;

/// What a rule set says of itself.
#[derive(Clone, Debug)]
pub struct Head {
    /// The model's name.
    pub model: String,
    /// Its version: the rules' `rev`.
    pub version: u32,
    /// The day the model was stored, `YYYY-MM-DD`.
    pub created: String,
    /// Ports of the servers it was asked about.
    pub ports: Ports,
}

/// Writes a list for a version of the engine: first the silent rules, then one rule a part.
///
/// # Errors
/// [`Error::TooManyRules`] if the list has more than [`RULES`] parts, [`Error::NoKeyword`] if it asks what the version cannot.
pub fn compile(list: &RuleList, head: &Head, target: &dyn Target) -> Result<Vec<Rule>, Error> {
    if list.parts.len() > RULES {
        return Err(Error::TooManyRules { asked: list.parts.len(), most: RULES });
    }
    let writer = Writer { head, target, prefix: prefix(&head.model) };
    let conditions: Vec<&Condition> = list.parts.iter().flat_map(|part| &part.conditions).collect();
    for condition in &conditions {
        if let Condition::Within { count, .. } = condition
            && !target.can_ask(*count)
        {
            return Err(Error::NoKeyword { version: target.version(), count: count.name() });
        }
    }
    let mut rules = writer.books(&conditions);
    if list.parts.iter().any(Part::needs_the_end) {
        rules.extend(writer.end());
    }
    for (at, part) in list.parts.iter().enumerate() {
        rules.push(writer.part(at, part));
    }
    Ok(rules)
}

struct Writer<'a> {
    head: &'a Head,
    target: &'a dyn Target,
    prefix: String,
}

/// A counter: packets of these sides, each adding so much.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counter {
    Total,
    Times(Side, u32),
}

impl Writer<'_> {
    fn counter(&self, counter: Counter) -> String {
        match counter {
            Counter::Total => format!("{}_all", self.prefix),
            Counter::Times(Side::Client, 1) => format!("{}_out", self.prefix),
            Counter::Times(Side::Server, 1) => format!("{}_in", self.prefix),
            Counter::Times(Side::Client, times) => format!("{}_out{times}", self.prefix),
            Counter::Times(Side::Server, times) => format!("{}_in{times}", self.prefix),
        }
    }

    fn mark(&self, what: &str) -> String {
        format!("{}_{what}", self.prefix)
    }

    /// A rule that keeps books and says nothing.
    fn silent(&self, place: u32, side: Side, what: &str, clauses: Vec<Clause>) -> Rule {
        let mut all =
            vec![Clause::Msg(format!("Botany {}: {what}", self.head.model)), Clause::Flow(side)];
        all.extend(clauses);
        all.push(Clause::Silent);
        self.rule(place, Toward::From(side), all, Vec::new())
    }

    fn rule(
        &self,
        place: u32,
        toward: Toward,
        mut clauses: Vec<Clause>,
        more: Vec<(&'static str, String)>,
    ) -> Rule {
        let mut metadata = vec![
            ("botany_model", self.head.model.clone()),
            ("botany_version", format!("v{:04}", self.head.version)),
            ("created_at", self.head.created.replace('-', "_")),
        ];
        metadata.extend(more);
        clauses.extend([
            Clause::Requires(self.target.requires()),
            Clause::Metadata(metadata),
            Clause::Sid(sid(&self.head.model, place)),
            Clause::Rev(self.head.version),
        ]);
        Rule { comment: Vec::new(), toward, ports: self.head.ports.clone(), clauses }
    }

    /// Counting, and the flags that are asked for.
    fn books(&self, conditions: &[&Condition]) -> Vec<Rule> {
        let mut counters: Vec<Counter> = Vec::new();
        let mut flags: Vec<(Side, u8)> = Vec::new();
        let mut need = |counter: Counter| {
            if !counters.contains(&counter) {
                counters.push(counter);
            }
        };
        for condition in conditions {
            match condition {
                Condition::Within { count, low, high } => {
                    if self.target.keyword(*count, *low, *high).is_none() {
                        match count {
                            Count::PacketsTotal => need(Counter::Total),
                            Count::PacketsIn => need(Counter::Times(Side::Server, 1)),
                            _ => need(Counter::Times(Side::Client, 1)),
                        }
                    }
                }
                Condition::Ratio { out, r#in, .. } => {
                    need(Counter::Times(Side::Client, *out));
                    need(Counter::Times(Side::Server, *r#in));
                }
                Condition::Flag { side, bit, .. } => {
                    if !flags.contains(&(*side, *bit)) {
                        flags.push((*side, *bit));
                    }
                }
            }
        }
        let mut rules = Vec::new();
        for (place, side, other, what) in [
            (0, Side::Client, Side::Server, "the server has sent nothing yet"),
            (1, Side::Server, Side::Client, "the client has sent nothing yet"),
        ] {
            // A counter that was never touched compares as false with everything: it must be 0.
            let of_other: Vec<String> = counters
                .iter()
                .filter(|c| matches!(c, Counter::Times(side, _) if *side == other))
                .map(|c| self.counter(*c))
                .collect();
            if let Some(first) = of_other.first() {
                let mut clauses = vec![Clause::RealPacket, Clause::Unset(first.clone())];
                clauses.extend(of_other.iter().map(|name| Clause::Assign(name.clone(), 0)));
                clauses.push(Clause::Mark(self.mark("on")));
                rules.push(self.silent(place, side, what, clauses));
            }
        }
        for (place, side, what) in [
            (2, Side::Client, "a packet of the client"),
            (3, Side::Server, "a packet of the server"),
        ] {
            let mut clauses = vec![Clause::RealPacket];
            for counter in &counters {
                match counter {
                    Counter::Total => clauses.push(Clause::Add(self.counter(*counter), 1)),
                    Counter::Times(own, times) if *own == side => {
                        clauses.push(Clause::Add(self.counter(*counter), *times));
                    }
                    Counter::Times(..) => {}
                }
            }
            clauses.push(Clause::Mark(self.mark("on")));
            rules.push(self.silent(place, side, what, clauses));
        }
        for (side, bit) in flags {
            let place = 10 + 2 * bit.trailing_zeros() + u32::from(side == Side::Server);
            let clauses = vec![Clause::Flags(bit), Clause::Mark(self.flag(side, bit))];
            rules.push(self.silent(place, side, "a flag was sent", clauses));
        }
        rules
    }

    fn flag(&self, side: Side, bit: u8) -> String {
        self.mark(&super::quantity::Question::Flag(side, bit).name())
    }

    /// The end of a flow.
    fn end(&self) -> Vec<Rule> {
        let sides = [Side::Client, Side::Server];
        let fins = sides.map(|side| if side == Side::Client { "fin_out" } else { "fin_in" });
        let mut rules = Vec::new();
        for (at, side) in (0..).zip(sides) {
            let fin = self.mark(fins[at as usize]);
            let clauses =
                vec![Clause::Flags(1), Clause::Assign(fin, 1), Clause::Mark(self.mark("on"))];
            rules.push(self.silent(4 + at, side, "a side has said FIN", clauses));
        }
        for (at, side) in (0..).zip(sides) {
            let clauses = vec![Clause::Flags(4), Clause::Mark(self.mark("end"))];
            rules.push(self.silent(6 + at, side, "reset", clauses));
        }
        for (at, side) in (0..).zip(sides) {
            let mut clauses = vec![Clause::BareAck];
            clauses.extend(fins.map(|fin| Clause::Compare(self.mark(fin), Relation::Above, 0)));
            clauses.push(Clause::Mark(self.mark("end")));
            rules.push(self.silent(8 + at, side, "the ACK after both FINs", clauses));
        }
        rules
    }

    fn part(&self, at: usize, part: &Part) -> Rule {
        let Head { model, version, .. } = self.head;
        let number = at + 1;
        let waits = if part.needs_the_end() { "end" } else { "on" };
        let mut clauses = vec![
            Clause::Msg(format!("Botany {model} v{version:04} rule {number}: {part}")),
            Clause::RealPacket,
            Clause::Marked(self.mark(waits)),
        ];
        for condition in &part.conditions {
            self.condition(condition, &mut clauses);
        }
        clauses.push(Clause::Unmarked(self.mark("hit")));
        clauses.push(Clause::Mark(self.mark("hit")));
        let more = vec![("botany_rule", number.to_string())];
        self.rule(FIRST + at as u32, Toward::Either, clauses, more)
    }

    fn condition(&self, condition: &Condition, clauses: &mut Vec<Clause>) {
        match *condition {
            Condition::Within { count, low, high } => {
                if let Some(clause) = self.target.keyword(count, low, high) {
                    clauses.push(clause);
                    return;
                }
                let counter = match count {
                    Count::PacketsTotal => Counter::Total,
                    Count::PacketsIn => Counter::Times(Side::Server, 1),
                    _ => Counter::Times(Side::Client, 1),
                };
                let name = self.counter(counter);
                if let Some(low) = low {
                    clauses.push(Clause::Compare(name.clone(), Relation::AtLeast, low));
                }
                if let Some(high) = high {
                    clauses.push(Clause::Compare(name, Relation::AtMost, high));
                }
            }
            Condition::Ratio { out, relation, r#in } => {
                let [out, r#in] =
                    [Counter::Times(Side::Client, out), Counter::Times(Side::Server, r#in)]
                        .map(|counter| self.counter(counter));
                clauses.push(Clause::Against(out, relation, r#in));
            }
            Condition::Flag { side, bit, seen } => {
                let mark = self.flag(side, bit);
                clauses.push(if seen { Clause::Marked(mark) } else { Clause::Unmarked(mark) });
            }
        }
    }
}

#[cfg(test)]
mod tests;
