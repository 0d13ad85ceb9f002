//! `alert` events.

use super::event::{Event, first_time};
use super::field::{Field, fields};
use crate::rows::AlertRow;

fields! {
    /// The `alert` object.
    Alert at "alert." {
        action, gid, signature_id, rev, signature, category, severity, metadata,
    }
}

fields! {
    /// The `flow` object beside it; the addresses since 7.0.
    Flow at "flow." {
        src_ip, dest_ip, src_port, dest_port, start, pkts_toserver, pkts_toclient, bytes_toserver,
        bytes_toclient,
    }
}

/// The row of an `alert` event, or the reason there is none.
pub(super) fn row<'a>(event: &Event<'a>, utc_offset_seconds: i32) -> Result<AlertRow<'a>, String> {
    let alert = Alert::inside(event.alert())?;
    let flow = Flow::inside(event.flow())?;
    let never = Field::absent("timestamp");
    Ok(AlertRow {
        event_time: first_time(never, event.timestamp(), utc_offset_seconds)?,
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
        direction: event.direction().text()?,
        app_proto: event.app_proto().text()?,
        action: alert.action().text()?,
        gid: alert.gid().number()?,
        signature_id: alert.signature_id().number()?,
        rev: alert.rev().number()?,
        signature: alert.signature().text()?,
        category: alert.category().text()?,
        severity: alert.severity().number()?,
        metadata: alert.metadata().json(),
        flow_src_ip: flow.src_ip().address()?,
        flow_dest_ip: flow.dest_ip().address()?,
        flow_src_port: flow.src_port().number()?,
        flow_dest_port: flow.dest_port().number()?,
        flow_start: flow.start().time(utc_offset_seconds)?,
        packets_in: flow.pkts_toclient().number()?,
        packets_out: flow.pkts_toserver().number()?,
        bytes_in: flow.bytes_toclient().number()?,
        bytes_out: flow.bytes_toserver().number()?,
        tx_id: event.tx_id().number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_tells_who_began() {
        let line = r#"{"timestamp":"2025-01-01T00:01:00.000000+0000","src_ip":"192.0.2.9",
            "alert":{"action":"allowed","gid":1,"signature_id":2001219,"rev":20,"severity":2,
            "signature":"a \"scan\" \u2192 22","metadata":{"tag": ["a"]}},"direction":"to_client",
            "flow":{"pkts_toserver":1,"src_ip":"192.0.2.1","start":"2025-01-01T00:00:00Z"}}"#;
        let row = row(&Event::of(line).unwrap(), 0).unwrap();
        assert_eq!(row.signature.as_deref(), Some("a \"scan\" → 22"));
        assert_eq!(row.metadata.as_deref(), Some(r#"{"tag": ["a"]}"#));
        assert_eq!(
            (row.src_ip.as_deref(), row.flow_src_ip.as_deref()),
            (Some("192.0.2.9"), Some("192.0.2.1"))
        );
        assert_eq!((row.packets_out, row.packets_in), (Some(1), None));
        assert_eq!(row.flow_start, Some(row.event_time - 60_000_000));
    }

    #[test]
    fn the_start_of_the_flow_is_not_the_time_of_the_alert() {
        let line = r#"{"flow":{"start":"2025-01-01T00:00:00Z"}}"#;
        assert!(row(&Event::of(line).unwrap(), 0).unwrap_err().contains("no timestamp"));
    }
}
