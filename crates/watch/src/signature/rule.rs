//! A rule as data. Writing it is the last step, and the only place that knows Suricata's punctuation.

use std::fmt;

use super::condition::Relation;
use super::quantity::Side;

/// The destination ports a rule looks at; none means every port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports(pub Vec<u16>);

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<String> = self.0.iter().map(u16::to_string).collect();
        match said.as_slice() {
            [] => f.write_str("any"),
            [one] => f.write_str(one),
            many => write!(f, "[{}]", many.join(",")),
        }
    }
}

/// Which packets of a flow a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// Those of this side.
    From(Side),
    /// Both.
    Either,
}

/// One option of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// What the alert says.
    Msg(String),
    /// `flow:to_server` or `flow:to_client`.
    Flow(Side),
    /// True of every packet that was on the wire, false of those the engine makes up itself (one a side when an SSH session
    /// turns to encryption, one a side when a stream times out).
    RealPacket,
    /// The packet carries these flags, and perhaps others.
    Flags(u8),
    /// The packet is a bare ACK; the ECN bits do not matter.
    BareAck,
    /// The packet is a bare SYN; the ECN bits do not matter.
    BareSyn,
    /// Adds to a counter of the flow.
    Add(String, u32),
    /// The counter was never set.
    Unset(String),
    /// Sets a counter.
    Assign(String, u32),
    /// A counter against a number.
    Compare(String, Relation, u64),
    /// A counter against another.
    Against(String, Relation, String),
    /// Age of the flow in seconds, bounds included.
    Age(Option<u64>, Option<u64>),
    /// Packets of a side, bounds included. Suricata 8.
    Packets(Side, Option<u64>, Option<u64>),
    /// Bytes of a side, bounds included. Suricata 8.
    Bytes(Side, Option<u64>, Option<u64>),
    /// Sets a mark on the flow.
    Mark(String),
    /// The mark is there.
    Marked(String),
    /// It is not.
    Unmarked(String),
    /// Raises no alert.
    Silent,
    /// The TCP sequence number is the IPv4 destination address.
    SeqIsDestination,
    /// Which version can load it.
    Requires(&'static str),
    /// What else is known of the rule.
    Metadata(Vec<(&'static str, String)>),
    /// Its number.
    Sid(u32),
    /// Its revision.
    Rev(u32),
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Lines above it, without the `#`.
    pub comment: Vec<String>,
    /// Which packets.
    pub toward: Toward,
    /// To (or from) which ports of the server.
    pub ports: Ports,
    /// The options, in order.
    pub clauses: Vec<Clause>,
}

impl Rule {
    /// Its SID, if it has one.
    pub fn sid(&self) -> Option<u32> {
        self.clauses.iter().find_map(|c| if let Clause::Sid(sid) = c { Some(*sid) } else { None })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.comment {
            writeln!(f, "# {line}")?;
        }
        let ports = &self.ports;
        match self.toward {
            Toward::From(Side::Server) => write!(f, "alert tcp any {ports} -> any any (")?,
            Toward::Either if !ports.0.is_empty() => {
                write!(f, "alert tcp any any <> any {ports} (")?
            }
            Toward::From(Side::Client) | Toward::Either => {
                write!(f, "alert tcp any any -> any {ports} (")?;
            }
        }
        let said: Vec<String> = self.clauses.iter().map(|clause| format!("{clause};")).collect();
        write!(f, "{})", said.join(" "))
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clause::Msg(text) => write!(f, "msg:\"{}\"", escaped(text)),
            Clause::Flow(Side::Client) => f.write_str("flow:to_server"),
            Clause::Flow(Side::Server) => f.write_str("flow:to_client"),
            // Any keyword about the header would do: none of them matches a made-up packet. Every packet that
            // reaches a sensor has a time to live (IPv6: a hop limit) above 0.
            Clause::RealPacket => f.write_str("ttl:>0"),
            Clause::Flags(bits) => write!(f, "flags:{}+", letters(*bits)),
            Clause::BareAck => f.write_str("flags:A,12"),
            Clause::BareSyn => f.write_str("flags:S,12"),
            Clause::Add(name, by) => write!(f, "flowint:{name},+,{by}"),
            Clause::Unset(name) => write!(f, "flowint:{name},notset"),
            Clause::Assign(name, to) => write!(f, "flowint:{name},=,{to}"),
            Clause::Compare(name, relation, than) => {
                write!(f, "flowint:{name},{},{than}", relation.sign())
            }
            Clause::Against(name, relation, other) => {
                write!(f, "flowint:{name},{},{other}", relation.sign())
            }
            Clause::Age(low, high) => {
                let said = ranges(*low, *high).into_iter().map(|r| format!("flow.age:{r}"));
                f.write_str(&said.collect::<Vec<_>>().join("; "))
            }
            Clause::Packets(side, low, high) => native(f, "pkts", *side, *low, *high),
            Clause::Bytes(side, low, high) => native(f, "bytes", *side, *low, *high),
            Clause::Mark(name) => write!(f, "flowbits:set,{name}"),
            Clause::Marked(name) => write!(f, "flowbits:isset,{name}"),
            Clause::Unmarked(name) => write!(f, "flowbits:isnotset,{name}"),
            Clause::Silent => f.write_str("noalert"),
            Clause::SeqIsDestination => f.write_str(
                "ipv4.hdr; byte_extract:4,16,destination; tcp.hdr; byte_test:4,=,destination,4",
            ),
            Clause::Requires(what) => write!(f, "requires:{what}"),
            Clause::Metadata(pairs) => {
                let said: Vec<String> = pairs.iter().map(|(k, v)| format!("{k} {v}")).collect();
                write!(f, "metadata:{}", said.join(", "))
            }
            Clause::Sid(sid) => write!(f, "sid:{sid}"),
            Clause::Rev(rev) => write!(f, "rev:{rev}"),
        }
    }
}

fn native(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    side: Side,
    low: Option<u64>,
    high: Option<u64>,
) -> fmt::Result {
    let side = if side == Side::Client { "toserver" } else { "toclient" };
    let said = ranges(low, high).into_iter().map(|r| format!("flow.{what}:{side},{r}"));
    f.write_str(&said.collect::<Vec<_>>().join("; "))
}

/// Bounds as Suricata's number keywords take them: one value, or `>` and `<`, which exclude. A lower bound of 0 says
/// nothing, and `>=0` is refused.
fn ranges(low: Option<u64>, high: Option<u64>) -> Vec<String> {
    match (low, high) {
        (Some(low), Some(high)) if low == high => vec![low.to_string()],
        (low, high) => {
            let low = low.filter(|low| *low > 0).map(|low| format!(">{}", low - 1));
            let high = high.map(|high| format!("<{}", high.saturating_add(1)));
            low.into_iter().chain(high).collect()
        }
    }
}

/// Suricata's letters of the flags.
fn letters(bits: u8) -> String {
    let all = [('F', 1), ('S', 2), ('R', 4), ('P', 8), ('A', 16), ('U', 32), ('E', 64), ('C', 128)];
    all.iter().filter(|(_, bit)| bits & bit != 0).map(|(letter, _)| *letter).collect()
}

/// Text within quotes: what ends it or an option is escaped, what would break the line is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | ';' | '\\' => safe.extend(['\\', c]),
            c if c.is_control() || !c.is_ascii() => safe.push('?'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_written_in_one_line_beneath_its_comment() {
        let rule = Rule {
            comment: vec!["what it is".to_owned()],
            toward: Toward::From(Side::Client),
            ports: Ports(vec![22, 2222]),
            clauses: vec![
                Clause::Msg("a; \"b\" \\ c\nd".to_owned()),
                Clause::Flags(1),
                Clause::Compare("x_o".to_owned(), Relation::AtMost, 7),
                Clause::Metadata(vec![
                    ("botany_model", "m".to_owned()),
                    ("created_at", "2026_01_02".to_owned()),
                ]),
                Clause::Sid(1_000_000),
            ],
        };
        assert_eq!(
            rule.to_string(),
            "# what it is\nalert tcp any any -> any [22,2222] (msg:\"a\\; \\\"b\\\" \\\\ c?d\"; flags:F+; \
             flowint:x_o,<=,7; metadata:botany_model m, created_at 2026_01_02; sid:1000000;)"
        );
        assert_eq!(rule.sid(), Some(1_000_000));
    }

    #[test]
    fn bounds_exclude_what_suricata_excludes() {
        assert_eq!(ranges(Some(4), Some(9)), [">3", "<10"]);
        assert_eq!(ranges(Some(0), Some(9)), ["<10"]);
        assert_eq!(ranges(Some(5), Some(5)), ["5"]);
        assert_eq!(Clause::Age(Some(2), None).to_string(), "flow.age:>1");
        assert_eq!(
            Clause::Packets(Side::Server, Some(4), Some(9)).to_string(),
            "flow.pkts:toclient,>3; flow.pkts:toclient,<10"
        );
        assert_eq!(Ports(vec![]).to_string(), "any");
    }
}
