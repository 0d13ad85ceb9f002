//! How far a number may be off: bootstrap over addresses.
//!
//! Rows of one address are alike, so they are no independent witnesses. Addresses are: each draw
//! takes as many addresses as there are, with replacement, and all rows of an address come along
//! (the cluster bootstrap). The interval is the middle 95 % of the draws. The fitted models are taken
//! as they are: that another sample would have fitted other models is not in it, and with few
//! positive addresses it is too narrow.

use botany_learn::Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::metrics::{Evidence, Metric, Ranking};

/// The share of the draws that an interval holds.
pub const LEVEL: f64 = 0.95;

/// An interval of one metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end: the 2.5th percentile of the draws.
    pub low: Option<f64>,
    /// Upper end: the 97.5th percentile.
    pub high: Option<f64>,
    /// Draws in which the metric was undefined, and which were left out.
    pub skipped: usize,
}

/// Intervals of `metrics` by drawing the clusters of `ranking` anew `draws` times.
///
/// The same for a seed on any number of threads. There is no interval from fewer than two clusters,
/// or when the metric is undefined in more than half of the draws.
pub fn bootstrap(
    ranking: &Ranking,
    metrics: &[&dyn Metric],
    draws: usize,
    seed: u64,
) -> Vec<Interval> {
    let clusters = ranking.clusters();
    if clusters < 2 || draws == 0 {
        return vec![Interval::default(); metrics.len()];
    }
    let values: Vec<Vec<Option<f64>>> = (0..draws as u64)
        .into_par_iter()
        .map_init(
            || (vec![0u32; clusters], Evidence::default()),
            |(weights, evidence), draw| {
                let mut rng = Rng::stream(seed, draw);
                weights.fill(0);
                for _ in 0..clusters {
                    weights[rng.below(clusters)] += 1;
                }
                ranking.fill(Some(weights), evidence);
                metrics.iter().map(|metric| metric.of(evidence)).collect()
            },
        )
        .collect();
    (0..metrics.len())
        .map(|at| {
            let mut defined: Vec<f64> = values.iter().filter_map(|draw| draw[at]).collect();
            let skipped = draws - defined.len();
            if skipped * 2 > draws {
                return Interval { low: None, high: None, skipped };
            }
            defined.sort_unstable_by(f64::total_cmp);
            let tail = (1.0 - LEVEL) / 2.0;
            Interval {
                low: percentile(&defined, tail),
                high: percentile(&defined, 1.0 - tail),
                skipped,
            }
        })
        .collect()
}

/// The value below which a `share` of the sorted values lies, linear between neighbours (type 7 of
/// Hyndman and Fan 1996).
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

    use super::*;
    use crate::metrics::{ALL, find};

    #[test]
    fn percentiles_lie_between_neighbours() {
        assert_eq!(percentile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(percentile(&[1.0, 2.0, 3.0, 4.0], 1.0), Some(4.0));
        assert_eq!(percentile(&[7.0], 0.975), Some(7.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    /// 60 addresses of which every third is positive; an address's rows all have one probability.
    fn ranking(rows_per_address: usize) -> Ranking {
        let (mut y, mut p, mut of) = (Vec::new(), Vec::new(), Vec::new());
        let mut rng = Rng::new(3);
        for address in 0..60u32 {
            let label = u8::from(address % 3 == 0);
            let probability = 0.25 * f64::from(label) + 0.75 * rng.unit();
            for _ in 0..rows_per_address {
                y.push(label);
                p.push(probability);
                of.push(address);
            }
        }
        Ranking::new(&y, &p, Some((&of, 60)), 0.5).unwrap()
    }

    #[test]
    fn copies_of_rows_do_not_narrow_the_interval() {
        let (once, often) =
            (bootstrap(&ranking(1), ALL, 300, 1), bootstrap(&ranking(50), ALL, 300, 1));
        for (metric, (a, b)) in ALL.iter().zip(once.iter().zip(&often)) {
            assert_eq!(a.skipped, b.skipped);
            let (Some(a), Some(b)) = (a.low, b.low) else { continue };
            assert!((a - b).abs() < 1e-12, "{}", metric.name());
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let with = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| bootstrap(&ranking(3), ALL, 200, 9))
        };
        assert_eq!(with(1), with(3));
        assert_ne!(with(1), bootstrap(&ranking(3), ALL, 200, 10));
    }

    #[test]
    fn undefined_draws_are_counted_and_too_many_leave_no_interval() {
        // One positive address in four: a draw misses it with chance (3/4)^4 = 0.32.
        let few = |positives: [u8; 4]| {
            let p = [0.9, 0.4, 0.3, 0.2];
            let ranking = Ranking::new(&positives, &p, Some((&[0, 1, 2, 3], 4)), 0.5).unwrap();
            bootstrap(&ranking, &[find("recall").unwrap()], 1000, 1)[0]
        };
        let interval = few([1, 0, 0, 0]);
        assert!((250..400).contains(&interval.skipped), "{}", interval.skipped);
        assert_eq!((interval.low, interval.high), (Some(1.0), Some(1.0)));
        assert_eq!(few([0, 0, 0, 0]), Interval { low: None, high: None, skipped: 1000 });
        let one = Ranking::new(&[0, 1], &[0.2, 0.7], None, 0.5).unwrap();
        assert_eq!(bootstrap(&one, ALL, 10, 1), vec![Interval::default(); ALL.len()]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// A mean over independent addresses: its draws lie around it on either side.
        #[test]
        fn the_interval_holds_the_estimate_and_widens_with_fewer_addresses(
            right in 8u32..32,
            seed in any::<u64>(),
        ) {
            let interval = |addresses: u32, right: u32| {
                let y: Vec<u8> = (0..addresses).map(|a| u8::from(a < right)).collect();
                let of: Vec<u32> = (0..addresses).collect();
                let p = vec![1.0; y.len()];
                let ranking = Ranking::new(&y, &p, Some((&of, y.len())), 0.5).unwrap();
                let found = bootstrap(&ranking, &[find("accuracy").unwrap()], 400, seed)[0];
                (found.low.unwrap(), found.high.unwrap())
            };
            let estimate = f64::from(right) / 40.0;
            let (low, high) = interval(40, right);
            prop_assert!(low < estimate && estimate < high);
            let (lower, higher) = interval(400, right * 10);
            prop_assert!(higher - lower < high - low);
            // Normal theory: 1.96 standard errors on either side.
            let width = 2.0 * 1.96 * (estimate * (1.0 - estimate) / 40.0).sqrt();
            prop_assert!((high - low - width).abs() < 0.3 * width, "{} {}", high - low, width);
        }
    }
}
