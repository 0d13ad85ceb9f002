//! Finds the members of a JSON object without building a tree.
//!
//! What is checked: at the object's own level, everything but the inner grammar of numbers. Inside a
//! nested value, and behind what decides that an event is not stored, that every string is closed and every
//! bracket has its partner, so that no look-alike can be taken for a member and no line cut short can pass. What is not: raw control
//! characters may stand in strings.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use super::block::{self, Levels};
use super::key::Key;
use super::number::digits;
use super::sweep::Swept;
use super::text::unescape;
use crate::text::{lossy, place};

/// Why something is no JSON object, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    what: &'static str,
    at: usize,
}

impl Broken {
    /// The same of a part of a line, seen from where the part begins.
    pub(super) fn of_part(self, start: usize) -> Broken {
        Broken { at: self.at.saturating_sub(start), ..self }
    }

    /// The same of a line that was made text, which may stand elsewhere in its bytes.
    pub(super) fn of_line(self, line: &[u8]) -> Broken {
        Broken { at: place(line, self.at), ..self }
    }

    /// The reason of a reject.
    pub(super) fn reason(self) -> String {
        format!(
            "no whole JSON object: {} at byte {}; check what cut the line",
            self.what,
            self.at + 1
        )
    }
}

/// Where a value stands in its line, and what was seen of it on the way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    start: u32,
    end: u32,
    /// The number that digits and nothing else write, if it is less than [`NULL`], or one of the three.
    pub(super) plain: u64,
}

/// The word itself.
pub(super) const NULL: u64 = u64::MAX - 2;
/// A string without backslashes.
pub(super) const TEXT: u64 = u64::MAX - 1;
/// Nothing was seen that saves looking at it again.
pub(super) const OTHER: u64 = u64::MAX;

impl Value {
    /// There is none.
    pub(super) const ABSENT: Value = Value { start: 0, end: 0, plain: OTHER };

    /// A line has at most [`crate::lines::LONGEST`] bytes, or a few times that where they are spelt out.
    #[inline]
    pub(super) fn new(start: usize, end: usize, plain: u64) -> Value {
        Value { start: start as u32, end: end as u32, plain }
    }

    #[inline]
    pub(super) fn is_there(self) -> bool {
        self.end > 0
    }

    /// Its place in the line.
    #[inline]
    pub(super) fn place(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Keys that are looked for.
pub(super) struct Keys {
    pub(super) whole: &'static [&'static [u8]],
    /// Their last bytes.
    pub(super) ends: &'static [[u8; 8]],
}

/// The members of one object, in order.
pub(super) struct Members<'a> {
    /// The line the object stands in, up to its end.
    bytes: &'a [u8],
    at: usize,
    state: State,
    /// What is known of the line already.
    swept: Option<&'a Swept>,
    /// Whether the object is the line.
    whole: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// After `{`: a key or the end.
    First,
    /// After a value: a comma or the end.
    Next,
    /// After `}`.
    End,
}

impl<'a> Members<'a> {
    /// The line must be an object and nothing else but white space around it.
    #[inline]
    pub(super) fn new(line: &'a [u8], swept: Option<&'a Swept>) -> Result<Self, Broken> {
        let members = Members::within(line, 0..line.len(), swept)?;
        Ok(Members { whole: true, ..members })
    }

    /// The same of a part of a line.
    #[inline]
    pub(super) fn within(
        line: &'a [u8],
        part: Range<usize>,
        swept: Option<&'a Swept>,
    ) -> Result<Self, Broken> {
        let bytes = line.get(..part.end).unwrap_or_default();
        let at = blank(bytes, part.start);
        match bytes.get(at) {
            Some(b'{') => {
                Ok(Members { bytes, at: at + 1, state: State::First, swept, whole: false })
            }
            _ => Err(Broken { what: "no opening brace", at }),
        }
    }

    /// Steps over the next key if it is this one, written as sensors write it: without escapes and white space.
    /// `false` means only that [`Members::key`] must be asked.
    #[inline]
    pub(super) fn is_next(&mut self, key: &Key) -> bool {
        let bytes = self.bytes;
        let comma = match self.state {
            State::First => 0,
            State::Next if bytes.get(self.at) == Some(&b',') => 1,
            _ => return false,
        };
        let rest = bytes.get(self.at + comma..).unwrap_or_default();
        let Some(value) = key.step_over(rest) else { return false };
        if matches!(value, [b' ' | b'\t' | b'\n' | b'\r', ..]) {
            return false;
        }
        self.at = bytes.len() - value.len();
        self.state = State::Next;
        true
    }

