//! `flow` events.

use super::event::{Event, Tcp, first_time};
use super::field::fields;
use crate::rows::FlowRow;

fields! {
    /// The `flow` object.
    Flow at "flow." {
        pkts_toserver, pkts_toclient, bytes_toserver, bytes_toclient, bypassed, start, end, age,
        emergency, state, bypass, reason, alerted, wrong_thread, action, exception_policy, tx_cnt,
        elephant, elephant_direction,
    }
}

fields! {
    /// The part that bypassed inspection.
    Bypassed at "flow.bypassed." {
        pkts_toserver, pkts_toclient, bytes_toserver, bytes_toclient,
    }
}

/// The row of a `flow` event, or the reason there is none.
pub(super) fn row<'a>(event: &Event<'a>, utc_offset_seconds: i32) -> Result<FlowRow<'a>, String> {
    let flow = Flow::inside(event.flow())?;
    let tcp = Tcp::inside(event.tcp())?;
    let bypassed = Bypassed::inside(flow.bypassed())?;
    Ok(FlowRow {
        event_time: first_time(flow.start(), event.timestamp(), utc_offset_seconds)?,
        end_time: flow.end().time(utc_offset_seconds)?,
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
        response_icmp_type: event.response_icmp_type().number()?,
        response_icmp_code: event.response_icmp_code().number()?,
        spi: event.spi().number()?,
        app_proto: event.app_proto().text()?,
        app_proto_ts: event.app_proto_ts().text()?,
        app_proto_tc: event.app_proto_tc().text()?,
        app_proto_orig: event.app_proto_orig().text()?,
        app_proto_expected: event.app_proto_expected().text()?,
        packets_in: flow.pkts_toclient().number()?.unwrap_or(0),
        packets_out: flow.pkts_toserver().number()?.unwrap_or(0),
        bytes_in: flow.bytes_toclient().number()?.unwrap_or(0),
        bytes_out: flow.bytes_toserver().number()?.unwrap_or(0),
        bypassed_packets_in: bypassed.pkts_toclient().number()?,
        bypassed_packets_out: bypassed.pkts_toserver().number()?,
        bypassed_bytes_in: bypassed.bytes_toclient().number()?,
        bypassed_bytes_out: bypassed.bytes_toserver().number()?,
        age: flow.age().number()?,
        emergency: flow.emergency().flag()?,
        state: flow.state().text()?,
        bypass: flow.bypass().text()?,
        reason: flow.reason().text()?,
        alerted: flow.alerted().flag()?,
        wrong_thread: flow.wrong_thread().flag()?,
        action: flow.action().text()?,
        exception_policy: flow.exception_policy().json(),
        tx_cnt: flow.tx_cnt().number()?,
        elephant: flow.elephant().flag()?,
        elephant_direction: flow.elephant_direction().list(",")?,
        tcp_flags: tcp.tcp_flags().flags()?,
        tcp_flags_ts: tcp.tcp_flags_ts().flags()?,
        tcp_flags_tc: tcp.tcp_flags_tc().flags()?,
        tcp_state: tcp.state().text()?,
        // 5.0 and 6.0 have the two names turned round.
        ts_gap: tcp.ts_gap().or(tcp.gap_ts()).flag()?,
        tc_gap: tcp.tc_gap().or(tcp.gap_tc()).flag()?,
        ts_max_regions: tcp.ts_max_regions().number()?,
        tc_max_regions: tcp.tc_max_regions().number()?,
        ts_urgent_oob_data: tcp.ts_urgent_oob_data().number()?,
        tc_urgent_oob_data: tcp.tc_urgent_oob_data().number()?,
        parent_id: event.parent_id().number()?,
        tenant_id: event.tenant_id().number()?,
        pkt_src: event.pkt_src().text()?,
        ip_v: event.ip_v().number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(line: &str) -> Result<FlowRow<'_>, String> {
        row(&Event::of(line).unwrap(), 0)
    }

    #[test]
    fn a_flow_of_the_newest_version() {
        let row = row_of(
            r#"{"timestamp":"2025-01-01T00:01:00.000000+0000","flow_id":12,"in_iface":"eth0",
            "event_type":"flow","vlan":[10,20],"src_ip":"2001:DB8::1","src_port":40000,
            "dest_ip":"::ffff:192.0.2.1","dest_port":22,"ip_v":6,"proto":"TCP","app_proto":"ssh",
            "flow":{"pkts_toserver":116,"pkts_toclient":114,"bytes_toserver":1,"bytes_toclient":2,
            "bypassed":{"pkts_toserver":3,"pkts_toclient":4,"bytes_toserver":5,"bytes_toclient":6},
            "start":"2025-01-01T00:00:00.000001+0000","end":"2025-01-01T00:00:59.000000+0000",
            "age":59,"emergency":false,"state":"closed","reason":"timeout","alerted":true,
            "exception_policy":[{"target":"stream_midstream","policy":"ignore"}],"tx_cnt":1,
            "elephant":true,"elephant_direction":["to_server","to_client"]},
            "tcp":{"tcp_flags":"1b","tcp_flags_ts":"1a","tcp_flags_tc":"13","syn":true,
            "state":"closed","ts_gap":true,"ts_max_regions":1,"tc_max_regions":2},
            "community_id":"1:abc="}"#,
        )
        .unwrap();
        assert_eq!((row.packets_out, row.packets_in), (116, 114));
        assert_eq!(row.event_time % 1_000_000, 1);
        assert_eq!(row.vlan.as_deref(), Some("10.20"));
        assert_eq!(row.src_ip.as_deref(), Some("2001:db8::1"));
        assert_eq!(row.dest_ip.as_deref(), Some("192.0.2.1"));
        assert_eq!((row.bypassed_packets_in, row.bypassed_bytes_out), (Some(4), Some(5)));
        assert_eq!((row.tcp_flags_ts, row.tcp_flags_tc), (Some(0x1a), Some(0x13)));
        assert_eq!((row.ts_gap, row.tc_gap), (Some(true), None));
        assert_eq!(row.elephant_direction.as_deref(), Some("to_server,to_client"));
        let policy = r#"[{"target":"stream_midstream","policy":"ignore"}]"#;
        assert_eq!(row.exception_policy.as_deref(), Some(policy));
    }

    #[test]
    fn old_names_and_old_stamps_are_read() {
        let row = row_of(
            r#"{"timestamp":"2014-01-01T00:01:00.000000","vlan":7,"proto":"ICMP","icmp_type":8,
            "flow":{},"tcp":{"gap_ts":true,"gap_tc":false}}"#,
        )
        .unwrap();
        assert_eq!(Some(row.event_time), row.log_time);
        assert_eq!((row.src_port, row.icmp_type), (None, Some(8)));
        assert_eq!((row.ts_gap, row.tc_gap), (Some(true), Some(false)));
        assert_eq!((row.packets_in, row.vlan.as_deref()), (0, Some("7")));
    }

    #[test]
    fn a_reject_names_the_member() {
        for (line, name) in [
            (r#"{"flow":{}}"#, "the event has no timestamp"),
            (r#"{"timestamp":"yesterday"}"#, "timestamp is no time"),
            (r#"{"flow":{"start":7}}"#, "flow.start is no time"),
            (r#"{"timestamp":"2014-01-01T00:01:00Z","src_port":65536}"#, "src_port is no whole"),
            (r#"{"timestamp":"2014-01-01T00:01:00Z","flow":[]}"#, "flow is no object"),
            (r#"{"timestamp":"2014-01-01T00:01:00Z","flow":{1}}"#, "no whole JSON object"),
            (r#"{"timestamp":"2014-01-01T00:01:00Z","src_ip":"x"}"#, "src_ip is no address"),
            (
                r#"{"timestamp":"2014-01-01T00:01:00Z","tcp":{"tcp_flags":"zz"}}"#,
                "tcp.tcp_flags is",
            ),
        ] {
            let reason = row_of(line).unwrap_err();
            assert!(reason.starts_with(name), "{reason}");
        }
    }
}
