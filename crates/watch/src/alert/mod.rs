//! What live scoring says: one line of JSON in the shape of an EVE event.
//!
//! The keys of the flow (`flow_id`, `community_id`, the five-tuple) stand where Suricata puts them, so that whatever
//! joins EVE events joins these too; what the model says stands under `botany`, and `event_type` is `botany`. What
//! is not known is left out, never null. **The line is made of the event alone**: no clock of ours, so that the same
//! event scored by the same model gives the same bytes.
//!
//! ```json
//! {"timestamp":"2018-05-06T17:44:06.000000+0000","event_type":"botany","src_ip":"192.0.2.7",
//!  "botany":{"id":"…","model":"article","version":1,"grain":"flow","probability":0.93,"threshold":0.5}}
//! ```

mod id;
mod number;
pub(crate) mod stamp;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// A line that is no alert.
#[derive(Debug, thiserror::Error)]
#[error("this is no line of alerts ({0}): give the file that `botany watch` writes its alerts to")]
pub struct NoAlert(#[from] serde_json::Error);

/// One alert: the event it is about, and what a model says of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The event's own time, microseconds since 1970, UTC: when the flow began, or when the window ended.
    /// Written in Suricata's form; times outside what a clock can say (1970 to 9999) are written as the nearest one inside.
    #[serde(with = "stamp")]
    pub timestamp: i64,
    /// Suricata's number of the flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_id: Option<u64>,
    /// The interface the packet came in on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_iface: Option<String>,
    /// Always `botany`.
    pub event_type: EventType,
    /// The source: of the flow, or the address a window is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src_ip: Option<String>,
    /// The source port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src_port: Option<u16>,
    /// The destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dest_ip: Option<String>,
    /// The destination port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dest_port: Option<u16>,
    /// The transport protocol, upper case as Suricata writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proto: Option<String>,
    /// The application protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_proto: Option<String>,
    /// Community ID v1, the same on every sensor that saw the flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub community_id: Option<String>,
    /// The flow's counters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowPart>,
    /// The sensor's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What the model says.
    pub botany: Said,
}

/// The kind of event these lines are, for whoever reads them among Suricata's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// An alert of Botany.
    #[default]
    #[serde(rename = "botany")]
    Botany,
}

/// The flow's counters, by Suricata's names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowPart {
    /// Packets the client sent.
    pub pkts_toserver: u64,
    /// Packets the server sent.
    pub pkts_toclient: u64,
    /// Bytes the client sent, link-layer header included.
    pub bytes_toserver: u64,
    /// Bytes the server sent, link-layer header included.
    pub bytes_toclient: u64,
    /// When it began, microseconds since 1970, UTC.
    #[serde(default, with = "stamp::optional", skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// How long it lasted, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u64>,
}

/// What a model says of an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What [`Alert::id`] gives: [`Alert::line`] writes it, whatever stands here, and [`Alert::parse`] reads it.
    #[serde(default)]
    pub id: String,
    /// The model's name in the registry.
    pub model: String,
    /// Its version.
    pub version: u32,
    /// What one row is: `flow`, `address` or `block`.
    pub grain: String,
    /// The probability of label 1.
    #[serde(with = "number")]
    pub probability: f64,
    /// From which probability on an alert is told.
    #[serde(with = "number")]
    pub threshold: f64,
    /// What moved the probability most, the strongest first; see [`crate::contributions`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Contribution>,
    /// What the threat list knows of the source, if it is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threat: Option<Threat>,
    /// The address a window is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The block a window is about, as a prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// The window, for address and block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// How far one feature moved the probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The feature's name.
    pub feature: String,
    /// Its value in the row.
    pub value: FeatureValue,
    /// The probability minus what it would be with the feature at its reference.
    #[serde(with = "number")]
    pub contribution: f64,
}

/// The value of a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FeatureValue {
    /// A number. One that JSON cannot write becomes a word: `NaN`, `inf`, `-inf`.
    Number(#[serde(serialize_with = "number::serialize")] f64),
    /// A word.
    Word(String),
}

/// What the threat list knows of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Threat {
    /// The listed names it tried.
    pub usernames: Vec<String>,
    /// When it was first seen trying one, microseconds since 1970, UTC.
    #[serde(with = "stamp")]
    pub first_seen: i64,
    /// When it was last seen trying one, microseconds since 1970, UTC.
    #[serde(with = "stamp")]
    pub last_seen: i64,
}

/// The span a profile was made over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Its first instant, microseconds since 1970, UTC.
    #[serde(with = "stamp")]
    pub start: i64,
    /// The first instant after it, microseconds since 1970, UTC.
    #[serde(with = "stamp")]
    pub end: i64,
    /// How many flows fell into it.
    pub flows: u64,
}

impl Alert {
    /// Who it is about: the address or the block of a window, else the source of the flow; what is throttled by.
    pub fn source(&self) -> &str {
        let said = &self.botany;
        let about = said.block.as_ref().or(said.address.as_ref()).or(self.src_ip.as_ref());
        about.map_or("", String::as_str)
    }

    /// A name for what is alerted about: the same for the same flow or window and the same model, whatever its
    /// version, on every run. Receivers drop doubles by it.
    pub fn id(&self) -> String {
        id::of(self)
    }

    /// The alert as one line of JSON, without the newline.
    ///
    /// Text of an attacker (names, hosts) is escaped: no control character, no line or paragraph separator and no
    /// mark of writing direction gets into the line as it is, so that it ends where it ends and does nothing to a
    /// terminal.
    pub fn line(&self) -> String {
        let mut told = self.clone();
        told.botany.id = self.id();
        // Nothing here can fail: keys are text, and writing to memory ends well.
        let json = serde_json::to_string(&told).unwrap_or_default();
        if json.chars().any(hidden) { escape(&json) } else { json }
    }

    /// The alert of a line.
    ///
    /// # Errors
    ///
    /// [`NoAlert`] if it is none.
    pub fn parse(line: &str) -> Result<Alert, NoAlert> {
        Ok(serde_json::from_str(line)?)
    }
}

/// Characters that JSON allows as they are and that a terminal or a reader of lines takes for more than text.
fn hidden(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `json` with such characters as `\uXXXX`: they only ever stand inside a text, where that means the same.
fn escape(json: &str) -> String {
    use std::fmt::Write as _;
    let mut line = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if hidden(c) {
            // Writing to a string cannot fail.
            let _ = write!(line, "\\u{:04x}", c as u32);
        } else {
            line.push(c);
        }
    }
    line
}
