//! What a line must become, by the tree a full JSON parser makes of it.

use std::net::IpAddr;

use botany_collect::Options;
use jiff::Timestamp;
use serde_json::Value;

use crate::columns::{Kind, OBJECTS, TYPES, of};

/// The end of a line.
pub enum End {
    /// A row of this table, with these columns.
    Stored(&'static str, Vec<(&'static str, Kind, Want)>),
    Counted,
    Rejected,
    /// The parser says no more than that it is no JSON, or no event: the reader may be more patient.
    Open,
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    Exactly(Option<String>),
    /// The event must be rejected for it.
    Wrong,
    /// Written in a way on which both may differ: the reader may reject it or not.
    Either,
}
use Want::{Either, Exactly, Wrong};

fn at<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path.split('.').try_fold(tree, |value, key| value.as_object()?.get(key));
    found.filter(|value| !value.is_null())
}

/// The end of a line by its tree.
pub fn end(line: &[u8], options: &Options) -> End {
    if !line.iter().any(|byte| byte.is_ascii_graphic()) {
        return End::Open;
    }
    let tree: Value = match serde_json::from_slice(line) {
        Ok(tree) => tree,
        // An object that was cut is never taken for a whole one. (An escape of too few digits at the end of a
        // line is an end to the parser as well.)
        Err(error) if error.is_eof() && line.trim_ascii_start().starts_with(b"{") => {
            let last = line.get(line.len().saturating_sub(8)..).unwrap_or_default();
            return if last.windows(2).any(|two| two == b"\\u") {
                End::Open
            } else {
                End::Rejected
            };
        }
        Err(_) => return End::Open,
    };
    let Some(kind) = at(&tree, "event_type") else { return End::Open };
    let Some(kind) = kind.as_str().filter(|kind| !kind.is_empty()) else { return End::Rejected };
    let Some((kind, specs)) = TYPES.iter().copied().find(|(name, _)| *name == kind) else {
        return End::Counted;
    };
    if !options.events.is_empty() && !options.events.iter().any(|wanted| wanted == kind) {
        return End::Counted;
    }
    // A line that shows the escapes of digits may or may not be taken for a number.
    let escaped = line.windows(5).any(|five| five == b"\\u003" || five == b"\\u004");
    let want = |paths: &[&str], kind| match value(&tree, paths, kind) {
        Exactly(_) | Wrong
            if escaped && matches!(kind, Kind::Number(_) | Kind::Count | Kind::Hex) =>
        {
            Either
        }
        want => want,
    };
    if !options.ports.is_empty() && matches!(kind, "flow" | "netflow") {
        // An answer comes from the port that was asked.
        let asked: &[&str] =
            if kind == "flow" { &["dest_port"] } else { &["dest_port", "src_port"] };
        let ports: Vec<Want> = asked.iter().map(|port| want(&[port], Kind::Number(16))).collect();
        let wanted = |port: &Want| match port {
            Exactly(Some(port)) => options.ports.iter().any(|wanted| wanted.to_string() == *port),
            other => *other == Wrong,
        };
        if ports.contains(&Either) {
            return End::Open;
        }
        if !ports.iter().any(wanted) {
            return End::Counted;
        }
    }
    let objects = OBJECTS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |all| all.1);
    if objects.iter().any(|path| at(&tree, path).is_some_and(|value| !value.is_object())) {
        return End::Rejected;
    }
    let columns: Vec<_> =
        of(specs).map(|(name, paths, kind)| (*name, *kind, want(paths, *kind))).collect();
    let timeless = columns[0].2 == Exactly(None);
    let wrong = columns.iter().any(|column| column.2 == Wrong);
    if timeless || wrong { End::Rejected } else { End::Stored(kind, columns) }
}

/// Text, numbers and truth values as text; a number in its plainest form only.
fn scalar(value: &Value) -> Want {
    match value {
        Value::String(text) => Exactly(Some(text.clone())),
        Value::Bool(truth) => Exactly(Some(truth.to_string())),
        Value::Number(number) if number.is_u64() => Exactly(Some(number.to_string())),
        Value::Number(_) | Value::Null => Either,
        Value::Array(_) | Value::Object(_) => Wrong,
    }
}

