//! Which members a column comes from: written down once more, from the format's documentation.

/// What a member holds and how its column shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Time,
    Text,
    Upper,
    Address,
    Number(u32),
    /// A number that is 0 where it is absent.
    Count,
    Flag,
    Hex,
    List(&'static str),
    Json,
    /// `host` where it is text, else `sensor_id`.
    Sensor,
}
use Kind::*;

/// A column, and the members it comes from: the first that is there.
pub type Spec = (&'static str, &'static [&'static str], Kind);

const COMMON: &[Spec] = &[
    ("sensor", &["host", "sensor_id"], Sensor),
    ("in_iface", &["in_iface"], Text),
    ("flow_id", &["flow_id"], Number(64)),
    ("community_id", &["community_id"], Text),
    ("vlan", &["vlan"], List(".")),
    ("src_ip", &["src_ip"], Address),
    ("src_port", &["src_port"], Number(16)),
    ("dest_ip", &["dest_ip"], Address),
    ("dest_port", &["dest_port"], Number(16)),
    ("proto", &["proto"], Upper),
];

const FLOW: &[Spec] = &[
    ("event_time", &["flow.start", "timestamp"], Time),
    ("end_time", &["flow.end"], Time),
    ("log_time", &["timestamp"], Time),
    ("icmp_type", &["icmp_type"], Number(8)),
    ("icmp_code", &["icmp_code"], Number(8)),
    ("response_icmp_type", &["response_icmp_type"], Number(8)),
    ("response_icmp_code", &["response_icmp_code"], Number(8)),
    ("spi", &["spi"], Number(32)),
    ("app_proto", &["app_proto"], Text),
    ("app_proto_ts", &["app_proto_ts"], Text),
    ("app_proto_tc", &["app_proto_tc"], Text),
    ("app_proto_orig", &["app_proto_orig"], Text),
    ("app_proto_expected", &["app_proto_expected"], Text),
    ("packets_in", &["flow.pkts_toclient"], Count),
    ("packets_out", &["flow.pkts_toserver"], Count),
    ("bytes_in", &["flow.bytes_toclient"], Count),
    ("bytes_out", &["flow.bytes_toserver"], Count),
    ("bypassed_packets_in", &["flow.bypassed.pkts_toclient"], Number(64)),
    ("bypassed_packets_out", &["flow.bypassed.pkts_toserver"], Number(64)),
    ("bypassed_bytes_in", &["flow.bypassed.bytes_toclient"], Number(64)),
    ("bypassed_bytes_out", &["flow.bypassed.bytes_toserver"], Number(64)),
    ("age", &["flow.age"], Number(64)),
    ("emergency", &["flow.emergency"], Flag),
    ("state", &["flow.state"], Text),
    ("bypass", &["flow.bypass"], Text),
    ("reason", &["flow.reason"], Text),
    ("alerted", &["flow.alerted"], Flag),
    ("wrong_thread", &["flow.wrong_thread"], Flag),
    ("action", &["flow.action"], Text),
    ("exception_policy", &["flow.exception_policy"], Json),
    ("tx_cnt", &["flow.tx_cnt"], Number(64)),
    ("elephant", &["flow.elephant"], Flag),
    ("elephant_direction", &["flow.elephant_direction"], List(",")),
    ("tcp_flags", &["tcp.tcp_flags"], Hex),
    ("tcp_flags_ts", &["tcp.tcp_flags_ts"], Hex),
    ("tcp_flags_tc", &["tcp.tcp_flags_tc"], Hex),
    ("tcp_state", &["tcp.state"], Text),
    ("ts_gap", &["tcp.ts_gap", "tcp.gap_ts"], Flag),
    ("tc_gap", &["tcp.tc_gap", "tcp.gap_tc"], Flag),
    ("ts_max_regions", &["tcp.ts_max_regions"], Number(32)),
    ("tc_max_regions", &["tcp.tc_max_regions"], Number(32)),
    ("ts_urgent_oob_data", &["tcp.ts_urgent_oob_data"], Number(32)),
    ("tc_urgent_oob_data", &["tcp.tc_urgent_oob_data"], Number(32)),
    ("parent_id", &["parent_id"], Number(64)),
    ("tenant_id", &["tenant_id"], Number(32)),
    ("pkt_src", &["pkt_src"], Text),
    ("ip_v", &["ip_v"], Number(8)),
];

const NETFLOW: &[Spec] = &[
    ("event_time", &["netflow.start", "timestamp"], Time),
    ("end_time", &["netflow.end"], Time),
    ("log_time", &["timestamp"], Time),
    ("icmp_type", &["icmp_type"], Number(8)),
    ("icmp_code", &["icmp_code"], Number(8)),
    ("app_proto", &["app_proto"], Text),
    ("packets", &["netflow.pkts"], Count),
    ("bytes", &["netflow.bytes"], Count),
    ("age", &["netflow.age"], Number(64)),
    ("min_ttl", &["netflow.min_ttl"], Number(8)),
    ("max_ttl", &["netflow.max_ttl"], Number(8)),
    ("tx_cnt", &["netflow.tx_cnt"], Number(64)),
    ("tcp_flags", &["tcp.tcp_flags"], Hex),
];

const ALERT: &[Spec] = &[
    ("event_time", &["timestamp"], Time),
    ("direction", &["direction"], Text),
    ("app_proto", &["app_proto"], Text),
    ("action", &["alert.action"], Text),
    ("gid", &["alert.gid"], Number(32)),
    ("signature_id", &["alert.signature_id"], Number(32)),
    ("rev", &["alert.rev"], Number(32)),
    ("signature", &["alert.signature"], Text),
    ("category", &["alert.category"], Text),
    ("severity", &["alert.severity"], Number(32)),
    ("metadata", &["alert.metadata"], Json),
    ("flow_src_ip", &["flow.src_ip"], Address),
    ("flow_dest_ip", &["flow.dest_ip"], Address),
    ("flow_src_port", &["flow.src_port"], Number(16)),
    ("flow_dest_port", &["flow.dest_port"], Number(16)),
    ("flow_start", &["flow.start"], Time),
    ("packets_in", &["flow.pkts_toclient"], Number(64)),
    ("packets_out", &["flow.pkts_toserver"], Number(64)),
    ("bytes_in", &["flow.bytes_toclient"], Number(64)),
    ("bytes_out", &["flow.bytes_toserver"], Number(64)),
    ("tx_id", &["tx_id"], Number(64)),
];

const SSH: &[Spec] = &[
    ("event_time", &["timestamp"], Time),
    ("client_proto", &["ssh.client.proto_version"], Text),
    ("client_software", &["ssh.client.software_version"], Text),
    ("client_hassh", &["ssh.client.hassh.hash"], Text),
    ("client_hassh_string", &["ssh.client.hassh.string"], Text),
    ("server_proto", &["ssh.server.proto_version"], Text),
    ("server_software", &["ssh.server.software_version"], Text),
    ("server_hassh", &["ssh.server.hassh.hash"], Text),
    ("server_hassh_string", &["ssh.server.hassh.string"], Text),
];

/// The types that are stored, and the columns of each; the first is its time.
pub const TYPES: [(&str, &[Spec]); 4] =
    [("flow", FLOW), ("netflow", NETFLOW), ("alert", ALERT), ("ssh", SSH)];

/// Objects that are read into, by type: where one is there, it must be an object.
pub const OBJECTS: [(&str, &[&str]); 4] = [
    ("flow", &["flow", "flow.bypassed", "tcp"]),
    ("netflow", &["netflow", "tcp"]),
    ("alert", &["alert", "flow"]),
    ("ssh", &["ssh", "ssh.client", "ssh.server", "ssh.client.hassh", "ssh.server.hassh"]),
];

/// All columns of a type.
pub fn of(specs: &'static [Spec]) -> impl Iterator<Item = &'static Spec> {
    specs.iter().chain(COMMON)
}
