//! Suricata 7: packets are counted by rules of our own, seconds have a keyword, bytes have none.
//!
//! `stream_size` counts the payload of one side's stream by its sequence numbers; the bytes of a flow record are whole
//! frames with all headers, and no rule can turn one into the other. Bytes are therefore left out.

use super::Target;
use crate::signature::quantity::Count;
use crate::signature::rule::Clause;

/// The version of Debian's backports and of most sensors.
pub struct Suricata7;

impl Target for Suricata7 {
    fn version(&self) -> &'static str {
        "7"
    }

    fn requires(&self) -> &'static str {
        // The keyword itself came with 7.0.3. These rules run on 8 as well.
        "version >= 7.0.3"
    }

    fn keyword(&self, count: Count, low: Option<u64>, high: Option<u64>) -> Option<Clause> {
        (count == Count::Age).then_some(Clause::Age(low, high))
    }
}