fn value(tree: &Value, paths: &[&str], kind: Kind) -> Want {
    if kind == Kind::Sensor {
        let host = at(tree, "host").and_then(Value::as_str);
        return match (host, at(tree, "sensor_id").map(scalar)) {
            (Some(host), _) => Exactly(Some(host.to_owned())),
            (None, None | Some(Wrong)) => Exactly(None),
            (None, Some(number)) => number,
        };
    }
    let Some(value) = paths.iter().find_map(|path| at(tree, path)) else {
        return Exactly((kind == Kind::Count).then(|| "0".to_owned()));
    };
    match kind {
        Kind::Text | Kind::Sensor => scalar(value),
        Kind::Upper => match scalar(value) {
            Exactly(text) => Exactly(text.map(|text| text.to_ascii_uppercase())),
            other => other,
        },
        Kind::Time => match value.as_str() {
            Some(stamp) => time(stamp),
            None => Wrong,
        },
        Kind::Address => match scalar(value) {
            Exactly(Some(text)) if text.is_empty() => Exactly(None),
            Exactly(Some(text)) => match text.parse::<IpAddr>() {
                Ok(address) => Exactly(Some(address.to_canonical().to_string())),
                // A zone, brackets and blanks may be dropped.
                Err(_) if text.contains(|c: char| c == '%' || c == '[' || c.is_whitespace()) => {
                    Either
                }
                Err(_) => Wrong,
            },
            // No number is an address, whatever its form.
            _ => Wrong,
        },
        Kind::Number(_) | Kind::Count => {
            let top =
                if let Kind::Number(bits) = kind { u64::MAX >> (64 - bits) } else { u64::MAX };
            let written = value.as_str().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
            let number = value.as_u64().or_else(|| written?.parse().ok());
            number.filter(|n| *n <= top).map_or(Wrong, |n| Exactly(Some(n.to_string())))
        }
        Kind::Flag => match value {
            Value::Bool(truth) => Exactly(Some(truth.to_string())),
            Value::String(text) if text == "true" || text == "false" => Either,
            Value::Number(number) if matches!(number.as_u64(), Some(0 | 1)) => Either,
            _ => Wrong,
        },
        Kind::Hex => match value {
            Value::String(text) => {
                let digits = text.strip_prefix("0x").unwrap_or(text);
                let bits = Some(digits).filter(|d| !d.starts_with('+'));
                bits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
                    .map_or(Wrong, |bits| Exactly(Some(bits.to_string())))
            }
            other => other
                .as_u64()
                .filter(|bits| *bits < 256)
                .map_or(Wrong, |bits| Exactly(Some(bits.to_string()))),
        },
        Kind::List(separator) => match value {
            Value::Array(all) => {
                let mut texts = Vec::new();
                for one in all {
                    match scalar(one) {
                        Exactly(text) => texts.extend(text),
                        other => return other,
                    }
                }
                Exactly((!texts.is_empty()).then(|| texts.join(separator)))
            }
            one => scalar(one),
        },
        Kind::Json => Exactly(Some(value.to_string())),
    }
}

/// The stamp Suricata writes; the reader knows some other forms too.
fn time(stamp: &str) -> Want {
    let form = b"0000-00-00T00:00:00.000000+0000";
    let same = |(shown, form): (u8, &u8)| match form {
        b'0' => shown.is_ascii_digit(),
        b'+' => matches!(shown, b'+' | b'-'),
        other => shown == *other,
    };
    let usual = stamp.len() == form.len() && stamp.bytes().zip(form).all(same);
    // A leap second is the next minute's first to the one and the last one again to the other.
    let leaps = stamp.get(17..19) == Some("60");
    match Timestamp::strptime("%Y-%m-%dT%H:%M:%S.%f%z", stamp) {
        Ok(time) if usual && !leaps => Exactly(Some(time.as_microsecond().to_string())),
        _ => Either,
    }
}
