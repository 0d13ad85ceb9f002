//! Whole source addresses on one side or the other.

use super::{Fold, Split, SplitOptions, Splitter, group};
use crate::error::Error;
use crate::keys::Keys;

/// The split by source address.
pub struct Address;

impl Splitter for Address {
    fn split(&self) -> Split {
        Split::Address
    }

    fn name(&self) -> &'static str {
        "address"
    }

    fn phrase(&self) -> &'static str {
        "on addresses never seen"
    }

    fn doc(&self) -> &'static str {
        "All rows of a source address are on one side, so that a model is tested on addresses it \
         has never met. The default: the label belongs to the address. Positives and rows are \
         spread evenly over the folds."
    }

    fn folds(&self, keys: &Keys, y: &[u8], options: &SplitOptions) -> Result<Vec<Fold>, Error> {
        group::folds(&keys.address, y, options, ("address", "addresses"))
    }
}
