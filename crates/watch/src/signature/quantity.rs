//! What a rule may ask of a flow: whole numbers, nothing else.

use botany_catalog::tcp;

use super::condition::Relation;

/// A side of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Who began it: Suricata's `toserver` packets.
    Client,
    /// Who answered: `toclient`.
    Server,
}

/// A flow as it was when it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Observed {
    /// Packets of the client.
    pub packets_out: u64,
    /// Packets of the server.
    pub packets_in: u64,
    /// Bytes of the client, link-layer header included.
    pub bytes_out: u64,
    /// Bytes of the server.
    pub bytes_in: u64,
    /// Difference of the truncated start and end seconds.
    pub age: u64,
    /// Bits of the TCP flags the client sent.
    pub flags_out: u8,
    /// Bits of the TCP flags the server sent.
    pub flags_in: u8,
    /// Whether it is TCP at all.
    pub tcp: bool,
}

impl Observed {
    /// Whether a rule can know that it ended: a reset from either side, or a FIN from both.
    ///
    /// A flow that falls silent ends by a timeout, and no packet says so.
    pub fn ends(&self) -> bool {
        const FIN: u8 = 0x01;
        const RST: u8 = 0x04;
        self.tcp
            && ((self.flags_out | self.flags_in) & RST != 0
                || self.flags_out & self.flags_in & FIN != 0)
    }

    /// The flags of one side.
    pub fn flags(&self, side: Side) -> u8 {
        match side {
            Side::Client => self.flags_out,
            Side::Server => self.flags_in,
        }
    }
}

/// A number that only grows while a flow lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Count {
    /// Packets of the client.
    PacketsOut,
    /// Packets of the server.
    PacketsIn,
    /// Packets of both.
    PacketsTotal,
    /// Bytes of the client.
    BytesOut,
    /// Bytes of the server.
    BytesIn,
    /// Seconds.
    Age,
}

impl Count {
    /// All of them.
    pub const ALL: [Count; 6] = [
        Count::PacketsOut,
        Count::PacketsIn,
        Count::PacketsTotal,
        Count::BytesOut,
        Count::BytesIn,
        Count::Age,
    ];

    /// The column's name.
    pub fn name(self) -> &'static str {
        match self {
            Count::PacketsOut => "packets_out",
            Count::PacketsIn => "packets_in",
            Count::PacketsTotal => "packets_total",
            Count::BytesOut => "bytes_out",
            Count::BytesIn => "bytes_in",
            Count::Age => "age",
        }
    }

    /// Its value in a flow.
    pub fn of(self, flow: &Observed) -> u64 {
        match self {
            Count::PacketsOut => flow.packets_out,
            Count::PacketsIn => flow.packets_in,
            Count::PacketsTotal => flow.packets_out.saturating_add(flow.packets_in),
            Count::BytesOut => flow.bytes_out,
            Count::BytesIn => flow.bytes_in,
            Count::Age => flow.age,
        }
    }
}

/// A cut between packets of the client and packets of the server: `out × packets_out` against `in × packets_in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ratio {
    /// What the client's packets are multiplied by.
    pub out: u32,
    /// What the server's packets are multiplied by.
    pub r#in: u32,
    /// Whether equality belongs to the upper side.
    pub or_equal: bool,
}

impl Ratio {
    /// The edges of the article's PCR ranges (see `botany_catalog::pcr`): `3o > 7i`, `o > i`, `o >= i`, `3o >= i`.
    pub const PCR: [Ratio; 4] = [
        Ratio { out: 3, r#in: 7, or_equal: false },
        Ratio { out: 1, r#in: 1, or_equal: false },
        Ratio { out: 1, r#in: 1, or_equal: true },
        Ratio { out: 3, r#in: 1, or_equal: true },
    ];

    /// Whether the flow is on the upper side.
    pub fn above(&self, flow: &Observed) -> bool {
        self.upper().of_packets(self.out, self.r#in, flow)
    }

    /// How packets stand to each other on the upper side.
    pub fn upper(&self) -> Relation {
        if self.or_equal { Relation::AtLeast } else { Relation::Above }
    }
}

/// Something a list may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// How many?
    Count(Count),
    /// Which side of the cut?
    Ratio(Ratio),
    /// Did this side ever send this flag (one bit)?
    Flag(Side, u8),
}

impl Question {
    /// The answer as a number: a count, or 1 for yes and 0 for no.
    pub fn answer(&self, flow: &Observed) -> u64 {
        match self {
            Question::Count(count) => count.of(flow),
            Question::Ratio(ratio) => u64::from(ratio.above(flow)),
            Question::Flag(side, bit) => u64::from(flow.flags(*side) & bit != 0),
        }
    }

    /// A short name, once among all questions.
    pub fn name(&self) -> String {
        match self {
            Question::Count(count) => count.name().to_owned(),
            Question::Ratio(r) => {
                format!("{}o{}{}i", r.out, if r.or_equal { ">=" } else { ">" }, r.r#in)
            }
            Question::Flag(side, bit) => {
                let side = if *side == Side::Client { "ts" } else { "tc" };
                format!("{side}_{}", tcp::names(*bit).to_lowercase())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use botany_catalog::pcr::{Mode, range};

    use super::*;

    #[test]
    fn the_cuts_are_the_edges_of_the_ranges() {
        for o in 1..60 {
            for i in 0..60 {
                let flow = Observed { packets_out: o, packets_in: i, ..Observed::default() };
                let [push, more, as_many, third] = Ratio::PCR.map(|cut| cut.above(&flow));
                let named = match (push, more, as_many, third) {
                    (true, ..) => "Pure Push",
                    (_, true, ..) => "70:30 Export",
                    (_, _, true, _) => "Balanced Exchange",
                    (.., true) => "3:1 Import",
                    _ => "Pure Pull",
                };
                assert_eq!(range(i, o, Mode::Closed), Some(named), "{o} {i}");
            }
        }
    }

    #[test]
    fn only_a_reset_or_two_fins_are_an_end() {
        let flow = |out, r#in| Observed {
            flags_out: out,
            flags_in: r#in,
            tcp: true,
            ..Observed::default()
        };
        assert!(flow(0x1b, 0x1b).ends() && flow(0x02, 0x14).ends() && flow(0x06, 0x12).ends());
        assert!(!flow(0x1b, 0x1a).ends() && !flow(0x02, 0x00).ends());
        assert!(!Observed { tcp: false, ..flow(0x1b, 0x1b) }.ends());
    }
}
