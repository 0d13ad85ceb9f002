//! Folds of whole groups, evenly filled: what the splits by address and by block share.

use botany_learn::Rng;

use super::{Fold, SplitOptions, enough, folds_of};
use crate::error::Error;
use crate::keys::Groups;

/// Folds in which all rows with the same key are on one side.
///
/// Greedy: groups with positives first, those with the most positives leading, each into the fold
/// with the fewest positives; then the rest by size, each into the fold with the fewest negatives.
/// Equal groups are taken in a seeded order. Each label reaches every fold when enough groups have it.
pub(super) fn folds(
    keys: &[String],
    y: &[u8],
    options: &SplitOptions,
    words: (&'static str, &'static str),
) -> Result<Vec<Fold>, Error> {
    let groups = Groups::new(keys);
    let mut sizes = vec![Size::default(); groups.count];
    for (&group, &label) in groups.of.iter().zip(y) {
        let size = &mut sizes[group as usize];
        if label == 1 { size.positives += 1 } else { size.negatives += 1 }
    }
    // A hold-out is two unequal folds of which the first is tested.
    let shares = match options.holdout {
        Some(share) => vec![share, 1.0 - share],
        None => vec![1.0; options.folds],
    };
    for (label, count) in [
        (1, sizes.iter().filter(|size| size.positives > 0).count()),
        (0, sizes.iter().filter(|size| size.negatives > 0).count()),
    ] {
        enough(count, label, shares.len(), words)?;
    }

    let mut order: Vec<usize> = (0..groups.count).collect();
    Rng::new(options.seed).shuffle(&mut order);
    order.sort_by_key(|&group| {
        let size = sizes[group];
        std::cmp::Reverse((size.positives, size.negatives))
    });
    let mut filled = vec![Size::default(); shares.len()];
    let mut fold_of_group = vec![0u32; groups.count];
    for group in order {
        let size = sizes[group];
        let fold = emptiest(&filled, &shares, size.positives > 0);
        filled[fold].positives += size.positives;
        filled[fold].negatives += size.negatives;
        fold_of_group[group] = fold as u32;
    }
    let fold_of: Vec<u32> = groups.of.iter().map(|&group| fold_of_group[group as usize]).collect();
    Ok(folds_of(&fold_of, if options.holdout.is_some() { 1 } else { options.folds }))
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    positives: u64,
    negatives: u64,
}

