"""Polars' lazy JSON reader, the events once into memory, then a Parquet sink for each table, run together.

Sinks straight on the lazy reader read the log once each, which takes longer.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input", "out")
import polars as pl
from tables import TABLES, schema

# The reader knows the widest numbers only; stamps are parsed after the filter.
READ = {"bool": pl.Boolean, **dict.fromkeys(("u8", "u16", "u32", "u64", "count"), pl.Int64)}
NUMBERS = {"u8": pl.UInt8, "u16": pl.UInt16, "u32": pl.UInt32, "u64": pl.UInt64, "count": pl.UInt64}


def value(paths, kind):
    """The expression of a column."""
    members = []
    for first, *rest in paths:
        member = pl.col(first)
        for name in rest:
            member = member.struct.field(name)
        members.append(member)
    one = pl.coalesce(members) if len(members) > 1 else members[0]
    match kind:
        case "time":
            return one.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%z", time_unit="us")
        case "upper":
            return one.str.to_uppercase()
        case "hex":
            return one.str.to_integer(base=16, dtype=pl.UInt8)
        case "list":
            return one.str.replace_all('[\\[\\]" ]', "").str.replace_all(",", ".", literal=True)
        case "count":
            return one.fill_null(0).cast(pl.UInt64)
    return one.cast(NUMBERS[kind]) if kind in NUMBERS else one


known = schema(lambda _, kind: READ.get(kind, pl.String), pl.Struct)
out = Path(asked.out)
files = {table: out / f"{table}.parquet" for table in TABLES}
with peer.Clock() as clock:
    out.mkdir(parents=True, exist_ok=True)
    events = pl.scan_ndjson(asked.input, schema=known)
    events = events.filter(pl.col("event_type").is_in(list(TABLES))).collect(engine="streaming").lazy()
    sinks = []
    for table, columns in TABLES.items():
        rows = events.filter(pl.col("event_type") == table)
        rows = rows.select(value(paths, kind).alias(name) for name, paths, kind in columns)
        sinks.append(rows.sink_parquet(files[table], compression="zstd", compression_level=1, lazy=True))
    pl.collect_all(sinks, engine="streaming")
    peer.durable(*files.values())
peer.say(clock, peer.stored(out, TABLES), "polars")
