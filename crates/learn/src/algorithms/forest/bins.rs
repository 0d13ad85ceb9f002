//! Numbers into bins: a split is then a choice among a few thousand cuts instead of among all rows.

use std::hint::select_unpredictable;

use rayon::prelude::*;

use super::super::tree::midpoint;
use crate::codec::{Reader, Writer};
use crate::{Error, Matrix};

/// The most bins of a column. With 255 a column of many values costs about a point of F1 against exact splits;
/// with 4,095 nothing that can be measured.
pub const MOST: usize = 4095;

/// Values that are searched for together.
const TOGETHER: usize = 8;

/// For each column the edges between its bins, ascending.
///
/// A value lies in the bin whose number is the count of edges below it, so `bin(value) <= cut` and
/// `value <= edges[cut]` are the same question for every number there is.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    edges: Vec<Vec<f64>>,
}

impl Bins {
    /// One bin for each different value of a column, or `most` bins of about as many rows each where it has more.
    pub fn fit(x: &Matrix, most: usize) -> Bins {
        let edges = (0..x.cols())
            .into_par_iter()
            .map(|feature| {
                let mut values = x.col(feature).to_vec();
                values.sort_unstable_by(f64::total_cmp);
                edges(&values, most)
            })
            .collect();
        Bins { edges }
    }

    /// How many columns.
    pub fn columns(&self) -> usize {
        self.edges.len()
    }

    /// How many bins a column has.
    pub fn count(&self, feature: usize) -> usize {
        self.edges[feature].len() + 1
    }

    /// The bin of a value.
    pub fn bin(&self, feature: usize, value: f64) -> u16 {
        self.edges[feature].partition_point(|edge| *edge < value) as u16
    }

    /// The bin of each of `values`: several searches go on together, as each waits for memory after every step.
    pub fn bins(&self, feature: usize, values: &[f64], mut take: impl FnMut(u16)) {
        let edges = &self.edges[feature];
        let (together, rest) = values.as_chunks::<TOGETHER>();
        for values in together {
            let mut begin = [0; TOGETHER];
            let mut length = edges.len();
            while length > 1 {
                let half = length / 2;
                for (begin, value) in begin.iter_mut().zip(values) {
                    let middle = *begin + half;
                    *begin = select_unpredictable(edges[middle] < *value, middle, *begin);
                }
                length -= half;
            }
            for (begin, value) in begin.into_iter().zip(values) {
                let above = edges.get(begin).is_some_and(|edge| edge < value);
                take(begin as u16 + u16::from(above));
            }
        }
        rest.iter().for_each(|value| take(self.bin(feature, *value)));
    }

    /// The largest value within the bins up to `cut`.
    pub fn threshold(&self, feature: usize, cut: u16) -> f64 {
        self.edges[feature][usize::from(cut)]
    }

    /// The cut next to the middle between two bins of a node that has no rows in the bins between them.
    pub fn middle(&self, feature: usize, low: u16, high: u16) -> u16 {
        let first = usize::from(low);
        let edges = &self.edges[feature][first..usize::from(high)];
        let (Some(lowest), Some(highest)) = (edges.first(), edges.last()) else { return low };
        let middle = midpoint(*lowest, *highest);
        let above = edges.partition_point(|edge| *edge < middle).min(edges.len() - 1);
        let nearer_below = above > 0 && middle - edges[above - 1] <= edges[above] - middle;
        (first + above - usize::from(nearer_below)) as u16
    }

    /// Writes the edges.
    pub fn save(&self, writer: &mut Writer<'_>) {
        let lengths: Vec<u32> = self.edges.iter().map(|edges| edges.len() as u32).collect();
        writer.u32s("edge_count", &lengths);
        writer.f64s("edge", &self.edges.concat());
    }

    /// Reads the edges.
    ///
    /// # Errors
    /// Lengths that do not agree, more bins than there may be, or edges out of order.
    pub fn load(reader: &Reader<'_>) -> Result<Bins, Error> {
        let lengths = reader.u32s("edge_count")?;
        let all = reader.f64s("edge")?;
        let mut rest = all.as_slice();
        let mut columns = Vec::with_capacity(lengths.len());
        for length in lengths {
            let column = rest.split_at_checked(length as usize);
            match column {
                Some((edges, after)) if edges.len() < MOST && edges.is_sorted_by(|a, b| a < b) => {
                    columns.push(edges.to_vec());
                    rest = after;
                }
                _ => return Err(Error::ModelFile("as its bins are not in order".into())),
            }
        }
        Ok(Bins { edges: columns })
    }
}

