//! The keys that are known, and how one is recognised.

/// Bytes of a key with its quotes and colon.
const LONGEST: usize = 32;

/// A key as sensors write it, to be compared all at once.
pub(super) struct Key {
    /// With quotes and colon, and zeros behind.
    text: [u8; LONGEST],
    length: usize,
    /// The same as two numbers, and which of their bits count.
    halves: [u128; 2],
    masks: [u128; 2],
}

impl Key {
    /// For the compiler.
    pub(super) const fn new(name: &[u8]) -> Key {
        assert!(name.len() + 3 <= LONGEST, "the key is too long");
        let (mut text, mut mask) = ([0; LONGEST], [0; LONGEST]);
        let length = name.len() + 3;
        let mut at = 0;
        while at < length {
            text[at] = match at {
                0 => b'"',
                _ if at <= name.len() => name[at - 1],
                _ if at == length - 1 => b':',
                _ => b'"',
            };
            mask[at] = 0xff;
            at += 1;
        }
        Key { text, length, halves: halves(&text), masks: halves(&mask) }
    }

    /// What stands behind the key, if the text begins with it.
    #[inline]
    pub(super) fn step_over<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let Some(front) = text.first_chunk::<LONGEST>() else {
            return text.strip_prefix(self.text.get(..self.length)?);
        };
        let [one, two] = halves(front);
        let same = one & self.masks[0] == self.halves[0] && two & self.masks[1] == self.halves[1];
        if same { text.get(self.length..) } else { None }
    }
}

/// Two numbers of sixteen bytes each.
#[inline]
const fn halves(text: &[u8; LONGEST]) -> [u128; 2] {
    let (halves, _) = text.as_chunks::<16>();
    [u128::from_le_bytes(halves[0]), u128::from_le_bytes(halves[1])]
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
pub(super) fn equal(one: &[u8], other: &[u8]) -> bool {
    // Most that differ differ in length or in their last byte.
    if one.len() != other.len() || one.last() != other.last() {
        return false;
    }
    let (one, one_last) = one.as_chunks::<8>();
    let (other, other_last) = other.as_chunks::<8>();
    // As numbers, for slices of arrays would be compared by the call.
    let mut eights = one.iter().zip(other);
    eights.all(|(one, other)| u64::from_le_bytes(*one) == u64::from_le_bytes(*other))
        && one_last.iter().eq(other_last)
}

/// Where a key stands in the list that holds it, for the compiler.
pub(super) const fn place(keys: &[&[u8]], key: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let (other, mut same) = (keys[at], keys[at].len() == key.len());
        let mut i = 0;
        while same && i < key.len() {
            same = other[i] == key[i];
            i += 1;
        }
        if same {
            return at;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_stepped_over_whole_or_not_at_all() {
        for name in [
            &b"ip"[..],
            b"event_type",
            b"thirteen_long",
            b"fourteen__long",
            b"one_of_twenty_nine_characters",
        ] {
            let key = Key::new(name);
            let text = [b"\"", name, b"\":22}"].concat();
            let long = [&text[..], &[b' '; 40]].concat();
            assert_eq!(key.step_over(&text), Some(&b"22}"[..]));
            assert_eq!(key.step_over(&long), long.get(name.len() + 3..));
            for at in 0..name.len() + 3 {
                for mut other in [text.clone(), long.clone()] {
                    assert_eq!(key.step_over(&other[..at]), None);
                    other[at] ^= 1;
                    assert_eq!(key.step_over(&other), None, "{at}");
                }
            }
        }
    }

    #[test]
    fn a_key_is_found_from_anywhere() {
        let keys: &[&[u8]] = &[b"age", b"end", b"event_type"];
        for next in 0..=3 {
            assert_eq!(find(keys, next, b"end"), Some(1));
            assert_eq!(find(keys, next, b"event_typf"), None);
        }
    }
}