    /// The next key; its value must be taken with [`Members::value`] before the next call.
    #[inline]
    pub(super) fn key(&mut self) -> Result<Option<Cow<'a, [u8]>>, Broken> {
        let bytes = self.bytes;
        let mut at = blank(bytes, self.at);
        match (self.state, bytes.get(at)) {
            (State::End, _) => return Ok(None),
            (_, Some(b'}')) => {
                self.state = State::End;
                self.at = blank(bytes, at + 1);
                let rest = bytes.len() > self.at;
                let over = Broken { what: "more text after the object", at: self.at };
                return if rest { Err(over) } else { Ok(None) };
            }
            (State::Next, Some(b',')) => at = blank(bytes, at + 1),
            (State::Next, Some(_)) => return Err(Broken { what: "no comma between members", at }),
            (State::First, _) => {}
            (State::Next, None) => {}
        }
        match bytes.get(at) {
            Some(b'"') => {}
            Some(_) => return Err(Broken { what: "no key", at }),
            None => return Err(Broken { what: "the line ends within the object", at }),
        }
        let (end, escaped) = self.string(at)?;
        let inner = bytes.get(at + 1..end - 1).unwrap_or_default();
        let colon = blank(bytes, end);
        match bytes.get(colon) {
            Some(b':') => self.at = blank(bytes, colon + 1),
            Some(_) => return Err(Broken { what: "no colon after a key", at: colon }),
            None => return Err(Broken { what: "the line ends after a key", at: colon }),
        }
        self.state = State::Next;
        if escaped {
            return Ok(Some(Cow::Owned(unescape(&lossy(inner)).into_bytes())));
        }
        Ok(Some(Cow::Borrowed(inner)))
    }

    /// The value of the key that was given last.
    #[inline]
    pub(super) fn value(&mut self) -> Result<Value, Broken> {
        let (bytes, at) = (self.bytes, self.at);
        let (end, plain) = match bytes.get(at) {
            Some(b'"') => {
                let (end, escapes) = self.string(at)?;
                (end, if escapes { OTHER } else { TEXT })
            }
            Some(b'{' | b'[') => {
                let swept = self.swept.filter(|_| self.whole);
                match swept.and_then(|swept| swept.end_of(at)) {
                    Some(end) => (end, OTHER),
                    None => (close(bytes, at, Levels::NONE)?.0, OTHER),
                }
            }
            _ => value(bytes, at)?,
        };
        self.at = end;
        Ok(Value::new(at, end, plain))
    }

    /// The end of the string that begins with the quote at `at`, and whether it holds escapes.
    #[inline]
    fn string(&self, at: usize) -> Result<(usize, bool), Broken> {
        match self.swept.and_then(|swept| swept.end_of_string(at)) {
            Some(end) => Ok((end, false)),
            None => string(self.bytes, at),
        }
    }

    /// Whether the rest is whole, has none of these keys, and may thus be left unread.
    ///
    /// Of the rest no more is known than that its strings and brackets are closed. `false` means only
    /// that it must be read to be sure.
    pub(super) fn rest_is_whole_without(&self, keys: &Keys) -> bool {
        let bytes = self.bytes;
        if let Some(swept) = self.swept {
            return swept.lacks(bytes, self.at, keys.ends);
        }
        let Ok((end, escapes)) = close(bytes, self.at, Levels::OBJECT) else { return false };
        let rest = bytes.get(self.at..end).unwrap_or_default();
        // A key may be written with escapes.
        let hidden = escapes && memmem::find(rest, b"\\u").is_some();
        let found = || keys.whole.iter().any(|key| memmem::find(rest, key).is_some());
        blank(bytes, end) == bytes.len() && !hidden && !found()
    }
}

/// Whether an object has this key at its own level; it may be broken after it.
pub(super) fn has_key(object: &[u8], wanted: &[u8]) -> bool {
    let object = lossy(object);
    let Ok(mut members) = Members::new(object.as_bytes(), None) else { return false };
    while let Ok(Some(key)) = members.key() {
        if key.as_ref() == wanted {
            return true;
        }
        if members.value().is_err() {
            return false;
        }
    }
    false
}

/// The values of an array, each as the text it stands in; `None` if the text is no array.
pub(super) fn elements(text: &str) -> Option<Vec<&str>> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    if bytes.first() != Some(&b'[') {
        return None;
    }
    let mut at = blank(bytes, 1);
    if bytes.get(at) == Some(&b']') {
        return Some(all);
    }
    loop {
        let (end, _) = value(bytes, at).ok()?;
        all.push(text.get(at..end)?);
        at = blank(bytes, end);
        match bytes.get(at)? {
            b',' => at = blank(bytes, at + 1),
            b']' => return Some(all),
            _ => return None,
        }
    }
}

