//! A log made up for a test: as many flows as it needs, and who tried to log in.

use serde_json::json;

use crate::command::Place;

fn flow(n: u64) -> String {
    let (out, answered) = (3 + n * n % 97, n * 7 % 53);
    let stamp = |second: u64| {
        format!("2026-01-01T{:02}:{:02}:{:02}.0+0000", second / 3600, second / 60 % 60, second % 60)
    };
    let event = json!({
        "timestamp": stamp(n % 86_000 + 5), "event_type": "flow", "flow_id": n, "proto": "TCP",
        "src_ip": format!("198.51.{}.{}", n % 7, n % 250), "src_port": 1024 + n % 60_000,
        "dest_ip": "192.0.2.1", "dest_port": 22,
        "flow": { "pkts_toserver": out, "pkts_toclient": answered, "bytes_toserver": 60 * out,
            "bytes_toclient": 60 * answered, "start": stamp(n % 86_000), "end": stamp(n % 86_000 + 5) },
    });
    format!("{event}\n")
}

fn login(n: u64) -> String {
    let name = if n.is_multiple_of(2) { "root" } else { "admin" };
    let event = json!({
        "eventid": "cowrie.login.failed", "username": name, "password": "x",
        "src_ip": format!("198.51.1.{}", 1 + n / 2 * 7), "session": n.to_string(), "protocol": "ssh",
        "timestamp": format!("2026-01-01T12:00:{n:02}.000000Z"), "sensor": "s",
    });
    format!("{event}\n")
}

/// Collects so many flows to port 22, and the log-ins of some of their sources.
pub fn collected(place: &Place, flows: u64) {
    let flows = place.file("eve.json", (0..flows).map(flow).collect::<String>());
    let logins = place.file("cowrie.json", (0..40).map(login).collect::<String>());
    place.says(&["collect", &flows, &logins]);
}