/// The edges of at most `most` bins over sorted values.
fn edges(sorted: &[f64], most: usize) -> Vec<f64> {
    let runs = || sorted.chunk_by(|a, b| a == b);
    let each_its_own = runs().take(most + 1).count() <= most;
    let mut edges = Vec::new();
    let (mut rows_left, mut bins_left) = (sorted.len(), most);
    let (mut filled, mut last) = (0, None);
    for run in runs() {
        if let Some(last) = last
            && bins_left > 1
            && (each_its_own || filled * bins_left >= rows_left)
        {
            edges.push(midpoint(last, run[0]));
            rows_left -= filled;
            bins_left -= 1;
            filled = 0;
        }
        filled += run.len();
        last = run.last().copied();
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    fn bins(column: Vec<f64>, most: usize) -> Bins {
        Bins::fit(&Matrix::new(vec!["a".into()], vec![column]).unwrap(), most)
    }

    #[test]
    fn few_values_have_a_bin_each() {
        let bins = bins(vec![3.0, 1.0, 1.0, -0.0, 0.0, 3.0], 255);
        assert_eq!(bins.edges, [[0.5, 2.0]]);
        let of: Vec<u16> = [-9.0, 0.0, 0.5, 0.6, 2.0, 3.0, 9.0].map(|v| bins.bin(0, v)).to_vec();
        assert_eq!(of, [0, 0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn many_values_share_bins_of_about_equal_size() {
        let bins = bins((0..1000).map(f64::from).collect(), 10);
        assert_eq!(bins.count(0), 10);
        let mut sizes = [0; 10];
        (0..1000).for_each(|v| sizes[usize::from(bins.bin(0, f64::from(v)))] += 1);
        assert_eq!(sizes, [100; 10]);
    }

    #[test]
    fn a_heavy_value_takes_one_bin_and_leaves_the_others() {
        let column = (0..900).map(|_| 0.0).chain((1..=100).map(f64::from)).collect();
        let bins = bins(column, 11);
        assert_eq!(bins.count(0), 11);
        assert_eq!(bins.bin(0, 0.0), 0);
        assert_eq!(bins.bin(0, 1.0), 1);
    }

    #[test]
    fn binning_and_threshold_decide_alike() {
        let mut rng = Rng::new(5);
        let column: Vec<f64> =
            (0..3000).map(|_| (rng.unit() - 0.5) * 10f64.powi(rng.below(40) as i32 - 20)).collect();
        for most in [7, 255, 4095] {
            let bins = bins(column.clone(), most);
            for value in &column {
                let bin = bins.bin(0, *value);
                for cut in 0..bins.count(0) as u16 - 1 {
                    assert_eq!(bin <= cut, *value <= bins.threshold(0, cut));
                }
            }
        }
    }

    #[test]
    fn many_values_at_once_have_the_bins_each_has_alone() {
        let mut rng = Rng::new(6);
        for (rows, most) in [(1, 9), (2, 9), (3, 9), (40, 9), (3000, 255), (5000, 4095)] {
            let column: Vec<f64> = (0..rows).map(|_| (rng.unit() * 4000.0).round()).collect();
            let bins = bins(column.clone(), most);
            let ends = [f64::MIN, -0.0, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
            let values: Vec<f64> =
                column.iter().flat_map(|v| [*v, v.next_up(), v - 0.5]).chain(ends).collect();
            for part in [&values[..], &values[1..]] {
                let mut told = Vec::new();
                bins.bins(0, part, |bin| told.push(bin));
                let alone: Vec<u16> = part.iter().map(|value| bins.bin(0, *value)).collect();
                assert_eq!(told, alone, "{rows} rows");
            }
        }
    }

    #[test]
    fn neighbouring_floats_stay_apart() {
        let (one, next) = (1.0_f64, 1.0_f64.next_up());
        let bins = bins(vec![one, next], 255);
        assert_eq!((bins.bin(0, one), bins.bin(0, next)), (0, 1));
    }

    #[test]
    fn the_middle_cut_is_the_one_nearest_the_middle() {
        let bins = bins(vec![0.0, 1.0, 2.0, 3.0, 100.0], 255);
        assert_eq!(bins.edges, [[0.5, 1.5, 2.5, 51.5]]);
        assert_eq!(bins.middle(0, 1, 2), 1);
        assert_eq!(bins.middle(0, 0, 3), 1);
        assert_eq!(bins.middle(0, 0, 4), 2);
        assert_eq!(bins.middle(0, 3, 4), 3);
    }

    #[test]
    fn a_constant_column_has_one_bin() {
        assert_eq!(bins(vec![2.0; 9], 255).count(0), 1);
    }
}
