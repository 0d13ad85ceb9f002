"""DuckDB's JSON reader with typed columns, as its documentation advises where the schema is known."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import duckdb

COLUMNS = """{
    event_type: 'VARCHAR', flow_id: 'UBIGINT', src_ip: 'VARCHAR', src_port: 'USMALLINT',
    dest_ip: 'VARCHAR', dest_port: 'USMALLINT', proto: 'VARCHAR', app_proto: 'VARCHAR',
    flow: 'STRUCT(pkts_toserver UBIGINT, pkts_toclient UBIGINT, bytes_toserver UBIGINT,
        bytes_toclient UBIGINT, "start" TIMESTAMPTZ, "end" TIMESTAMPTZ, age UBIGINT, state VARCHAR,
        reason VARCHAR)',
    tcp: 'STRUCT(tcp_flags_ts VARCHAR, tcp_flags_tc VARCHAR)'
}"""

database = duckdb.connect(config={"threads": asked.threads})
database.execute("SET preserve_insertion_order = false")
with peer.Clock() as clock:
    database.execute(
        f"""CREATE TABLE flows AS
        SELECT flow."start" AS event_time, flow."end" AS end_time, flow_id, src_ip, src_port, dest_ip,
            dest_port, proto, app_proto, flow.pkts_toclient AS packets_in,
            flow.pkts_toserver AS packets_out, flow.bytes_toclient AS bytes_in,
            flow.bytes_toserver AS bytes_out, flow.age AS age, flow.state AS state,
            flow.reason AS reason, tcp.tcp_flags_ts AS tcp_flags_ts, tcp.tcp_flags_tc AS tcp_flags_tc
        FROM read_json($path, format = 'newline_delimited', columns = {COLUMNS})
        WHERE event_type = 'flow' AND dest_port = 22""",
        {"path": asked.input},
    )
sums = database.execute(
    """SELECT count(*) AS flows, sum(packets_in) AS packets_in, sum(packets_out) AS packets_out,
        sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out, count(DISTINCT src_ip) AS sources,
        sum(src_port) AS src_ports
    FROM flows"""
).fetchone()
names = [column[0] for column in database.description]
peer.say(clock, dict(zip(names, map(int, sums))), "duckdb")
