//! What is measured in a window.
//!
//! Counts and sums are whole numbers, so a mean does not depend on the order in which the engine adds;
//! quantiles are exact.

use super::Grain;

/// Which log a measure is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The flows of the window.
    Flow,
    /// The log-ins of the window.
    Login,
    /// The SSH handshakes of the window.
    Banner,
}

/// One column of a profile.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// The column; the feature is `profile_` and this.
    pub name: &'static str,
    /// The unit, or an empty string where there is none.
    pub unit: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// The aggregate over the flows (log-ins, handshakes) of one window.
    pub sql: &'static str,
    /// The log it is taken from.
    pub part: Part,
    /// `Address` where both views have it, `Block` where only the block's has.
    pub grain: Grain,
    /// Whether it is made of what the label is made of.
    pub encodes_label: bool,
}

const fn flow(
    name: &'static str,
    unit: &'static str,
    doc: &'static str,
    sql: &'static str,
) -> Measure {
    Measure { name, unit, doc, sql, part: Part::Flow, grain: Grain::Address, encodes_label: false }
}

const fn login(name: &'static str, doc: &'static str, sql: &'static str) -> Measure {
    Measure {
        name,
        unit: "",
        doc,
        sql,
        part: Part::Login,
        grain: Grain::Address,
        encodes_label: true,
    }
}

macro_rules! quantile {
    ($at:literal, $of:literal) => {
        concat!("percentile_cont(", $at, ") WITHIN GROUP (ORDER BY ", $of, ")")
    };
}

macro_rules! share {
    ($of:literal) => {
        concat!("CAST(sum(CASE WHEN ", $of, " THEN 1 ELSE 0 END) AS DOUBLE) / count(*)")
    };
}

macro_rules! tally {
    ($of:literal) => {
        concat!("sum(CASE WHEN ", $of, " THEN 1 ELSE 0 END)")
    };
}

macro_rules! mean {
    ($of:literal) => {
        concat!("CAST(sum(", $of, ") AS DOUBLE) / count(*)")
    };
}

