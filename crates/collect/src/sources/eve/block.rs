//! Sixty-four bytes of JSON at a time: where its quotes, backslashes and brackets stand, one bit a byte.
//!
//! Which bytes lie within strings is the running exclusive-or of the quotes, as in Langdale and Lemire,
//! "Parsing gigabytes of JSON per second" (2019).

use wide::u8x16;

/// Bytes looked at together.
pub(super) const WIDTH: usize = 64;

/// Levels of nesting beyond which a value is not followed.
const DEEPEST: u32 = 127;

/// The brackets that are open: one bit a level, set where the level is an array.
#[derive(Clone, Copy)]
pub(super) struct Levels {
    kinds: u128,
    depth: u32,
}

impl Levels {
    /// No bracket is open.
    pub(super) const NONE: Levels = Levels { kinds: 0, depth: 0 };
    /// One brace is.
    pub(super) const OBJECT: Levels = Levels { kinds: 0, depth: 1 };

    /// Opens a bracket, or says why it cannot.
    fn open(&mut self, array: bool) -> Result<(), &'static str> {
        if self.depth == DEEPEST {
            return Err("values nested too deeply");
        }
        self.kinds = (self.kinds << 1) | u128::from(array);
        self.depth += 1;
        Ok(())
    }

    /// Closes a bracket; whether it was the last one.
    fn close(&mut self, array: bool) -> Result<bool, &'static str> {
        if self.depth == 0 || (self.kinds & 1 == 1) != array {
            return Err("a bracket without its partner");
        }
        self.kinds >>= 1;
        self.depth -= 1;
        Ok(self.depth == 0)
    }
}

/// Where the last open bracket closes, and whether there was a backslash on the way.
pub(super) struct Closed {
    /// The first byte after it.
    pub(super) end: usize,
    pub(super) escapes: bool,
}

/// Follows strings and brackets from `at`, outside a string, until the last open bracket closes; or says
/// what is wrong, and where.
pub(super) fn close(
    bytes: &[u8],
    at: usize,
    levels: Levels,
) -> Result<Closed, (&'static str, usize)> {
    let way = Way { levels, strings: Strings::default(), escapes: false };
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(Wide { bytes, at, way, simd });
    }
    way.follow(bytes, at, Narrow)
}

/// [`Way::follow`], to be compiled for the registers of [`pulp::x86::V3`].
#[cfg(target_arch = "x86_64")]
struct Wide<'a> {
    bytes: &'a [u8],
    at: usize,
    way: Way,
    simd: pulp::x86::V3,
}

#[cfg(target_arch = "x86_64")]
impl pulp::NullaryFnOnce for Wide<'_> {
    type Output = Result<Closed, (&'static str, usize)>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        self.way.follow(self.bytes, self.at, self.simd)
    }
}

/// What is known of the bytes so far.
struct Way {
    levels: Levels,
    strings: Strings,
    escapes: bool,
}

impl Way {
    #[inline(always)]
    fn follow(
        mut self,
        bytes: &[u8],
        at: usize,
        simd: impl Compare,
    ) -> Result<Closed, (&'static str, usize)> {
        let (blocks, tail) = bytes.get(at..).unwrap_or_default().as_chunks::<WIDTH>();
        let mut from = at;
        for block in blocks {
            if let Some(end) = self.look(block, from, simd)? {
                return Ok(Closed { end, escapes: self.escapes });
            }
            from += WIDTH;
        }
        // Zeros are no JSON: they neither open nor close anything.
        let mut last = [0; WIDTH];
        if let Some(front) = last.get_mut(..tail.len()) {
            front.copy_from_slice(tail);
        }
        if let Some(end) = self.look(&last, from, simd)? {
            return Ok(Closed { end, escapes: self.escapes });
        }
        let open = self.strings.open;
        let what = if open {
            "the line ends within a string"
        } else {
            "the line ends within a nested value"
        };
        Err((what, bytes.len()))
    }

