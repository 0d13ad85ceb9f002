"""Polars by hand: whole lines, those that hold both members, and only these parsed."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import polars as pl

from polars_flows import SCHEMA, answer, taken

line = pl.col("line")
hopeful = line.str.contains('"event_type":"flow"', literal=True)
hopeful &= line.str.contains('"dest_port":22,', literal=True)

with peer.Clock() as clock:
    events = pl.scan_lines(asked.input, name="line").filter(hopeful)
    events = events.select(line.str.json_decode(pl.Struct(SCHEMA)).alias("event")).unnest("event")
    flows = taken(events)
peer.say(clock, answer(flows), "polars")
