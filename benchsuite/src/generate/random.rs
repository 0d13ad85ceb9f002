//! Randomness that is the same on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): small, quick, and good enough to make up a sensor.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// Any 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number from 0 up to but not including `below`.
    pub fn below(&mut self, below: u64) -> u64 {
        (self.unit() * below as f64) as u64
    }

    /// True so often.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A count that is mostly near `typical`, now and then many times that: log-normal, at least 1.
    pub fn count(&mut self, typical: f64, spread: f64) -> u64 {
        // Twelve uniform numbers add up to a normal one of variance 1.
        let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        (typical * (spread * normal).exp()).round().max(1.0) as u64
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// A rank from 0 to `most` - 1 by Zipf's law with exponent 1: rank r comes in proportion to 1 / (r + 1).
    pub fn zipf(&mut self, most: u64) -> u64 {
        let rank = ((most as f64 + 1.0).ln() * self.unit()).exp() - 1.0;
        (rank as u64).min(most - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_source_comes_far_more_often_than_the_hundredth() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 1000];
        for _ in 0..100_000 {
            seen[random.zipf(1000) as usize] += 1;
        }
        assert!(seen[0] > 8_000 && seen[0] > 20 * seen[99], "{} {}", seen[0], seen[99]);
        assert!(seen.iter().filter(|n| **n > 0).count() > 900);
    }
}
