//! One pass over the line of an event, from its brace to its newline: where it ends, that it is whole, and what is
//! asked of it later, so that neither its end nor its nested values nor its last keys are looked for once more.
//!
//! It knows events as sensors write them; of others it says nothing, and they are read a step at a time.

use super::block::{Compare, Narrow, Strings, WIDTH};

/// Blocks of a line; longer ones are left to others.
const BLOCKS: usize = 64;
/// Bytes of a line, at most.
pub(super) const LONGEST: usize = BLOCKS * WIDTH;
/// Nested values whose end is kept.
const NESTED: usize = 16;
/// Levels of nesting that are followed.
const DEEPEST: u32 = 63;

/// What is known of a line that is one whole object and nothing else. Its memory is used line after line.
#[derive(Clone, Debug)]
pub(crate) struct Swept {
    /// Bytes up to the last brace and with it.
    end: usize,
    /// Where the values nested in the object end, in order: the first of them.
    ends: [u32; NESTED],
    nested: usize,
    /// No byte has its highest bit set.
    ascii: bool,
    /// No string has a backslash.
    plain: bool,
    /// None of the object's own strings has one.
    plain_top: bool,
    /// A bit a byte: where a string ends.
    strings: [u64; BLOCKS],
    /// The same of the object's own strings.
    top: [u64; BLOCKS],
}

impl Default for Swept {
    fn default() -> Self {
        Swept {
            end: 0,
            ends: [0; NESTED],
            nested: 0,
            ascii: true,
            plain: true,
            plain_top: true,
            strings: [0; BLOCKS],
            top: [0; BLOCKS],
        }
    }
}

impl Swept {
    /// Sweeps the line that begins with these bytes, and gives it; `None` says nothing of it.
    #[inline]
    pub(super) fn sweep<'l>(&mut self, bytes: &'l [u8]) -> Option<&'l [u8]> {
        if bytes.first() != Some(&b'{') || !self.fill(bytes) {
            return None;
        }
        let (line, behind) = bytes.split_at_checked(self.end)?;
        matches!(behind, [] | [b'\n', ..]).then_some(line)
    }

    /// Whether the line is ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Where the nested value ends that begins at `at` in the object's own level, if that was kept.
    #[inline]
    pub(super) fn end_of(&self, at: usize) -> Option<usize> {
        let ends = self.ends.get(..self.nested)?;
        ends.iter().map(|end| *end as usize).find(|end| *end > at)
    }

    /// Where the string ends that begins with the quote at `at`, if the line has no backslash.
    #[inline]
    pub(super) fn end_of_string(&self, at: usize) -> Option<usize> {
        if !self.plain {
            return None;
        }
        let mut block = at / WIDTH;
        let mut marks = self.strings.get(block)? & (u64::MAX << (at % WIDTH));
        while marks == 0 {
            block += 1;
            marks = *self.strings.get(block)?;
        }
        Some(block * WIDTH + marks.trailing_zeros() as usize + 1)
    }

    /// Whether no key from `at` on ends with any of these, however it is written. `false` means only that it may.
    #[inline]
    pub(super) fn lacks(&self, bytes: &[u8], at: usize, keys: &[[u8; 8]]) -> bool {
        // What is written with a backslash may be any key.
        if !self.plain_top {
            return false;
        }
        let blocks = self.top.get(..self.end.div_ceil(WIDTH)).unwrap_or_default();
        let mut kept = u64::MAX << (at % WIDTH);
        for (block, marks) in blocks.iter().enumerate().skip(at / WIDTH) {
            let mut marks = marks & kept;
            kept = u64::MAX;
            while marks != 0 {
                let place = block * WIDTH + marks.trailing_zeros() as usize;
                marks &= marks - 1;
                let before = bytes.get(..place).and_then(<[u8]>::last_chunk::<8>);
                let before = before.map_or(0, |before| u64::from_le_bytes(*before));
                if keys.iter().any(|key| u64::from_le_bytes(*key) == before) {
                    return false;
                }
            }
        }
        true
    }

    /// Whether it is one whole object.
    fn fill(&mut self, bytes: &[u8]) -> bool {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(Wide { swept: self, bytes, simd });
        }
        self.pass(bytes, Narrow)
    }

    #[inline(always)]
    fn pass(&mut self, bytes: &[u8], simd: impl Compare) -> bool {
        let mut way = Way { kinds: 0, depth: 1, at: 0, high: 0, slashes: 0, top_slashes: 0 };
        let mut strings = Strings::default();
        self.nested = 0;
        let (blocks, tail) = bytes.as_chunks::<WIDTH>();
        for (place, block) in blocks.iter().take(BLOCKS).enumerate() {
            if let Some(whole) = self.look(place, block, &mut way, &mut strings, simd) {
                return whole;
            }
        }
        if blocks.len() >= BLOCKS {
            return false;
        }
        // The line ends with the bytes: zeros are no JSON.
        let mut last = [0; WIDTH];
        if let Some(front) = last.get_mut(..tail.len()) {
            front.copy_from_slice(tail);
        }
        self.look(blocks.len(), &last, &mut way, &mut strings, simd).unwrap_or(false)
    }

    /// Looks at one block; whether the object is whole, once that is known.
    #[inline(always)]
    fn look(
        &mut self,
        place: usize,
        block: &[u8; WIDTH],
        way: &mut Way,
        strings: &mut Strings,
        simd: impl Compare,
    ) -> Option<bool> {
        let quotes = simd.equal(block, 0, b'"');
        let backslashes = simd.equal(block, 0, b'\\');
        let mut high = simd.high(block);
        let inside = strings.inside(quotes, backslashes);
        let ends = quotes & !inside;
        let mut wrong = simd.equal(block, 0, b'\n') | backslashes & !inside;
        // All four brackets become one byte, and a few letters that stand nowhere but in strings.
        let mut brackets = simd.equal(block, 0x26, 0x7f) & !inside;
        // The first brace was seen to be one.
        brackets &= !u64::from(place == 0);
        let mut top = if way.depth == 1 { u64::MAX } else { 0 };
        let mut end = None;
        while brackets != 0 {
            let bit = brackets.trailing_zeros();
            brackets &= brackets - 1;
            let byte = block[bit as usize % WIDTH];
            // A bracket has one of these bits, an opening one the lower; one of an array lacks the bit that its
            // brace has.
            let array = u64::from(byte & 0x20 == 0);
            let opens = byte & 0x06 == 0x02;
            if !opens && byte & 0x06 != 0x04 {
                return Some(false);
            }
            if opens {
                if way.depth == DEEPEST {
                    return Some(false);
                }
                way.kinds = way.kinds << 1 | array;
                way.depth += 1;
                if way.depth == 2 {
                    top ^= u64::MAX << bit;
                }
                continue;
            }
            if way.kinds & 1 != array {
                return Some(false);
            }
            way.kinds >>= 1;
            way.depth -= 1;
            if way.depth == 1 {
                top ^= u64::MAX << bit;
                if let Some(end) = self.ends.get_mut(self.nested) {
                    *end = way.at + bit + 1;
                    self.nested += 1;
                }
            } else if way.depth == 0 {
                let before = !(u64::MAX << bit);
                (top, wrong, high) = (top & before, wrong & before, high & before);
                end = Some((way.at + bit + 1) as usize);
                way.slashes |= backslashes & before;
                break;
            }
        }
        if wrong != 0 {
            return Some(false);
        }
        self.strings[place] = ends;
        self.top[place] = ends & top;
        way.high |= high;
        way.top_slashes |= backslashes & top;
        let Some(end) = end else {
            way.slashes |= backslashes;
            way.at += WIDTH as u32;
            return None;
        };
        self.end = end;
        self.ascii = way.high == 0;
        self.plain = way.slashes == 0;
        self.plain_top = way.top_slashes == 0;
        Some(true)
    }
}

