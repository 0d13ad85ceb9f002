//! The mark the published Mirai leaves on its probes.

use super::names::LOCAL;
use super::quantity::Side;
use super::rule::{Clause, Ports, Rule, Toward};

/// Its SID: the first of the project's own block after the block's begin.
pub const SID: u32 = *LOCAL.start() + 1;

/// What it catches and what it does not.
pub const TRUTH: &str = "it catches the scanner, not the login: the published Mirai probes with raw SYNs whose sequence number is the \
destination address, and then logs in over an ordinary connection of another flow that does not carry the mark. IPv4 only. Variants \
may have dropped it. A random sequence number hits it once in 2^32 SYNs.";

/// SYN with sequence number = destination address, to any port. Source: `scanner.c` of the published Mirai (probes
/// are sent with `seq = daddr`); used to count its population by Antonakakis et al. (USENIX Security 2017).
///
/// The same text loads on Suricata 7 and 8.
pub fn rule() -> Rule {
    Rule {
        comment: vec![
            "The packet-level mark of Mirai's scanner: a SYN whose sequence number is its destination address.".to_owned(),
            format!("Its truth: {TRUTH}"),
            "One alert a probe: to hear of a source once an hour, put `threshold gen_id 1, sig_id 1000001, type limit, \
             track by_src, count 1, seconds 3600` into threshold.config."
                .to_owned(),
        ],
        toward: Toward::From(Side::Client),
        ports: Ports::default(),
        clauses: vec![
            Clause::Msg("Botany: Mirai scanner, TCP sequence number is the destination address".to_owned()),
            Clause::Flow(Side::Client),
            Clause::BareSyn,
            Clause::SeqIsDestination,
            Clause::Requires("version >= 7.0.3"),
            Clause::Metadata(vec![
                ("botany_mark", "mirai_syn".to_owned()),
                ("created_at", "2026_11_25".to_owned()),
            ]),
            Clause::Sid(SID),
            Clause::Rev(1),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_states_its_truth() {
        let text = rule().to_string();
        assert!(text.contains("catches the scanner, not the login") && text.contains("IPv4 only"));
        assert!(text.lines().last().unwrap().starts_with("alert tcp any any -> any any (msg:"));
        assert!(text.contains("sig_id 1000001") && text.contains("sid:1000001;"));
    }
}
