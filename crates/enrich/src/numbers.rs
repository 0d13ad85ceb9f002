//! Texts and pairs as numbers, each in the order it was first met.
//!
//! Whoever sends a flow chooses its addresses, so the hashes are keyed anew in every table.

use std::hash::{BuildHasher as _, RandomState};

/// No number.
pub const NONE: u32 = u32::MAX;

/// Half of a 128-bit product mixed with the other.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Which number stands where: open addressing, a slot being the hash's upper half and the number plus one.
struct Slots {
    slots: Vec<u64>,
    used: usize,
    keys: [u64; 2],
}

impl Slots {
    fn new() -> Slots {
        let random = RandomState::new();
        let keys = [random.hash_one(1_u8), random.hash_one(2_u8) | 1];
        Slots { slots: vec![0; 1024], used: 0, keys }
    }

    /// The number of an equal, or the empty slot.
    fn find(&self, hash: u64, equal: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return Err(at);
            }
            let number = slot as u32 - 1;
            if slot >> 32 == hash >> 32 && equal(number) {
                return Ok(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// Takes the next number into an empty slot; `hash` tells those of the others when they must move.
    fn take(&mut self, at: usize, hash: u64, other: impl Fn(&Slots, u32) -> u64) -> u32 {
        let number = self.used as u32;
        self.slots[at] = (hash >> 32 << 32) | u64::from(number + 1);
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            let mask = self.slots.len() * 4 - 1;
            self.slots = vec![0; mask + 1];
            for number in 0..self.used as u32 {
                let hash = other(self, number);
                let mut at = hash as usize & mask;
                while self.slots[at] != 0 {
                    at = (at + 1) & mask;
                }
                self.slots[at] = (hash >> 32 << 32) | u64::from(number + 1);
            }
        }
        number
    }

    fn bytes(&self) -> usize {
        size_of::<u64>() * self.slots.capacity()
    }

    fn hash_text(&self, text: &[u8]) -> u64 {
        let (words, rest) = text.as_chunks::<8>();
        let mut hash = self.keys[0] ^ text.len() as u64;
        for word in words {
            hash = fold(hash ^ u64::from_le_bytes(*word), self.keys[1]);
        }
        let mut last = 0;
        for byte in rest {
            last = (last << 8) | u64::from(*byte);
        }
        fold(hash ^ last, self.keys[1])
    }

    fn hash_pair(&self, pair: u64) -> u64 {
        fold(pair ^ self.keys[0], self.keys[1])
    }
}

/// Distinct texts.
pub struct Texts {
    slots: Slots,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Default for Texts {
    fn default() -> Self {
        Texts::new()
    }
}

impl Texts {
    pub fn new() -> Texts {
        Texts { slots: Slots::new(), bytes: Vec::new(), ends: vec![0] }
    }

    pub fn len(&self) -> usize {
        self.slots.used
    }

    pub fn text(&self, number: u32) -> &str {
        std::str::from_utf8(text(&self.bytes, &self.ends, number)).unwrap_or_default()
    }

    /// The number of a text, a new one if it is new.
    pub fn number(&mut self, wanted: &str) -> u32 {
        let wanted = wanted.as_bytes();
        let hash = self.slots.hash_text(wanted);
        let (bytes, ends) = (&mut self.bytes, &mut self.ends);
        match self.slots.find(hash, |number| text(bytes, ends, number) == wanted) {
            Ok(number) => number,
            Err(at) => {
                bytes.extend_from_slice(wanted);
                ends.push(bytes.len());
                self.slots
                    .take(at, hash, |slots, number| slots.hash_text(text(bytes, ends, number)))
            }
        }
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        self.bytes.capacity() + size_of::<usize>() * self.ends.capacity() + self.slots.bytes()
    }

    /// The number of a text that was met.
    pub fn get(&self, wanted: &str) -> Option<u32> {
        let wanted = wanted.as_bytes();
        let equal = |number| text(&self.bytes, &self.ends, number) == wanted;
        self.slots.find(self.slots.hash_text(wanted), equal).ok()
    }
}

fn text<'a>(bytes: &'a [u8], ends: &[usize], number: u32) -> &'a [u8] {
    &bytes[ends[number as usize]..ends[number as usize + 1]]
}

/// Distinct pairs of numbers.
pub struct Pairs {
    slots: Slots,
    pairs: Vec<u64>,
}

impl Pairs {
    pub fn new() -> Pairs {
        Pairs { slots: Slots::new(), pairs: Vec::new() }
    }

    /// The number of a pair, a new one if it is new.
    pub fn number(&mut self, first: u32, second: u32) -> u32 {
        let pair = (u64::from(first) << 32) | u64::from(second);
        let hash = self.slots.hash_pair(pair);
        match self.slots.find(hash, |number| self.pairs[number as usize] == pair) {
            Ok(number) => number,
            Err(at) => {
                self.pairs.push(pair);
                let pairs = &self.pairs;
                let hash_of = |slots: &Slots, number: u32| slots.hash_pair(pairs[number as usize]);
                self.slots.take(at, hash, hash_of)
            }
        }
    }

    pub fn len(&self) -> usize {
        self.slots.used
    }

    /// The number of a pair that was met.
    pub fn get(&self, first: u32, second: u32) -> Option<u32> {
        let pair = (u64::from(first) << 32) | u64::from(second);
        let equal = |number| self.pairs[number as usize] == pair;
        self.slots.find(self.slots.hash_pair(pair), equal).ok()
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of::<u64>() * self.pairs.capacity() + self.slots.bytes()
    }

    /// Every pair, by its number.
    pub fn all(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.pairs.iter().map(|pair| ((pair >> 32) as u32, *pair as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_while_the_table_grows() {
        let mut texts = Texts::new();
        let text = |n: u32| "x".repeat(n as usize % 40) + &n.to_string();
        for n in 0..5000 {
            assert_eq!(texts.number(&text(n)), n);
        }
        for n in 0..5000 {
            assert_eq!(texts.number(&text(n)), n);
            assert_eq!((texts.get(&text(n)), texts.text(n)), (Some(n), text(n).as_str()));
        }
        assert_eq!((texts.get("y"), texts.len()), (None, 5000));
    }

    #[test]
    fn a_pair_keeps_its_number_while_the_table_grows() {
        let mut pairs = Pairs::new();
        for n in (0..5000).chain(0..5000) {
            assert_eq!(pairs.number(n % 70, n / 70), n);
        }
        assert!(pairs.all().zip(0..).all(|(pair, n)| pair == (n % 70, n / 70)));
    }
}
