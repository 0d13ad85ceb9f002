//! Which rows train and which rows test.
//!
//! One file a split, one line a split in [`ALL`]. A split answers "what does the model meet for the
//! first time when it is tested": a row, an address, a block, or what comes later.

mod address;
mod block;
mod group;
mod row;
mod time;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::keys::{Keys, check_labels};

/// How rows are divided into those that train and those that test.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Random rows, as the article did it. Leaks.
    Row,
    /// Whole source addresses.
    #[default]
    Address,
    /// Whole blocks of source addresses.
    Block,
    /// Blocks of time, forward only.
    Time,
}

/// How many folds, and how they are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SplitOptions {
    /// Number of folds, 2 or more.
    pub folds: usize,
    /// Split by time only: rows less than this many seconds before a tested block do not train.
    pub gap_seconds: i64,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// One single fold that tests this share, instead of `folds` folds. By row the share is drawn
    /// plainly at random: 0.5 is the article's own 50/50.
    pub holdout: Option<f64>,
}

impl Default for SplitOptions {
    fn default() -> Self {
        SplitOptions { folds: 5, gap_seconds: 0, seed: 1, holdout: None }
    }
}

/// Row numbers of one fold, both ascending and never overlapping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fold {
    /// Rows that train.
    pub train: Vec<usize>,
    /// Rows that test.
    pub test: Vec<usize>,
}

/// One way to divide the rows; an item of the shelf [`ALL`].
pub trait Splitter: Sync {
    /// The value of [`Split`] that names it.
    fn split(&self) -> Split;
    /// Its name in a recipe or after `--split`.
    fn name(&self) -> &'static str;
    /// How a sentence puts it: "F1 0.43 *on addresses never seen*".
    fn phrase(&self) -> &'static str;
    /// What it does and what it proves.
    fn doc(&self) -> &'static str;
    /// Whether the same address stands on both sides by construction.
    fn leaks(&self) -> bool {
        false
    }
    /// The folds. Keys, labels and options have been checked.
    fn folds(&self, keys: &Keys, y: &[u8], options: &SplitOptions) -> Result<Vec<Fold>, Error>;
}

/// Every split, in the order in which a report shows them.
pub static ALL: &[&dyn Splitter] = &[&row::Row, &address::Address, &block::Block, &time::Time];

impl Split {
    /// The item of the shelf.
    pub fn splitter(self) -> &'static dyn Splitter {
        match self {
            Split::Row => &row::Row,
            Split::Address => &address::Address,
            Split::Block => &block::Block,
            Split::Time => &time::Time,
        }
    }

    /// Its name in a recipe or after `--split`.
    pub fn name(self) -> &'static str {
        self.splitter().name()
    }

    /// How a sentence puts it, such as `on addresses never seen`.
    pub fn phrase(self) -> &'static str {
        self.splitter().phrase()
    }

    /// What it does and what it proves.
    pub fn doc(self) -> &'static str {
        self.splitter().doc()
    }

    /// Whether the same address stands on both sides by construction.
    pub fn leaks(self) -> bool {
        self.splitter().leaks()
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Split, String> {
        ALL.iter().find(|s| s.name() == text).map(|s| s.split()).ok_or_else(|| {
            let names: Vec<_> = ALL.iter().map(|s| s.name()).collect();
            format!("no split `{text}`: use one of {}", names.join(", "))
        })
    }
}

/// Divides the rows of `keys` into folds, stratified by the labels `y` where the split allows it.
///
/// # Errors
/// When keys and labels do not match, only one label occurs, or the split cannot fill the folds.
pub fn folds(
    split: Split,
    keys: &Keys,
    y: &[u8],
    options: &SplitOptions,
) -> Result<Vec<Fold>, Error> {
    check_labels(y, y.len())?;
    keys.check(y.len())?;
    if let Some(&label) = y.first()
        && y.iter().all(|&other| other == label)
    {
        return Err(Error::OneLabel { label });
    }
    match options.holdout {
        Some(share) if !(share > 0.0 && share < 1.0) => return Err(Error::Holdout { share }),
        None if options.folds < 2 => return Err(Error::Folds { folds: options.folds }),
        _ => {}
    }
    if options.gap_seconds < 0 {
        return Err(Error::Gap { seconds: options.gap_seconds });
    }
    split.splitter().folds(keys, y, options)
}

/// Folds from the fold number of each row: fold `i` tests the rows numbered `i` and trains on the
/// rest. Only the first `tested` fold numbers are tested.
fn folds_of(number: &[u32], tested: usize) -> Vec<Fold> {
    (0u32..)
        .take(tested)
        .map(|fold| {
            let (test, train) = (0..number.len()).partition(|&row| number[row] == fold);
            Fold { train, test }
        })
        .collect()
}

/// Refuses a label that occurs in too few of `found` groups to stand on both sides of each fold.
fn enough(
    found: usize,
    label: u8,
    folds: usize,
    (one, many): (&'static str, &'static str),
) -> Result<(), Error> {
    match found {
        0 | 1 => Err(Error::OneGroup { group: one, label }),
        _ if found < folds => Err(Error::FewGroups { group: many, found, label, folds }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shelf_and_the_names_agree() {
        for splitter in ALL {
            let split = splitter.split();
            assert_eq!(split.name().parse(), Ok(split));
            assert_eq!(serde_json::to_string(&split).unwrap(), format!("\"{split}\""));
            assert!(splitter.doc().ends_with('.') && !splitter.phrase().is_empty());
        }
        assert_eq!(ALL.iter().filter(|s| s.leaks()).count(), 1);
        assert_eq!(
            "day".parse::<Split>().unwrap_err(),
            "no split `day`: use one of row, address, block, time"
        );
    }

    #[test]
    fn what_cannot_be_split_says_what_to_do() {
        let keys = Keys::new(["192.0.2.1", "192.0.2.2"], vec![0, 1], 24, 64).unwrap();
        let with = |folds, gap_seconds, holdout| SplitOptions {
            folds,
            gap_seconds,
            holdout,
            ..SplitOptions::default()
        };
        let ask = |y: &[u8], options: &SplitOptions| {
            folds(Split::Row, &keys, y, options).unwrap_err().to_string()
        };
        assert!(ask(&[0, 1], &with(1, 0, None)).contains("--folds 2"));
        assert!(ask(&[1, 1], &with(2, 0, None)).contains("every row carries label 1"));
        assert!(ask(&[0, 1], &with(2, -1, None)).contains("--gap 0"));
        assert!(ask(&[0, 1], &with(2, 0, Some(f64::NAN))).contains("such as 0.5"));
        assert!(ask(&[0], &with(2, 0, None)).contains("one entry a row"));
    }
}
