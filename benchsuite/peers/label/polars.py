"""Polars over the stored Parquet: one lazy query from both tables to the labelled flows."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("flows", "logins", "names")
import polars as pl

address = pl.col("src_ip")


def groups(part):
    """The groups of one side of an IPv6 address's `::`; none where the side is empty."""
    return part.fill_null("").str.extract_all("[0-9a-f]+")


# The first four groups of an IPv6 address in canonical text, for a block of 64 bits.
sides = address.str.split_exact("::", 1).struct
left, right = groups(sides.field("field_0")), groups(sides.field("field_1"))
zeros = pl.lit("0").repeat_by(8 - left.list.len().cast(pl.Int64) - right.list.len().cast(pl.Int64))
v6 = pl.concat_list(left, zeros, right).list.head(4).list.join(":") + "::/64"
i, o = pl.col("packets_in").cast(pl.Float64), pl.col("packets_out").cast(pl.Float64)
pcr = pl.when(o + i > 0).then((o - i) / (o + i)).otherwise(0.0)
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


def doing(grain):
    """What a source or a block did on a day."""
    return [
        pl.len().alias(f"{grain}_flows"),
        pl.col("dest_port").n_unique().alias(f"{grain}_ports"),
        pl.col("dest_ip").n_unique().alias(f"{grain}_peers"),
        pl.col("packets_in", "packets_out", "bytes_in", "bytes_out").sum().name.prefix(f"{grain}_"),
        (pl.col("pcr_range") == "Balanced Exchange").mean().alias(f"{grain}_balanced"),
    ]


COLUMNS = """event_time src_ip src_port dest_ip dest_port packets_in packets_out bytes_in bytes_out"""
with peer.Clock() as clock:
    names = [name for name in Path(asked.names).read_text().split("\n") if name]
    logins = pl.scan_parquet(peer.parquet(asked.logins))
    tried = logins.filter(pl.col("outcome") == "failed", pl.col("username").is_in(names))
    shown = tried.group_by("src_ip").agg(pl.col("username").n_unique().alias("names"))
    threat = shown.filter(pl.col("names") >= 2).select("src_ip", is_mirai=pl.lit(1, pl.UInt8))
    flows = pl.scan_parquet(peer.parquet(asked.flows)).select(COLUMNS.split()).filter(address.is_not_null())
    v4s = flows.select("src_ip").unique().filter(~address.str.contains(":", literal=True))
    v6s = flows.select("src_ip").unique().filter(address.str.contains(":", literal=True))
    blocks = pl.concat(
        [
            v4s.with_columns(block=address.str.replace("[0-9]+$", "0/24")),
            v6s.with_columns(block=v6),
        ]
    )
    member = (
        flows.join(threat, on="src_ip", how="left")
        .join(blocks, on="src_ip")
        .with_columns(
            pl.col("is_mirai").fill_null(0),
            day=pl.col("event_time").dt.truncate("1d"),
            pcr=pcr,
            pcr_range=pcr_range,
        )
    )
    member = member.collect(engine="streaming").lazy()
    addresses = member.group_by("src_ip", "day").agg(doing("address"))
    blocks = member.group_by("block", "day").agg(doing("block"))
    # Left joins: the optimizer would first join the two aggregates of inner ones, on the day alone.
    labelled = member.join(addresses, on=["src_ip", "day"], how="left")
    labelled = labelled.join(blocks, on=["block", "day"], how="left")
    addresses, blocks, labelled = pl.collect_all([addresses, blocks, labelled], engine="streaming")
answer = {
    "flows": len(labelled),
    "labelled": int(labelled["is_mirai"].sum()),
    "addresses": len(addresses),
    "blocks": len(blocks),
    "bytes": int(labelled["bytes_in"].sum() + labelled["bytes_out"].sum()),
    "doing": sum(
        int(labelled[f"{g}_{n}"].cast(pl.UInt64).sum())  # as counts of 32 bits they would wrap
        for g in ("address", "block")
        for n in ("flows", "ports", "peers")
    ),
    "moved": sum(
        int(labelled[f"{g}_{n}"].cast(pl.UInt64).sum())
        for g in ("address", "block")
        for n in ("packets_in", "packets_out", "bytes_in", "bytes_out")
    ),
    "balanced": sum(round(labelled[f"{g}_balanced"].sum()) for g in ("address", "block")),
}
peer.say(clock, answer, "polars")
