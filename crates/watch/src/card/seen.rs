//! What a model has seen of a feature: enough to tell an unusual value, and a changed world, from the sample.

use std::collections::BTreeMap;

use botany_learn::{MISSING, Values};
use serde::{Deserialize, Serialize};

use crate::alert::FeatureValue;

/// The values of a feature in the sample a model was fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Of numbers.
    Numbers {
        /// The smallest value, nine deciles, the largest value. Each is a value of the sample: the smallest one
        /// that so many tenths of the rows do not exceed.
        deciles: [f64; 11],
        /// The share of rows that do not exceed each of them; more than its tenths where many rows are equal.
        up_to: [f64; 11],
    },
    /// Of words: the share of the rows each one has.
    Words(BTreeMap<String, f64>),
}

impl Seen {
    /// What there is to see in a column; missing and infinite values are left aside. `None` if nothing is left.
    pub fn of(values: &Values) -> Option<Seen> {
        match values {
            Values::Number(numbers) => of_numbers(numbers),
            Values::Category { codes, levels } => of_words(codes, levels),
        }
    }

    /// The usual value: the median, or the most frequent word (of several, the first by alphabet). `None` for a
    /// category without words.
    pub fn usual(&self) -> Option<FeatureValue> {
        match self {
            Seen::Numbers { deciles, .. } => Some(FeatureValue::Number(deciles[5])),
            Seen::Words(shares) => {
                // The last of equals wins, so the words go backwards.
                let most = shares.iter().rev().max_by(|a, b| a.1.total_cmp(b.1));
                most.map(|(word, _)| FeatureValue::Word(word.clone()))
            }
        }
    }
}

fn of_numbers(numbers: &[f64]) -> Option<Seen> {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let rows = sorted.len();
    if rows == 0 {
        return None;
    }
    let deciles = std::array::from_fn(|k| sorted[(k * rows).div_ceil(10).saturating_sub(1)]);
    let up_to = deciles.map(|d: f64| sorted.partition_point(|v| *v <= d) as f64 / rows as f64);
    Some(Seen::Numbers { deciles, up_to })
}

fn of_words(codes: &[u32], levels: &[String]) -> Option<Seen> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let words = codes.iter().filter(|c| **c != MISSING).filter_map(|c| levels.get(*c as usize));
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let rows: u64 = counts.values().sum();
    let share = |(word, count): (&str, u64)| (word.to_owned(), count as f64 / rows as f64);
    (rows > 0).then(|| Seen::Words(counts.into_iter().map(share).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deciles(values: impl IntoIterator<Item = f64>) -> ([f64; 11], [f64; 11]) {
        match Seen::of(&Values::numbers(values)) {
            Some(Seen::Numbers { deciles, up_to }) => (deciles, up_to),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn deciles_are_values_of_the_sample() {
        let (deciles, up_to) = deciles((1..=100).rev().map(f64::from));
        assert_eq!(deciles, [1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]);
        assert_eq!(up_to, [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
    }

    #[test]
    fn equal_values_keep_their_whole_share() {
        let values = std::iter::repeat_n(0.0, 95).chain(std::iter::repeat_n(1.0, 5));
        let (deciles, up_to) = deciles(values);
        assert_eq!((deciles[9], deciles[10]), (0.0, 1.0));
        assert_eq!((up_to[1], up_to[9], up_to[10]), (0.95, 0.95, 1.0));
    }

    #[test]
    fn what_is_missing_is_left_aside() {
        let (three, _) = deciles([f64::NAN, 3.0, f64::INFINITY]);
        assert_eq!(three, [3.0; 11]);
        assert_eq!(Seen::of(&Values::numbers([f64::NAN])), None);
        assert_eq!(Seen::of(&Values::words([None])), None);
        let words = Seen::of(&Values::words([Some("a"), None, Some("b"), Some("b"), Some("b")]));
        let shares = [("a".to_owned(), 0.25), ("b".to_owned(), 0.75)];
        assert_eq!(words, Some(Seen::Words(shares.into())));
    }

    #[test]
    fn the_usual_value_is_the_median_or_the_most_frequent_word() {
        let usual = |values| Seen::of(&values).unwrap().usual().unwrap();
        assert_eq!(usual(Values::numbers([9.0, 1.0, 2.0])), FeatureValue::Number(2.0));
        let word = |word: &str| FeatureValue::Word(word.to_owned());
        assert_eq!(usual(Values::words([Some("a"), Some("b"), Some("b")])), word("b"));
        assert_eq!(usual(Values::words([Some("b"), Some("a")])), word("a"));
    }

    #[test]
    fn it_reads_as_it_is_written() {
        for values in [Values::numbers([0.1, 2e300, -0.0]), Values::words([Some("a\""), Some("")])]
        {
            let seen = Seen::of(&values).unwrap();
            let json = serde_json::to_string(&seen).unwrap();
            assert_eq!(serde_json::from_str::<Seen>(&json).unwrap(), seen);
        }
    }
}
