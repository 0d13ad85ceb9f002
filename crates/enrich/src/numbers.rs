//! Texts and pairs as numbers, each in the order it was first met.
//!
//! Whoever sends a flow chooses its addresses, so the hashes are keyed anew in every table.

use std::hash::{BuildHasher as _, RandomState};

use botany_catalog::address;

/// No number.
pub const NONE: u32 = u32::MAX;

/// Texts whose slots are looked at together.
const AT_ONCE: usize = 64;

/// Half of a 128-bit product mixed with the other.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Which number stands where: open addressing, a slot being 32 bits of what is looked for (the upper half of its hash,
/// or an address) and the number plus one.
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
    fn find(&self, hash: u64, upper: u32, equal: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return Err(at);
            }
            let number = slot as u32 - 1;
            if slot >> 32 == u64::from(upper) && equal(number) {
                return Ok(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// Puts a number into an empty slot; `hash` tells that of a slot when it must move.
    fn put(&mut self, at: usize, upper: u32, number: u32, hash: impl Fn(&Slots, u64) -> u64) {
        self.slots[at] = (u64::from(upper) << 32) | u64::from(number + 1);
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            let mask = self.slots.len() * 4 - 1;
            let before = std::mem::replace(&mut self.slots, vec![0; mask + 1]);
            for slot in before.into_iter().filter(|slot| *slot != 0) {
                let mut at = hash(self, slot) as usize & mask;
                while self.slots[at] != 0 {
                    at = (at + 1) & mask;
                }
                self.slots[at] = slot;
            }
        }
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

    fn hash_number(&self, number: u64) -> u64 {
        fold(number ^ self.keys[0], self.keys[1])
    }
}

/// Distinct texts. That of an IPv4 address is known by its bits, which stand in the slot: one look at memory instead
/// of three.
pub struct Texts {
    dotted: Slots,
    others: Slots,
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
        Texts { dotted: Slots::new(), others: Slots::new(), bytes: Vec::new(), ends: vec![0] }
    }

    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub fn text(&self, number: u32) -> &str {
        std::str::from_utf8(text(&self.bytes, &self.ends, number)).unwrap_or_default()
    }

    /// The number of a text, a new one if it is new.
    pub fn number(&mut self, wanted: &str) -> u32 {
        let new = self.len() as u32;
        match self.find(wanted) {
            Ok(number) => return number,
            Err(Free::Dotted(at, bits)) => {
                self.dotted.put(at, bits, new, |slots, slot| slots.hash_number(slot >> 32));
            }
            Err(Free::Other(at, upper)) => {
                let (bytes, ends) = (&self.bytes, &self.ends);
                // The new one is not among the texts yet.
                let known = |number| match number == new {
                    true => wanted.as_bytes(),
                    false => text(bytes, ends, number),
                };
                self.others
                    .put(at, upper, new, |slots, slot| slots.hash_text(known(slot as u32 - 1)));
            }
        }
        self.bytes.extend_from_slice(wanted.as_bytes());
        self.ends.push(self.bytes.len());
        new
    }

    /// [`number`](Texts::number) of each of many texts, put behind those that are there. The slots of addresses are
    /// looked at some at a time, so that memory is waited for once and not for each.
    pub fn numbers<'t>(&mut self, wanted: impl Iterator<Item = &'t str>, to: &mut Vec<u32>) {
        let mut wanted = wanted.fuse();
        let mut some = Vec::with_capacity(AT_ONCE);
        loop {
            some.clear();
            some.extend(wanted.by_ref().take(AT_ONCE).map(|text| {
                let bits = address::dotted(text.as_bytes()).map(|address| address.to_bits());
                let at = bits.map_or(0, |bits| self.dotted.hash_number(bits.into()));
                (text, bits, self.dotted.slots[at as usize & (self.dotted.slots.len() - 1)])
            }));
            if some.is_empty() {
                return;
            }
            to.extend(some.iter().map(|(text, bits, slot)| match bits {
                Some(bits) if *slot != 0 && slot >> 32 == u64::from(*bits) => *slot as u32 - 1,
                _ => self.number(text),
            }));
        }
    }

    /// The number of a text that was met.
    pub fn get(&self, wanted: &str) -> Option<u32> {
        self.find(wanted).ok()
    }

    fn find(&self, wanted: &str) -> Result<u32, Free> {
        let wanted = wanted.as_bytes();
        if let Some(address) = address::dotted(wanted) {
            let bits = address.to_bits();
            let hash = self.dotted.hash_number(bits.into());
            return self.dotted.find(hash, bits, |_| true).map_err(|at| Free::Dotted(at, bits));
        }
        let hash = self.others.hash_text(wanted);
        let upper = (hash >> 32) as u32;
        let equal = |number| text(&self.bytes, &self.ends, number) == wanted;
        self.others.find(hash, upper, equal).map_err(|at| Free::Other(at, upper))
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        let texts = self.bytes.capacity() + size_of::<usize>() * self.ends.capacity();
        texts + self.dotted.bytes() + self.others.bytes()
    }
}

