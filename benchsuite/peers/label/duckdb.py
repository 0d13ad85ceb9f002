"""DuckDB over the stored Parquet: the threat list, the labelled flows and their days, in SQL."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("flows", "logins", "names")
import duckdb

DOING = """count(*) AS {0}_flows, count(DISTINCT dest_port) AS {0}_ports,
    count(DISTINCT dest_ip) AS {0}_peers, sum(packets_in) AS {0}_packets_in,
    sum(packets_out) AS {0}_packets_out, sum(bytes_in) AS {0}_bytes_in,
    sum(bytes_out) AS {0}_bytes_out, avg((pcr_range = 'Balanced Exchange')::UTINYINT) AS {0}_balanced"""

database = duckdb.connect(config={"threads": asked.threads})
database.execute("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
with peer.Clock() as clock:
    names = Path(asked.names).read_text().split("\n")
    database.execute(
        """CREATE TABLE threat AS
        SELECT src_ip FROM read_parquet($logins)
        WHERE outcome = 'failed' AND username IN (SELECT unnest($names))
        GROUP BY src_ip HAVING count(DISTINCT username) >= 2""",
        {"logins": peer.parquet(asked.logins), "names": [name for name in names if name]},
    )
    database.execute(
        """CREATE TABLE member AS
        WITH flow AS (
            SELECT event_time, src_ip, src_port, dest_ip, dest_port, packets_in, packets_out, bytes_in,
                bytes_out, date_trunc('day', event_time) AS day,
                packets_in::DOUBLE AS i, packets_out::DOUBLE AS o
            FROM read_parquet($flows) WHERE src_ip IS NOT NULL
        ), address AS (
            -- the groups on either side of an IPv6 address's `::`
            SELECT src_ip, regexp_extract_all(split_part(src_ip, '::', 1), '[0-9a-f]+') AS a,
                regexp_extract_all(split_part(src_ip, '::', 2), '[0-9a-f]+') AS b
            FROM (SELECT DISTINCT src_ip FROM flow)
        ), block AS (
            SELECT src_ip, CASE WHEN contains(src_ip, ':')
                THEN array_to_string((a || repeat(['0'], 8 - len(a) - len(b)) || b)[1:4], ':') || '::/64'
                ELSE regexp_replace(src_ip, '[0-9]+$', '0/24') END AS block
            FROM address
        )
        SELECT flow.* EXCLUDE (i, o), block, (threat.src_ip IS NOT NULL)::UTINYINT AS is_mirai,
            coalesce((o - i) / nullif(o + i, 0), 0) AS pcr,
            CASE WHEN o = 0 AND i = 0 THEN 'Empty' WHEN o = 0 THEN 'Pure Pull'
                WHEN 3 * o > 7 * i THEN 'Pure Push' WHEN o > i THEN '70:30 Export'
                WHEN o = i THEN 'Balanced Exchange' WHEN i <= 3 * o THEN '3:1 Import'
                ELSE 'Pure Pull' END AS pcr_range
        FROM flow JOIN block USING (src_ip) LEFT JOIN threat USING (src_ip)""",
        {"flows": peer.parquet(asked.flows)},
    )
    for grain, key in (("address", "src_ip"), ("block", "block")):
        database.execute(
            f"CREATE TABLE {grain}_day AS SELECT {key}, day, {DOING.format(grain)} "
            f"FROM member GROUP BY {key}, day"
        )
    database.execute(
        """CREATE TABLE labelled AS
        SELECT * FROM member JOIN address_day USING (src_ip, day) JOIN block_day USING (block, day)"""
    )
answer = database.execute(
    """SELECT count(*), sum(is_mirai), (SELECT count(*) FROM address_day),
        (SELECT count(*) FROM block_day), sum(bytes_in) + sum(bytes_out),
        sum(address_flows + address_ports + address_peers + block_flows + block_ports + block_peers),
        sum(address_packets_in + address_packets_out + address_bytes_in + address_bytes_out
            + block_packets_in + block_packets_out + block_bytes_in + block_bytes_out),
        round(sum(address_balanced)) + round(sum(block_balanced))
    FROM labelled"""
).fetchone()
names = ("flows", "labelled", "addresses", "blocks", "bytes", "doing", "moved", "balanced")
peer.say(clock, dict(zip(names, map(int, answer))), "duckdb")
