//! Suricata's EVE JSON, 3.x to 8.x: one pass over the bytes finds the members, no tree is built.
//!
//! Every member is optional and unknown ones are ignored, so all versions are read by one reader.
//! What an event of a type that is not stored must be: one whole JSON object, as [`scan`] checks it.

mod alert;
mod block;
mod event;
mod field;
mod flow;
mod key;
mod netflow;
mod number;
mod scan;
mod skip;
mod ssh;
mod sweep;
mod text;
mod time;

use std::borrow::Cow;

use crate::text::lossy;
use crate::{Options, Outcome, Rows, Source, State};
use event::Event;
use field::Line;

pub use skip::STORED;
pub(crate) use sweep::Swept;

/// Suricata's EVE JSON.
pub(super) struct Eve;

impl Source for Eve {
    fn name(&self) -> &'static str {
        "eve"
    }

    fn doc(&self) -> &'static str {
        "Suricata's EVE JSON, 3.x to 8.x: flow, netflow, alert and ssh events are stored, other types counted"
    }

    fn example(&self) -> &'static str {
        r#"{"timestamp":"2016-11-24T15:07:12.104215+0000","flow_id":1406742190437821,"in_iface":"eth0","event_type":"flow","src_ip":"198.51.100.23","src_port":40912,"dest_ip":"192.0.2.7","dest_port":22,"proto":"TCP","app_proto":"ssh","flow":{"pkts_toserver":16,"pkts_toclient":14,"bytes_toserver":2210,"bytes_toclient":2917,"start":"2016-11-24T15:06:40.359999+0000","end":"2016-11-24T15:06:51.002847+0000","age":11,"state":"closed","reason":"timeout","alerted":false},"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,"psh":true,"ack":true,"state":"closed"}}"#
    }

    fn recognises(&self, line: &[u8]) -> bool {
        scan::has_key(line, b"event_type")
    }

    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome {
        // What becomes of a line must not hang on where it stands: if it can be known at a glance, it is.
        if line.len() <= sweep::LONGEST
            && let Some((_, outcome)) = self.glance(line, state, out)
        {
            return outcome;
        }
        match read(line, &state.options, out) {
            Ok(outcome) => outcome,
            Err(reason) => Outcome::Rejected(reason),
        }
    }

    fn glance<'l>(
        &self,
        lines: &'l [u8],
        state: &mut State,
        out: &mut Rows,
    ) -> Option<(&'l [u8], Outcome)> {
        let line = state.swept.sweep(lines)?;
        let swept = Some(&state.swept);
        let mut event = Event::empty();
        let is_text = || state.swept.is_ascii() || std::str::from_utf8(line).is_ok();
        let outcome = match skip::see(line, swept, &state.options, &mut event).ok()? {
            Some(kind) if is_text() => Outcome::Counted(kind.into()),
            None if event.event_type().is_there() => {
                event.stands_in(Line { text: std::str::from_utf8(line).ok()?, swept });
                store(&event, &state.options, out).unwrap_or_else(Outcome::Rejected)
            }
            _ => return None,
        };
        Some((line, outcome))
    }

    fn stateful(&self) -> bool {
        false
    }
}

fn read(line: &[u8], options: &Options, out: &mut Rows) -> Result<Outcome, String> {
    let text = lossy(line);
    let mut event = Event::empty();
    event.stands_in(Line { text: &text, swept: None });
    let seen = skip::see(text.as_bytes(), None, options, &mut event);
    match seen.map_err(|broken| broken.of_line(line).reason())? {
        Some(kind) => Ok(Outcome::Counted(kind.into())),
        None => store(&event, options, out),
    }
}

/// What becomes of an event whose members are known.
fn store(event: &Event<'_>, options: &Options, out: &mut Rows) -> Result<Outcome, String> {
    let utc_offset_seconds = options.utc_offset_seconds;
    let event_type = event.event_type().string().filter(|name| !name.is_empty());
    let kind = event_type.as_deref().map(str::as_bytes);
    if let Some(kind) = kind.and_then(|name| skip::not_stored(event, name, options)) {
        return Ok(Outcome::Counted(kind.into()));
    }
    match event_type.as_deref() {
        Some("flow") => given(&flow::row(event, utc_offset_seconds), |row| out.flow(row)),
        Some("netflow") => given(&netflow::row(event, utc_offset_seconds), |row| out.netflow(row)),
        Some("alert") => given(&alert::row(event, utc_offset_seconds), |row| out.alert(row)),
        Some("ssh") => given(&ssh::row(event, utc_offset_seconds), |row| out.ssh(row)),
        Some(other) => Ok(Outcome::Counted(Cow::Owned(other.to_owned()))),
        None => Err("event_type is no text; check what wrote the event".to_owned()),
    }
}

/// Puts a row where it belongs, if there is one; a row is large and stays where it was made.
#[inline]
fn given<R>(row: &Result<R, String>, put: impl FnOnce(&R) -> Outcome) -> Result<Outcome, String> {
    match row {
        Ok(row) => Ok(put(row)),
        Err(reason) => Err(reason.clone()),
    }
}

/// Whether an object has this key at its own level: a look-alike nested in it does not count.
pub(crate) fn owns(object: &[u8], key: &[u8]) -> bool {
    scan::has_key(object, key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain;

    fn outcome(line: &str) -> String {
        match explain(line.as_bytes(), &Options::default()).outcome {
            Outcome::Stored(table) => table.name.to_owned(),
            Outcome::Counted(kind) => format!("counted {kind}"),
            Outcome::Rejected(reason) => format!("rejected {reason}"),
        }
    }

    #[test]
    fn the_type_at_the_top_level_decides() {
        let stamp = r#""timestamp":"2025-01-01T00:00:00Z""#;
        assert_eq!(outcome(&format!(r#"{{"event_type":"ssh",{stamp}}}"#)), "ssh");
        assert_eq!(
            outcome(&format!(r#"{{{stamp},"x":{{"event_type":"flow"}},"event_type":"dns"}}"#)),
            "counted dns"
        );
        assert_eq!(
            outcome(&format!(r#"{{"event_type":"dns",{stamp},"event_type":"netflow"}}"#)),
            "netflow"
        );
        assert_eq!(outcome(r#"{"event_type":"\u0064ns"}"#), "counted dns");
    }

    #[test]
    fn a_cut_line_is_never_counted() {
        let whole = r#"{"event_type":"stats","stats":{"uptime":8,"name":"a}"}}"#;
        assert_eq!(outcome(whole), "counted stats");
        for end in 1..whole.len() {
            let cut = outcome(&whole[..end]);
            assert!(cut.starts_with("rejected"), "{cut}: {}", &whole[..end]);
        }
    }

    #[test]
    fn a_reject_says_where_in_the_line_it_broke() {
        let event = read(b"{\"a\":\"\xff\xfe\",}", &Options::default(), &mut Rows::new("f"));
        let reason = event.unwrap_err();
        assert!(reason.contains("no key at byte 11"), "{reason}");
    }

    #[test]
    fn a_type_that_is_no_text_is_rejected() {
        for line in [r#"{"event_type":7}"#, r#"{"event_type":""}"#, r#"{"event_type":null}"#] {
            assert!(outcome(line).starts_with("rejected event_type is no text"), "{line}");
        }
        assert!(
            outcome(r#"{"timestamp":"x"}"#).starts_with("rejected a JSON line of no known log")
        );
    }
}
