//! Cowrie, the SSH and telnet honeypot, as JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;

use botany_catalog::address;
use memchr::memmem;
use serde_json::{Map, Value};

use super::eve;
use crate::rows::LoginRow;
use crate::syslog::{Clock, Stamp};
use crate::{Outcome, Rows, Source, State};

/// Cowrie's `cowrie.json`.
pub(super) struct Cowrie;

impl Source for Cowrie {
    fn name(&self) -> &'static str {
        "cowrie"
    }
    fn doc(&self) -> &'static str {
        "Cowrie, the SSH and telnet honeypot, as it writes `cowrie.json`; `cowrie.login.failed` and \
         `cowrie.login.success` fill `login` with user name and password as typed. Which service, and the \
         ports, come from the event itself, else from the session's `cowrie.session.connect` in the same \
         file. All other events are counted by their name."
    }
    fn example(&self) -> &'static str {
        r#"{"eventid":"cowrie.login.failed","username":"root","password":"xc3511","timestamp":"2018-05-06T17:44:51.165980Z","src_ip":"203.0.113.7","session":"ef410359268d","protocol":"telnet","sensor":"honey-1"}"#
    }
    fn recognises(&self, line: &[u8]) -> bool {
        // Cowrie's first version, and those who rename it, keep the field and the prefix.
        let key = b"\"eventid\"";
        let named = memmem::find_iter(line, key).any(|at| {
            let rest = line.get(at + key.len()..).unwrap_or_default().trim_ascii_start();
            let rest = rest.strip_prefix(b":").unwrap_or_default().trim_ascii_start();
            rest.starts_with(b"\"cowrie.")
        });
        // An EVE event may carry one of ours inside.
        named && eve::owns(line, b"eventid") && !eve::owns(line, b"event_type")
    }
    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome {
        let event = match event(line) {
            Ok(event) => event,
            Err(error) => {
                return Outcome::Rejected(format!(
                    "the event is no JSON object ({error}); see whether the file is cut off"
                ));
            }
        };
        let name = event.get("eventid").and_then(Value::as_str).unwrap_or_default();
        let accepted = match name {
            "cowrie.login.failed" => false,
            "cowrie.login.success" => true,
            _ => {
                remember(name, &event, &mut state.cowrie);
                return Outcome::Counted(kind(name));
            }
        };
        let session = event.get("session").and_then(Value::as_str);
        let connect = session.and_then(|session| state.cowrie.find(session)).unwrap_or_default();
        let own = Connection::of(&event);
        let Some(address) = own.address.or(connect.address) else {
            return Outcome::Rejected(
                "src_ip is missing or no address; no flow can be joined on it".to_owned(),
            );
        };
        let Some(service) = own.service.or(connect.service) else {
            return Outcome::Rejected("neither the event nor its session says ssh or telnet; collect the file from its beginning".to_owned());
        };
        let stamp = event.get("timestamp").and_then(Value::as_str);
        let time = match stamp.and_then(|stamp| Stamp::iso(stamp.as_bytes())) {
            Some((stamp, _)) => Clock::default().time(stamp, &state.options),
            None => Err("timestamp is missing or no ISO 8601 time; correct the line".to_owned()),
        };
        let event_time = match time {
            Ok(time) => time,
            Err(reason) => return Outcome::Rejected(reason),
        };
        out.login(&LoginRow {
            event_time,
            sensor: event.get("sensor").and_then(text),
            service: service.into(),
            outcome: if accepted { "accepted" } else { "failed" }.into(),
            method: method(&event),
            username: event.get("username").and_then(text),
            password: event.get("password").and_then(text),
            src_ip: address.to_string().into(),
            src_port: own.port.or(connect.port),
            dest_ip: own.dest_address.or(connect.dest_address).map(|ip| ip.to_string().into()),
            dest_port: own.dest_port.or(connect.dest_port),
            session: session.map(Into::into),
            attempts: 1,
            source: self.name().into(),
        })
    }
}

/// What is known of a session, of its connect event or of the event itself.
#[derive(Clone, Copy, Debug, Default)]
struct Connection {
    service: Option<&'static str>,
    address: Option<IpAddr>,
    port: Option<u16>,
    dest_address: Option<IpAddr>,
    dest_port: Option<u16>,
}