    /// Looks at a block that stands at `at`: where the last open bracket closes, if it does.
    #[inline(always)]
    fn look(
        &mut self,
        block: &[u8; WIDTH],
        at: usize,
        simd: impl Compare,
    ) -> Result<Option<usize>, (&'static str, usize)> {
        let marks = Marks::of(block, simd);
        let inside = self.strings.inside(marks.quotes, marks.backslashes);
        let stray = marks.backslashes & !inside;
        self.escapes |= marks.backslashes != 0;
        let mut places = (marks.opens | marks.closes) & !inside | stray;
        while places != 0 {
            let bit = places.trailing_zeros() as usize;
            places &= places - 1;
            if stray >> bit & 1 == 1 {
                return Err(("a backslash outside a string", at + bit));
            }
            // A bracket of an array lacks the bit that its brace has.
            let array = block[bit] & 0x20 == 0;
            let wrong = |what| (what, at + bit);
            if marks.opens >> bit & 1 == 1 {
                self.levels.open(array).map_err(wrong)?;
            } else if self.levels.close(array).map_err(wrong)? {
                return Ok(Some(at + bit + 1));
            }
        }
        Ok(None)
    }
}

/// The first quote or backslash from `at` on.
#[inline]
pub(super) fn quote_or_backslash(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let (blocks, tail) = rest.as_chunks::<16>();
    let mut from = at;
    for block in blocks {
        let block = u8x16::new(*block);
        let found = equal(block, b'"') | equal(block, b'\\');
        if found != 0 {
            return Some(from + found.trailing_zeros() as usize);
        }
        from += 16;
    }
    tail.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|i| from + i)
}

#[inline]
fn equal(block: u8x16, byte: u8) -> u32 {
    block.simd_eq(u8x16::splat(byte)).to_bitmask()
}

/// What stands where in a block.
struct Marks {
    quotes: u64,
    backslashes: u64,
    /// `{` and `[`.
    opens: u64,
    /// `}` and `]`.
    closes: u64,
}

impl Marks {
    #[inline(always)]
    fn of(block: &[u8; WIDTH], simd: impl Compare) -> Marks {
        Marks {
            quotes: simd.equal(block, 0, b'"'),
            backslashes: simd.equal(block, 0, b'\\'),
            // A brace is its bracket with one bit more.
            opens: simd.equal(block, 0x20, b'{'),
            closes: simd.equal(block, 0x20, b'}'),
        }
    }
}

/// Compares a block in the registers there are.
pub(super) trait Compare: Copy {
    /// Where a byte, with these bits set, is the wanted one: a bit a byte.
    fn equal(self, block: &[u8; WIDTH], bits: u8, wanted: u8) -> u64;

    /// Where a byte has its highest bit set.
    fn high(self, block: &[u8; WIDTH]) -> u64;
}

/// Sixteen bytes at once, which every processor can.
#[derive(Clone, Copy)]
pub(super) struct Narrow;

impl Compare for Narrow {
    #[inline(always)]
    fn equal(self, block: &[u8; WIDTH], bits: u8, wanted: u8) -> u64 {
        let (quarters, _) = block.as_chunks::<16>();
        quarters.iter().rev().fold(0, |all, quarter| {
            all << 16 | u64::from(equal(u8x16::new(*quarter) | u8x16::splat(bits), wanted))
        })
    }

    #[inline(always)]
    fn high(self, block: &[u8; WIDTH]) -> u64 {
        let (quarters, _) = block.as_chunks::<16>();
        let bits = |quarter: &[u8; 16]| u64::from(u8x16::new(*quarter).to_bitmask());
        quarters.iter().rev().fold(0, |all, quarter| all << 16 | bits(quarter))
    }
}

#[cfg(target_arch = "x86_64")]
impl Compare for pulp::x86::V3 {
    #[inline(always)]
    fn equal(self, block: &[u8; WIDTH], bits: u8, wanted: u8) -> u64 {
        let splat = |byte: u8| self.avx._mm256_set1_epi8(byte.cast_signed());
        let (halves, _) = block.as_chunks::<32>();
        halves.iter().rev().fold(0, |all, half| {
            let bytes = self.avx2._mm256_or_si256(pulp::cast(*half), splat(bits));
            let equal = self.avx2._mm256_cmpeq_epi8(bytes, splat(wanted));
            all << 32 | u64::from(self.avx2._mm256_movemask_epi8(equal).cast_unsigned())
        })
    }

