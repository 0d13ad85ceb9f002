//! Whether what comes in still looks like what a model was fitted on.
//!
//! For each feature the population stability index, over bins i:
//!
//! ```text
//! PSI = Σ (live_i − seen_i) · ln(live_i / seen_i)
//! ```
//!
//! with the shares of the live rows and of the sample (the symmetrised divergence of Kullback and Leibler, "On Information
//! and Sufficiency", 1951; as an index of stability in Siddiqi, "Credit Risk Scorecards", 2006, whose rule of thumb is:
//! under 0.1 nothing happened, over 0.25 much did). Shares under [`FLOOR`] count as [`FLOOR`], as the logarithm knows no
//! nought. Without any drift the index is about (bins − 1) / rows, so that few rows look like drift: under [`ENOUGH`] rows
//! nothing is said.
//!
//! The bins of numbers lie between the sample's deciles, where equal ones are merged and the sample's own share of each bin
//! is taken, so that a feature of mostly zeros is compared rightly. The outer bins are open; but if a tenth of the sample or
//! more sits on its smallest (or largest) value, what lies beyond that is a bin of its own, of which the sample had
//! nothing. The bins of a category are its words, and one for all others. Missing and infinite values are left aside.

use botany_learn::{Error, Frame, MISSING, Values};

use crate::{CardFeature, Seen};

/// The smallest share: a bin that was empty counts as one row in ten thousand.
pub const FLOOR: f64 = 1e-4;

/// Rows below which nothing is said.
pub const ENOUGH: f64 = 200.0;

/// Rows after which all counts are halved, unless another number is asked for.
pub const HALF_LIFE: u64 = 10_000;

/// The bin of a row without a value.
const NOWHERE: u32 = u32::MAX;

/// Counts live rows against what a model has seen.
#[derive(Clone, Debug)]
pub struct Drift {
    features: Vec<Feature>,
    half_life: u64,
    /// Rows since the counts were halved.
    since: u64,
    /// All rows so far.
    rows: u64,
    /// Rows as they count now.
    weight: f64,
}

#[derive(Clone, Debug)]
struct Feature {
    name: String,
    bins: Bins,
    /// The sample's share of each bin.
    seen: Vec<f64>,
    /// Live rows in each bin, those of longer ago counting less.
    live: Vec<f64>,
}

#[derive(Clone, Debug)]
enum Bins {
    /// Bin 0 lies below `least`, where that is given; bin i + 1 ends with edge i; the last one is open.
    Numbers { least: Option<f64>, edges: Vec<f64> },
    /// The words, sorted; the last bin is for all others.
    Words(Vec<String>),
}

impl Drift {
    /// Counts nothing yet. Features of which the card does not say what was seen are left out.
    pub fn new(features: &[CardFeature]) -> Drift {
        Drift::with_half_life(features, HALF_LIFE)
    }

    /// The same with counts that are halved after every `rows` rows (at least [`ENOUGH`]), so that it follows the
    /// present.
    pub fn with_half_life(features: &[CardFeature], rows: u64) -> Drift {
        let feature = |f: &CardFeature| {
            let (bins, seen) = bins(f.seen.as_ref()?);
            let live = vec![0.0; seen.len()];
            Some(Feature { name: f.name.clone(), bins, seen, live })
        };
        let features = features.iter().filter_map(feature).collect();
        Drift { features, half_life: rows.max(ENOUGH as u64), since: 0, rows: 0, weight: 0.0 }
    }

    /// Counts the rows of `frame`.
    ///
    /// # Errors
    ///
    /// A feature that is not there or of another kind; nothing is counted then.
    pub fn add(&mut self, frame: &Frame) -> Result<(), Error> {
        let mut placed = Vec::with_capacity(self.features.len());
        for feature in &self.features {
            let values = &frame.column(&feature.name)?.values;
            placed.push(feature.bins.places(&feature.name, values)?);
        }
        let mut row = 0;
        while row < frame.rows() {
            let left = usize::try_from(self.half_life - self.since).unwrap_or(usize::MAX);
            let end = row.saturating_add(left).min(frame.rows());
            for (feature, places) in self.features.iter_mut().zip(&placed) {
                for place in &places[row..end] {
                    if let Some(count) = feature.live.get_mut(*place as usize) {
                        *count += 1.0;
                    }
                }
            }
            let counted = (end - row) as u64;
            self.rows += counted;
            self.since += counted;
            self.weight += counted as f64;
            if self.since == self.half_life {
                self.forget();
            }
            row = end;
        }
        Ok(())
    }

    /// Halves all counts.
    fn forget(&mut self) {
        self.since = 0;
        self.weight /= 2.0;
        for count in self.features.iter_mut().flat_map(|f| &mut f.live) {
            *count /= 2.0;
        }
    }