/// The empty slot of a text that was not met, and what goes into its upper half.
enum Free {
    Dotted(usize, u32),
    Other(usize, u32),
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
        let hash = self.slots.hash_number(pair);
        let upper = (hash >> 32) as u32;
        match self.slots.find(hash, upper, |number| self.pairs[number as usize] == pair) {
            Ok(number) => number,
            Err(at) => {
                let number = self.pairs.len() as u32;
                self.pairs.push(pair);
                let pairs = &self.pairs;
                let hash_of =
                    |slots: &Slots, slot| slots.hash_number(pairs[slot as u32 as usize - 1]);
                self.slots.put(at, upper, number, hash_of);
                number
            }
        }
    }

    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The number of a pair that was met.
    pub fn get(&self, first: u32, second: u32) -> Option<u32> {
        let pair = (u64::from(first) << 32) | u64::from(second);
        let hash = self.slots.hash_number(pair);
        let equal = |number| self.pairs[number as usize] == pair;
        self.slots.find(hash, (hash >> 32) as u32, equal).ok()
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of::<u64>() * self.pairs.capacity() + self.slots.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_while_the_table_grows() {
        let mut texts = Texts::new();
        let text = |n: u32| match n % 3 {
            0 => std::net::Ipv4Addr::from_bits(n << 13).to_string(),
            // No address: a number more.
            1 => format!("10.0.0.{}.{n}", n % 256),
            _ => "x".repeat(n as usize % 40) + &n.to_string(),
        };
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
    fn an_address_in_other_words_is_another_text() {
        let mut texts = Texts::new();
        let all =
            ["1.2.3.4", "01.2.3.4", " 1.2.3.4", "::ffff:1.2.3.4", "255.255.255.255", "0.0.0.0"];
        for (number, text) in (0..).zip(all) {
            assert_eq!((texts.number(text), texts.get(text)), (number, Some(number)));
            assert_eq!(texts.text(number), text);
        }
    }

    #[test]
    fn many_texts_are_numbered_as_one_after_the_other() {
        let all: Vec<String> = (0..3000_u32)
            .map(|n| match n % 4 {
                0 => format!("::{}", n % 300),
                _ => std::net::Ipv4Addr::from_bits(n * n % 7919).to_string(),
            })
            .collect();
        let (mut one, mut many, mut numbers) = (Texts::new(), Texts::new(), vec![7]);
        let meant: Vec<u32> = all.iter().map(|text| one.number(text)).collect();
        many.numbers(all.iter().map(String::as_str), &mut numbers);
        assert_eq!(numbers[1..], meant);
    }

    #[test]
    fn a_pair_keeps_its_number_while_the_table_grows() {
        let mut pairs = Pairs::new();
        let mut numbers: Vec<u32> = (0..5000).map(|n| pairs.number(n % 70, n / 70)).collect();
        assert!(numbers.iter().copied().eq(0..5000));
        numbers.reverse();
        let known = |n: &u32| pairs.get(n % 70, n / 70) == Some(*n);
        assert!(numbers.iter().all(known) && pairs.get(70, 0).is_none() && pairs.len() == 5000);
    }
}
