"""pandas' JSON reader in chunks, the nested objects of the chosen rows made columns."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("input")
import pandas as pd

TOP = ["flow_id", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "app_proto"]
FLOW = {
    "start": "event_time",
    "end": "end_time",
    "pkts_toclient": "packets_in",
    "pkts_toserver": "packets_out",
    "bytes_toclient": "bytes_in",
    "bytes_toserver": "bytes_out",
    "age": "age",
    "state": "state",
    "reason": "reason",
}
TCP = ["tcp_flags_ts", "tcp_flags_tc"]


def chosen(events):
    rows = events[(events["event_type"] == "flow") & (events["dest_port"] == 22)]
    flow = pd.DataFrame(rows["flow"].tolist(), columns=list(FLOW), index=rows.index)
    tcp = pd.DataFrame(rows["tcp"].tolist(), columns=TCP, index=rows.index)
    return pd.concat([rows[TOP], flow.rename(columns=FLOW), tcp], axis=1)


with peer.Clock() as clock:
    with pd.read_json(asked.input, lines=True, chunksize=100_000, dtype=False) as chunks:
        flows = pd.concat(map(chosen, chunks), ignore_index=True)
    for name in ("event_time", "end_time"):
        flows[name] = pd.to_datetime(flows[name], format="%Y-%m-%dT%H:%M:%S.%f%z", utc=True)
    flows["src_port"] = flows["src_port"].astype("uint16")
    flows["dest_port"] = flows["dest_port"].astype("uint16")
answer = {"flows": len(flows), "sources": flows["src_ip"].nunique()}
for name in ("packets_in", "packets_out", "bytes_in", "bytes_out"):
    answer[name] = int(flows[name].sum())
answer["src_ports"] = int(flows["src_port"].sum())
peer.say(clock, answer, "pandas")
