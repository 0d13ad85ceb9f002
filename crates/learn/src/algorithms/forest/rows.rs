//! The binned training rows of one tree, parted in place while it grows.
//!
//! Two shapes of the same thing. [`Records`] copies each drawn row into a small fixed record, so that a node's
//! rows are read straight through memory; [`Indexed`] moves only row numbers, for rows too wide to move.

use std::ops::Range;

use rayon::prelude::*;

use super::bins::Bins;
use crate::Matrix;

/// Where the bin of a feature stands within a row: some bits of four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    offset: usize,
    shift: u32,
    mask: u32,
}

/// The bytes a bin is read from.
const WORD: usize = 4;

impl Place {
    #[inline(always)]
    fn read(self, row: &[u8]) -> u16 {
        let bytes = &row[self.offset..self.offset + WORD];
        let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        (word >> self.shift & self.mask) as u16
    }

    fn write(self, row: &mut [u8], bin: u16) {
        let bytes = &mut row[self.offset..self.offset + WORD];
        let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        bytes.copy_from_slice(&(word | u32::from(bin) << self.shift).to_le_bytes());
    }
}

/// All rows as bins, row after row; a bin takes as many bits as its column's number of bins needs.
pub struct Table {
    places: Vec<Place>,
    width: usize,
    bytes: Vec<u8>,
}

impl Table {
    /// Bins every value of `x`.
    pub fn new(x: &Matrix, bins: &Bins) -> Table {
        let bits = |feature| usize::BITS - (bins.count(feature) - 1).leading_zeros();
        let all: u32 = (0..x.cols()).map(bits).sum();
        let width = if x.cols() == 0 { 0 } else { all.div_ceil(8).max(WORD as u32) as usize };
        let mut first = 0;
        let places: Vec<Place> = (0..x.cols())
            .map(|feature| {
                // A column of one bin takes no bits, and behind the last byte there are none to read.
                let first_bit = if bits(feature) == 0 { 0 } else { first };
                let offset = (first_bit / 8).min(width - WORD);
                let (shift, mask) = ((first_bit - 8 * offset) as u32, (1 << bits(feature)) - 1);
                first += bits(feature) as usize;
                Place { offset, shift, mask }
            })
            .collect();
        let mut bytes = vec![0; width * x.rows()];
        let block = 4096;
        bytes.par_chunks_mut(width.max(1) * block).enumerate().for_each(|(index, part)| {
            for (feature, place) in places.iter().enumerate() {
                let values = &x.col(feature)[index * block..][..part.len() / width];
                let mut rows = part.chunks_exact_mut(width);
                bins.bins(feature, values, |bin| {
                    let Some(row) = rows.next() else { return };
                    place.write(row, bin);
                });
            }
        });
        Table { places, width, bytes }
    }

    /// How many rows; none where they have no columns.
    pub fn rows(&self) -> usize {
        self.bytes.len() / self.width.max(1)
    }

    /// Bins of a row.
    pub fn columns(&self) -> usize {
        self.places.len()
    }

    /// Bytes of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Where a feature stands.
    pub fn place(&self, feature: u32) -> Place {
        self.places[feature as usize]
    }

    /// The bins of a row, feature by feature.
    pub fn row(&self, row: usize) -> impl Iterator<Item = u16> {
        let bytes = self.bytes_of(row);
        self.places.iter().map(|place| place.read(bytes))
    }

    fn bytes_of(&self, row: usize) -> &[u8] {
        &self.bytes[row * self.width..][..self.width]
    }
}

/// The rows one tree learns from; a node's rows stand side by side.
pub trait Rows {
    /// Calls `take` with the bins at these places, draws and label of each row.
    fn scan<const N: usize>(
        &self,
        rows: Range<usize>,
        places: [Place; N],
        take: impl FnMut([u16; N], Tag),
    );

    /// Moves rows whose bin is at most `cut` to the front, keeping their order; gives where the others begin.
    fn part(&mut self, rows: Range<usize>, place: Place, cut: u16) -> usize;
}

/// How often a row was drawn, and its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u8);

