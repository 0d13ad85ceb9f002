//! A short list of rules; a flow that one of them describes is called 1.

use std::fmt;

use super::condition::Condition;
use super::quantity::Observed;

/// Conditions that hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// In the order they are said; each count, cut and flag once.
    pub conditions: Vec<Condition>,
}

impl Part {
    /// These conditions, with bounds of one count put together and what says nothing left out.
    pub fn new(conditions: impl IntoIterator<Item = Condition>) -> Part {
        let mut part = Part::default();
        for condition in conditions {
            part.and(condition);
        }
        part
    }

    fn and(&mut self, new: Condition) {
        if let Condition::Within { count, low, high } = new {
            for old in &mut self.conditions {
                if let Condition::Within { count: own, low: own_low, high: own_high } = old
                    && *own == count
                {
                    *own_low = (*own_low).max(low);
                    *own_high = match (*own_high, high) {
                        (Some(a), Some(b)) => Some(a.min(b)),
                        (a, b) => a.or(b),
                    };
                    return;
                }
            }
        }
        if !self.conditions.contains(&new) {
            self.conditions.push(new);
        }
    }

    /// Whether all conditions hold.
    pub fn holds(&self, flow: &Observed) -> bool {
        self.conditions.iter().all(|condition| condition.holds(flow))
    }

    /// Whether it can be decided only when the flow has ended.
    pub fn needs_the_end(&self) -> bool {
        self.conditions.iter().any(Condition::needs_the_end)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conditions.is_empty() {
            return f.write_str("any flow");
        }
        let said: Vec<String> = self.conditions.iter().map(ToString::to_string).collect();
        f.write_str(&said.join(", "))
    }
}

/// The rules, the one that describes most first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleList {
    /// The rules.
    pub parts: Vec<Part>,
}

impl RuleList {
    /// The first rule that describes the flow.
    pub fn first(&self, flow: &Observed) -> Option<usize> {
        self.parts.iter().position(|part| part.holds(flow))
    }

    /// Whether a sensor would raise an alert: a rule holds, and if that can be known at the end only, the end is seen.
    pub fn fires(&self, flow: &Observed) -> bool {
        let ends = flow.ends();
        self.parts
            .iter()
            .any(|part| part.holds(flow) && (ends || (flow.tcp && !part.needs_the_end())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::quantity::Count;

    fn within(count: Count, low: Option<u64>, high: Option<u64>) -> Condition {
        Condition::Within { count, low, high }
    }

    #[test]
    fn bounds_of_one_count_become_one() {
        let part = Part::new([
            within(Count::PacketsIn, Some(3), None),
            within(Count::PacketsIn, None, Some(9)),
            within(Count::PacketsIn, Some(5), Some(20)),
        ]);
        assert_eq!(part.to_string(), "packets_in 5 to 9");
    }

    #[test]
    fn a_flow_that_only_falls_silent_fires_no_upper_bound() {
        let list = RuleList { parts: vec![Part::new([within(Count::PacketsOut, None, Some(9))])] };
        let silent = Observed { packets_out: 3, flags_out: 2, tcp: true, ..Observed::default() };
        assert_eq!((list.first(&silent), list.fires(&silent)), (Some(0), false));
        assert!(list.fires(&Observed { flags_in: 4, ..silent }));
        let lower = RuleList { parts: vec![Part::new([within(Count::PacketsOut, Some(2), None)])] };
        assert!(lower.fires(&silent) && !lower.fires(&Observed { tcp: false, ..silent }));
    }
}
