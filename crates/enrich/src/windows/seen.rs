//! How many different codes a slice has.

use std::ops::Range;

use crate::numbers::NONE;

/// The slice each code was last seen in, by a number that no other slice had since.
#[derive(Default)]
pub struct Seen {
    last: Vec<u32>,
    slices: u32,
}

impl Seen {
    /// How many different codes each slice has, of `size` there are.
    pub fn distinct(
        &mut self,
        slices: impl ExactSizeIterator<Item = Range<usize>>,
        size: usize,
        code: impl Fn(usize) -> u32,
    ) -> Vec<i64> {
        if slices.len() >= (NONE - self.slices) as usize {
            *self = Seen::default();
        }
        self.last.resize(size.max(self.last.len()), NONE);
        let last = &mut self.last[..size];
        let count = |slice: Range<usize>| {
            let mut count = 0;
            for at in slice {
                // What is none lies beyond all codes.
                if let Some(last) = last.get_mut(code(at) as usize) {
                    count += i64::from(*last != self.slices);
                    *last = self.slices;
                }
            }
            self.slices += 1;
            count
        };
        slices.map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_told_apart_through_other_sizes_and_when_their_numbers_end() {
        let codes = [5, 5, 1, NONE, 5, 9, 1, 1, 2];
        let slices = || [0..4, 4..6, 6..6, 6..9].into_iter();
        let mut seen = Seen { last: Vec::new(), slices: NONE - 10 };
        for _ in 0..5 {
            assert_eq!(seen.distinct(slices(), 10, |at| codes[at]), [2, 2, 0, 2]);
            assert_eq!(seen.distinct(slices(), 2, |at| codes[at]), [1, 0, 0, 1]);
        }
        assert!(seen.slices < 100);
    }
}
