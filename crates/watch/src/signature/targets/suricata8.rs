//! Suricata 8: packets and bytes of either side have keywords. What sets one side against the other has not, so it is
//! counted as on 7, and so are the packets of both together.

use super::Target;
use crate::signature::quantity::{Count, Side};
use crate::signature::rule::Clause;

/// The first version with `flow.pkts` and `flow.bytes`.
pub struct Suricata8;

impl Target for Suricata8 {
    fn version(&self) -> &'static str {
        "8"
    }

    fn requires(&self) -> &'static str {
        "version >= 8"
    }

    fn keyword(&self, count: Count, low: Option<u64>, high: Option<u64>) -> Option<Clause> {
        Some(match count {
            Count::PacketsOut => Clause::Packets(Side::Client, low, high),
            Count::PacketsIn => Clause::Packets(Side::Server, low, high),
            Count::BytesOut => Clause::Bytes(Side::Client, low, high),
            Count::BytesIn => Clause::Bytes(Side::Server, low, high),
            Count::Age => Clause::Age(low, high),
            Count::PacketsTotal => return None,
        })
    }
}
