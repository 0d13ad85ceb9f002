//! What every event has: when, where, and between whom.

use std::borrow::Cow;

use super::field::{Field, fields};

fields! {
    /// The top level of an event.
    Event at "" {
        timestamp, flow_id, in_iface, event_type, vlan, src_ip, src_port, dest_ip, dest_port, proto,
        ip_v, pkt_src, tx_id, icmp_type, icmp_code, response_icmp_type, response_icmp_code, spi,
        app_proto, app_proto_ts, app_proto_tc, app_proto_orig, app_proto_expected, alert, direction,
        flow, netflow, tcp, ssh, community_id, host, sensor_id, parent_id, tenant_id,
    }
}

fields! {
    /// The `tcp` object of flow and netflow events. The flags that stand in it by name are in the others.
    Tcp at "tcp." {
        tcp_flags, tcp_flags_ts, tcp_flags_tc, state, ts_gap, tc_gap, gap_ts, gap_tc,
        ts_max_regions, tc_max_regions, ts_urgent_oob_data, tc_urgent_oob_data,
        syn, fin, rst, psh, ack, urg, ecn, cwr,
    }
}

impl<'a> Event<'a> {
    /// Who wrote it. A shipper may have put an object in the place of `host`: that names no sensor.
    pub(super) fn sensor(&self) -> Option<Cow<'a, str>> {
        self.host().string().or_else(|| self.sensor_id().text().ok().flatten())
    }
}

/// The first of two times, in microseconds since 1970 UTC, or why there is none.
pub(super) fn first_time(
    start: Field<'_>,
    timestamp: Field<'_>,
    utc_offset_seconds: i32,
) -> Result<i64, String> {
    match start.or(timestamp).time(utc_offset_seconds)? {
        Some(time) => Ok(time),
        None => Err("the event has no timestamp; check what wrote the event".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sensor_is_the_host_or_else_the_number() {
        let sensor = |line: &str| Event::of(line).unwrap().sensor().map(Cow::into_owned);
        assert_eq!(sensor(r#"{"sensor_id":7,"host":"s1"}"#).as_deref(), Some("s1"));
        assert_eq!(sensor(r#"{"sensor_id":7,"host":{"name":"s1"}}"#).as_deref(), Some("7"));
        assert_eq!(sensor("{}"), None);
    }

    #[test]
    fn the_last_of_two_members_counts() {
        let event = Event::of(r#"{"proto":"TCP","proto":"UDP","host":"a","host":null}"#).unwrap();
        assert_eq!(event.proto().text().unwrap().as_deref(), Some("UDP"));
        assert_eq!(event.sensor(), None);
    }
}
