"""DuckDB by hand: whole lines, those that hold both members, and only these parsed."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import duckdb

from duckdb_flows import SELECT, answer

FORM = """{
    "event_type": "VARCHAR", "flow_id": "UBIGINT", "src_ip": "VARCHAR", "src_port": "USMALLINT",
    "dest_ip": "VARCHAR", "dest_port": "USMALLINT", "proto": "VARCHAR", "app_proto": "VARCHAR",
    "flow": {"pkts_toserver": "UBIGINT", "pkts_toclient": "UBIGINT", "bytes_toserver": "UBIGINT",
        "bytes_toclient": "UBIGINT", "start": "TIMESTAMPTZ", "end": "TIMESTAMPTZ", "age": "UBIGINT",
        "state": "VARCHAR", "reason": "VARCHAR"},
    "tcp": {"tcp_flags_ts": "VARCHAR", "tcp_flags_tc": "VARCHAR"}
}"""

database = duckdb.connect(config={"threads": asked.threads})
database.execute("SET preserve_insertion_order = false")
with peer.Clock() as clock:
    database.execute(
        f"""CREATE TABLE flows AS
        WITH event AS (
            SELECT json_transform(line, '{FORM}') AS event
            FROM read_csv($path, columns = {{line: 'VARCHAR'}}, header = false, auto_detect = false,
                delim = chr(1), quote = '', escape = '')
            WHERE contains(line, '"event_type":"flow"') AND contains(line, '"dest_port":22,')
        ), told AS (SELECT unnest(event) FROM event)
        {SELECT}
        FROM told WHERE event_type = 'flow' AND dest_port = 22""",
        {"path": asked.input},
    )
peer.say(clock, answer(database), "duckdb")
