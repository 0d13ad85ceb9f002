//! What became of the lines of a file.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Kinds beyond this number are counted together, so that a file cannot fill memory with names.
const KINDS: usize = 256;
/// Longer kinds are cut to this many bytes.
const KIND_BYTES: usize = 64;

/// The three ends of the lines, and what identifies the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines read. After [`crate::read_after`]: the new ones only, as are the other counts.
    pub lines: u64,
    /// Bytes of the whole file, decompressed.
    pub bytes: u64,
    /// Rows by table, `reject` not among them.
    pub stored: BTreeMap<&'static str, u64>,
    /// Lines that are known but not stored, by kind.
    pub counted: BTreeMap<String, u64>,
    /// Lines that could not be read; each is a row of `reject`.
    pub rejected: u64,
    /// Bytes of a last line that was left for later; not among `bytes`, `lines` or the digest.
    pub held_back: u64,
    /// BLAKE3 of the whole file, decompressed, in lower-case hex.
    pub digest: String,
    /// BLAKE3 of the first line without its newline, in lower-case hex.
    pub head_digest: String,
    /// Earliest `event_time` of the stored rows, in microseconds since 1970 UTC.
    pub first_time: Option<i64>,
    /// Latest `event_time` of the stored rows, in microseconds since 1970 UTC.
    pub last_time: Option<i64>,
}

impl Tally {
    /// Rows stored, over all tables but `reject`.
    pub fn stored_total(&self) -> u64 {
        self.stored.values().sum()
    }

    /// Lines counted, over all kinds.
    pub fn counted_total(&self) -> u64 {
        self.counted.values().sum()
    }

    /// Whether every line has found its end: lines = stored + counted + rejected.
    pub fn reconciles(&self) -> bool {
        self.lines == self.stored_total() + self.counted_total() + self.rejected
    }

    /// Rows of a table, with their earliest and latest time.
    pub(crate) fn store(&mut self, table: &'static str, rows: u64, [first, last]: [i64; 2]) {
        *self.stored.entry(table).or_default() += rows;
        self.first_time = Some(self.first_time.map_or(first, |time| time.min(first)));
        self.last_time = Some(self.last_time.map_or(last, |time| time.max(last)));
    }

    pub(crate) fn count(&mut self, kind: &str, lines: u64) {
        let kind = match kind.len() {
            0 => Cow::Borrowed("unnamed"),
            1..=KIND_BYTES => Cow::Borrowed(kind),
            _ => crate::text::lossy(crate::text::head(kind.as_bytes(), KIND_BYTES)),
        };
        if let Some(n) = self.counted.get_mut(kind.as_ref()) {
            *n += lines;
        } else if self.counted.len() < KINDS {
            self.counted.insert(kind.into_owned(), lines);
        } else {
            *self.counted.entry("other kinds".to_owned()).or_default() += lines;
        }
    }

    /// Adds the counts of a later part of the same file.
    pub(crate) fn add(&mut self, part: &Tally) {
        self.lines += part.lines;
        self.rejected += part.rejected;
        for (table, rows) in &part.stored {
            *self.stored.entry(table).or_default() += rows;
        }
        for (kind, lines) in &part.counted {
            self.count(kind, *lines);
        }
        self.first_time = [self.first_time, part.first_time].into_iter().flatten().min();
        self.last_time = [self.last_time, part.last_time].into_iter().flatten().max();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_ends_add_up() {
        let mut tally = Tally { lines: 4, rejected: 1, ..Tally::default() };
        tally.store("flow", 1, [5, 5]);
        tally.store("flow", 1, [3, 3]);
        assert!(!tally.reconciles());
        tally.count("dns", 1);
        assert!(tally.reconciles());
        let mut whole = Tally::default();
        whole.add(&tally);
        whole.add(&tally);
        assert!(whole.reconciles());
        assert_eq!((whole.lines, whole.stored["flow"], whole.counted["dns"]), (8, 4, 2));
        assert_eq!((whole.first_time, whole.last_time), (Some(3), Some(5)));
    }

    #[test]
    fn names_of_kinds_cannot_fill_memory() {
        let mut tally = Tally::default();
        for i in 0..1000 {
            tally.count(&format!("{i:0>200}"), 1);
            tally.count(&format!("é{i}"), 1);
        }
        tally.count("", 1);
        assert_eq!(tally.counted_total(), 2001);
        assert!(tally.counted.len() <= KINDS + 1);
        assert!(tally.counted.keys().all(|kind| kind.len() <= KIND_BYTES));
    }
}
