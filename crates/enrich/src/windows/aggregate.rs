//! What every measure of flows says of a slice of them: the same as its SQL.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, UInt64Array};
use arrow::datatypes::DataType;
use botany_catalog::pcr::{self, Mode};

use super::addresses::Addresses;
use super::members::{AMOUNTS, CODES, DURATION, Members};
use super::seen::Seen;
use crate::numbers::NONE;

/// How a measure is computed.
#[derive(Clone, Copy, Debug)]
pub enum Aggregate {
    Flows,
    Addresses,
    Peers,
    /// Different values of one of [`CODES`].
    Distinct(usize),
    /// Flows that pass a test.
    Tally(Test),
    /// Their part.
    Share(Test),
    /// Of one of [`AMOUNTS`].
    Sum(usize),
    Mean(usize),
    Quantile(Of, f64),
    Gap(Statistic),
    Duration(Statistic),
}

/// What is asked of one flow.
#[derive(Clone, Copy, Debug)]
pub enum Test {
    DestPort(u32),
    SynOnly,
    ResetAnswered,
    Established,
    Range(&'static str),
}

/// A value of one flow, made of its two sides.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    Packets,
    Bytes,
    Ratio,
}

/// What is said of times, in seconds.
#[derive(Clone, Copy, Debug)]
pub enum Statistic {
    Mean,
    Std,
    Median,
    Min,
    Max,
}

const PORTS: [usize; 2] = [0, 1];
const FLAGS: [usize; 2] = [2, 3];
const PACKETS: [usize; 2] = [0, 1];
const BYTES: [usize; 2] = [2, 3];

/// The measures by name; a test holds them against [`crate::profiles::MEASURES`].
#[rustfmt::skip]
pub const ALL: &[(&str, Aggregate)] = &[
    ("flows", Aggregate::Flows),
    ("addresses", Aggregate::Addresses),
    ("dest_ports", Aggregate::Distinct(PORTS[1])),
    ("src_ports", Aggregate::Distinct(PORTS[0])),
    ("peers", Aggregate::Peers),
    ("port_22_share", Aggregate::Share(Test::DestPort(22))),
    ("port_23_share", Aggregate::Share(Test::DestPort(23))),
    ("port_2323_share", Aggregate::Share(Test::DestPort(2323))),
    ("flag_sets_ts", Aggregate::Distinct(FLAGS[0])),
    ("flag_sets_tc", Aggregate::Distinct(FLAGS[1])),
    ("syn_only", Aggregate::Tally(Test::SynOnly)),
    ("reset_answered", Aggregate::Tally(Test::ResetAnswered)),
    ("established", Aggregate::Tally(Test::Established)),
    ("packets_in", Aggregate::Sum(PACKETS[0])),
    ("packets_out", Aggregate::Sum(PACKETS[1])),
    ("bytes_in", Aggregate::Sum(BYTES[0])),
    ("bytes_out", Aggregate::Sum(BYTES[1])),
    ("packets_in_mean", Aggregate::Mean(PACKETS[0])),
    ("packets_out_mean", Aggregate::Mean(PACKETS[1])),
    ("bytes_in_mean", Aggregate::Mean(BYTES[0])),
    ("bytes_out_mean", Aggregate::Mean(BYTES[1])),
    ("packets_total_p10", Aggregate::Quantile(Of::Packets, 0.1)),
    ("packets_total_median", Aggregate::Quantile(Of::Packets, 0.5)),
    ("packets_total_p90", Aggregate::Quantile(Of::Packets, 0.9)),
    ("bytes_total_p10", Aggregate::Quantile(Of::Bytes, 0.1)),
    ("bytes_total_median", Aggregate::Quantile(Of::Bytes, 0.5)),
    ("bytes_total_p90", Aggregate::Quantile(Of::Bytes, 0.9)),
    ("packet_ratio_p10", Aggregate::Quantile(Of::Ratio, 0.1)),
    ("packet_ratio_median", Aggregate::Quantile(Of::Ratio, 0.5)),
    ("packet_ratio_p90", Aggregate::Quantile(Of::Ratio, 0.9)),
    ("pure_push_share", Aggregate::Share(Test::Range("Pure Push"))),
    ("export_share", Aggregate::Share(Test::Range("70:30 Export"))),
    ("balanced_share", Aggregate::Share(Test::Range("Balanced Exchange"))),
    ("import_share", Aggregate::Share(Test::Range("3:1 Import"))),
    ("pure_pull_share", Aggregate::Share(Test::Range("Pure Pull"))),
    ("empty_share", Aggregate::Share(Test::Range("Empty"))),
    ("inter_arrival_mean", Aggregate::Gap(Statistic::Mean)),
    ("inter_arrival_std", Aggregate::Gap(Statistic::Std)),
    ("inter_arrival_median", Aggregate::Gap(Statistic::Median)),
    ("inter_arrival_min", Aggregate::Gap(Statistic::Min)),
    ("duration_mean", Aggregate::Duration(Statistic::Mean)),
    ("duration_median", Aggregate::Duration(Statistic::Median)),
    ("duration_max", Aggregate::Duration(Statistic::Max)),
];

