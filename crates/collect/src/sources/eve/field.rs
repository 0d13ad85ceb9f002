//! One member of an event: its name for messages, and its value once it was found.

use std::borrow::Cow;
use std::str;

use botany_catalog::address;

use super::scan::elements;
use super::text::unescape;
use super::time;
use crate::text::{head, lossy};

/// Bytes of a value that a message repeats.
const SHOWN: usize = 60;

/// A member that may be absent; `null` is absent too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    name: &'static str,
    raw: Option<&'a [u8]>,
}

impl<'a> Field<'a> {
    pub(super) const fn new(name: &'static str, raw: Option<&'a [u8]>) -> Self {
        Field { name, raw }
    }

    pub(super) const fn absent(name: &'static str) -> Self {
        Field::new(name, None)
    }

    pub(super) fn is_there(self) -> bool {
        self.raw.is_some()
    }

    /// This member, or the other where it is absent.
    pub(super) fn or(self, other: Field<'a>) -> Field<'a> {
        if self.raw.is_some() { self } else { other }
    }

    /// The value as the JSON it came in.
    pub(super) fn json(self) -> Option<Cow<'a, str>> {
        self.raw.map(lossy)
    }

    /// The value as an object's bytes.
    pub(super) fn object(self) -> Result<Option<&'a [u8]>, String> {
        match self.raw {
            Some(raw) if raw.first() != Some(&b'{') => Err(self.wrong("no object")),
            raw => Ok(raw),
        }
    }

    /// Text; a number or a truth value is its own text.
    pub(super) fn text(self) -> Result<Option<Cow<'a, str>>, String> {
        match self.raw {
            None => Ok(None),
            Some(raw) => scalar(raw).map(Some).ok_or_else(|| self.wrong("no text")),
        }
    }

    /// The bytes of a text, whether they are UTF-8 or not.
    pub(super) fn bytes(self) -> Option<Cow<'a, [u8]>> {
        string(self.raw?)
    }

    /// Text, where anything but text is as good as absent.
    pub(super) fn string(self) -> Option<Cow<'a, str>> {
        self.raw.filter(|raw| raw.first() == Some(&b'"')).and_then(scalar)
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
        let Some(raw) = self.raw else { return Ok(None) };
        if raw.first() != Some(&b'[') {
            return self.text();
        }
        let texts: Option<Vec<Cow<str>>> =
            elements(raw).and_then(|all| all.into_iter().map(scalar).collect());
        let texts = texts.ok_or_else(|| self.wrong("no list of texts"))?;
        Ok((!texts.is_empty()).then(|| Cow::Owned(texts.join(separator))))
    }

    /// A whole number that fits; also one written as text.
    pub(super) fn number<T: TryFrom<u64>>(self) -> Result<Option<T>, String> {
        let Some(raw) = self.raw else { return Ok(None) };
        let digits = raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\"")).unwrap_or(raw);
        let number = digits.iter().try_fold(0_u64, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
            number.checked_mul(10)?.checked_add(digit)
        });
        let number = number.filter(|_| !digits.is_empty()).and_then(|n| T::try_from(n).ok());
        number.map(Some).ok_or_else(|| {
            self.wrong(&format!("no whole number of at most {} bits", size_of::<T>() * 8))
        })
    }

    /// True or false, also as text or as 1 and 0.
    pub(super) fn flag(self) -> Result<Option<bool>, String> {
        match self.raw {
            None => Ok(None),
            Some(b"true" | b"\"true\"" | b"1") => Ok(Some(true)),
            Some(b"false" | b"\"false\"" | b"0") => Ok(Some(false)),
            Some(_) => Err(self.wrong("neither true nor false")),
        }
    }

    /// A byte of flags, written in hex as text; a plain number is taken as it is.
    pub(super) fn flags(self) -> Result<Option<u8>, String> {
        let Some(raw) = self.raw else { return Ok(None) };
        let Some(hex) = raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\"")) else {
            return self.number();
        };
        let hex = hex.strip_prefix(b"0x").unwrap_or(hex);
        let bits = str::from_utf8(hex).ok().filter(|hex| !hex.starts_with('+'));
        let bits = bits.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bits.map(Some).ok_or_else(|| self.wrong("no byte in hex"))
    }

    /// An address in its one canonical text; an empty text is as good as absent.
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
    pub(super) fn time(self, utc_offset_seconds: i32) -> Result<Option<i64>, String> {
        let Some(raw) = self.raw else { return Ok(None) };
        let time = string(raw).and_then(|text| time::parse(&text, utc_offset_seconds));
        time.map(Some).ok_or_else(|| self.wrong("no time"))
    }

    /// The reason of a reject that hangs on this member.
    fn wrong(self, what: &str) -> String {
        let shown = lossy(head(self.raw.unwrap_or_default(), SHOWN));
        format!("{} is {what}: {shown}; check what wrote the event", self.name)
    }
}

