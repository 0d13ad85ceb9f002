//! One condition of a rule, and what it needs to be true at the end of a flow.

use std::fmt;

use botany_catalog::tcp;

use super::quantity::{Count, Observed, Question, Side};

/// How two numbers stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Relation {
    /// Whether it holds.
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Relation::Above => left > right,
            Relation::AtLeast => left >= right,
            Relation::Below => left < right,
            Relation::AtMost => left <= right,
        }
    }

    /// Whether `out × packets_out` stands so to `in × packets_in` in a flow.
    pub fn of_packets(self, out: u32, r#in: u32, flow: &Observed) -> bool {
        self.holds(
            u128::from(out) * u128::from(flow.packets_out),
            u128::from(r#in) * u128::from(flow.packets_in),
        )
    }

    /// As Suricata writes it.
    pub fn sign(self) -> &'static str {
        match self {
            Relation::Above => ">",
            Relation::AtLeast => ">=",
            Relation::Below => "<",
            Relation::AtMost => "<=",
        }
    }
}

/// Something that holds of a flow at its end, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// A count within bounds, both included; at least one of them is there.
    Within {
        /// What is counted.
        count: Count,
        /// The least.
        low: Option<u64>,
        /// The most.
        high: Option<u64>,
    },
    /// `out × packets_out` against `in × packets_in`.
    Ratio {
        /// Factor of the client's packets.
        out: u32,
        /// How they stand.
        relation: Relation,
        /// Factor of the server's packets.
        r#in: u32,
    },
    /// Whether a side ever sent a flag.
    Flag {
        /// The side.
        side: Side,
        /// The flag, one bit.
        bit: u8,
        /// Whether it did.
        seen: bool,
    },
}

impl Condition {
    /// The condition that the answer to `question` is more than `edge` (`above`) or not.
    pub fn from_cut(question: Question, edge: u64, above: bool) -> Condition {
        match question {
            Question::Count(count) => match above {
                true => Condition::Within { count, low: Some(edge.saturating_add(1)), high: None },
                false => Condition::Within { count, low: None, high: Some(edge) },
            },
            Question::Ratio(ratio) => {
                let relation = match (ratio.upper(), above) {
                    (upper, true) => upper,
                    (Relation::AtLeast, false) => Relation::Below,
                    (_, false) => Relation::AtMost,
                };
                Condition::Ratio { out: ratio.out, relation, r#in: ratio.r#in }
            }
            Question::Flag(side, bit) => Condition::Flag { side, bit, seen: above },
        }
    }

    /// Whether it holds of a flow as it ended.
    pub fn holds(&self, flow: &Observed) -> bool {
        match self {
            Condition::Within { count, low, high } => {
                let value = count.of(flow);
                low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high)
            }
            Condition::Ratio { out, relation, r#in } => relation.of_packets(*out, *r#in, flow),
            Condition::Flag { side, bit, seen } => (flow.flags(*side) & bit != 0) == *seen,
        }
    }

    /// Whether it may cease to hold while the flow goes on, so that it can be asked at the end only.
    pub fn needs_the_end(&self) -> bool {
        match self {
            Condition::Within { high, .. } => high.is_some(),
            Condition::Ratio { .. } => true,
            Condition::Flag { seen, .. } => !seen,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Within { count, low, high } => match (low, high) {
                (Some(low), Some(high)) if low == high => write!(f, "{} {low}", count.name()),
                (Some(low), Some(high)) => write!(f, "{} {low} to {high}", count.name()),
                (Some(low), None) => write!(f, "{} at least {low}", count.name()),
                (None, Some(high)) => write!(f, "{} at most {high}", count.name()),
                (None, None) => write!(f, "any {}", count.name()),
            },
            Condition::Ratio { out, relation, r#in } => {
                let factor = |n: u32| if n == 1 { String::new() } else { n.to_string() };
                write!(f, "{}out {} {}in", factor(*out), relation.sign(), factor(*r#in))
            }
            Condition::Flag { side, bit, seen } => {
                let side = if *side == Side::Client { "client" } else { "server" };
                let verb = if *seen { "sent" } else { "never sent" };
                write!(f, "{side} {verb} {}", tcp::names(*bit))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::quantity::Ratio;

    #[test]
    fn a_cut_and_its_other_side_part_all_flows() {
        let flows: Vec<Observed> = (0..6)
            .flat_map(|o| (0..9).map(move |i| (o, i)))
            .map(|(o, i)| Observed {
                packets_out: o,
                packets_in: i,
                flags_in: i as u8,
                ..Observed::default()
            })
            .collect();
        let mut questions =
            vec![Question::Count(Count::PacketsTotal), Question::Flag(Side::Server, 4)];
        questions.extend(Ratio::PCR.map(Question::Ratio));
        for question in questions {
            for flow in &flows {
                let edge = if matches!(question, Question::Count(_)) { 4 } else { 0 };
                let [above, below] =
                    [true, false].map(|side| Condition::from_cut(question, edge, side));
                assert_eq!(above.holds(flow), question.answer(flow) > edge, "{above}");
                assert_ne!(above.holds(flow), below.holds(flow), "{above} {below}");
            }
        }
    }

    #[test]
    fn what_only_grows_needs_no_end() {
        let at_least = Condition::from_cut(Question::Count(Count::Age), 9, true);
        assert!(!at_least.needs_the_end());
        assert_eq!(at_least.to_string(), "age at least 10");
        assert!(Condition::from_cut(Question::Count(Count::Age), 9, false).needs_the_end());
        assert!(Condition::from_cut(Question::Ratio(Ratio::PCR[0]), 0, true).needs_the_end());
        assert!(!Condition::Flag { side: Side::Client, bit: 4, seen: true }.needs_the_end());
    }
}
