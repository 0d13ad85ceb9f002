//! The text of a JSON string.

/// Resolves the escapes of what stands between a string's quotes.
///
/// A surrogate pair is one character, a lone surrogate U+FFFD; an escape JSON does not know stays as
/// it stands.
pub(super) fn unescape(inner: &str) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(backslash) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, escape) = rest.split_at_checked(backslash).unwrap_or((rest, ""));
        text.push_str(before);
        let (length, character) = match escape.as_bytes().get(1) {
            Some(b'"') => (2, '"'),
            Some(b'\\') => (2, '\\'),
            Some(b'/') => (2, '/'),
            Some(b'b') => (2, '\u{8}'),
            Some(b'f') => (2, '\u{c}'),
            Some(b'n') => (2, '\n'),
            Some(b'r') => (2, '\r'),
            Some(b't') => (2, '\t'),
            Some(b'u') => unicode(escape.as_bytes()),
            _ => (1, '\\'),
        };
        text.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// Length and character of the `\uXXXX`, or pair of them, in front.
fn unicode(escape: &[u8]) -> (usize, char) {
    let unit = |at: usize| -> Option<u32> {
        let digits = escape.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
    };
    match (unit(0), unit(6)) {
        (None, _) => (1, '\\'),
        (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
            let point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            (12, char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        (Some(unit), _) => (6, char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(inner: &str) -> String {
        unescape(inner)
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(resolved(r#"a\"b\\c\/d\b\f\n\r\te"#), "a\"b\\c/d\u{8}\u{c}\n\r\te");
        assert_eq!(resolved(r"\u00e9\u20AC\u0000"), "é€\0");
        assert_eq!(resolved(r"\ud83d\uDE00!"), "😀!");
    }

    #[test]
    fn what_is_no_escape_stays() {
        assert_eq!(resolved(r"\x41\q"), r"\x41\q");
        assert_eq!(resolved(r"\u12"), r"\u12");
        assert_eq!(resolved(r"\u+123"), r"\u+123");
        assert_eq!(unescape("\\"), "\\");
        assert_eq!(unescape("\\é"), "\\é");
    }

    #[test]
    fn a_lone_surrogate_is_replaced() {
        assert_eq!(resolved(r"\ud83d\u0041"), "\u{fffd}A");
        assert_eq!(resolved(r"\ude00\ud83d"), "\u{fffd}\u{fffd}");
    }
}
