//! The systemd journal as JSON.

use memchr::memmem;
use serde_json::{Map, Value};

use super::eve;
use crate::syslog::{self, Envelope, Stamp};
use crate::{Outcome, Rows, Source, State};

/// `journalctl -o json`.
pub(super) struct Journal;

const TIME: &str = "__REALTIME_TIMESTAMP";

impl Source for Journal {
    fn name(&self) -> &'static str {
        "journal"
    }
    fn doc(&self) -> &'static str {
        "The systemd journal as `journalctl -o json` writes it; sshd, dropbear, telnetd and login are read as \
         in a syslog file and fill `login`, other programs are counted. A message that is no text comes \
         as an array of bytes and is read as well. Stamps are exact: no year is inferred."
    }
    fn example(&self) -> &'static str {
        r#"{"__REALTIME_TIMESTAMP":"1525628646123456","_HOSTNAME":"gateway","SYSLOG_IDENTIFIER":"sshd","_PID":"2553","MESSAGE":"Failed password for root from 203.0.113.7 port 52577 ssh2"}"#
    }
    fn recognises(&self, line: &[u8]) -> bool {
        memmem::find(line, b"\"__REALTIME_TIMESTAMP\"").is_some()
            && eve::owns(line, b"__REALTIME_TIMESTAMP")
            && !eve::owns(line, b"event_type")
    }
    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome {
        let entry = match serde_json::from_slice::<Map<String, Value>>(line) {
            Ok(entry) => entry,
            Err(error) => {
                return Outcome::Rejected(format!(
                    "the entry is no JSON object ({error}); write the log again with `journalctl -o json`"
                ));
            }
        };
        let time = match entry.get(TIME) {
            Some(Value::String(digits)) => digits.parse().ok(),
            Some(Value::Number(number)) => number.as_i64(),
            _ => None,
        };
        let Some(time) = time else {
            return Outcome::Rejected(format!(
                "{TIME} is no number of microseconds; write the log again with `journalctl -o json`"
            ));
        };
        let text = |names: &[&str]| names.iter().find_map(|name| bytes(entry.get(*name)?));
        let Some(message) = text(&["MESSAGE"]) else {
            return Outcome::Counted("journal: entry without text".into());
        };
        let host = text(&["_HOSTNAME"]);
        let program = text(&["SYSLOG_IDENTIFIER", "_COMM"]).unwrap_or_default();
        let process = text(&["SYSLOG_PID", "_PID"]);
        let envelope = Envelope {
            stamp: Some(Stamp::Instant(time)),
            host: host.as_deref(),
            program: &program,
            process: process.as_deref(),
            message: &message,
        };
        syslog::settle(&envelope, self.name(), state, out)
    }
}

/// A field's bytes: text, or an array of numbers where it is none. A field given twice comes as an
/// array of its values, of which the first counts.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Array(values) => match values.first() {
            Some(first @ (Value::String(_) | Value::Array(_))) => bytes(first),
            _ => values.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_text_or_bytes() {
        let read = |json: &str| bytes(&serde_json::from_str(json).unwrap());
        assert_eq!(read(r#""héllo""#), Some("héllo".into()));
        assert_eq!(read("[70,97,255]"), Some(vec![70, 97, 255]));
        assert_eq!(read(r#"["a","b"]"#), Some(b"a".to_vec()));
        assert_eq!(read("[[65],[66]]"), Some(b"A".to_vec()));
        assert_eq!(read("[]"), Some(vec![]));
        for json in ["null", "1", "[256]", "[-1]", "{}"] {
            assert_eq!(read(json), None, "{json}");
        }
        // Arrays in arrays are no deeper than the JSON reader allows.
        assert_eq!(read("[[[65]]]"), Some(b"A".to_vec()));
    }
}