/// The fold that is fullest last: by the label asked for first, then by rows, then by the larger share (of a
/// hold-out the largest group trains), then the first one.
fn emptiest(filled: &[Size], shares: &[f64], by_positives: bool) -> usize {
    let load = |fold: usize| {
        let (size, share) = (filled[fold], shares[fold]);
        let own = if by_positives { size.positives } else { size.negatives };
        (own as f64 / share, (size.positives + size.negatives) as f64 / share)
    };
    let mut best = 0;
    for fold in 1..filled.len() {
        let ((own, rows), (least, least_rows)) = (load(fold), load(best));
        let tie = own == least && rows == least_rows;
        if own < least
            || (own == least && rows < least_rows)
            || (tie && shares[fold] > shares[best])
        {
            best = fold;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::{Split, folds as split};
    use super::*;
    use crate::keys::Keys;

    fn keys(groups: &[u8]) -> Keys {
        Keys::new(groups.iter().map(|g| format!("192.0.2.{g}")), vec![0; groups.len()], 32, 64)
            .unwrap()
    }

    #[test]
    fn of_a_hold_out_the_largest_group_trains() {
        let sizes = [40u8, 30, 20, 10];
        let groups: Vec<u8> =
            (0..8u8).flat_map(|g| vec![g; sizes[g as usize % 4] as usize]).collect();
        let y: Vec<u8> = groups.iter().map(|g| u8::from(*g < 4)).collect();
        for seed in 0..5 {
            let options = SplitOptions { holdout: Some(0.3), seed, ..SplitOptions::default() };
            let folds = split(Split::Address, &keys(&groups), &y, &options).unwrap();
            let tested: BTreeSet<u8> = folds[0].test.iter().map(|&row| groups[row]).collect();
            assert!(!tested.contains(&0) && !tested.is_empty(), "{tested:?}");
        }
    }

    #[test]
    fn positives_and_rows_are_spread_evenly() {
        // Addresses 0..20 with 1 to 20 rows; every fourth is positive.
        let groups: Vec<u8> = (0..20u8).flat_map(|g| vec![g; g as usize + 1]).collect();
        let y: Vec<u8> = groups.iter().map(|g| u8::from(g % 4 == 0)).collect();
        let options = SplitOptions { folds: 3, ..SplitOptions::default() };
        for fold in split(Split::Address, &keys(&groups), &y, &options).unwrap() {
            let positives = fold.test.iter().filter(|&&row| y[row] == 1).count();
            assert!((14..=17).contains(&positives), "{positives}");
            assert!((65..=75).contains(&fold.test.len()), "{}", fold.test.len());
        }
    }

    #[test]
    fn too_few_positive_addresses_name_the_folds_to_use() {
        let groups = [1, 2, 3, 4, 5, 6];
        let ask = |y: &[u8]| {
            split(Split::Address, &keys(&groups), y, &SplitOptions::default())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            ask(&[1, 1, 0, 0, 0, 0]),
            "only 2 addresses carry label 1 and 5 folds need one each: use --folds 2"
        );
        assert!(ask(&[1, 0, 0, 0, 0, 0]).starts_with("label 1 occurs in one address only"));
        assert!(ask(&[0, 1, 1, 1, 1, 1]).starts_with("label 0 occurs in one address only"));
    }

    #[test]
    fn a_hold_out_tests_near_its_share_of_either_label() {
        let groups: Vec<u8> = (0..200u8).flat_map(|g| vec![g; (g % 7) as usize + 1]).collect();
        let y: Vec<u8> = groups.iter().map(|g| u8::from(g % 5 == 0)).collect();
        let options = SplitOptions { holdout: Some(0.25), ..SplitOptions::default() };
        let made = split(Split::Address, &keys(&groups), &y, &options).unwrap();
        assert_eq!(made.len(), 1);
        for label in [0, 1] {
            let tested = made[0].test.iter().filter(|&&row| y[row] == label).count() as f64;
            let all = y.iter().filter(|&&other| other == label).count() as f64;
            assert!((tested / all - 0.25).abs() < 0.03, "{}", tested / all);
        }
    }

    proptest! {
        #[test]
        fn no_group_is_on_both_sides_and_every_row_is_tested_once(
            rows in proptest::collection::vec((0u8..40, any::<bool>()), 30..300),
            count in 2usize..6,
            seed in any::<u64>(),
        ) {
            let groups: Vec<u8> = rows.iter().map(|row| row.0).collect();
            let y: Vec<u8> = rows.iter().map(|row| u8::from(row.1)).collect();
            let keys = keys(&groups);
            let options = SplitOptions { folds: count, seed, ..SplitOptions::default() };
            for kind in [Split::Address, Split::Block] {
                let Ok(made) = split(kind, &keys, &y, &options) else { continue };
                let mut tested = vec![0; y.len()];
                for fold in &made {
                    let side = |rows: &[usize]| -> BTreeSet<u8> {
                        rows.iter().map(|&row| groups[row]).collect()
                    };
                    prop_assert!(side(&fold.train).is_disjoint(&side(&fold.test)));
                    prop_assert_eq!(fold.train.len() + fold.test.len(), y.len());
                    prop_assert!(fold.test.iter().any(|&row| y[row] == 1));
                    for &row in &fold.test {
                        tested[row] += 1;
                    }
                }
                prop_assert!(tested.iter().all(|&times| times == 1));
                prop_assert_eq!(made, split(kind, &keys, &y, &options).unwrap());
            }
        }
    }
}