/// The first place from `at` on that is no white space.
#[inline]
fn blank(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The value that begins at `at`: its end, and what was [seen](Value::plain) of it.
#[inline]
fn value(bytes: &[u8], at: usize) -> Result<(usize, u64), Broken> {
    match bytes.get(at) {
        Some(b'"') => {
            string(bytes, at).map(|(end, escapes)| (end, if escapes { OTHER } else { TEXT }))
        }
        Some(b'0'..=b'9') => {
            let (end, number) = digits(bytes, at);
            match bytes.get(end) {
                Some(next) if of_number(*next) => Ok((number_end(bytes, end), OTHER)),
                _ => Ok((end, if number < NULL { number } else { OTHER })),
            }
        }
        Some(b'-') => Ok((number_end(bytes, at + 1), OTHER)),
        Some(b'{' | b'[') => close(bytes, at, Levels::NONE).map(|(end, _)| (end, OTHER)),
        Some(first) => {
            let word: &[u8] = match first {
                b't' => b"true",
                b'f' => b"false",
                _ => b"null",
            };
            let starts = bytes.get(at..at + word.len()) == Some(word);
            let wrong = Broken { what: "no value", at };
            let plain = if *first == b'n' { NULL } else { OTHER };
            if starts { Ok((at + word.len(), plain)) } else { Err(wrong) }
        }
        None => Err(Broken { what: "the line ends before a value", at }),
    }
}

/// Whether a byte may stand in a number.
fn of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The first place from `at` on that is no part of a number.
fn number_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !of_number(*byte)).unwrap_or(rest.len())
}

/// The end of the string that begins with the quote at `at`, and whether it holds escapes.
#[inline]
fn string(bytes: &[u8], at: usize) -> Result<(usize, bool), Broken> {
    let mut escaped = false;
    let mut next = at + 1;
    while let Some(found) = block::quote_or_backslash(bytes, next) {
        if bytes.get(found) == Some(&b'"') {
            return Ok((found + 1, escaped));
        }
        escaped = true;
        next = found + 2;
    }
    Err(Broken { what: "the line ends within a string", at: bytes.len() })
}

/// Where the open brackets close that begin at `at`, and whether there was a backslash.
fn close(bytes: &[u8], at: usize, levels: Levels) -> Result<(usize, bool), Broken> {
    match block::close(bytes, at, levels) {
        Ok(closed) => Ok((closed.end, closed.escapes)),
        Err((what, at)) => Err(Broken { what, at }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<(String, String)>, &'static str> {
        let mut members = Members::new(text.as_bytes(), None).map_err(|broken| broken.what)?;
        let mut all = Vec::new();
        while let Some(key) = members.key().map_err(|broken| broken.what)? {
            let value = members.value().map_err(|broken| broken.what)?;
            let name = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            all.push((name(&key), text[value.place()].to_owned()));
        }
        Ok(all)
    }

    #[test]
    fn members_are_found_at_their_own_level_only() {
        let text = r#" { "a" : "x\"}" ,"b":{"a":[1,{"c":"]"}]} , "\u0063" :-1.5e+3,"d":null } "#;
        let found = members(text).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(k, v)| (&**k, &**v)).collect();
        let nested = r#"{"a":[1,{"c":"]"}]}"#;
        let expected = [("a", r#""x\"}""#), ("b", nested), ("c", "-1.5e+3"), ("d", "null")];
        assert_eq!(found, expected);
        assert_eq!(members("{}"), Ok(vec![]));
    }

    #[test]
    fn a_cut_line_is_broken_wherever_it_is_cut() {
        let text = r#"{"a":"x\"}","b":{"a":[1,{"c":"]"}]},"c":[],"d":true,"e":12}"#;
        assert!(members(text).is_ok());
        for end in 0..text.len() {
            assert!(members(&text[..end]).is_err(), "{}", &text[..end]);
        }
    }

    #[test]
    fn what_is_no_object_says_why() {
        for (text, what) in [
            ("[]", "no opening brace"),
            ("{} {}", "more text after the object"),
            (r#"{"a":1 "b":2}"#, "no comma between members"),
            (r#"{"a":1,}"#, "no key"),
            (r#"{"a" 1}"#, "no colon after a key"),
            (r#"{"a":}"#, "no value"),
            (r#"{"a":nul}"#, "no value"),
            (r#"{"a":[1}}"#, "a bracket without its partner"),
            (r#"{"a":{"b":1]}"#, "a bracket without its partner"),
            (r#"{"a":"x\"}"#, "the line ends within a string"),
        ] {
            assert_eq!(members(text), Err(what), "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        assert_eq!(members(&deep), Err("values nested too deeply"));
    }

    #[test]
    fn a_key_is_looked_for_outside_strings_and_nested_values() {
        assert!(has_key(br#"{"x":{},"event_type":"fl"#, b"event_type"));
        assert!(has_key(br#"{"event\u005ftype":1}"#, b"event_type"));
        assert!(!has_key(br#"{"x":"event_type","y":{"event_type":1}}"#, b"event_type"));
        assert!(!has_key(br#"{"x":"\"event_type\":1"}"#, b"event_type"));
    }

    #[test]
    fn an_array_gives_its_elements() {
        let raw = elements(r#"[ 1, "a,b" ,[2,3] ]"#).unwrap();
        assert_eq!(raw, ["1", r#""a,b""#, "[2,3]"]);
        assert_eq!(elements("[ ]").unwrap().len(), 0);
        assert!(elements("1").is_none() && elements("[1 2]").is_none());
    }
}
