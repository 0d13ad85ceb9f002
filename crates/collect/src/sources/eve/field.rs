//! One member of an event: its name for messages, and its value once it was found.

use std::borrow::Cow;
use std::ops::Range;

use botany_catalog::address;

use super::number::whole;
use super::scan::{NULL, OTHER, TEXT, Value, elements};
use super::sweep::Swept;
use super::text::unescape;
use super::time;
use crate::text::{head, lossy};

/// Bytes of a value that a message repeats.
const SHOWN: usize = 60;

/// The line the members stand in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// What is known of it already.
    pub(super) swept: Option<&'a Swept>,
}

/// A member that may be absent; `null` is absent too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    name: &'static str,
    line: Line<'a>,
    value: Value,
}

impl<'a> Field<'a> {
    #[inline]
    pub(super) fn new(name: &'static str, line: Line<'a>, value: Value) -> Self {
        Field { name, line, value }
    }

    pub(super) const fn absent(name: &'static str) -> Self {
        Field { name, line: Line { text: "", swept: None }, value: Value::ABSENT }
    }

    pub(super) fn is_there(self) -> bool {
        self.value.is_there()
    }

    /// The value as it stands in the line. Of a line that is no text yet there is none.
    #[inline]
    fn raw(self) -> Option<&'a str> {
        if self.is_there() { self.line.text.get(self.value.place()) } else { None }
    }

    /// The text of a string without backslashes.
    #[inline]
    fn plain_text(self) -> Option<&'a str> {
        let Range { start, end } = self.value.place();
        if self.value.plain == TEXT { self.line.text.get(start + 1..end - 1) } else { None }
    }

    /// What stands between the quotes of a string without backslashes, in a line that need not be text.
    #[inline]
    pub(super) fn bytes(self, line: &[u8]) -> Option<&[u8]> {
        let raw = line.get(self.value.place()).filter(|_| self.value.plain == TEXT)?;
        raw.get(1..raw.len() - 1)
    }

    /// The line with the object, and where it stands in it.
    #[inline]
    pub(super) fn object(self) -> Result<Option<(Line<'a>, Range<usize>)>, String> {
        match self.raw() {
            Some(raw) if !raw.starts_with('{') => Err(self.wrong("no object")),
            raw => Ok(raw.map(|_| (self.line, self.value.place()))),
        }
    }

    /// This member, or the other where it is absent.
    pub(super) fn or(self, other: Field<'a>) -> Field<'a> {
        if self.is_there() { self } else { other }
    }

    /// The value as the JSON it came in.
    pub(super) fn json(self) -> Option<Cow<'a, str>> {
        self.raw().map(Cow::Borrowed)
    }

    /// Text; a number or a truth value is its own text.
    #[inline]
    pub(super) fn text(self) -> Result<Option<Cow<'a, str>>, String> {
        if let Some(text) = self.plain_text() {
            return Ok(Some(Cow::Borrowed(text)));
        }
        match self.raw() {
            None => Ok(None),
            Some(raw) => {
                scalar(raw, self.value.plain).map(Some).ok_or_else(|| self.wrong("no text"))
            }
        }
    }

    /// Text, where anything but text is as good as absent.
    #[inline]
    pub(super) fn string(self) -> Option<Cow<'a, str>> {
        match self.plain_text() {
            Some(text) => Some(Cow::Borrowed(text)),
            None => string(self.raw()?, self.value.plain),
        }
    }

    /// Text in upper case.
    pub(super) fn upper(self) -> Result<Option<Cow<'a, str>>, String> {
        Ok(self.text()?.map(|text| {
            let lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
            if lower { Cow::Owned(text.to_ascii_uppercase()) } else { text }
        }))
    }

    /// One text of a list's elements; a value alone is a list of one.
    pub(super) fn list(self, separator: &str) -> Result<Option<Cow<'a, str>>, String> {
        let Some(raw) = self.raw() else { return Ok(None) };
        if !raw.starts_with('[') {
            return self.text();
        }
        let texts: Option<Vec<Cow<str>>> =
            elements(raw).and_then(|all| all.into_iter().map(|raw| scalar(raw, OTHER)).collect());
        let texts = texts.ok_or_else(|| self.wrong("no list of texts"))?;
        Ok((!texts.is_empty()).then(|| Cow::Owned(texts.join(separator))))
    }

    /// A whole number that fits; also one written as text.
    #[inline]
    pub(super) fn number<T: TryFrom<u64>>(self) -> Result<Option<T>, String> {
        let number = if self.value.plain < NULL {
            Some(self.value.plain)
        } else if self.is_there() {
            self.raw().and_then(|raw| whole(inner(raw).unwrap_or(raw).as_bytes()))
        } else {
            return Ok(None);
        };
        match number.and_then(|number| T::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => {
                let bits = size_of::<T>() * 8;
                Err(self.wrong(&format!("no whole number of at most {bits} bits")))
            }
        }
    }

    /// True or false, also as text or as 1 and 0.
    #[inline]
    pub(super) fn flag(self) -> Result<Option<bool>, String> {
        match self.raw() {
            None => Ok(None),
            Some("true" | "\"true\"" | "1") => Ok(Some(true)),
            Some("false" | "\"false\"" | "0") => Ok(Some(false)),
            Some(_) => Err(self.wrong("neither true nor false")),
        }
    }

    /// A byte of flags, written in hex as text; a plain number is taken as it is.
    #[inline]
    pub(super) fn flags(self) -> Result<Option<u8>, String> {
        let Some(raw) = self.raw() else { return Ok(None) };
        let Some(hex) = inner(raw) else {
            return self.number();
        };
        let hex = hex.strip_prefix("0x").unwrap_or(hex);
        let bits = Some(hex).filter(|hex| !hex.starts_with('+'));
        let bits = bits.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bits.map(Some).ok_or_else(|| self.wrong("no byte in hex"))
    }

    /// An address in its one canonical text; an empty text is as good as absent.
    #[inline]
    pub(super) fn address(self) -> Result<Option<Cow<'a, str>>, String> {
        let Some(text) = self.text()? else { return Ok(None) };
        if text.is_empty() {
            return Ok(None);
        }
        // An IPv4 address has one text only, so the one that parsed is it.
        if address::dotted(text.as_bytes()).is_some() {
            return Ok(Some(text));
        }
        let address = address::parse(&text).ok_or_else(|| self.wrong("no address"))?;
        Ok(Some(Cow::Owned(address.to_string())))
    }

    /// Microseconds since 1970 UTC.
    #[inline]
    pub(super) fn time(self, utc_offset_seconds: i32) -> Result<Option<i64>, String> {
        if !self.is_there() {
            return Ok(None);
        }
        let text = self.string();
        let time = text.and_then(|text| time::parse(text.as_bytes(), utc_offset_seconds));
        time.map(Some).ok_or_else(|| self.wrong("no time"))
    }

    /// The reason of a reject that hangs on this member.
    #[cold]
    fn wrong(self, what: &str) -> String {
        let shown = lossy(head(self.raw().unwrap_or_default().as_bytes(), SHOWN));
        format!("{} is {what}: {shown}; check what wrote the event", self.name)
    }
}