/// Every column of a profile after its keys, in order.
#[rustfmt::skip]
pub const MEASURES: &[Measure] = &[
    flow("flows", "", "flows begun", "count(*)"),
    Measure { name: "addresses", unit: "", doc: "distinct source addresses of the block", sql: "count_addresses(src_ip)", part: Part::Flow, grain: Grain::Block, encodes_label: false },
    flow("dest_ports", "", "distinct destination ports", "count(DISTINCT dest_port)"),
    flow("src_ports", "", "distinct source ports; a raw-socket scanner may use one for all its probes", "count(DISTINCT src_port)"),
    flow("peers", "", "distinct destination addresses", "count_addresses(dest_ip)"),
    flow("port_22_share", "", "share of flows to port 22", share!("dest_port = 22")),
    flow("port_23_share", "", "share of flows to port 23", share!("dest_port = 23")),
    flow("port_2323_share", "", "share of flows to port 2323; Mirai's scanner draws 23 and 2323 as 9 to 1", share!("dest_port = 2323")),
    flow("flag_sets_ts", "", "distinct sets of TCP flags the client sent", "count(DISTINCT tcp_flags_ts)"),
    flow("flag_sets_tc", "", "distinct sets of TCP flags the server sent", "count(DISTINCT tcp_flags_tc)"),
    flow("syn_only", "", "flows of a SYN that nobody answered", tally!("tcp_flags_ts = 2 AND tcp_flags_tc = 0")),
    flow("reset_answered", "", "flows whose SYN was answered by a reset: a closed port", tally!("(tcp_flags_ts & 2) <> 0 AND (tcp_flags_tc & 4) <> 0 AND (tcp_flags_tc & 2) = 0")),
    flow("established", "", "flows with a complete handshake: SYN and ACK of the server, ACK of the client", tally!("(tcp_flags_tc & 18) = 18 AND (tcp_flags_ts & 16) <> 0")),
    flow("packets_in", "packets", "packets from the servers", "sum(packets_in)"),
    flow("packets_out", "packets", "packets to the servers", "sum(packets_out)"),
    flow("bytes_in", "bytes", "bytes from the servers", "sum(bytes_in)"),
    flow("bytes_out", "bytes", "bytes to the servers", "sum(bytes_out)"),
    flow("packets_in_mean", "packets", "mean packets from the server of a flow", mean!("packets_in")),
    flow("packets_out_mean", "packets", "mean packets to the server of a flow", mean!("packets_out")),
    flow("bytes_in_mean", "bytes", "mean bytes from the server of a flow", mean!("bytes_in")),
    flow("bytes_out_mean", "bytes", "mean bytes to the server of a flow", mean!("bytes_out")),
    flow("packets_total_p10", "packets", "packets of a flow, 10th percentile", quantile!("0.1", "packets_total")),
    flow("packets_total_median", "packets", "packets of a flow, median", quantile!("0.5", "packets_total")),
    flow("packets_total_p90", "packets", "packets of a flow, 90th percentile", quantile!("0.9", "packets_total")),
    flow("bytes_total_p10", "bytes", "bytes of a flow, 10th percentile", quantile!("0.1", "bytes_total")),
    flow("bytes_total_median", "bytes", "bytes of a flow, median", quantile!("0.5", "bytes_total")),
    flow("bytes_total_p90", "bytes", "bytes of a flow, 90th percentile", quantile!("0.9", "bytes_total")),
    flow("packet_ratio_p10", "", "packet ratio of a flow, 10th percentile; a flow without packets counts as 0", quantile!("0.1", "packet_ratio")),
    flow("packet_ratio_median", "", "packet ratio of a flow, median", quantile!("0.5", "packet_ratio")),
    flow("packet_ratio_p90", "", "packet ratio of a flow, 90th percentile", quantile!("0.9", "packet_ratio")),
    flow("pure_push_share", "", "share of flows in PCR range Pure Push", share!("packet_pcr_range = 'Pure Push'")),
    flow("export_share", "", "share of flows in PCR range 70:30 Export", share!("packet_pcr_range = '70:30 Export'")),
    flow("balanced_share", "", "share of flows in PCR range Balanced Exchange", share!("packet_pcr_range = 'Balanced Exchange'")),
    flow("import_share", "", "share of flows in PCR range 3:1 Import", share!("packet_pcr_range = '3:1 Import'")),
    flow("pure_pull_share", "", "share of flows in PCR range Pure Pull, by the closed rule", share!("packet_pcr_range = 'Pure Pull'")),
    flow("empty_share", "", "share of flows without packets", share!("packet_pcr_range = 'Empty'")),
    flow("inter_arrival_mean", "s", "mean time from one flow's start to the next; the window's length where there is one flow", "coalesce(CAST(sum(gap_ms) AS DOUBLE) / count(gap_ms) / 1000, window_seconds)"),
    flow("inter_arrival_std", "s", "standard deviation of that time, to the millisecond; 0 where there is one flow", "coalesce(sqrt(greatest(CAST(sum(gap_ms * gap_ms) AS DOUBLE) / count(gap_ms) - power(CAST(sum(gap_ms) AS DOUBLE) / count(gap_ms), 2), 0)) / 1000, 0)"),
    flow("inter_arrival_median", "s", "median of that time; the window's length where there is one flow", "coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(gap_ms AS DOUBLE)) / 1000, window_seconds)"),
    flow("inter_arrival_min", "s", "shortest of that time; the window's length where there is one flow", "coalesce(CAST(min(gap_ms) AS DOUBLE) / 1000, window_seconds)"),
    flow("duration_mean", "s", "mean duration of a flow", "CAST(sum(duration_us) AS DOUBLE) / count(*) / 1000000"),
    flow("duration_median", "s", "median duration of a flow", "percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(duration_us AS DOUBLE)) / 1000000"),
    flow("duration_max", "s", "longest duration of a flow", "CAST(max(duration_us) AS DOUBLE) / 1000000"),
    Measure { name: "ssh_software", unit: "", doc: "distinct SSH client banners", sql: "count(DISTINCT client_software)", part: Part::Banner, grain: Grain::Address, encodes_label: false },
    login("login_attempts", "log-in attempts; the label is made of these", "sum(attempts)"),
    login("login_failed", "failed log-in attempts; the label is made of these", "sum(CASE WHEN outcome = 'failed' THEN attempts ELSE 0 END)"),
    login("login_usernames", "distinct user names tried; the label is made of these", "count(DISTINCT username)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_one_name_and_a_sentence() {
        for (i, measure) in MEASURES.iter().enumerate() {
            assert!(!measure.doc.is_empty() && !measure.sql.is_empty(), "{}", measure.name);
            let twin = MEASURES[..i].iter().find(|m| m.name == measure.name);
            assert!(twin.is_none(), "{} stands twice", measure.name);
        }
    }

    #[test]
    fn what_is_made_of_logins_is_marked() {
        for measure in MEASURES {
            assert_eq!(measure.encodes_label, measure.part == Part::Login, "{}", measure.name);
        }
    }
}