/// How the measure of that name is computed.
pub fn find(name: &str) -> Option<Aggregate> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, aggregate)| *aggregate)
}

impl Aggregate {
    /// The columns it reads, beside source and time.
    pub fn columns(self) -> Vec<&'static str> {
        let some = |from: [usize; 2]| from.map(|n| AMOUNTS[n]).to_vec();
        match self {
            Aggregate::Flows | Aggregate::Addresses | Aggregate::Gap(_) => Vec::new(),
            Aggregate::Peers => vec!["dest_ip"],
            Aggregate::Distinct(code) => vec![CODES[code]],
            Aggregate::Tally(test) | Aggregate::Share(test) => match test {
                Test::DestPort(_) => vec![CODES[PORTS[1]]],
                Test::Range(_) => some(PACKETS),
                Test::SynOnly | Test::ResetAnswered | Test::Established => {
                    FLAGS.map(|n| CODES[n]).to_vec()
                }
            },
            Aggregate::Sum(amount) | Aggregate::Mean(amount) => vec![AMOUNTS[amount]],
            Aggregate::Quantile(Of::Bytes, _) => some(BYTES),
            Aggregate::Quantile(Of::Packets | Of::Ratio, _) => some(PACKETS),
            Aggregate::Duration(_) => vec![DURATION],
        }
    }

    /// Whether it is made of whole numbers by the same steps as its SQL, so that both give the same bits.
    pub fn exact(self) -> bool {
        match self {
            Aggregate::Quantile(..) => false,
            Aggregate::Gap(statistic) | Aggregate::Duration(statistic) => {
                !matches!(statistic, Statistic::Std | Statistic::Median)
            }
            _ => true,
        }
    }

    /// The type its SQL has.
    pub fn kind(self) -> DataType {
        match self {
            Aggregate::Flows
            | Aggregate::Addresses
            | Aggregate::Peers
            | Aggregate::Distinct(_)
            | Aggregate::Tally(_) => DataType::Int64,
            Aggregate::Sum(_) => DataType::UInt64,
            Aggregate::Share(_)
            | Aggregate::Mean(_)
            | Aggregate::Quantile(..)
            | Aggregate::Gap(_)
            | Aggregate::Duration(_) => DataType::Float64,
        }
    }

    /// Its value over each slice, of that type. No slice is empty.
    pub fn over(
        self,
        starts: &[usize],
        flows: &Members,
        addresses: &Addresses,
        window_seconds: f64,
        seen: &mut Seen,
    ) -> ArrayRef {
        let slices = starts.windows(2).map(|edge| edge[0]..edge[1]);
        let real = |value: &mut dyn FnMut(Range<usize>) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(slices.clone().map(value)))
        };
        let whole = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
        match self {
            Aggregate::Flows => whole(slices.map(|slice| slice.len() as i64).collect()),
            Aggregate::Addresses => {
                let code = |at: usize| addresses.identity[flows.source[at] as usize];
                whole(seen.distinct(slices, addresses.identities, code))
            }
            Aggregate::Peers => {
                let code = |at: usize| match flows.peer[at] {
                    NONE => NONE,
                    peer => addresses.identity[peer as usize],
                };
                whole(seen.distinct(slices, addresses.identities, code))
            }
            Aggregate::Distinct(code) => {
                let codes = &flows.codes[code];
                whole(seen.distinct(slices, 1 << 16, |at| codes[at]))
            }
            Aggregate::Tally(test) => {
                whole(slices.map(|slice| test.count(slice, flows) as i64).collect())
            }
            Aggregate::Share(test) => real(&mut |slice| {
                let all = slice.len() as f64;
                test.count(slice, flows) as f64 / all
            }),
            Aggregate::Sum(amount) => {
                let sums = slices.map(|slice| sum(&flows.amounts[amount][slice]));
                Arc::new(UInt64Array::from_iter_values(sums))
            }
            Aggregate::Mean(amount) => real(&mut |slice| {
                let all = slice.len() as f64;
                sum(&flows.amounts[amount][slice]) as f64 / all
            }),
            Aggregate::Quantile(of, at) => {
                let mut values = Vec::new();
                real(&mut |slice| {
                    values.clear();
                    values.extend(slice.map(|flow| of.value(flow, flows)));
                    percentile(&mut values, at).unwrap_or(0.0)
                })
            }
            Aggregate::Gap(statistic) => {
                let (mut times, mut gaps) = (Vec::new(), Vec::new());
                real(&mut |slice| {
                    times.clear();
                    times.extend(flows.time[slice].iter().map(|time| time / 1000));
                    times.sort_unstable();
                    gaps.clear();
                    gaps.extend(times.windows(2).map(|two| two[1] - two[0]));
                    match statistic.of(&gaps, 1e3) {
                        Some(seconds) => seconds,
                        None if matches!(statistic, Statistic::Std) => 0.0,
                        None => window_seconds,
                    }
                })
            }
            Aggregate::Duration(statistic) => {
                real(&mut |slice| statistic.of(&flows.duration[slice], 1e6).unwrap_or(0.0))
            }
        }
    }
}