/// What stands between the quotes of a JSON string; `None` if the value is none.
#[inline]
fn inner(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')?.strip_suffix('"')
}

/// The text a JSON string stands for; `None` if the value is none.
#[inline]
fn string(raw: &str, plain: u64) -> Option<Cow<'_, str>> {
    let inner = inner(raw)?;
    let escapes = plain != TEXT && inner.contains('\\');
    Some(if escapes { Cow::Owned(unescape(inner)) } else { Cow::Borrowed(inner) })
}

/// The text of a value that is neither object nor array.
#[inline]
fn scalar(raw: &str, plain: u64) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first()? {
        b'{' | b'[' => None,
        b'"' => string(raw, plain),
        _ => Some(Cow::Borrowed(raw)),
    }
}

/// Declares the members of an object that are taken, and how they are found. The order is the writer's: a
/// member is looked for behind the one that was found last, and first of all the one that stood there in the
/// object before, as a sensor writes them all alike.
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident at $path:literal { $($field:ident,)* }) => {
        $(#[$doc])*
        pub(super) struct $name<'a> {
            line: $crate::sources::eve::field::Line<'a>,
            /// In the order of the list.
            values: [$crate::sources::eve::scan::Value; [$(stringify!($field)),*].len()],
            /// Where the member after the last one found stands in the list.
            next: usize,
        }

        impl<'a> $name<'a> {
            const NAMES: &'static [&'static [u8]] = &[$(stringify!($field).as_bytes()),*];
            const KEYS: &'static [$crate::sources::eve::key::Key] =
                &[$($crate::sources::eve::key::Key::new(stringify!($field).as_bytes())),*];

            /// An object without members.
            #[inline]
            pub(super) fn empty() -> Self {
                $name {
                    line: $crate::sources::eve::field::Line::default(),
                    values: [$crate::sources::eve::scan::Value::ABSENT; [$(stringify!($field)),*].len()],
                    next: 0,
                }
            }

            /// Says what the line is, which need not be text while members are only found.
            #[allow(dead_code, reason = "only the event itself stands in no other")]
            #[inline]
            pub(super) fn stands_in(&mut self, line: $crate::sources::eve::field::Line<'a>) {
                self.line = line;
            }

            $(
                #[allow(dead_code, reason = "to know a key costs less than not to know it")]
                #[inline]
                pub(super) fn $field(&self) -> $crate::sources::eve::field::Field<'a> {
                    const AT: usize = $crate::sources::eve::key::place(
                        $name::NAMES,
                        stringify!($field).as_bytes(),
                    );
                    $crate::sources::eve::field::Field::new(
                        concat!($path, stringify!($field)),
                        self.line,
                        self.values[AT],
                    )
                }
            )*

            /// Takes the next member, if it is one of these; false at the end of the object.
            #[inline]
            pub(super) fn take(
                &mut self,
                members: &mut $crate::sources::eve::scan::Members<'_>,
            ) -> Result<bool, $crate::sources::eve::scan::Broken> {
                const ROOM: usize = [$(stringify!($field)),*].len() + 1;
                thread_local! {
                    /// By the place behind a member, the one that came next.
                    static ORDER: [std::cell::Cell<usize>; ROOM] =
                        const { [const { std::cell::Cell::new(0) }; ROOM] };
                }
                let likely = ORDER.with(|order| order.get(self.next).map_or(0, std::cell::Cell::get));
                let next = Self::KEYS.get(likely).is_some_and(|key| members.is_next(key));
                let at = if next {
                    Some(likely)
                } else {
                    let Some(key) = members.key()? else { return Ok(false) };
                    let at = $crate::sources::eve::key::find(Self::NAMES, self.next, &key);
                    if let Some(at) = at {
                        ORDER.with(|order| order.get(self.next).map(|next| next.set(at)));
                    }
                    at
                };
                let value = members.value()?;
                if let Some(at) = at
                    && let Some(slot) = self.values.get_mut(at)
                {
                    // Of two the last counts, and null is as good as absent.
                    let null = value.plain == $crate::sources::eve::scan::NULL;
                    *slot = if null { $crate::sources::eve::scan::Value::ABSENT } else { value };
                    self.next = at + 1;
                }
                Ok(true)
            }

            /// The members of an object, which must be whole; others are ignored.
            #[cfg(test)]
            #[allow(dead_code, reason = "not every object is read alone")]
            pub(super) fn of(text: &'a str) -> Result<Self, $crate::sources::eve::scan::Broken> {
                let mut all = Self::empty();
                all.line.text = text;
                let mut members = $crate::sources::eve::scan::Members::new(text.as_bytes(), None)?;
                while all.take(&mut members)? {}
                Ok(all)
            }

            /// The members of an object that is itself a member and may be absent.
            #[allow(dead_code, reason = "the event itself is no member")]
            pub(super) fn inside(
                field: $crate::sources::eve::field::Field<'a>,
            ) -> Result<Self, String> {
                let mut all = Self::empty();
                let Some((line, place)) = field.object()? else { return Ok(all) };
                let start = place.start;
                all.line = line;
                let bytes = line.text.as_bytes();
                let members = $crate::sources::eve::scan::Members::within(bytes, place, line.swept);
                let taken = members.and_then(|mut members| {
                    while all.take(&mut members)? {}
                    Ok(all)
                });
                taken.map_err(|broken| broken.of_part(start).reason())
            }
        }
    };
}
pub(super) use fields;

