"""What DuckDB's two ways of reading share: the columns taken, the answer."""

SELECT = """SELECT flow."start" AS event_time, flow."end" AS end_time, flow_id, src_ip, src_port, dest_ip,
            dest_port, proto, app_proto, flow.pkts_toclient AS packets_in,
            flow.pkts_toserver AS packets_out, flow.bytes_toclient AS bytes_in,
            flow.bytes_toserver AS bytes_out, flow.age AS age, flow.state AS state,
            flow.reason AS reason, tcp.tcp_flags_ts AS tcp_flags_ts, tcp.tcp_flags_tc AS tcp_flags_tc"""


def answer(database):
    """What is compared, of table `flows`."""
    sums = database.execute(
        """SELECT count(*) AS flows, sum(packets_in) AS packets_in, sum(packets_out) AS packets_out,
            sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out, count(DISTINCT src_ip) AS sources,
            sum(src_port) AS src_ports
        FROM flows"""
    ).fetchone()
    names = [column[0] for column in database.description]
    return dict(zip(names, map(int, sums)))
