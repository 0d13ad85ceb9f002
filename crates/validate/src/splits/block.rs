//! Whole blocks of source addresses on one side or the other.

use super::{Fold, Split, SplitOptions, Splitter, group};
use crate::error::Error;
use crate::keys::Keys;

/// The split by block.
pub struct Block;

impl Splitter for Block {
    fn split(&self) -> Split {
        Split::Block
    }

    fn name(&self) -> &'static str {
        "block"
    }

    fn phrase(&self) -> &'static str {
        "on blocks never seen"
    }

    fn doc(&self) -> &'static str {
        "All rows of a block (/24 and /64 unless asked otherwise) are on one side, so that \
         neighbours of a known address, or one machine that changes its address within its \
         provider's block, do not count as new."
    }

    fn folds(&self, keys: &Keys, y: &[u8], options: &SplitOptions) -> Result<Vec<Fold>, Error> {
        group::folds(&keys.block, y, options, ("block", "blocks"))
    }
}
