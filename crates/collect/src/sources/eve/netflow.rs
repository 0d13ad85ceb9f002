//! `netflow` events.

use super::event::{Event, Tcp, first_time};
use super::field::fields;
use crate::rows::NetflowRow;

fields! {
    /// The `netflow` object.
    Netflow at "netflow." {
        pkts, bytes, start, end, age, min_ttl, max_ttl, tx_cnt,
    }
}

/// The row of a `netflow` event, or the reason there is none.
pub(super) fn row<'a>(
    event: &Event<'a>,
    utc_offset_seconds: i32,
) -> Result<NetflowRow<'a>, String> {
    let netflow = Netflow::inside(event.netflow())?;
    let tcp = Tcp::inside(event.tcp())?;
    Ok(NetflowRow {
        event_time: first_time(netflow.start(), event.timestamp(), utc_offset_seconds)?,
        end_time: netflow.end().time(utc_offset_seconds)?,
        log_time: event.timestamp().time(utc_offset_seconds)?,
        sensor: event.sensor(),
        in_iface: event.in_iface().text()?,
        flow_id: event.flow_id().number()?,
        community_id: event.community_id().text()?,
        vlan: event.vlan().list(".")?,
        src_ip: event.src_ip().address()?,
        src_port: event.src_port().number()?,
        dest_ip: event.dest_ip().address()?,
        dest_port: event.dest_port().number()?,
        proto: event.proto().upper()?,
        icmp_type: event.icmp_type().number()?,
        icmp_code: event.icmp_code().number()?,
        app_proto: event.app_proto().text()?,
        packets: netflow.pkts().number()?.unwrap_or(0),
        bytes: netflow.bytes().number()?.unwrap_or(0),
        age: netflow.age().number()?,
        min_ttl: netflow.min_ttl().number()?,
        max_ttl: netflow.max_ttl().number()?,
        tx_cnt: netflow.tx_cnt().number()?,
        tcp_flags: tcp.tcp_flags().flags()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_silent_side_has_no_time_to_live() {
        let line = r#"{"timestamp":"2025-01-01T00:01:00.000000+0100","src_ip":"192.0.2.1",
            "netflow":{"pkts":0,"bytes":0,"start":"2025-01-01T00:00:00.000000+0100","age":3,
            "tx_cnt":1},"tcp":{"tcp_flags":"00"}}"#;
        let row = row(&Event::of(line).unwrap(), 0).unwrap();
        assert_eq!((row.packets, row.min_ttl, row.tcp_flags), (0, None, Some(0)));
        assert_eq!(row.log_time, Some(row.event_time + 60_000_000));
        assert_eq!(row.event_time, 1_735_686_000_000_000);
    }
}
