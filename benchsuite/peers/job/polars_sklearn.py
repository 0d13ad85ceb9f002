"""The article's whole job: Polars from the logs to the features, scikit-learn from there."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("eve", "logins", "names", "seed", "out")
import polars as pl
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier

from learn import NUMBERS, RANGES, Learner

COUNTS = ("pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient")
SCHEMA = {
    "event_type": pl.String,
    "src_ip": pl.String,
    "src_port": pl.Int64,
    "dest_ip": pl.String,
    "dest_port": pl.Int64,
    "flow": pl.Struct({"start": pl.String, **dict.fromkeys(COUNTS, pl.Int64)}),
}
FAILED = r"Failed password for (?:invalid user )?(?<username>.*) from (?<src_ip>[^ ]+) port"

line = pl.col("line")
hopeful = line.str.contains('"event_type":"flow"', literal=True)
hopeful &= line.str.contains('"dest_port":22,', literal=True)
flow = pl.col("flow").struct
i, o = pl.col("packets_in").cast(pl.Float64), pl.col("packets_out").cast(pl.Float64)
# fmt: off
pcr_range = (
    pl.when((o == 0) & (i == 0)).then(pl.lit("Empty"))
    .when(o == 0).then(pl.lit("Pure Pull"))
    .when(3 * o > 7 * i).then(pl.lit("Pure Push"))
    .when(o > i).then(pl.lit("70:30 Export"))
    .when(o == i).then(pl.lit("Balanced Exchange"))
    .when(i <= 3 * o).then(pl.lit("3:1 Import"))
    .otherwise(pl.lit("Pure Pull"))
)
# fmt: on

with peer.Clock() as clock:
    events = pl.scan_lines(asked.eve, name="line").filter(hopeful)
    events = events.select(line.str.json_decode(pl.Struct(SCHEMA)).alias("event")).unnest("event")
    flows = (
        events.filter(pl.col("event_type") == "flow", pl.col("dest_port") == 22)
        .select(
            flow.field("start").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%z", time_unit="us").alias("event_time"),
            "src_ip",
            pl.col("src_port").cast(pl.UInt16),
            "dest_ip",
            flow.field("pkts_toclient").alias("packets_in"),
            flow.field("pkts_toserver").alias("packets_out"),
            flow.field("bytes_toclient").alias("bytes_in"),
            flow.field("bytes_toserver").alias("bytes_out"),
        )
        .collect(engine="streaming")
    )
    clock.stage("read")
    names = list(filter(None, Path(asked.names).read_text().split("\n")))
    tried = pl.scan_lines(asked.logins, name="line")
    tried = tried.filter(line.str.contains("Failed password for ", literal=True))
    tried = tried.select(line.str.extract_groups(FAILED).alias("tried")).unnest("tried")
    shown = tried.filter(pl.col("username").is_in(names)).group_by("src_ip")
    shown = shown.agg(pl.col("username").n_unique().alias("names")).filter(pl.col("names") >= 2)
    threat = shown.select("src_ip", is_mirai=pl.lit(1, pl.UInt8)).collect(engine="streaming")
    clock.stage("logins")
    member = (
        flows.lazy()
        .join(threat.lazy(), on="src_ip", how="left")
        .with_columns(
            pl.col("is_mirai").fill_null(0),
            day=pl.col("event_time").dt.truncate("1d"),
            packets_total=i + o,
            packet_ratio=pl.when(o + i > 0).then((o - i) / (o + i)).otherwise(0.0),
            pcr_range=pcr_range,
        )
    )
    doing = member.group_by("src_ip", "day").agg(
        pl.len().alias("day_flows"),
        pl.col("dest_ip").n_unique().alias("day_peers"),
        pl.col("packets_in", "packets_out", "bytes_in", "bytes_out").sum().name.prefix("day_"),
        (pl.col("pcr_range") == "Balanced Exchange").mean().alias("day_balanced"),
    )
    featured = member.join(doing, on=["src_ip", "day"], how="left").collect(engine="streaming")
    clock.stage("features")
    columns = {name: featured[name].cast(pl.Float64).to_numpy() for name in NUMBERS}
    ranges = featured["pcr_range"].cast(pl.Enum(RANGES)).to_physical().to_numpy()
    labels = featured["is_mirai"].to_numpy()
    learner = Learner(KMeans, RandomForestClassifier, int(asked.seed), asked.threads)
    answer = learner.fit(columns, ranges, labels, clock)
    cluster, distance, probability = learner.score(columns, ranges)
    clock.stage("score")
    columns = "event_time src_ip packets_in packets_out packet_ratio pcr_range is_mirai"
    scored = featured.select(columns.split()).with_columns(
        cluster=pl.Series(cluster), cluster_distance=pl.Series(distance), probability=pl.Series(probability)
    )
    scored.write_csv(asked.out)
    peer.durable(asked.out)
    clock.stage("write")
answer |= {"flows": len(labels), "labelled": int(labels.sum())}
peer.say(clock, answer, "polars", "scikit-learn", "numpy")
