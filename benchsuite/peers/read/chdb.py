"""ClickHouse by hand: whole lines, those that hold both members, and only these parsed."""

import json
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import chdb.session

FORM = """Tuple(event_type String, flow_id UInt64, src_ip String, src_port UInt16, dest_ip String,
    dest_port UInt16, proto String, app_proto String,
    flow Tuple(pkts_toserver UInt64, pkts_toclient UInt64, bytes_toserver UInt64,
        bytes_toclient UInt64, start String, end String, age UInt64, state String, reason String),
    tcp Tuple(tcp_flags_ts String, tcp_flags_tc String))"""

server = chdb.session.Session()
server.query(f"SET max_threads = {asked.threads}")
with peer.Clock() as clock:
    server.query(
        f"""CREATE TABLE flows ENGINE = Memory AS
        WITH JSONExtract(line, '{FORM}') AS event
        SELECT parseDateTime64BestEffort(event.flow.start, 6, 'UTC') AS event_time,
            parseDateTime64BestEffort(event.flow.end, 6, 'UTC') AS end_time,
            event.flow_id AS flow_id, event.src_ip AS src_ip, event.src_port AS src_port,
            event.dest_ip AS dest_ip, event.dest_port AS dest_port, event.proto AS proto,
            event.app_proto AS app_proto, event.flow.pkts_toclient AS packets_in,
            event.flow.pkts_toserver AS packets_out, event.flow.bytes_toclient AS bytes_in,
            event.flow.bytes_toserver AS bytes_out, event.flow.age AS age, event.flow.state AS state,
            event.flow.reason AS reason, event.tcp.tcp_flags_ts AS tcp_flags_ts,
            event.tcp.tcp_flags_tc AS tcp_flags_tc
        FROM file('{asked.input}', LineAsString)
        WHERE position(line, '"event_type":"flow"') > 0 AND position(line, '"dest_port":22,') > 0
            AND event.event_type = 'flow' AND event.dest_port = 22"""
    )
sums = server.query(
    """SELECT count() AS flows, sum(packets_in) AS packets_in, sum(packets_out) AS packets_out,
        sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out, uniqExact(src_ip) AS sources,
        sum(src_port) AS src_ports
    FROM flows""",
    "JSONEachRow",
)
answer = {name: int(value) for name, value in json.loads(sums.bytes()).items()}
peer.say(clock, answer, "chdb")