impl Test {
    fn count(self, slice: Range<usize>, flows: &Members) -> usize {
        let flags = |test: fn(u32, u32) -> bool| {
            let [ts, tc] = FLAGS.map(|n| &flows.codes[n][slice.clone()]);
            let both = ts.iter().zip(tc).filter(|(ts, tc)| **ts != NONE && **tc != NONE);
            both.filter(|(ts, tc)| test(**ts, **tc)).count()
        };
        match self {
            Test::DestPort(port) => {
                flows.codes[PORTS[1]][slice].iter().filter(|code| **code == port).count()
            }
            Test::SynOnly => flags(|ts, tc| ts == 2 && tc == 0),
            Test::ResetAnswered => flags(|ts, tc| ts & 2 != 0 && tc & 4 != 0 && tc & 2 == 0),
            Test::Established => flags(|ts, tc| tc & 18 == 18 && ts & 16 != 0),
            Test::Range(name) => {
                let [i, o] = PACKETS.map(|n| &flows.amounts[n][slice.clone()]);
                let named =
                    |(i, o): &(&u64, &u64)| pcr::range(**i, **o, Mode::Closed) == Some(name);
                i.iter().zip(o).filter(named).count()
            }
        }
    }
}

impl Of {
    fn value(self, flow: usize, flows: &Members) -> f64 {
        let sides = |of: [usize; 2]| of.map(|n| flows.amounts[n][flow]);
        let total = |[i, o]: [u64; 2]| i as f64 + o as f64;
        match self {
            Of::Packets => total(sides(PACKETS)),
            Of::Bytes => total(sides(BYTES)),
            Of::Ratio => {
                let [i, o] = sides(PACKETS);
                pcr::ratio(i, o).unwrap_or(0.0)
            }
        }
    }
}

impl Statistic {
    /// Of whole numbers, so many to the second; `None` of none.
    fn of(self, values: &[i64], second: f64) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let sum = |of: fn(i64) -> i64| {
            values.iter().fold(0_i64, |sum, value| sum.wrapping_add(of(*value))) as f64
        };
        Some(match self {
            Statistic::Mean => sum(|value| value) / count / second,
            Statistic::Std => {
                let mean = sum(|value| value) / count;
                let squares = sum(|value| value.wrapping_mul(value)) / count;
                (squares - mean * mean).max(0.0).sqrt() / second
            }
            Statistic::Median => {
                let mut values: Vec<f64> = values.iter().map(|value| *value as f64).collect();
                percentile(&mut values, 0.5)? / second
            }
            Statistic::Min => *values.iter().min()? as f64 / second,
            Statistic::Max => *values.iter().max()? as f64 / second,
        })
    }
}

fn sum(values: &[u64]) -> u64 {
    values.iter().fold(0, |sum, value| sum.wrapping_add(*value))
}

/// The value at a part of the way through the sorted values, between two of them by their distance, which the
/// engine knows to a millionth.
fn percentile(values: &mut [f64], at: f64) -> Option<f64> {
    let index = at * values.len().checked_sub(1)? as f64;
    let (lower, upper) = (index.floor() as usize, index.ceil() as usize);
    let (_, &mut low, above) = values.select_nth_unstable_by(lower, f64::total_cmp);
    if lower == upper {
        return Some(low);
    }
    let high = above.iter().copied().min_by(f64::total_cmp)?;
    let weight = ((index - lower as f64) * 1e6).floor() / 1e6;
    Some(low + (high - low) * weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::{MEASURES, Part};

    #[test]
    fn every_measure_of_flows_is_computed_and_no_other() {
        let measures: Vec<&str> =
            MEASURES.iter().filter(|m| m.part == Part::Flow).map(|m| m.name).collect();
        assert_eq!(ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>(), measures);
    }

    #[test]
    fn a_percentile_lies_between_its_neighbours() {
        assert_eq!(percentile(&mut [], 0.5), None);
        assert_eq!(percentile(&mut [3.0], 0.1), Some(3.0));
        assert_eq!(percentile(&mut [4.0, 1.0, 2.0], 0.5), Some(2.0));
        assert_eq!(percentile(&mut [4.0, 1.0], 0.9), Some(3.7));
    }
}