    /// The index of each feature, in the order of the card; none as long as there are fewer than [`ENOUGH`] rows with a
    /// value, as they count now.
    pub fn psi(&self) -> Vec<(String, f64)> {
        let index = |f: &Feature| {
            let rows: f64 = f.live.iter().sum();
            let live = f.live.iter().map(|count| count / rows);
            (rows >= ENOUGH).then(|| (f.name.clone(), psi(live, &f.seen)))
        };
        self.features.iter().filter_map(index).collect()
    }

    /// All rows counted so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows as they count now, those of longer ago less.
    pub fn weight(&self) -> f64 {
        self.weight
    }
}

/// The index of two lists of shares.
fn psi(live: impl Iterator<Item = f64>, seen: &[f64]) -> f64 {
    let term = |(live, seen): (f64, &f64)| {
        let (live, seen) = (live.max(FLOOR), seen.max(FLOOR));
        (live - seen) * (live / seen).ln()
    };
    live.zip(seen).map(term).sum()
}

/// The bins of what was seen, and the sample's share of each.
fn bins(seen: &Seen) -> (Bins, Vec<f64>) {
    match seen {
        Seen::Words(shares) => {
            let share = shares.values().copied().chain([0.0]).collect();
            (Bins::Words(shares.keys().cloned().collect()), share)
        }
        Seen::Numbers { deciles, up_to } => {
            let (mut edges, mut seen, mut before) = (Vec::new(), Vec::new(), 0.0);
            for (edge, up_to) in deciles.iter().zip(up_to).take(10).skip(1) {
                if edges.last() != Some(edge) {
                    edges.push(*edge);
                    seen.push(up_to - before);
                    before = *up_to;
                }
            }
            // The last one is open; if the largest value was an edge already, the sample had nothing there.
            seen.push((1.0 - before).max(0.0));
            let least = edges.first().copied().filter(|first| *first == deciles[0]);
            seen.insert(0, 0.0);
            (Bins::Numbers { least, edges }, seen)
        }
    }
}

impl Bins {
    /// The bin of each row; [`NOWHERE`] without a value.
    fn places(&self, name: &str, values: &Values) -> Result<Vec<u32>, Error> {
        let wrong = |found: &str, expected| {
            Err(Error::WrongKind { column: name.to_owned(), found: found.into(), expected })
        };
        match (self, values) {
            (Bins::Numbers { least, edges }, Values::Number(numbers)) => {
                let place = |value: &f64| {
                    let below = least.is_some_and(|least| *value < least);
                    let place = if below { 0 } else { 1 + edges.partition_point(|e| e < value) };
                    if value.is_finite() { place as u32 } else { NOWHERE }
                };
                Ok(numbers.iter().map(place).collect())
            }
            (Bins::Words(words), Values::Category { codes, levels }) => {
                let place = |word: &String| words.binary_search(word).unwrap_or(words.len());
                let known: Vec<u32> = levels.iter().map(|word| place(word) as u32).collect();
                let place =
                    |code: &u32| if *code == MISSING { NOWHERE } else { known[*code as usize] };
                Ok(codes.iter().map(place).collect())
            }
            (Bins::Numbers { .. }, _) => wrong("words", "numbers"),
            (Bins::Words(_), _) => wrong("numbers", "words"),
        }
    }
}

#[cfg(test)]
mod tests {
    use botany_learn::Column;

    use super::*;

    fn numbers(values: impl IntoIterator<Item = f64>) -> Frame {
        Frame::new(vec![Column::new("x", Values::numbers(values))]).unwrap()
    }

    fn words(parts: &[(&str, usize)]) -> Frame {
        let words = parts.iter().flat_map(|(word, n)| std::iter::repeat_n(Some(*word), *n));
        Frame::new(vec![Column::new("x", Values::words(words))]).unwrap()
    }

    fn card(sample: &Frame) -> Vec<CardFeature> {
        let seen = Seen::of(&sample.columns()[0].values);
        vec![CardFeature { name: "x".into(), unit: String::new(), sql: String::new(), seen }]
    }

    /// The index of `live` against `sample`.
    fn index(sample: &Frame, live: &Frame) -> f64 {
        let mut drift = Drift::new(&card(sample));
        drift.add(live).unwrap();
        drift.psi()[0].1
    }

