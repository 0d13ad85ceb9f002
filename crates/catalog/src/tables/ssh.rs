//! one SSH handshake: the banners and key-exchange fingerprints of both sides
use super::{FILE, LINE};
use crate::{Column, Kind, Table};

/// one SSH handshake: the banners and key-exchange fingerprints of both sides
pub static SSH: Table = Table {
    name: "ssh",
    doc: "one SSH handshake: the banners and key-exchange fingerprints of both sides",
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
        Column::optional("client_proto", Kind::Text, "", "SSH protocol version of the client"),
        Column::optional("client_software", Kind::Text, "", "software the client's banner names"),
        Column::optional(
            "client_hassh",
            Kind::Text,
            "",
            "HASSH of the client, MD5 in lower-case hex",
        ),
        Column::optional(
            "client_hassh_string",
            Kind::Text,
            "",
            "algorithms the HASSH was made from",
        ),
        Column::optional("server_proto", Kind::Text, "", "SSH protocol version of the server"),
        Column::optional("server_software", Kind::Text, "", "software the server's banner names"),
        Column::optional("server_hassh", Kind::Text, "", "HASSH of the server"),
        Column::optional(
            "server_hassh_string",
            Kind::Text,
            "",
            "algorithms the server's HASSH was made from",
        ),
        FILE,
        LINE,
    ],
};