/// The bytes a JSON string stands for; `None` if the value is none.
fn string(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inner = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(match memchr::memchr(b'\\', inner) {
        Some(_) => Cow::Owned(unescape(inner)),
        None => Cow::Borrowed(inner),
    })
}

/// The text of a value that is neither object nor array.
fn scalar(raw: &[u8]) -> Option<Cow<'_, str>> {
    match raw.first()? {
        b'{' | b'[' => None,
        b'"' => Some(match string(raw)? {
            Cow::Borrowed(text) => lossy(text),
            Cow::Owned(text) => match String::from_utf8(text) {
                Ok(text) => Cow::Owned(text),
                Err(other) => Cow::Owned(lossy(other.as_bytes()).into_owned()),
            },
        }),
        _ => Some(lossy(raw)),
    }
}

/// Where a key stands in the list, looked for from `next` on and then from the beginning.
#[inline]
pub(super) fn find(keys: &[&[u8]], next: usize, key: &[u8]) -> Option<usize> {
    let same = |other: &&[u8]| equal(other, key);
    let (before, after) = keys.split_at_checked(next)?;
    match after.iter().position(same) {
        Some(at) => Some(next + at),
        None => before.iter().position(same),
    }
}

/// Whether two keys are the same, eight bytes at once: keys are too short for a call.
#[inline]
fn equal(one: &[u8], other: &[u8]) -> bool {
    // Most that differ differ in length or in their last byte.
    if one.len() != other.len() || one.last() != other.last() {
        return false;
    }
    let (one, one_last) = one.as_chunks::<8>();
    let (other, other_last) = other.as_chunks::<8>();
    one == other && one_last.iter().eq(other_last)
}

/// Declares the members of an object that are taken, and how they are found. The order is the writer's: a
/// member is looked for behind the one that was found last.
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident at $path:literal { $($field:ident,)* }) => {
        $(#[$doc])*
        pub(super) struct $name<'a> {
            $($field: Option<&'a [u8]>,)*
            /// Where the member after the last one found stands in the list.
            next: usize,
        }

        impl<'a> $name<'a> {
            const KEYS: &'static [&'static [u8]] = &[$(stringify!($field).as_bytes()),*];

            /// An object without members.
            pub(super) const fn empty() -> Self {
                $name { $($field: None,)* next: 0 }
            }

            $(
                pub(super) fn $field(&self) -> $crate::sources::eve::field::Field<'a> {
                    $crate::sources::eve::field::Field::new(
                        concat!($path, stringify!($field)),
                        self.$field,
                    )
                }
            )*

            /// Takes a member, if it is one of these.
            pub(super) fn take(&mut self, key: &[u8], value: &'a [u8]) {
                #[allow(non_camel_case_types, reason = "named as the members are")]
                #[derive(Clone, Copy)]
                enum Key { $($field),* }
                const ALL: &[Key] = &[$(Key::$field),*];

                let Some(at) = $crate::sources::eve::field::find(Self::KEYS, self.next, key) else {
                    return;
                };
                self.next = at + 1;
                // Of two the last counts, and null is as good as absent.
                let value = Some(value).filter(|value| *value != b"null");
                match ALL[at] {
                    $(Key::$field => self.$field = value,)*
                }
            }

            /// The members of an object, which must be whole; others are ignored.
            #[allow(dead_code, reason = "the event itself may be left unread in part")]
            pub(super) fn of(object: &'a [u8]) -> Result<Self, $crate::sources::eve::scan::Broken> {
                let mut all = Self::empty();
                let mut members = $crate::sources::eve::scan::Members::new(object)?;
                while let Some(key) = members.key()? {
                    let value = members.value()?;
                    all.take(&key, value);
                }
                Ok(all)
            }

            /// The members of an object that is itself a member and may be absent.
            #[allow(dead_code, reason = "the event itself is no member")]
            pub(super) fn inside(
                field: $crate::sources::eve::field::Field<'a>,
            ) -> Result<Self, String> {
                match field.object()? {
                    None => Ok(Self::empty()),
                    Some(object) => Self::of(object).map_err($crate::sources::eve::scan::Broken::reason),
                }
            }
        }
    };
}
pub(super) use fields;

#[cfg(test)]
mod tests {
    use super::*;

    fn field(raw: &str) -> Field<'_> {
        Field::new("f", Some(raw.as_bytes()).filter(|raw| *raw != b"null"))
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
        let bytes = Field::new("f", Some(b"\"\\n\xff\""));
        assert_eq!(bytes.text().unwrap().as_deref(), Some("\n\\xff"));
    }

    #[test]
    fn truth_has_few_forms() {
        assert_eq!(field("true").flag(), Ok(Some(true)));
        assert_eq!(field("\"false\"").flag(), Ok(Some(false)));
        assert!(field("\"yes\"").flag().is_err());
    }
}
