//! Blocks that were read and are filled again: memory that is new to the process costs more than what is put in it.

use std::sync::Mutex;

/// Blocks nobody reads any more. What they hold is left in them, as what lies there need not be cleared.
#[derive(Debug, Default)]
pub(crate) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    /// A block, or an empty one if none was given back.
    pub(crate) fn take(&self) -> Vec<u8> {
        self.0.lock().ok().and_then(|mut blocks| blocks.pop()).unwrap_or_default()
    }

    /// Gives a block back; `most` says how large it may be to be worth keeping.
    pub(crate) fn give(&self, block: Vec<u8>, most: usize) {
        if block.capacity() > 0
            && block.capacity() <= most
            && let Ok(mut blocks) = self.0.lock()
        {
            blocks.push(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_unless_it_is_too_large() {
        let spare = Spare::default();
        spare.give(vec![1; 4], 8);
        spare.give(Vec::new(), 8);
        spare.give(vec![2; 9], 8);
        assert_eq!((spare.take(), spare.take()), (vec![1; 4], vec![]));
    }
}