impl Tag {
    /// The most draws a tag holds; more than that many of one row cannot come about by chance.
    pub const MOST: u16 = u8::MAX as u16 >> 1;

    fn new(draws: u16, label: u8) -> Tag {
        Tag((draws as u8) << 1 | (label & 1))
    }

    /// The tag as bits, and back by [`Tag::from_bits`].
    pub fn bits(self) -> u8 {
        self.0
    }

    /// See [`Tag::bits`].
    pub fn from_bits(bits: u8) -> Tag {
        Tag(bits)
    }

    /// The draws in the low half and, for label 1, once more in the high half.
    #[inline(always)]
    pub fn cell(self) -> u64 {
        let draws = u64::from(self.0 >> 1);
        draws | (draws * u64::from(self.0 & 1)) << 32
    }
}

/// Rows as records of `S` bytes: the bins, then in the last byte the tag.
pub struct Records<const S: usize> {
    records: Vec<[u8; S]>,
    right: Vec<[u8; S]>,
}

impl<const S: usize> Records<S> {
    /// Whether rows of that width fit.
    pub fn fit(width: usize) -> bool {
        width < S
    }

    /// Copies the rows that were drawn.
    pub fn new(table: &Table, draws: &[u16], labels: &[u8]) -> Records<S> {
        let drawn = || draws.iter().zip(labels).enumerate().filter(|(_, (draws, _))| **draws > 0);
        let mut records = Vec::with_capacity(drawn().count());
        for (row, (draws, label)) in drawn() {
            let mut record = [0; S];
            record[..table.width].copy_from_slice(table.bytes_of(row));
            record[S - 1] = Tag::new(*draws, *label).0;
            records.push(record);
        }
        let right = vec![[0; S]; records.len()];
        Records { records, right }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.records.len()
    }
}

impl<const S: usize> Rows for Records<S> {
    #[inline(always)]
    fn scan<const N: usize>(
        &self,
        rows: Range<usize>,
        places: [Place; N],
        mut take: impl FnMut([u16; N], Tag),
    ) {
        // Said once here, so that no row has to be asked again.
        assert!(places.iter().all(|place| place.offset <= S - WORD));
        for record in &self.records[rows] {
            take(places.map(|place| place.read(record)), Tag(record[S - 1]));
        }
    }

    fn part(&mut self, rows: Range<usize>, place: Place, cut: u16) -> usize {
        let start = rows.start;
        assert!(place.offset <= S - WORD);
        let records = &mut self.records[rows];
        let spare = &mut self.right[..records.len()];
        let (mut left, mut right) = (0, 0);
        // Both sides are written and one of them advances: no branch to guess wrong.
        for at in 0..records.len() {
            let record = records[at];
            let goes_left = usize::from(place.read(&record) <= cut);
            records[left] = record;
            spare[right] = record;
            left += goes_left;
            right += 1 - goes_left;
        }
        records[left..].copy_from_slice(&spare[..right]);
        start + left
    }
}

/// Rows as numbers into the shared table.
pub struct Indexed<'a> {
    table: &'a Table,
    rows: Vec<(u32, Tag)>,
    right: Vec<(u32, Tag)>,
}

