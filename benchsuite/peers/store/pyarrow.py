"""Arrow's JSON reader with its schema, the events' table filtered for each table, Parquet by `write_table`.

Arrow cannot keep an object as the JSON it came in: `metadata` and `exception_policy` stay nested.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input", "out")
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
import pyarrow.parquet
from tables import TABLES, schema

METADATA = "affected_product attack_target created_at deployment signature_severity tag updated_at"
LISTS = {
    "vlan": pa.list_(pa.uint16()),
    "flow.elephant_direction": pa.list_(pa.string()),
    "flow.exception_policy": pa.list_(pa.struct({"target": pa.string(), "policy": pa.string()})),
    "alert.metadata": pa.struct({name: pa.list_(pa.string()) for name in METADATA.split()}),
}
TYPES = {
    "time": pa.timestamp("us", "UTC"),
    "bool": pa.bool_(),
    "u8": pa.uint8(),
    "u16": pa.uint16(),
    "u32": pa.uint32(),
    "u64": pa.uint64(),
    "count": pa.uint64(),
}
HEX = pa.array(f"{byte:02x}" for byte in range(256))


def value(events, paths, kind):
    """The column of the events."""
    members = [pc.struct_field(events[first], rest) if rest else events[first] for first, *rest in paths]
    one = pc.coalesce(*members) if len(members) > 1 else members[0]
    match kind:
        case "upper":
            return pc.utf8_upper(one)
        case "hex":
            return pc.index_in(one, value_set=HEX).cast(pa.uint8())
        case "list":
            return pc.binary_join(one.cast(pa.list_(pa.string())), ".")
        case "count":
            return pc.fill_null(one, 0)
    return one


pa.set_cpu_count(asked.threads)
known = pa.schema(schema(lambda path, kind: LISTS.get(path) or TYPES.get(kind, pa.string()), pa.struct))
how = pyarrow.json.ParseOptions(explicit_schema=known, unexpected_field_behavior="ignore")
out = Path(asked.out)
with peer.Clock() as clock:
    out.mkdir(parents=True, exist_ok=True)
    events = pyarrow.json.read_json(asked.input, parse_options=how)
    for table, columns in TABLES.items():
        rows = events.filter(pc.field("event_type") == table)
        made = pa.table({name: value(rows, paths, kind) for name, paths, kind in columns})
        pyarrow.parquet.write_table(made, out / f"{table}.parquet", compression="zstd", compression_level=1)
    peer.durable(*(out / f"{table}.parquet" for table in TABLES))
peer.say(clock, peer.stored(out, TABLES), "pyarrow")
