//! Bytes that a log writer spelt out, read back.

use std::borrow::Cow;

/// Undoes C-style escapes: `\t`, `\\`, `\303` and the like become the bytes they stand for.
///
/// OpenSSH escapes what a client sent before it logs it, so a backslash in its lines is never plain.
/// What is no escape is left as it stands.
pub(crate) fn unescape(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'\\') {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            plain.push(*byte);
            continue;
        }
        let digits = after.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
        if digits == 3 && after.first().is_some_and(|byte| *byte <= b'3') {
            plain.push(after.iter().take(3).fold(0, |n, digit| (n << 3) | (digit - b'0')));
            rest = after.get(3..).unwrap_or_default();
            continue;
        }
        let single = match after.first() {
            Some(b'\\') => b'\\',
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'a') => 7,
            Some(b'b') => 8,
            Some(b'v') => 11,
            Some(b'f') => 12,
            Some(b's') => b' ',
            Some(b'0') => 0,
            _ => {
                plain.push(b'\\');
                continue;
            }
        };
        plain.push(single);
        rest = after.get(1..).unwrap_or_default();
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_bytes_and_the_rest_stays() {
        for (written, meant) in [
            (&br"airlive\t\t"[..], &b"airlive\t\t"[..]),
            (br"DOMAIN\\user", br"DOMAIN\user"),
            (br"caf\303\251", "café".as_bytes()),
            (br"\0\000\377", b"\0\0\xff"),
            (br"\x41 \777 \", br"\x41 \777 \"),
            (b"plain", b"plain"),
            (b"", b""),
        ] {
            assert_eq!(unescape(written).as_ref(), meant, "{}", String::from_utf8_lossy(written));
        }
    }
}