impl<'a> Indexed<'a> {
    /// The rows that were drawn.
    pub fn new(table: &'a Table, draws: &[u16], labels: &[u8]) -> Indexed<'a> {
        let rows: Vec<(u32, Tag)> = draws
            .iter()
            .zip(labels)
            .enumerate()
            .filter(|(_, (draws, _))| **draws > 0)
            .map(|(row, (draws, label))| (row as u32, Tag::new(*draws, *label)))
            .collect();
        Indexed { table, right: Vec::with_capacity(rows.len()), rows }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

impl Rows for Indexed<'_> {
    #[inline(always)]
    fn scan<const N: usize>(
        &self,
        rows: Range<usize>,
        places: [Place; N],
        mut take: impl FnMut([u16; N], Tag),
    ) {
        for (row, tag) in &self.rows[rows] {
            let bytes = self.table.bytes_of(*row as usize);
            take(places.map(|place| place.read(bytes)), *tag);
        }
    }

    fn part(&mut self, rows: Range<usize>, place: Place, cut: u16) -> usize {
        let start = rows.start;
        let rows = &mut self.rows[rows];
        self.right.clear();
        let mut left = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            if place.read(self.table.bytes_of(row.0 as usize)) <= cut {
                rows[left] = row;
                left += 1;
            } else {
                self.right.push(row);
            }
        }
        rows[left..].copy_from_slice(&self.right);
        start + left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 rows of a column of many values and one of few; draws 0 to 2.
    fn example() -> (Table, Vec<u16>, Vec<u8>) {
        let many = (0..1000).map(|row| f64::from(row * 7919 % 1000)).collect();
        let few = (0..1000).map(|row| f64::from(row % 3)).collect();
        let x = Matrix::new(vec!["many".into(), "few".into()], vec![many, few]).unwrap();
        let table = Table::new(&x, &Bins::fit(&x, 4095));
        let draws = (0..1000).map(|row| row % 4 % 3).collect();
        (table, draws, (0..1000).map(|row| u8::from(row % 5 == 0)).collect())
    }

    fn seen(rows: &impl Rows, range: Range<usize>, place: Place) -> Vec<(u16, Tag)> {
        let mut seen = Vec::new();
        rows.scan(range, [place], |[bin], tag| seen.push((bin, tag)));
        seen
    }

    #[test]
    fn a_column_takes_as_many_bits_as_it_needs() {
        let (table, ..) = example();
        assert_eq!(table.width(), WORD);
        assert_eq!(table.place(0), Place { offset: 0, shift: 0, mask: 1023 });
        assert_eq!(table.place(1), Place { offset: 0, shift: 10, mask: 3 });
        assert_eq!(table.row(3).collect::<Vec<_>>(), [757, 0]);
    }

    #[test]
    fn every_column_is_read_as_it_was_binned() {
        for columns in [1, 3, 4, 11, 30, 31] {
            let values = |column: usize| -> Vec<f64> {
                let bins = [1, 2, 3, 200, 257, 4095][column % 6];
                (0..5000).map(|row| f64::from(row * 7919 % bins)).collect()
            };
            let names = (0..columns).map(|column| column.to_string()).collect();
            let x = Matrix::new(names, (0..columns).map(values).collect()).unwrap();
            let bins = Bins::fit(&x, 4095);
            let table = Table::new(&x, &bins);
            for row in 0..5000 {
                let binned = (0..columns).map(|column| bins.bin(column, x.col(column)[row]));
                assert!(table.row(row).eq(binned), "{columns} {row}");
            }
        }
    }

    #[test]
    fn both_shapes_hold_and_part_the_same_rows() {
        let (table, draws, labels) = example();
        let mut records = Records::<16>::new(&table, &draws, &labels);
        let mut indexed = Indexed::new(&table, &draws, &labels);
        let rows = records.len();
        assert_eq!(rows, indexed.len());
        assert_eq!(rows, draws.iter().filter(|draws| **draws > 0).count());
        for place in [table.place(0), table.place(1)] {
            assert_eq!(seen(&records, 0..rows, place), seen(&indexed, 0..rows, place));
        }
        let middle = records.part(10..rows, table.place(0), 300);
        assert_eq!(middle, indexed.part(10..rows, table.place(0), 300));
        let parted = seen(&records, 0..rows, table.place(0));
        assert!(parted[10..middle].iter().all(|(bin, _)| *bin <= 300));
        assert!(parted[middle..].iter().all(|(bin, _)| *bin > 300));
        assert_eq!(parted, seen(&indexed, 0..rows, table.place(0)));
    }

    #[test]
    fn a_cell_counts_draws_and_positive_draws() {
        assert_eq!(Tag::new(3, 0).cell(), 3);
        assert_eq!(Tag::new(3, 1).cell(), 3 | 3 << 32);
        assert_eq!(Tag::from_bits(Tag::new(9, 1).bits()), Tag::new(9, 1));
    }
}
