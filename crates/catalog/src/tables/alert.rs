//! one alert; source and destination are those of the packet that raised it
use super::{FILE, LINE};
use crate::{Column, Kind, Table};

/// one alert; source and destination are those of the packet that raised it
pub static ALERT: Table = Table {
    name: "alert",
    doc: "one alert; source and destination are those of the packet that raised it",
    columns: &[
        Column::required("event_time", Kind::Time, "us", "`timestamp`"),
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
        Column::optional("direction", Kind::Text, "", "to_server or to_client"),
        Column::optional("app_proto", Kind::Text, "", "application protocol as detected"),
        Column::optional("action", Kind::Text, "", "allowed or blocked"),
        Column::optional("gid", Kind::U32, "", "generator of the signature"),
        Column::optional("signature_id", Kind::U32, "", "SID of the signature"),
        Column::optional("rev", Kind::U32, "", "revision of the signature"),
        Column::optional("signature", Kind::Text, "", "message of the signature"),
        Column::optional("category", Kind::Text, "", "class of the signature"),
        Column::optional("severity", Kind::U32, "", "1 is the gravest"),
        Column::optional("metadata", Kind::Text, "", "`alert.metadata`, as the JSON it came in"),
        Column::optional(
            "flow_src_ip",
            Kind::Text,
            "",
            "the flow's initiator (Suricata 7 and later)",
        ),
        Column::optional(
            "flow_dest_ip",
            Kind::Text,
            "",
            "the flow's responder (Suricata 7 and later)",
        ),
        Column::optional("flow_src_port", Kind::U16, "", "the initiator's port"),
        Column::optional("flow_dest_port", Kind::U16, "", "the responder's port"),
        Column::optional("flow_start", Kind::Time, "us", "start of the flow"),
        Column::optional(
            "packets_in",
            Kind::U64,
            "packets",
            "`flow.pkts_toclient` when the alert was raised",
        ),
        Column::optional(
            "packets_out",
            Kind::U64,
            "packets",
            "`flow.pkts_toserver` when the alert was raised",
        ),
        Column::optional(
            "bytes_in",
            Kind::U64,
            "bytes",
            "`flow.bytes_toclient` when the alert was raised",
        ),
        Column::optional(
            "bytes_out",
            Kind::U64,
            "bytes",
            "`flow.bytes_toserver` when the alert was raised",
        ),
        Column::optional("tx_id", Kind::U64, "", "application transaction"),
        FILE,
        LINE,
    ],
};
