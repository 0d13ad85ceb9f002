//! one direction of a flow, as Suricata's `netflow` event gives it
use super::{FILE, LINE};
use crate::{Column, Kind, Table};

/// one direction of a flow, as Suricata's `netflow` event gives it
pub static NETFLOW: Table = Table {
    name: "netflow",
    doc: "one direction of a flow, as Suricata's `netflow` event gives it",
    columns: &[
        Column::required(
            "event_time",
            Kind::Time,
            "us",
            "`netflow.start`, or the log time where the event has no start",
        ),
        Column::optional("end_time", Kind::Time, "us", "`netflow.end`"),
        Column::optional("log_time", Kind::Time, "us", "`timestamp`: when the event was written"),
        Column::optional(
            "sensor",
            Kind::Text,
            "",
            "`host` or `sensor_id` of the event, whichever is there first",
        ),
        Column::optional("in_iface", Kind::Text, "", "interface the packet came in on"),
        Column::optional(
            "flow_id",
            Kind::U64,
            "",
            "Suricata's number of the flow; unique within one run of one sensor only",
        ),
        Column::optional(
            "community_id",
            Kind::Text,
            "",
            "Community ID v1, the same on every sensor that saw the flow",
        ),
        Column::optional("vlan", Kind::Text, "", "VLAN tags, outermost first, joined by dots"),
        Column::optional(
            "src_ip",
            Kind::Text,
            "",
            "source address in canonical text; an IPv4-mapped IPv6 address is its IPv4 address",
        ),
        Column::optional(
            "src_port",
            Kind::U16,
            "",
            "source port; null where the protocol has none",
        ),
        Column::optional("dest_ip", Kind::Text, "", "destination address in canonical text"),
        Column::optional(
            "dest_port",
            Kind::U16,
            "",
            "destination port; null where the protocol has none",
        ),
        Column::optional(
            "proto",
            Kind::Text,
            "",
            "transport protocol as Suricata names it, upper case",
        ),
        Column::optional("icmp_type", Kind::U8, "", "ICMP type"),
        Column::optional("icmp_code", Kind::U8, "", "ICMP code"),
        Column::optional("app_proto", Kind::Text, "", "application protocol as detected"),
        Column::required(
            "packets",
            Kind::U64,
            "packets",
            "`netflow.pkts`: packets from source to destination; 0 where absent",
        ),
        Column::required(
            "bytes",
            Kind::U64,
            "bytes",
            "`netflow.bytes`, link-layer header included; 0 where absent",
        ),
        Column::optional("age", Kind::U64, "s", "`netflow.age`"),
        Column::optional(
            "min_ttl",
            Kind::U8,
            "",
            "lowest time to live seen; null where the side sent nothing",
        ),
        Column::optional(
            "max_ttl",
            Kind::U8,
            "",
            "highest time to live seen; null where the side sent nothing",
        ),
        Column::optional("tx_cnt", Kind::U64, "", "number of application transactions"),
        Column::optional("tcp_flags", Kind::U8, "", "bits of the TCP flags this side sent"),
        FILE,
        LINE,
    ],
};
