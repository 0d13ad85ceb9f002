//! Binned rows side by side, for the trees to ask.

use rayon::prelude::*;

use super::bins::Bins;
use super::rows::Table;

/// How many of `rows` make a block. A tree is in the cache while a block goes down it: the larger the blocks, the less
/// often it has to be fetched, but every thread should have some. What is told of a row does not depend on it.
pub fn length(rows: usize) -> usize {
    rows.div_ceil(4 * rayon::current_num_threads()).clamp(2048, 16_384)
}

/// The bins of a row, which are as many as a power of two.
pub trait Record {
    /// The bin of a feature; of a number too large for a feature, any.
    fn bin(&self, feature: usize) -> u16;
}

impl<const N: usize> Record for [u16; N] {
    #[inline(always)]
    fn bin(&self, feature: usize) -> u16 {
        self[feature & (N - 1)]
    }
}

impl Record for [u16] {
    #[inline(always)]
    fn bin(&self, feature: usize) -> u16 {
        self[feature & (self.len() - 1)]
    }
}

/// The bins of some rows, row after row.
pub enum Block {
    /// Up to 8 columns.
    Of8(Vec<[u16; 8]>),
    /// Up to 16 columns.
    Of16(Vec<[u16; 16]>),
    /// Up to 32 columns.
    Of32(Vec<[u16; 32]>),
    /// Any number of columns.
    Wide {
        /// Row after row.
        bins: Vec<u16>,
        /// Bins of a row: the columns, and zeros up to a power of two.
        width: usize,
    },
}

impl Block {
    /// All rows in bin 0.
    pub fn new(columns: usize, rows: usize) -> Block {
        match columns {
            ..=8 => Block::Of8(vec![[0; 8]; rows]),
            9..=16 => Block::Of16(vec![[0; 16]; rows]),
            17..=32 => Block::Of32(vec![[0; 32]; rows]),
            _ => {
                let width = columns.next_power_of_two();
                Block::Wide { bins: vec![0; rows * width], width }
            }
        }
    }

    /// These rows of the table.
    pub fn of(table: &Table, rows: &[u32]) -> Block {
        let mut block = Block::new(table.columns(), rows.len());
        for (at, row) in rows.iter().enumerate() {
            block.set(at, table.row(*row as usize));
        }
        block
    }

    /// Sets the bins of a row.
    pub fn set(&mut self, row: usize, bins: impl Iterator<Item = u16>) {
        self.row(row).iter_mut().zip(bins).for_each(|(place, bin)| *place = bin);
    }

    /// The rows that are not as the one before them, the first among them.
    pub fn others(&self) -> Vec<u32> {
        fn of<'a, R: PartialEq + ?Sized + 'a>(rows: impl Iterator<Item = &'a R>) -> Vec<u32> {
            let mut last = None;
            let other = |(at, row)| (last.replace(row) != Some(row)).then_some(at);
            (0..).zip(rows).filter_map(other).collect()
        }
        match self {
            Block::Of8(bins) => of(bins.iter()),
            Block::Of16(bins) => of(bins.iter()),
            Block::Of32(bins) => of(bins.iter()),
            Block::Wide { bins, width } => of(bins.chunks(*width)),
        }
    }

    fn row(&mut self, row: usize) -> &mut [u16] {
        match self {
            Block::Of8(bins) => &mut bins[row],
            Block::Of16(bins) => &mut bins[row],
            Block::Of32(bins) => &mut bins[row],
            Block::Wide { bins, width } => &mut bins[row * *width..][..*width],
        }
    }
}

/// The rows in an order in which those beside each other are alike in every column, so that they go much the same
/// way down every tree: along Morton's curve (1966) through the upper bits of the bins.
pub fn alike(table: &Table, bins: &Bins) -> Vec<u32> {
    let columns = bins.columns();
    let bits = (64 / columns.max(1)).min(6) as u32;
    // Where the upper bits of each bin of a column stand in a key.
    let spread = |feature: usize| -> Vec<u64> {
        let count = bins.count(feature) as u64;
        let upper = |bin: u64| (bin << bits) / count;
        let place = |upper: u64, bit: u32| (upper >> bit & 1) << (bit as usize * columns + feature);
        (0..count).map(|bin| (0..bits).map(|bit| place(upper(bin), bit)).sum()).collect()
    };
    let spread: Vec<Vec<u64>> = (0..columns).map(spread).collect();
    let key = |row: u32| -> u64 {
        let bins = table.row(row as usize).zip(&spread);
        bins.fold(0, |key, (bin, spread)| key | spread[usize::from(bin)])
    };
    let rows = (0..table.rows() as u32).into_par_iter().with_min_len(1024);
    let mut keys: Vec<(u64, u32)> = rows.map(|row| (key(row), row)).collect();
    keys.par_sort_unstable();
    keys.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_as_the_one_before_is_no_other() {
        for columns in [3, 12, 20, 70] {
            let mut block = Block::new(columns, 6);
            for (at, bin) in [4, 4, 5, 4, 4, 4].into_iter().enumerate() {
                block.set(at, (0..columns as u16).map(|column| column + bin));
            }
            assert_eq!(block.others(), [0, 2, 3], "{columns}");
            assert!(Block::new(columns, 0).others().is_empty());
        }
    }
}
