"""DuckDB's JSON reader with typed columns, as its documentation advises where the schema is known."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import duckdb

from duckdb_flows import SELECT, answer

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
        {SELECT}
        FROM read_json($path, format = 'newline_delimited', columns = {COLUMNS})
        WHERE event_type = 'flow' AND dest_port = 22""",
        {"path": asked.input},
    )
peer.say(clock, answer(database), "duckdb")
