"""The columns Botany stores of an EVE event: name, members it is made of, the first that is there, kind.

Left out are the file and the line a row came from: none of the peers' readers counts lines.
"""

FRONT = """
    sensor host|sensor_id text
    in_iface in_iface text
    flow_id flow_id u64
    community_id community_id text
    vlan vlan list
    src_ip src_ip text
    src_port src_port u16
    dest_ip dest_ip text
    dest_port dest_port u16
    proto proto upper
"""
TEXTS = {
    "flow": f"""
        event_time flow.start|timestamp time
        end_time flow.end time
        log_time timestamp time
        {FRONT}
        icmp_type icmp_type u8
        icmp_code icmp_code u8
        response_icmp_type response_icmp_type u8
        response_icmp_code response_icmp_code u8
        spi spi u32
        app_proto app_proto text
        app_proto_ts app_proto_ts text
        app_proto_tc app_proto_tc text
        app_proto_orig app_proto_orig text
        app_proto_expected app_proto_expected text
        packets_in flow.pkts_toclient count
        packets_out flow.pkts_toserver count
        bytes_in flow.bytes_toclient count
        bytes_out flow.bytes_toserver count
        bypassed_packets_in flow.bypassed.pkts_toclient u64
        bypassed_packets_out flow.bypassed.pkts_toserver u64
        bypassed_bytes_in flow.bypassed.bytes_toclient u64
        bypassed_bytes_out flow.bypassed.bytes_toserver u64
        age flow.age u64
        emergency flow.emergency bool
        state flow.state text
        bypass flow.bypass text
        reason flow.reason text
        alerted flow.alerted bool
        wrong_thread flow.wrong_thread bool
        action flow.action text
        exception_policy flow.exception_policy json
        tx_cnt flow.tx_cnt u64
        elephant flow.elephant bool
        elephant_direction flow.elephant_direction list
        tcp_flags tcp.tcp_flags hex
        tcp_flags_ts tcp.tcp_flags_ts hex
        tcp_flags_tc tcp.tcp_flags_tc hex
        tcp_state tcp.state text
        ts_gap tcp.ts_gap|tcp.gap_ts bool
        tc_gap tcp.tc_gap|tcp.gap_tc bool
        ts_max_regions tcp.ts_max_regions u32
        tc_max_regions tcp.tc_max_regions u32
        ts_urgent_oob_data tcp.ts_urgent_oob_data u32
        tc_urgent_oob_data tcp.tc_urgent_oob_data u32
        parent_id parent_id u64
        tenant_id tenant_id u32
        pkt_src pkt_src text
        ip_v ip_v u8
    """,
    "netflow": f"""
        event_time netflow.start|timestamp time
        end_time netflow.end time
        log_time timestamp time
        {FRONT}
        icmp_type icmp_type u8
        icmp_code icmp_code u8
        app_proto app_proto text
        packets netflow.pkts count
        bytes netflow.bytes count
        age netflow.age u64
        min_ttl netflow.min_ttl u8
        max_ttl netflow.max_ttl u8
        tx_cnt netflow.tx_cnt u64
        tcp_flags tcp.tcp_flags hex
    """,
    "alert": f"""
        event_time timestamp time
        {FRONT}
        direction direction text
        app_proto app_proto text
        action alert.action text
        gid alert.gid u32
        signature_id alert.signature_id u32
        rev alert.rev u32
        signature alert.signature text
        category alert.category text
        severity alert.severity u32
        metadata alert.metadata json
        flow_src_ip flow.src_ip text
        flow_dest_ip flow.dest_ip text
        flow_src_port flow.src_port u16
        flow_dest_port flow.dest_port u16
        flow_start flow.start time
        packets_in flow.pkts_toclient u64
        packets_out flow.pkts_toserver u64
        bytes_in flow.bytes_toclient u64
        bytes_out flow.bytes_toserver u64
        tx_id tx_id u64
    """,
    "ssh": f"""
        event_time timestamp time
        {FRONT}
        client_proto ssh.client.proto_version text
        client_software ssh.client.software_version text
        client_hassh ssh.client.hassh.hash text
        client_hassh_string ssh.client.hassh.string text
        server_proto ssh.server.proto_version text
        server_software ssh.server.software_version text
        server_hassh ssh.server.hassh.hash text
        server_hassh_string ssh.server.hassh.string text
    """,
}


def column(line):
    name, members, kind = line.split()
    return name, [member.split(".") for member in members.split("|")], kind


# By table: (name, paths of members, kind). A `count` is a u64 that is 0 where the member is absent.
TABLES = {
    table: [column(line) for line in text.splitlines() if line.strip()] for table, text in TEXTS.items()
}


def schema(leaf, struct):
    """What a reader must know of an event: `leaf` makes a type of a path and a kind, `struct` of a dict."""
    tree = {"event_type": ("event_type", "text")}
    for columns in TABLES.values():
        for _, paths, kind in columns:
            for *parents, last in paths:
                node = tree
                for parent in parents:
                    node = node.setdefault(parent, {})
                node[last] = (".".join([*parents, last]), kind)

    def grown(node):
        return {
            name: struct(grown(below)) if isinstance(below, dict) else leaf(*below)
            for name, below in node.items()
        }

    return grown(tree)
