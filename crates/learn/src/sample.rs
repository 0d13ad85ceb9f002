//! Which rows to learn from, when there are more than wanted.

use crate::Rng;

/// `count` of the rows `0..rows`, ascending: uniform without replacement, every set of rows equally likely.
/// All rows if there are no more than `count`.
///
/// Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S) over exact integers.
///
/// ```
/// let rows = botany_learn::sample(1_000, 50, 7);
/// assert_eq!(rows.len(), 50);
/// assert_eq!(rows, botany_learn::sample(1_000, 50, 7));
/// ```
pub fn sample(rows: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut wanted = count.min(rows);
    let mut rng = Rng::new(seed);
    let mut chosen = Vec::with_capacity(wanted);
    for row in 0..rows {
        if wanted == 0 {
            break;
        }
        if rng.below(rows - row) < wanted {
            chosen.push(row);
            wanted -= 1;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_exact_and_ascending() {
        for (rows, count) in [(0, 5), (5, 0), (5, 5), (5, 9), (1_000, 999), (10_000, 37)] {
            let chosen = sample(rows, count, 1);
            assert_eq!(chosen.len(), count.min(rows));
            assert!(chosen.windows(2).all(|w| w[0] < w[1]));
            assert!(chosen.iter().all(|&i| i < rows));
        }
    }

    #[test]
    fn every_row_is_as_likely() {
        let mut counts = [0u32; 10];
        for seed in 0..10_000 {
            sample(10, 3, seed).into_iter().for_each(|i| counts[i] += 1);
        }
        // 3,000 expected, standard deviation 46.
        assert!(counts.iter().all(|&n| (2_800..3_200).contains(&n)), "{counts:?}");
    }

    #[test]
    fn another_seed_gives_another_sample() {
        assert_ne!(sample(1_000, 50, 1), sample(1_000, 50, 2));
    }
}
