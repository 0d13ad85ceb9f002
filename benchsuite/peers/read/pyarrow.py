"""Arrow's JSON reader with its schema, block by block on all cores, then the filter."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

TIME = pa.timestamp("us", "UTC")
FLOW = pa.struct(
    {
        "pkts_toserver": pa.uint64(),
        "pkts_toclient": pa.uint64(),
        "bytes_toserver": pa.uint64(),
        "bytes_toclient": pa.uint64(),
        "start": TIME,
        "end": TIME,
        "age": pa.uint64(),
        "state": pa.string(),
        "reason": pa.string(),
    }
)
SCHEMA = pa.schema(
    {
        "event_type": pa.string(),
        "flow_id": pa.uint64(),
        "src_ip": pa.string(),
        "src_port": pa.uint16(),
        "dest_ip": pa.string(),
        "dest_port": pa.uint16(),
        "proto": pa.string(),
        "app_proto": pa.string(),
        "flow": FLOW,
        "tcp": pa.struct({"tcp_flags_ts": pa.string(), "tcp_flags_tc": pa.string()}),
    }
)

pa.set_cpu_count(asked.threads)
how = pyarrow.json.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="ignore")
with peer.Clock() as clock:
    events = pyarrow.json.read_json(asked.input, parse_options=how)
    flows = events.filter((pc.field("event_type") == "flow") & (pc.field("dest_port") == 22)).flatten()
    del events
answer = {"flows": len(flows), "sources": pc.count_distinct(flows["src_ip"]).as_py()}
sums = {
    "packets_in": "flow.pkts_toclient",
    "packets_out": "flow.pkts_toserver",
    "bytes_in": "flow.bytes_toclient",
    "bytes_out": "flow.bytes_toserver",
    "src_ports": "src_port",
}
answer |= {name: pc.sum(flows[column]).as_py() for name, column in sums.items()}
peer.say(clock, answer, "pyarrow")
