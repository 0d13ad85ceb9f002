//! Text of bytes that may be no text.

use std::borrow::Cow;
use std::fmt::Write;

/// The bytes as text; those that are no UTF-8 stand as `\xNN`.
///
/// ```
/// assert_eq!(botany_collect::text::lossy(b"caf\xe9"), r"caf\xe9");
/// ```
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 12);
    for piece in bytes.utf8_chunks() {
        text.push_str(piece.valid());
        for byte in piece.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

/// Where in the bytes the place `at` of their [`lossy`] text stands.
pub(crate) fn place(bytes: &[u8], at: usize) -> usize {
    let (mut text, mut place) = (0, 0);
    for piece in bytes.utf8_chunks() {
        if at < text + piece.valid().len() {
            return place + at - text;
        }
        text += piece.valid().len();
        place += piece.valid().len();
        // A byte is spelt with four characters.
        let spelt = piece.invalid().len() * 4;
        if at < text + spelt {
            return place + (at - text) / 4;
        }
        text += spelt;
        place += piece.invalid().len();
    }
    place
}

/// At most `longest` bytes from the front, not cutting a character in two.
pub fn head(bytes: &[u8], longest: usize) -> &[u8] {
    let Some(mut front) = bytes.get(..longest) else { return bytes };
    // A character has at most three bytes after its first.
    for _ in 0..3 {
        let next = bytes.get(front.len()).copied().unwrap_or(0);
        if next & 0xc0 != 0x80 {
            return front;
        }
        front = &front[..front.len().saturating_sub(1)];
    }
    let next = bytes.get(front.len()).copied().unwrap_or(0);
    if next & 0xc0 == 0x80 { bytes.get(..longest).unwrap_or(bytes) } else { front }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_borrowed_and_other_bytes_are_spelt_out() {
        assert!(matches!(lossy("häß".as_bytes()), Cow::Borrowed("häß")));
        assert_eq!(lossy(b"\xff\x00a\xc3"), "\\xff\0a\\xc3");
        assert_eq!(lossy(b""), "");
    }

    #[test]
    fn a_place_of_the_text_is_one_of_the_bytes() {
        let bytes = b"a\xff\xfeb";
        assert_eq!(lossy(bytes), r"a\xff\xfeb");
        let places: Vec<usize> = (0..=10).map(|at| place(bytes, at)).collect();
        assert_eq!(places, [0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 4]);
    }

    #[test]
    fn a_head_ends_between_two_characters() {
        let text = "aé€😀".as_bytes();
        for (longest, expected) in [
            (0, ""),
            (1, "a"),
            (2, "a"),
            (3, "aé"),
            (5, "aé"),
            (6, "aé€"),
            (9, "aé€"),
            (10, "aé€😀"),
        ] {
            assert_eq!(head(text, longest), expected.as_bytes(), "{longest}");
        }
        assert_eq!(head(&[0x80; 20], 10).len(), 10);
        assert_eq!(head(b"ab", 10), b"ab");
    }
}
