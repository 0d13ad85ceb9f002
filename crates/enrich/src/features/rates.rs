//! How fast, and how large a packet. A flow shorter than a millisecond counts as one millisecond long; a
//! side that sent no packet has packets of 0 bytes.

use super::time::seconds;
use super::{Expression, Feature};

pub const FEATURES: &[Feature] = &[
    Feature {
        expression: Expression::ByMode(|_| per_second("packets")),
        ..Feature::number(
            "packets_per_second",
            "packets/s",
            "packets of both sides over the duration",
            "",
        )
    },
    Feature {
        expression: Expression::ByMode(|_| per_second("bytes")),
        ..Feature::number(
            "bytes_per_second",
            "bytes/s",
            "bytes of both sides over the duration",
            "",
        )
    },
    Feature::number(
        "bytes_per_packet_in",
        "bytes",
        "mean packet of the server",
        "coalesce(CAST(flow.bytes_in AS DOUBLE) / nullif(CAST(flow.packets_in AS DOUBLE), 0), 0)",
    ),
    Feature::number(
        "bytes_per_packet_out",
        "bytes",
        "mean packet of the client",
        "coalesce(CAST(flow.bytes_out AS DOUBLE) / nullif(CAST(flow.packets_out AS DOUBLE), 0), 0)",
    ),
];

fn per_second(what: &str) -> String {
    format!(
        "(CAST(flow.{what}_in AS DOUBLE) + CAST(flow.{what}_out AS DOUBLE)) / greatest({}, 0.001)",
        seconds()
    )
}
