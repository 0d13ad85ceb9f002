//! Random rows, as the article did it.

use botany_learn::Rng;

use super::{Fold, Split, SplitOptions, Splitter, enough, folds_of};
use crate::error::Error;
use crate::keys::Keys;

/// The split by random row.
pub struct Row;

impl Splitter for Row {
    fn split(&self) -> Split {
        Split::Row
    }

    fn name(&self) -> &'static str {
        "row"
    }

    fn phrase(&self) -> &'static str {
        "by random rows"
    }

    fn doc(&self) -> &'static str {
        "Rows are dealt to the folds at random, each label evenly; a hold-out of 0.5 is the \
         article's 50/50. It leaks: the same address stands on both sides, so that a model that \
         only remembers addresses looks good."
    }

    fn leaks(&self) -> bool {
        true
    }

    fn folds(&self, _keys: &Keys, y: &[u8], options: &SplitOptions) -> Result<Vec<Fold>, Error> {
        let mut rng = Rng::new(options.seed);
        let mut fold_of = vec![0u32; y.len()];
        let mut rows: Vec<usize> = (0..y.len()).collect();
        rng.shuffle(&mut rows);
        if let Some(share) = options.holdout {
            let tested = ((share * y.len() as f64).round() as usize).clamp(1, y.len() - 1);
            for &row in rows.iter().skip(tested) {
                fold_of[row] = 1;
            }
            return Ok(folds_of(&fold_of, 1));
        }
        for label in [1, 0] {
            let found = y.iter().filter(|&&other| other == label).count();
            enough(found, label, options.folds, ("row", "rows"))?;
        }
        // Dealt like cards, all of one label and then the other, without a new start in between:
        // neither a fold's size nor its share of a label is off by more than one.
        let by_label =
            rows.iter().filter(|&&row| y[row] == 1).chain(rows.iter().filter(|&&row| y[row] == 0));
        for (&row, fold) in by_label.zip((0..options.folds as u32).cycle()) {
            fold_of[row] = fold;
        }
        Ok(folds_of(&fold_of, options.folds))
    }
}

#[cfg(test)]
mod tests {
    use super::super::folds;
    use super::*;

    fn rows(positives: usize, negatives: usize) -> (Keys, Vec<u8>) {
        let y: Vec<u8> = (0..positives + negatives).map(|row| u8::from(row < positives)).collect();
        let keys = Keys::new(y.iter().map(|_| "192.0.2.1"), vec![0; y.len()], 24, 64).unwrap();
        (keys, y)
    }

    #[test]
    fn every_fold_has_its_share_of_either_label() {
        let (keys, y) = rows(13, 40);
        let options = SplitOptions { folds: 4, ..SplitOptions::default() };
        for fold in folds(Split::Row, &keys, &y, &options).unwrap() {
            let positives = fold.test.iter().filter(|&&row| y[row] == 1).count();
            assert!((3..=4).contains(&positives), "{positives}");
            assert!((13..=14).contains(&fold.test.len()), "{}", fold.test.len());
            assert_eq!(fold.test.len() + fold.train.len(), 53);
        }
    }

    #[test]
    fn a_hold_out_of_a_half_is_the_article_s_split() {
        let (keys, y) = rows(500, 500);
        let options = SplitOptions { holdout: Some(0.5), ..SplitOptions::default() };
        let made = folds(Split::Row, &keys, &y, &options).unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].train.len(), made[0].test.len()), (500, 500));
        // Plainly at random, so the labels are near their share and not forced to it.
        let positives = made[0].test.iter().filter(|&&row| y[row] == 1).count();
        assert!((200..=300).contains(&positives), "{positives}");
        let other = SplitOptions { seed: 2, ..options };
        assert_ne!(folds(Split::Row, &keys, &y, &other).unwrap(), made);
    }

    #[test]
    fn fewer_rows_of_a_label_than_folds_is_refused() {
        let (keys, y) = rows(3, 40);
        let error = folds(Split::Row, &keys, &y, &SplitOptions::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "only 3 rows carry label 1 and 5 folds need one each: use --folds 3"
        );
    }
}
