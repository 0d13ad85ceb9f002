"""What polars' two ways of reading share: the schema, the columns taken, the answer."""

import polars as pl

SCHEMA = {
    "event_type": pl.String,
    "flow_id": pl.Int64,
    "src_ip": pl.String,
    "src_port": pl.Int64,
    "dest_ip": pl.String,
    "dest_port": pl.Int64,
    "proto": pl.String,
    "app_proto": pl.String,
    "flow": pl.Struct(
        {
            "pkts_toserver": pl.Int64,
            "pkts_toclient": pl.Int64,
            "bytes_toserver": pl.Int64,
            "bytes_toclient": pl.Int64,
            "start": pl.String,
            "end": pl.String,
            "age": pl.Int64,
            "state": pl.String,
            "reason": pl.String,
        }
    ),
    "tcp": pl.Struct({"tcp_flags_ts": pl.String, "tcp_flags_tc": pl.String}),
}
STAMP = "%Y-%m-%dT%H:%M:%S%.6f%z"

flow = pl.col("flow").struct
tcp = pl.col("tcp").struct
columns = [
    flow.field("start").str.to_datetime(STAMP, time_unit="us").alias("event_time"),
    flow.field("end").str.to_datetime(STAMP, time_unit="us").alias("end_time"),
    "flow_id",
    "src_ip",
    pl.col("src_port").cast(pl.UInt16),
    "dest_ip",
    pl.col("dest_port").cast(pl.UInt16),
    "proto",
    "app_proto",
    flow.field("pkts_toclient").alias("packets_in"),
    flow.field("pkts_toserver").alias("packets_out"),
    flow.field("bytes_toclient").alias("bytes_in"),
    flow.field("bytes_toserver").alias("bytes_out"),
    flow.field("age", "state", "reason"),
    tcp.field("tcp_flags_ts", "tcp_flags_tc"),
]
wanted = (pl.col("event_type") == "flow") & (pl.col("dest_port") == 22)


def taken(events):
    """The flows to port 22 of a lazy frame of events, in memory."""
    return events.filter(wanted).select(columns).collect(engine="streaming")


def answer(flows):
    """What is compared."""
    return flows.select(
        flows=pl.len(),
        packets_in=pl.col("packets_in").sum(),
        packets_out=pl.col("packets_out").sum(),
        bytes_in=pl.col("bytes_in").sum(),
        bytes_out=pl.col("bytes_out").sum(),
        sources=pl.col("src_ip").n_unique(),
        src_ports=pl.col("src_port").cast(pl.Int64).sum(),
    ).row(0, named=True)
