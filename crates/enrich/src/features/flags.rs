//! The TCP flags either side sent, bit by bit and as a set. All eight bits: a flow that was reset says so.
//! A flow that is no TCP has none.

use super::Feature;

macro_rules! bit {
    ($name:literal, $side:literal, $flag:literal, $column:literal, $mask:literal) => {
        Feature::number(
            $name,
            "",
            concat!("1 if the ", $side, " sent ", $flag, ", else 0"),
            concat!("CASE WHEN (flow.", $column, " & ", $mask, ") <> 0 THEN 1 ELSE 0 END"),
        )
    };
}

pub const FEATURES: &[Feature] = &[
    bit!("ts_fin", "client", "FIN", "tcp_flags_ts", "1"),
    bit!("ts_syn", "client", "SYN", "tcp_flags_ts", "2"),
    bit!("ts_rst", "client", "RST", "tcp_flags_ts", "4"),
    bit!("ts_psh", "client", "PSH", "tcp_flags_ts", "8"),
    bit!("ts_ack", "client", "ACK", "tcp_flags_ts", "16"),
    bit!("ts_urg", "client", "URG", "tcp_flags_ts", "32"),
    bit!("ts_ece", "client", "ECE", "tcp_flags_ts", "64"),
    bit!("ts_cwr", "client", "CWR", "tcp_flags_ts", "128"),
    bit!("tc_fin", "server", "FIN", "tcp_flags_tc", "1"),
    bit!("tc_syn", "server", "SYN", "tcp_flags_tc", "2"),
    bit!("tc_rst", "server", "RST", "tcp_flags_tc", "4"),
    bit!("tc_psh", "server", "PSH", "tcp_flags_tc", "8"),
    bit!("tc_ack", "server", "ACK", "tcp_flags_tc", "16"),
    bit!("tc_urg", "server", "URG", "tcp_flags_tc", "32"),
    bit!("tc_ece", "server", "ECE", "tcp_flags_tc", "64"),
    bit!("tc_cwr", "server", "CWR", "tcp_flags_tc", "128"),
    Feature::category(
        "tcp_flags_ts",
        "the set of TCP flags the client sent, such as FIN-SYN-PSH-ACK; none where there are none",
        "coalesce(tcp_flag_names(flow.tcp_flags_ts), 'none')",
    ),
    Feature::category(
        "tcp_flags_tc",
        "the set of TCP flags the server sent; none where there are none",
        "coalesce(tcp_flag_names(flow.tcp_flags_tc), 'none')",
    ),
];

#[cfg(test)]
mod tests {
    use botany_catalog::tcp::FLAGS;

    use super::*;

    #[test]
    fn the_bits_are_the_catalogs() {
        for (side, column) in [("ts", "tcp_flags_ts"), ("tc", "tcp_flags_tc")] {
            for (flag, bit) in FLAGS {
                let name = format!("{side}_{}", flag.to_lowercase());
                let feature = FEATURES.iter().find(|f| f.name == name).unwrap();
                let sql = feature.sql(botany_catalog::pcr::Mode::Closed);
                assert!(sql.contains(&format!("(flow.{column} & {bit})")), "{name}: {sql}");
            }
        }
    }
}