#[cfg(test)]
mod tests {
    use super::*;

    fn field(raw: &str) -> Field<'_> {
        let there = Value::new(0, raw.len(), OTHER);
        let value = if raw == "null" { Value::ABSENT } else { there };
        Field::new("f", Line { text: raw, swept: None }, value)
    }

    #[test]
    fn numbers_fit_or_name_the_field() {
        assert_eq!(field("65535").number::<u16>(), Ok(Some(65535)));
        assert_eq!(field("\"22\"").number::<u16>(), Ok(Some(22)));
        assert_eq!(field("18446744073709551615").number::<u64>(), Ok(Some(u64::MAX)));
        assert_eq!(field("null").number::<u16>(), Ok(None));
        for raw in ["65536", "-1", "1.5", "1e3", "\"\"", "\"x\"", "true", "[]", "\""] {
            let reason = field(raw).number::<u16>().unwrap_err();
            assert!(reason.starts_with("f is no whole number of at most 16 bits"), "{reason}");
        }
        assert!(field("18446744073709551616").number::<u64>().is_err());
    }

    #[test]
    fn flags_are_hex_text() {
        for (raw, bits) in [("\"1b\"", 0x1b), ("\"00\"", 0), ("\"0x1B\"", 0x1b), ("27", 27)] {
            assert_eq!(field(raw).flags(), Ok(Some(bits)), "{raw}");
        }
        for raw in ["\"100\"", "\"\"", "\"+1\"", "\"xy\"", "256"] {
            assert!(field(raw).flags().is_err(), "{raw}");
        }
    }

    #[test]
    fn an_address_has_one_text() {
        for (raw, text) in [
            ("\"192.0.2.1\"", "192.0.2.1"),
            ("\"::ffff:192.0.2.1\"", "192.0.2.1"),
            ("\"2001:0DB8:0000::0001\"", "2001:db8::1"),
        ] {
            assert_eq!(field(raw).address().unwrap().as_deref(), Some(text));
        }
        assert_eq!(field("\"\"").address(), Ok(None));
        assert!(field("\"example.org\"").address().is_err());
    }

    #[test]
    fn lists_are_joined_and_a_single_value_is_a_list() {
        assert_eq!(field("[10,20]").list(".").unwrap().as_deref(), Some("10.20"));
        assert_eq!(field("10").list(".").unwrap().as_deref(), Some("10"));
        assert_eq!(field("[\"a\",\"b\"]").list(",").unwrap().as_deref(), Some("a,b"));
        assert_eq!(field("[]").list(","), Ok(None));
        assert!(field("[[1]]").list(",").is_err());
    }

    #[test]
    fn text_is_borrowed_where_it_needs_no_change() {
        assert!(matches!(field("\"tcp\"").text(), Ok(Some(Cow::Borrowed("tcp")))));
        assert_eq!(field("\"tcp\"").upper().unwrap().as_deref(), Some("TCP"));
        assert_eq!(field("6").text().unwrap().as_deref(), Some("6"));
        assert!(field("{}").text().is_err());
        assert_eq!(field("{}").string(), None);
        // How a byte that is no UTF-8 is spelt when the line becomes text.
        assert_eq!(field(r#""\n\xff""#).text().unwrap().as_deref(), Some("\n\\xff"));
    }

    #[test]
    fn truth_has_few_forms() {
        assert_eq!(field("true").flag(), Ok(Some(true)));
        assert_eq!(field("\"false\"").flag(), Ok(Some(false)));
        assert!(field("\"yes\"").flag().is_err());
    }
}
