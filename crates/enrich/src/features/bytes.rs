//! The byte twins of the article's features. The counters hold the link-layer header.

use botany_catalog::pcr::{Mode, range_sql, ratio_sql};

use super::{Expression, Feature};

pub const FEATURES: &[Feature] = &[
    Feature::number("bytes_in", "bytes", "bytes from the server to the client", "flow.bytes_in"),
    Feature::number("bytes_out", "bytes", "bytes from the client to the server", "flow.bytes_out"),
    Feature::number(
        "bytes_total",
        "bytes",
        "bytes of both sides",
        "CAST(flow.bytes_in AS DOUBLE) + CAST(flow.bytes_out AS DOUBLE)",
    ),
    Feature {
        expression: Expression::ByMode(ratio),
        ..Feature::number(
            "bytes_ratio",
            "",
            "(out − in) / (out + in) of the bytes, from −1 to 1; 0 for a flow without bytes",
            "",
        )
    },
    Feature {
        expression: Expression::ByMode(range),
        ..Feature::category(
            "bytes_pcr_range",
            "the range of that ratio, by the rule the article has for packets",
            "",
        )
    },
];

fn ratio(mode: Mode) -> String {
    let ratio = ratio_sql("flow.bytes_in", "flow.bytes_out");
    match mode {
        Mode::Closed => format!("coalesce({ratio}, 0)"),
        Mode::Article => ratio,
    }
}

fn range(mode: Mode) -> String {
    range_sql("flow.bytes_in", "flow.bytes_out", mode)
}
