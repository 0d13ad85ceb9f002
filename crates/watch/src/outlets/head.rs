//! What an outlet needs of a line to address it.

use serde::Deserialize;

use crate::alert::stamp;

/// The parts of a line a receiver is told outside it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The event's own time, microseconds since 1970.
    pub time: Option<i64>,
    /// The sensor.
    pub host: Option<String>,
    /// The name of what is alerted about; of a line that has none, the BLAKE3 of the line.
    pub id: String,
}

#[derive(Default, Deserialize)]
struct Line {
    timestamp: Option<String>,
    host: Option<String>,
    #[serde(default)]
    botany: Said,
}

#[derive(Default, Deserialize)]
struct Said {
    id: Option<String>,
}

impl Head {
    /// The head of a line; whatever it is.
    pub fn of(line: &str) -> Head {
        let read: Line = serde_json::from_str(line).unwrap_or_default();
        // Ids of our own only: this goes into a header.
        let own = |id: &String| !id.is_empty() && id.bytes().all(|b| b.is_ascii_hexdigit());
        let id = read.botany.id.filter(own);
        Head {
            time: read.timestamp.and_then(|time| stamp::micros(&time).ok()),
            host: read.host,
            id: id.unwrap_or_else(|| blake3::hash(line.as_bytes()).to_hex()[..32].to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alert;

    #[test]
    fn the_head_of_an_alert_is_its_own() {
        let alert = Alert { timestamp: 5, host: Some("s".into()), ..Alert::default() };
        let head = Head::of(&alert.line());
        assert_eq!(head, Head { time: Some(5), host: Some("s".into()), id: alert.id() });
    }

    #[test]
    fn any_line_has_a_name() {
        for line in ["", "{", r#"{"timestamp":7}"#, r#"{"botany":{"id":"a\r\nx: y"}}"#] {
            let head = Head::of(line);
            assert_eq!((head.id.len(), head.time), (32, None));
        }
    }
}
