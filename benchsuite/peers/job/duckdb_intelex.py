"""The article's whole job: DuckDB from the logs to the features, the Extension for scikit-learn from there."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # a script may bear its library's name
import peer

asked = peer.arguments("eve", "logins", "names", "seed", "out")
import duckdb
import numpy as np
from sklearnex.cluster import KMeans
from sklearnex.ensemble import RandomForestClassifier

from learn import NUMBERS, RANGES, Learner

COLUMNS = """{
    event_type: 'VARCHAR', src_ip: 'VARCHAR', src_port: 'USMALLINT', dest_ip: 'VARCHAR',
    dest_port: 'USMALLINT',
    flow: 'STRUCT(pkts_toserver UBIGINT, pkts_toclient UBIGINT, bytes_toserver UBIGINT,
        bytes_toclient UBIGINT, "start" TIMESTAMPTZ)'
}"""

database = duckdb.connect(config={"threads": asked.threads})
database.execute("SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
with peer.Clock() as clock:
    database.execute(
        f"""CREATE TABLE flow AS
        SELECT flow."start" AS event_time, src_ip, src_port, dest_ip, flow.pkts_toclient AS packets_in,
            flow.pkts_toserver AS packets_out, flow.bytes_toclient AS bytes_in,
            flow.bytes_toserver AS bytes_out
        FROM read_json($path, format = 'newline_delimited', columns = {COLUMNS})
        WHERE event_type = 'flow' AND dest_port = 22""",
        {"path": asked.eve},
    )
    clock.stage("read")
    database.execute(
        """CREATE TABLE threat AS
        WITH tried AS (
            SELECT regexp_extract(line, 'Failed password for (?:invalid user )?(.*) from ([^ ]+) port',
                ['username', 'src_ip']) AS tried
            FROM read_csv($path, columns = {line: 'VARCHAR'}, header = false, auto_detect = false,
                delim = chr(1), quote = '', escape = '')
            WHERE contains(line, 'Failed password for ')
        )
        SELECT tried.src_ip AS src_ip FROM tried
        WHERE tried.username IN (SELECT unnest($names))
        GROUP BY ALL HAVING count(DISTINCT tried.username) >= 2""",
        {"path": asked.logins, "names": list(filter(None, Path(asked.names).read_text().split("\n")))},
    )
    clock.stage("logins")
    database.execute(
        """CREATE TABLE featured AS
        WITH member AS (
            SELECT flow.*, date_trunc('day', event_time) AS day, packets_in::DOUBLE AS i,
                packets_out::DOUBLE AS o, i + o AS packets_total,
                coalesce((o - i) / nullif(o + i, 0), 0) AS packet_ratio,
                CASE WHEN o = 0 AND i = 0 THEN 'Empty' WHEN o = 0 THEN 'Pure Pull'
                    WHEN 3 * o > 7 * i THEN 'Pure Push' WHEN o > i THEN '70:30 Export'
                    WHEN o = i THEN 'Balanced Exchange' WHEN i <= 3 * o THEN '3:1 Import'
                    ELSE 'Pure Pull' END AS pcr_range,
                (threat.src_ip IS NOT NULL)::UTINYINT AS is_mirai
            FROM flow LEFT JOIN threat USING (src_ip)
        ), doing AS (
            SELECT src_ip, day, count(*) AS day_flows, count(DISTINCT dest_ip) AS day_peers,
                sum(packets_in) AS day_packets_in, sum(packets_out) AS day_packets_out,
                sum(bytes_in) AS day_bytes_in, sum(bytes_out) AS day_bytes_out,
                avg((pcr_range = 'Balanced Exchange')::UTINYINT) AS day_balanced
            FROM member GROUP BY src_ip, day
        )
        SELECT * EXCLUDE (i, o) FROM member JOIN doing USING (src_ip, day)"""
    )
    clock.stage("features")
    numbers = ", ".join(f"{name}::DOUBLE AS {name}" for name in NUMBERS)
    columns = database.execute(
        f"SELECT {numbers}, list_position($ranges, pcr_range) - 1 AS range, is_mirai FROM featured ORDER BY rowid",
        {"ranges": RANGES},
    ).fetchnumpy()
    ranges, labels = columns.pop("range"), columns.pop("is_mirai")
    learner = Learner(KMeans, RandomForestClassifier, int(asked.seed), asked.threads)
    answer = learner.fit(columns, ranges, labels, clock)
    cluster, distance, probability = learner.score(columns, ranges)
    clock.stage("score")
    scored = {"cluster": cluster, "cluster_distance": distance, "probability": np.asarray(probability)}
    database.execute(
        """COPY (
            SELECT event_time, src_ip, packets_in, packets_out, packet_ratio, pcr_range,
                is_mirai, cluster, cluster_distance, probability
            FROM featured POSITIONAL JOIN scored
        ) TO '{}' (FORMAT csv, HEADER)""".format(asked.out)
    )
    peer.durable(asked.out)
    clock.stage("write")
answer |= {"flows": len(labels), "labelled": int(labels.sum())}
peer.say(clock, answer, "duckdb", "scikit-learn-intelex", "scikit-learn", "numpy")