/// How far the pass has come.
struct Way {
    /// The brackets that are open: one bit a level, set where the level is an array.
    kinds: u64,
    depth: u32,
    /// Where the block stands.
    at: u32,
    /// What was set in any block so far: bytes that are no ASCII, backslashes, and those of the object's own strings.
    high: u64,
    slashes: u64,
    top_slashes: u64,
}

/// [`Swept::pass`], to be compiled for the registers of [`pulp::x86::V3`].
#[cfg(target_arch = "x86_64")]
struct Wide<'a> {
    swept: &'a mut Swept,
    bytes: &'a [u8],
    simd: pulp::x86::V3,
}

#[cfg(target_arch = "x86_64")]
impl pulp::NullaryFnOnce for Wide<'_> {
    type Output = bool;

    #[inline(always)]
    fn call(self) -> bool {
        self.swept.pass(self.bytes, self.simd)
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::{self, Levels};
    use super::super::scan::{Members, Value};
    use super::*;
    use proptest::prelude::*;

    fn sweep(bytes: &[u8]) -> Option<Swept> {
        let mut swept = Swept::default();
        let end = swept.sweep(bytes)?.len();
        assert_eq!(end, swept.end);
        Some(swept)
    }

    /// The bits up to the end, and what else there is.
    fn shown(swept: &Swept) -> impl PartialEq + std::fmt::Debug {
        let blocks = swept.end.div_ceil(WIDTH);
        let all = [swept.ascii, swept.plain, swept.plain_top];
        let behind = u64::MAX.checked_shl((swept.end - (blocks - 1) * WIDTH) as u32).unwrap_or(0);
        let mut marks = [swept.strings, swept.top].map(|marks| marks[..blocks].to_vec());
        marks.iter_mut().for_each(|marks| marks[blocks - 1] &= !behind);
        (swept.ends[..swept.nested].to_vec(), all, marks)
    }

    /// The members that are found before the text breaks, and whether it does not.
    fn members(mut members: Members<'_>) -> (Vec<(Vec<u8>, Value)>, bool) {
        let mut all = Vec::new();
        loop {
            match members.key() {
                Ok(Some(key)) => match members.value() {
                    Ok(value) => all.push((key.into_owned(), value)),
                    Err(_) => return (all, false),
                },
                end => return (all, end.is_ok()),
            }
        }
    }

    #[test]
    fn a_line_ends_with_its_newline_or_with_the_bytes() {
        let filler = "x".repeat(150);
        let event = format!(r#"{{"a":"{filler}","b":{{"c":[1,"]}}"]}},"d":[]}}"#);
        for behind in ["", "\n", "\n{\"a\":1}\n", "\n\n", "\n\""] {
            let swept = sweep(format!("{event}{behind}").as_bytes()).unwrap();
            assert_eq!(swept.end, event.len());
            let ends = [r#""]}"]}"#, "[]"].map(|end| event.find(end).unwrap() + end.len());
            assert_eq!(swept.end_of(0), Some(ends[0]));
            assert_eq!(swept.end_of(ends[0]), Some(ends[1]));
            assert_eq!(swept.end_of(ends[1]), None);
        }
        for behind in ["\r\n", " \n", "}", ","] {
            assert!(sweep(format!("{event}{behind}").as_bytes()).is_none(), "{behind:?}");
        }
        for end in 0..event.len() {
            let (front, rest) = event.split_at(end);
            assert!(sweep(front.as_bytes()).is_none(), "{front}");
            assert!(sweep(format!("{front}\n{rest}").as_bytes()).is_none(), "{front}");
        }
    }

    #[test]
    fn lines_of_any_length_are_swept_or_left() {
        for length in (0..300).chain(4000..4200) {
            let line = format!(r#"{{"a":"{}"}}"#, "x".repeat(length));
            let swept = sweep(line.as_bytes()).map(|swept| swept.end);
            assert_eq!(swept, (line.len() <= BLOCKS * WIDTH).then_some(line.len()), "{length}");
        }
    }

    #[test]
    fn a_key_is_missed_at_its_own_level_only() {
        let keys = [*b"ent_type"];
        for (line, lacks) in [
            (r#"{"a":1,"b":{"event_type":1,"\\":2},"c":"x"}"#, true),
            (r#"{"a":1,"event_type":2}"#, false),
            (r#"{"a":1,"event_type" :2}"#, false),
            (r#"{"a":1,"event\u005ftype":2}"#, false),
            (r#"{"a":1,"b":"event_type"}"#, false),
            (r#"{"event_type":1,"a":[{"event_type":"\n"}]}"#, false),
        ] {
            let swept = sweep(line.as_bytes()).unwrap();
            assert_eq!(swept.lacks(line.as_bytes(), 1, &keys), lacks, "{line}");
            let plain = !line.contains("u005f");
            assert_eq!(swept.lacks(line.as_bytes(), line.len() - 1, &keys), plain, "{line}");
        }
        let event = r#"{"event_type":1,"a":[{"event_type":"\n"}]}"#;
        assert!(sweep(event.as_bytes()).unwrap().lacks(event.as_bytes(), 14, &keys));
    }

    proptest! {
        #[test]
        fn what_is_swept_is_what_single_steps_find(
            pieces in prop::collection::vec("[a ]{0,9}|\"|\\\\|[{}\\[\\]:,1]|\n|\"b\":|\"event_type\":|[{]\"c\":1[}],|\"\\\\\"\"|x{50,70}", 0..40),
        ) {
            let text = format!("{{{}", pieces.concat());
            let (bytes, line) = (text.as_bytes(), text.split('\n').next().unwrap_or_default());
            let slowly = block::close(line.as_bytes(), 1, Levels::OBJECT).ok();
            let whole = slowly.is_some_and(|closed| closed.end == line.len());
            let swept = sweep(bytes);
            prop_assert_eq!(swept.as_ref().map(|swept| swept.end), whole.then_some(line.len()));
            if let Some(swept) = swept {
                let mut other = Swept::default();
                prop_assert!(other.pass(bytes, Narrow));
                prop_assert_eq!(shown(&other), shown(&swept));
                prop_assert_eq!(swept.ascii, line.is_ascii());
                let known = members(Members::new(line.as_bytes(), Some(&swept)).unwrap());
                let slowly = members(Members::new(line.as_bytes(), None).unwrap());
                prop_assert_eq!(&known, &slowly);
                let has = slowly.0.iter().any(|(key, _)| key == b"event_type");
                prop_assert!(!(has && swept.lacks(line.as_bytes(), 1, &[*b"ent_type"])));
            }
        }
    }
}
