//! How a flow ended, in Suricata's words. `absent` stands where the sensor did not say.

use super::Feature;

pub const FEATURES: &[Feature] = &[
    Feature::category(
        "state",
        "new, established, closed or bypassed",
        "coalesce(flow.state, 'absent')",
    ),
    Feature::category(
        "reason",
        "why the flow ended: timeout, forced, shutdown, tcp_reuse, unknown",
        "coalesce(flow.reason, 'absent')",
    ),
    Feature::category(
        "tcp_state",
        "state of the TCP session at its end; absent for what is no TCP",
        "coalesce(flow.tcp_state, 'absent')",
    ),
    Feature::category(
        "app_proto",
        "application protocol as detected; failed and absent mean that none was",
        "coalesce(flow.app_proto, 'absent')",
    ),
];
