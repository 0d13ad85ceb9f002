//! How long a flow lasted.

use super::{Expression, Feature};
use crate::profiles::DURATION_US;

pub const FEATURES: &[Feature] = &[
    Feature {
        expression: Expression::ByMode(|_| seconds()),
        ..Feature::number(
            "duration",
            "s",
            "from first to last packet, to the microsecond; the age where the end is not known",
            "",
        )
    },
    Feature::number(
        "age",
        "s",
        "Suricata's own: difference of the truncated start and end seconds; 0 where absent",
        "coalesce(flow.age, 0)",
    ),
];

/// Duration in seconds, as SQL.
pub fn seconds() -> String {
    format!("CAST({DURATION_US} AS DOUBLE) / 1000000")
}