impl Connection {
    fn of(event: &Map<String, Value>) -> Self {
        let address = |name| event.get(name).and_then(Value::as_str).and_then(address::parse);
        let port =
            |name| event.get(name).and_then(Value::as_u64).and_then(|n| u16::try_from(n).ok());
        let dest_port = port("dst_port");
        let service = event
            .get("protocol")
            .and_then(Value::as_str)
            .and_then(service_of_name)
            .or_else(|| dest_port.and_then(service_of_port))
            .or_else(|| service_of_system(event.get("system")?.as_str()?));
        Connection {
            service,
            address: address("src_ip"),
            port: port("src_port"),
            dest_address: address("dst_ip"),
            dest_port,
        }
    }
}

fn service_of_name(name: &str) -> Option<&'static str> {
    ["ssh", "telnet"].into_iter().find(|service| *service == name)
}

/// The ports themselves, and those cowrie listens on behind a port forwarding.
fn service_of_port(port: u16) -> Option<&'static str> {
    match port {
        22 | 2222 => Some("ssh"),
        23 | 2223 | 2323 => Some("telnet"),
        _ => None,
    }
}

/// The part of cowrie that logged, such as `HoneyPotSSHTransport,3,192.0.2.1`.
fn service_of_system(system: &str) -> Option<&'static str> {
    if system.contains("SSH") {
        Some("ssh")
    } else if system.contains("Telnet") {
        Some("telnet")
    } else {
        None
    }
}

/// Sessions kept in each of the two generations.
const SESSIONS: usize = 16_384;
/// Longer session names are not cowrie's.
const SESSION_BYTES: usize = 64;

/// The sessions that are open. When the young ones are many they become the old ones, and the old
/// ones are forgotten, so that sessions without an end cannot fill memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    young: HashMap<Box<str>, Connection>,
    old: HashMap<Box<str>, Connection>,
}

impl Memory {
    fn find(&self, session: &str) -> Option<Connection> {
        self.young.get(session).or_else(|| self.old.get(session)).copied()
    }
}

fn remember(name: &str, event: &Map<String, Value>, memory: &mut Memory) {
    let session = event.get("session").and_then(Value::as_str);
    let Some(session) = session.filter(|session| session.len() <= SESSION_BYTES) else { return };
    match name {
        "cowrie.session.connect" => {
            if memory.young.len() >= SESSIONS {
                memory.old = std::mem::take(&mut memory.young);
            }
            memory.young.insert(session.into(), Connection::of(event));
        }
        "cowrie.session.closed" => {
            memory.young.remove(session);
            memory.old.remove(session);
        }
        _ => {}
    }
}

/// The event's name, if it looks like one of cowrie's.
fn kind(name: &str) -> Cow<'static, str> {
    let sound = name.len() <= 48
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"._-0123456789".contains(&byte));
    if sound { name.to_owned().into() } else { "cowrie: other event".into() }
}

/// A key was offered if there is a fingerprint; else the event is about a password.
fn method(event: &Map<String, Value>) -> Option<Cow<'_, str>> {
    if event.contains_key("password") {
        Some("password".into())
    } else if event.contains_key("fingerprint") || event.contains_key("key") {
        Some("publickey".into())
    } else {
        None
    }
}

/// What a client typed is text, but versions of cowrie have written numbers and lists too.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.into()),
        other => Some(other.to_string().into()),
    }
}

/// The event, also where Python has written half a surrogate pair for a byte that is no UTF-8.
fn event(line: &[u8]) -> Result<Map<String, Value>, serde_json::Error> {
    serde_json::from_slice(line).or_else(|error| match without_surrogates(line) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    })
}

/// Spells out each lone surrogate `\udcNN` as the byte NN it stands for; others become U+FFFD.
fn without_surrogates(line: &[u8]) -> Option<Vec<u8>> {
    let half = |at: usize| {
        let digits = line.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut mended = Vec::with_capacity(line.len() + 16);
    let (mut at, mut found) = (0, false);
    while let Some(byte) = line.get(at) {
        let (length, replacement) = match half(at) {
            Some(0xd800..=0xdbff) if matches!(half(at + 6), Some(0xdc00..=0xdfff)) => (12, None),
            Some(unit @ 0xdc80..=0xdcff) => (6, Some(format!("\\\\x{:02x}", unit & 0xff))),
            Some(0xd800..=0xdfff) => (6, Some("\\ufffd".to_owned())),
            // An escaped backslash does not begin the next escape.
            _ if *byte == b'\\' => (2, None),
            _ => (1, None),
        };
        match replacement {
            Some(text) => {
                found = true;
                mended.extend_from_slice(text.as_bytes());
            }
            None => mended.extend_from_slice(line.get(at..at + length).unwrap_or(&[*byte])),
        }
        at += length;
    }
    found.then_some(mended)
}

#[cfg(test)]
mod tests;
