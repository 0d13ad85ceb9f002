//! The article's own: packets of either side, their ratio and its range.

use botany_catalog::pcr::{Mode, range_sql, ratio_sql};

use super::{Expression, Feature};

pub const FEATURES: &[Feature] = &[
    Feature::number(
        "packets_in",
        "packets",
        "packets from the server to the client",
        "flow.packets_in",
    ),
    Feature::number(
        "packets_out",
        "packets",
        "packets from the client to the server",
        "flow.packets_out",
    ),
    Feature::number(
        "packets_total",
        "packets",
        "packets of both sides; the article calls it packet_total",
        "CAST(flow.packets_in AS DOUBLE) + CAST(flow.packets_out AS DOUBLE)",
    ),
    Feature {
        expression: Expression::ByMode(ratio),
        ..Feature::number(
            "packet_ratio",
            "",
            "(out − in) / (out + in) of the packets, from −1 to 1; 0 for a flow without packets",
            "",
        )
    },
    Feature {
        expression: Expression::ByMode(range),
        ..Feature::category(
            "packet_pcr_range",
            "the article's range of that ratio, from Pure Push to Pure Pull; Empty for a flow without packets",
            "",
        )
    },
];

fn ratio(mode: Mode) -> String {
    let ratio = ratio_sql("flow.packets_in", "flow.packets_out");
    match mode {
        Mode::Closed => format!("coalesce({ratio}, 0)"),
        Mode::Article => ratio,
    }
}

fn range(mode: Mode) -> String {
    range_sql("flow.packets_in", "flow.packets_out", mode)
}
