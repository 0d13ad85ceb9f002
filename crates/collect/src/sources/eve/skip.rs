//! An event that is not stored need not be read to its end: its type says so, once nothing after it can
//! take that back.

use super::event::Event;
use super::field::Field;
use super::key::equal;
use super::scan::{Broken, Keys, Members};
use super::sweep::Swept;
use crate::Options;

/// What is stored of EVE.
pub const STORED: [&str; 4] = ["flow", "netflow", "alert", "ssh"];

/// What Suricata 3.x to 8.x writes besides.
const COUNTED: &[&str] = &[
    "dns",
    "http",
    "tls",
    "fileinfo",
    "anomaly",
    "stats",
    "drop",
    "smtp",
    "smb",
    "quic",
    "dhcp",
    "snmp",
    "sip",
    "ntp",
    "rdp",
    "krb5",
    "dcerpc",
    "nfs",
    "ftp",
    "ftp_data",
    "tftp",
    "ikev2",
    "ike",
    "mqtt",
    "modbus",
    "dnp3",
    "enip",
    "rfb",
    "telnet",
    "pgsql",
    "http2",
    "websocket",
    "ldap",
    "doh2",
    "pop3",
    "mdns",
    "bittorrent_dht",
    "arp",
    "files",
    "packet",
    "frame",
    "metadata",
    "engine",
    "verdict",
];

/// The kinds of flows whose ports are none of those that are wanted.
const FLOW_ELSEWHERE: &str = "flow to another port";
const NETFLOW_ELSEWHERE: &str = "netflow of other ports";

/// What may take back that an event is not stored.
const TYPE: Keys = Keys { whole: &[b"event_type"], ends: &[end(b"event_type")] };
const TYPE_AND_PORT: Keys =
    Keys { whole: &[b"event_type", b"dest_port"], ends: &[end(b"event_type"), end(b"dest_port")] };

/// The last eight bytes of a key, for the compiler, which refuses one that is shorter.
const fn end(key: &[u8]) -> [u8; 8] {
    match key.last_chunk() {
        Some(end) => *end,
        None => panic!("a key of less than eight bytes"),
    }
}

/// Reads an event until it is clear that it is whole and not stored, or to its end.
///
/// What it counts as in the first case; in the second, `event`, which had no members, has all that are taken.
pub(super) fn see(
    line: &[u8],
    swept: Option<&Swept>,
    options: &Options,
    event: &mut Event<'_>,
) -> Result<Option<&'static str>, Broken> {
    let mut members = Members::new(line, swept)?;
    let mut open = true;
    while event.take(&mut members)? {
        if open && event.event_type().is_there() {
            let name = event.event_type().bytes(line);
            // Of a flow the port must be known as well, if it is asked for.
            if !options.ports.is_empty() && !event.dest_port().is_there() && name == Some(b"flow") {
                continue;
            }
            open = false;
            let kind = name.and_then(|name| not_stored(event, name, options));
            let final_keys = if kind == Some(FLOW_ELSEWHERE) { &TYPE_AND_PORT } else { &TYPE };
            // The port a netflow was sent from may be yet to come.
            let kind = kind.filter(|kind| *kind != NETFLOW_ELSEWHERE);
            if let Some(kind) = kind.filter(|_| members.rest_is_whole_without(final_keys)) {
                return Ok(Some(kind));
            }
        }
    }
    Ok(None)
}

/// What an event of this type counts as that is not stored, if its type is one of the usual.
pub(super) fn not_stored(
    event: &Event<'_>,
    name: &[u8],
    options: &Options,
) -> Option<&'static str> {
    let same = |known: &&str| equal(known.as_bytes(), name);
    let find = |names: &[&'static str]| names.iter().copied().find(same);
    let Some(stored) = find(&STORED) else { return find(COUNTED) };
    if !options.events.is_empty() && !options.events.iter().any(|wanted| wanted == stored) {
        return Some(stored);
    }
    if options.ports.is_empty() {
        return None;
    }
    // A port that is none makes the event a reject.
    let elsewhere = |port: Field<'_>| {
        port.number::<u16>()
            .is_ok_and(|port| port.is_none_or(|port| !options.ports.contains(&port)))
    };
    match stored {
        "flow" => elsewhere(event.dest_port()).then_some(FLOW_ELSEWHERE),
        // One of a pair of netflow events is the way back.
        "netflow" => {
            let both = elsewhere(event.dest_port()) && elsewhere(event.src_port());
            both.then_some(NETFLOW_ELSEWHERE)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str, ports: &[u16]) -> Option<&'static str> {
        let options = Options { ports: ports.to_vec(), ..Options::default() };
        see(line.as_bytes(), None, &options, &mut Event::empty()).unwrap()
    }

    #[test]
    fn a_known_type_ends_the_reading() {
        assert_eq!(seen(r#"{"event_type":"dns","dns":{"a":["}"]}} "#, &[]), Some("dns"));
        assert_eq!(seen(r#"{"event_type":"flow","dest_port":80,"flow":{}}"#, &[]), None);
        assert_eq!(
            seen(r#"{"event_type":"flow","dest_port":80,"flow":{}}"#, &[22]),
            Some(FLOW_ELSEWHERE)
        );
        assert_eq!(seen(r#"{"event_type":"flow","dest_port":22,"flow":{}}"#, &[22]), None);
        assert_eq!(seen(r#"{"event_type":"own"}"#, &[]), None);
    }

    #[test]
    fn what_may_take_it_back_is_read() {
        for line in [
            r#"{"event_type":"dns","event_type":"flow"}"#,
            r#"{"event_type":"dns","event\u005ftype":"flow"}"#,
            r#"{"event_type":"dns","x":"event_type"}"#,
            r#"{"event_type":"flow","dest_port":80,"dest_port":22}"#,
        ] {
            assert_eq!(seen(line, &[22]), None, "{line}");
        }
    }

    #[test]
    fn what_is_not_whole_is_no_event() {
        for line in [
            r#"{"event_type":"dns","dns":{"a":1}"#,
            r#"{"event_type":"dns","dns":{"a":1]}"#,
            r#"{"event_type":"dns","dns":"a}"#,
            r#"{"event_type":"dns"} {"#,
        ] {
            assert!(
                see(line.as_bytes(), None, &Options::default(), &mut Event::empty()).is_err(),
                "{line}"
            );
        }
    }
}