    #[inline(always)]
    fn high(self, block: &[u8; WIDTH]) -> u64 {
        let (halves, _) = block.as_chunks::<32>();
        let bits = |half: &[u8; 32]| self.avx2._mm256_movemask_epi8(pulp::cast(*half));
        halves.iter().rev().fold(0, |all, half| all << 32 | u64::from(bits(half).cast_unsigned()))
    }
}

/// What a block must know of the one before.
#[derive(Default)]
pub(super) struct Strings {
    /// A string is open.
    open: bool,
    /// The next byte is escaped.
    escaped: bool,
}

impl Strings {
    /// The bytes within strings, opening quotes among them. Behind a backslash outside a string it is
    /// not to be believed.
    #[inline(always)]
    pub(super) fn inside(&mut self, quotes: u64, backslashes: u64) -> u64 {
        let mut escaped = u64::from(self.escaped);
        let mut backslashes = backslashes & !escaped;
        self.escaped = false;
        while backslashes != 0 {
            let bit = backslashes & backslashes.wrapping_neg();
            let next = bit << 1;
            self.escaped = next == 0;
            escaped |= next;
            backslashes &= !(bit | next);
        }
        let mut inside = quotes & !escaped;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        if self.open {
            inside = !inside;
        }
        self.open = inside >> 63 == 1;
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same, a byte at a time.
    fn slowly(bytes: &[u8]) -> Result<(usize, bool), &'static str> {
        let (mut levels, mut open, mut escapes) = (Levels::NONE, false, false);
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if !open => return Err("a backslash outside a string"),
                b'\\' => {
                    escapes = true;
                    at += 1;
                }
                b'"' => open = !open,
                b'{' | b'[' if !open => levels.open(*byte == b'[')?,
                b'}' | b']' if !open && levels.close(*byte == b']')? => {
                    return Ok((at + 1, escapes));
                }
                _ => {}
            }
            at += 1;
        }
        Err(if open {
            "the line ends within a string"
        } else {
            "the line ends within a nested value"
        })
    }

    proptest! {
        #[test]
        fn blocks_find_what_bytes_find(text in r#"\{[a"\\{}\[\]:, ]{0,300}"#) {
            let found = close(text.as_bytes(), 0, Levels::NONE);
            match (slowly(text.as_bytes()), found) {
                // Backslashes after the end, in the same block, are seen as well.
                (Ok((end, escapes)), Ok(closed)) => {
                    prop_assert_eq!(end, closed.end);
                    prop_assert!(closed.escapes || !escapes);
                }
                (Err(slow), Err((fast, _))) => prop_assert_eq!(slow, fast),
                (slow, fast) => prop_assert!(false, "{slow:?} {:?}", fast.map(|closed| closed.end)),
            }
        }

        #[test]
        fn registers_of_any_width_see_the_same(text in proptest::collection::vec(proptest::sample::select(&b"a\"\\{}[]\x1b\x5d\xfd"[..]), 64)) {
            let block: &[u8; WIDTH] = text.as_slice().try_into().unwrap();
            for (bits, wanted) in [(0, b'"'), (0, b'\\'), (0x20, b'{'), (0x20, b'}')] {
                let slowly = text.iter().rev().fold(0_u64, |all, b| all << 1 | u64::from(b | bits == wanted));
                prop_assert_eq!(Narrow.equal(block, bits, wanted), slowly);
                #[cfg(target_arch = "x86_64")]
                if let Some(simd) = pulp::x86::V3::try_new() {
                    prop_assert_eq!(simd.equal(block, bits, wanted), slowly);
                }
            }
        }

        #[test]
        fn a_quote_is_found_wherever_it_stands(text in r#"[ab]{0,80}["\\]?[ab"\\]{0,40}"#, at in 0_usize..90) {
            let slowly = text.bytes().skip(at).position(|b| matches!(b, b'"' | b'\\')).map(|i| i + at);
            prop_assert_eq!(quote_or_backslash(text.as_bytes(), at), slowly);
        }
    }
}
