"""Polars' lazy JSON reader with its schema and the streaming engine; stamps parsed after the filter."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import polars as pl

from polars_flows import SCHEMA, answer, taken

with peer.Clock() as clock:
    flows = taken(pl.scan_ndjson(asked.input, schema=SCHEMA))
peer.say(clock, answer(flows), "polars")