    fn is(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    fn mostly_zeros(zeros: usize, ones: usize) -> Frame {
        numbers(std::iter::repeat_n(0.0, zeros).chain(std::iter::repeat_n(1.0, ones)))
    }

    #[test]
    fn the_same_again_is_no_drift() {
        for sample in [
            numbers((0..1_000).map(f64::from)),
            mostly_zeros(950, 50),
            numbers([3.0; 500]),
            words(&[("a", 300), ("b", 5)]),
        ] {
            is(index(&sample, &sample), 0.0);
        }
    }

    /// 0.2, 0.3 and 0.5 against 0.5, 0.3 and 0.2: 2 × 0.3 × ln 2.5.
    #[test]
    fn known_shares_give_the_known_index() {
        let sample = words(&[("a", 500), ("b", 300), ("c", 200)]);
        let live = words(&[("a", 200), ("b", 300), ("c", 500)]);
        is(index(&sample, &live), 0.6 * 2.5_f64.ln());
        // A word never seen takes a share of 0.5 from `a`; the sample's share of it is the floor's.
        let other = words(&[("b", 300), ("c", 200), ("new", 500)]);
        is(index(&sample, &other), 2.0 * (0.5 - FLOOR) * (0.5 / FLOOR).ln());
    }

    /// Everything in the lowest of ten bins of a tenth each.
    #[test]
    fn numbers_fall_between_the_deciles() {
        let sample = numbers((1..=1_000).map(f64::from));
        let lowest = numbers((0..400).map(|_| 50.0));
        is(index(&sample, &lowest), 0.9 * 10_f64.ln() + 9.0 * (FLOOR - 0.1) * (FLOOR / 0.1).ln());
        // An edge belongs to the bin below it, and what lies beyond the sample to the outer bins.
        let ends = numbers([-5.0, 100.0, 901.0, 1e9].repeat(100));
        is(index(&sample, &ends), 0.8 * 5_f64.ln() + 8.0 * (FLOOR - 0.1) * (FLOOR / 0.1).ln());
    }

    /// Nine deciles are the same nought: two bins, of 0.95 and 0.05, not ten.
    #[test]
    fn equal_deciles_are_one_edge_with_its_whole_share() {
        let sample = mostly_zeros(950, 50);
        let expected = 0.15 * (0.2_f64 / 0.05).ln() - 0.15 * (0.8_f64 / 0.95).ln();
        is(index(&sample, &mostly_zeros(800, 200)), expected);
    }

    #[test]
    fn what_was_always_the_same_and_is_not_any_more_is_drift_in_both_directions() {
        let sample = numbers([3.0; 500]);
        let all = (1.0 - FLOOR) * (1.0 / FLOOR).ln() * 2.0;
        is(index(&sample, &numbers([4.0; 500])), all);
        is(index(&sample, &numbers([2.0; 500])), all);
    }

    #[test]
    fn few_rows_say_nothing_and_missing_ones_do_not_count() {
        let sample = numbers((0..1_000).map(f64::from));
        let mut drift = Drift::new(&card(&sample));
        drift.add(&numbers((0..199).map(f64::from))).unwrap();
        drift.add(&numbers([f64::NAN, f64::INFINITY])).unwrap();
        assert!(drift.psi().is_empty());
        drift.add(&numbers([199.0])).unwrap();
        assert_eq!((drift.psi().len(), drift.rows()), (1, 202));
    }

    #[test]
    fn it_forgets_and_follows_the_present() {
        let sample = numbers((0..1_000).map(f64::from));
        let mut drift = Drift::with_half_life(&card(&sample), 1_000);
        for _ in 0..20 {
            drift.add(&numbers((0..1_000).map(|_| 1e6))).unwrap();
        }
        let far = drift.psi()[0].1;
        assert!(far > 2.0 && drift.weight() < 2_000.0);
        for _ in 0..20 {
            drift.add(&sample).unwrap();
        }
        let back = drift.psi()[0].1;
        assert!(back < 1e-3, "{far} {back}");
        assert_eq!(drift.rows(), 40_000);
    }

    /// However the rows are cut into batches.
    #[test]
    fn batches_do_not_matter() {
        let sample = numbers((0..1_000).map(f64::from));
        let live: Vec<f64> = (0..900).map(|i| f64::from(i * i % 1_300)).collect();
        let mut whole = Drift::with_half_life(&card(&sample), 210);
        let mut parts = whole.clone();
        whole.add(&numbers(live.iter().copied())).unwrap();
        for part in live.chunks(33) {
            parts.add(&numbers(part.iter().copied())).unwrap();
        }
        assert_eq!((whole.weight(), whole.psi()), (parts.weight(), parts.psi()));
        assert!(whole.psi()[0].1 > 0.0 && whole.weight() < 450.0);
    }

    #[test]
    fn another_kind_or_no_column_is_an_error_and_nothing_is_counted() {
        let sample = numbers((0..1_000).map(f64::from));
        let mut drift = Drift::new(&card(&sample));
        assert!(drift.add(&words(&[("a", 3)])).is_err());
        let other = Frame::new(vec![Column::new("y", Values::numbers([1.0]))]).unwrap();
        assert!(drift.add(&other).is_err());
        assert_eq!(drift.rows(), 0);
        assert!(Drift::new(&card(&words(&[("a", 3)]))).add(&sample).is_err());
    }

    #[test]
    fn what_the_card_does_not_know_is_left_out() {
        let mut card = card(&numbers([1.0]));
        card[0].seen = None;
        let mut drift = Drift::new(&card);
        drift.add(&numbers([1.0; 500])).unwrap();
        assert!(drift.psi().is_empty());
    }
}
