//! Forward in time, with a gap.

use super::{Fold, Split, SplitOptions, Splitter};
use crate::error::Error;
use crate::keys::Keys;

/// The split by time.
pub struct Time;

impl Splitter for Time {
    fn split(&self) -> Split {
        Split::Time
    }

    fn name(&self) -> &'static str {
        "time"
    }

    fn phrase(&self) -> &'static str {
        "on what came later"
    }

    fn doc(&self) -> &'static str {
        "The rows, in order of time, are cut into one block more than there are folds; a fold tests \
         one block and trains only on rows that are at least the gap older than its first row. The \
         first block is never tested. It is a split by time alone: an address that comes back later \
         is on both sides, as it would be on a sensor."
    }

    fn folds(&self, keys: &Keys, _y: &[u8], options: &SplitOptions) -> Result<Vec<Fold>, Error> {
        let time = &keys.time;
        let mut order: Vec<usize> = (0..time.len()).collect();
        order.sort_by_key(|&row| (time[row], row));
        // Rows of one instant stay together: a cut inside them moves behind them.
        let cut = |at: usize| {
            let mut at = at.clamp(1, order.len());
            while at < order.len() && time[order[at]] == time[order[at - 1]] {
                at += 1;
            }
            at
        };
        let mut cuts: Vec<usize> = match options.holdout {
            Some(share) => vec![cut(((1.0 - share) * order.len() as f64).round() as usize)],
            None => (1..=options.folds)
                .map(|fold| cut((order.len() * fold) / (options.folds + 1)))
                .collect(),
        };
        cuts.push(order.len());
        if cuts.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::FewTimes { folds: cuts.len() - 1 });
        }
        let gap = options.gap_seconds.saturating_mul(1_000_000);
        let folds = cuts.windows(2).map(|pair| {
            let first = time[order[pair[0]]].saturating_sub(gap);
            let mut test = order[pair[0]..pair[1]].to_vec();
            // With no gap "older" still excludes the instant itself, which the cut keeps together.
            let mut train: Vec<usize> =
                order[..pair[0]].iter().copied().filter(|&row| time[row] <= first).collect();
            test.sort_unstable();
            train.sort_unstable();
            Fold { train, test }
        });
        Ok(folds.collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::folds;
    use super::*;

    fn keys(seconds: &[i64]) -> Keys {
        let time = seconds.iter().map(|s| s * 1_000_000).collect();
        Keys::new(seconds.iter().map(|_| "192.0.2.1"), time, 24, 64).unwrap()
    }

    #[test]
    fn a_fold_trains_only_on_what_is_older_than_the_gap() {
        let keys = keys(&[50, 0, 10, 20, 30, 40]);
        let y = [0, 1, 0, 1, 0, 1];
        let options = SplitOptions { folds: 2, gap_seconds: 15, ..SplitOptions::default() };
        let made = folds(Split::Time, &keys, &y, &options).unwrap();
        assert_eq!(made[0], Fold { train: vec![1], test: vec![3, 4] });
        assert_eq!(made[1], Fold { train: vec![1, 2, 3], test: vec![0, 5] });
        let options = SplitOptions { holdout: Some(0.5), ..SplitOptions::default() };
        let made = folds(Split::Time, &keys, &y, &options).unwrap();
        assert_eq!(made, [Fold { train: vec![1, 2, 3], test: vec![0, 4, 5] }]);
    }

    #[test]
    fn too_few_instants_are_refused() {
        let error =
            folds(Split::Time, &keys(&[5, 5, 5, 6]), &[0, 1, 0, 1], &SplitOptions::default())
                .unwrap_err();
        assert!(error.to_string().contains("too few instants for 5 folds"), "{error}");
    }

    proptest! {
        #[test]
        fn training_is_always_older_by_the_gap_and_nothing_is_tested_twice(
            seconds in proptest::collection::vec(0i64..60, 20..120),
            gap_seconds in 0i64..10,
            count in 2usize..5,
        ) {
            let keys = keys(&seconds);
            let y: Vec<u8> = (0..seconds.len()).map(|row| (row % 2) as u8).collect();
            let options = SplitOptions { folds: count, gap_seconds, ..SplitOptions::default() };
            let Ok(made) = folds(Split::Time, &keys, &y, &options) else { return Ok(()) };
            prop_assert_eq!(made.len(), count);
            let mut tested = vec![0; y.len()];
            for fold in &made {
                let first = fold.test.iter().map(|&row| seconds[row]).min().unwrap();
                for &row in &fold.train {
                    prop_assert!(seconds[row] < first && seconds[row] + gap_seconds <= first);
                }
                for &row in &fold.test {
                    tested[row] += 1;
                }
            }
            prop_assert!(tested.iter().all(|&times| times <= 1));
            // What is never tested is the first block alone: all of it older than any test row.
            let oldest = made[0].test.iter().map(|&row| seconds[row]).min().unwrap();
            for row in (0..y.len()).filter(|&row| tested[row] == 0) {
                prop_assert!(seconds[row] < oldest);
            }
        }
    }
}
