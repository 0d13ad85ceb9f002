//! Which window a source has at a step.

use crate::numbers::{NONE, Pairs};

/// The windows of sources by number, in the order they are added.
pub enum Lookup {
    /// A cell for every source and step: looked up at once.
    Table {
        steps: usize,
        cells: Vec<u32>,
        added: u32,
    },
    Pairs(Pairs),
}

impl Lookup {
    /// A table where there are not many more cells than flows.
    pub fn new(sources: usize, steps: usize, flows: usize) -> Lookup {
        match sources.checked_mul(steps) {
            Some(cells) if cells <= 4 * flows.max(1 << 14) => {
                Lookup::Table { steps, cells: vec![NONE; cells], added: 0 }
            }
            _ => Lookup::Pairs(Pairs::new()),
        }
    }

    /// Adds the next window; none of this source and step was added before.
    pub fn add(&mut self, source: u32, step: u32) {
        match self {
            Lookup::Table { steps, cells, added } => {
                cells[source as usize * *steps + step as usize] = *added;
                *added += 1;
            }
            Lookup::Pairs(pairs) => _ = pairs.number(source, step),
        }
    }

    /// The number of a window, if there is one.
    pub fn get(&self, source: u32, step: u32) -> Option<u32> {
        match self {
            Lookup::Table { steps, cells, .. } => {
                let cell = source as usize * steps + step as usize;
                let met = (step as usize) < *steps && cells[cell] != NONE;
                met.then(|| cells[cell])
            }
            Lookup::Pairs(pairs) => pairs.get(source, step),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_knows_windows_as_pairs_do() {
        let mut both = [Lookup::new(50, 9, 1000), Lookup::new(1 << 20, 1 << 20, 1000)];
        assert!(matches!(both, [Lookup::Table { .. }, Lookup::Pairs(_)]));
        let windows: Vec<(u32, u32)> = (0..350).map(|n| (n * 3 % 50, n / 50)).collect();
        both.iter_mut().for_each(|all| windows.iter().for_each(|(s, t)| all.add(*s, *t)));
        for all in &both {
            for (number, (source, step)) in (0..).zip(&windows) {
                assert_eq!(all.get(*source, *step), Some(number));
            }
            assert_eq!([all.get(0, 8), all.get(0, 9), all.get(49, 1 << 30)], [None; 3]);
        }
    }
}
