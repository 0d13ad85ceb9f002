//! The columns of flows that windows are made of, addresses as numbers.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch, is_not_null};
use arrow::datatypes::{DataType, Int64Type, UInt32Type, UInt64Type};

use crate::Error;
use crate::numbers::{NONE, Texts};

/// The columns whose values are told apart or tested; at most 65,536 values each.
pub const CODES: [&str; 4] = ["src_port", "dest_port", "tcp_flags_ts", "tcp_flags_tc"];
/// The columns that are added.
pub const AMOUNTS: [&str; 4] = ["packets_in", "packets_out", "bytes_in", "bytes_out"];
/// The duration, which is no column of table `flow`.
pub const DURATION: &str = "duration_us";

/// One entry a flow in every column that was asked for; the others are empty.
#[derive(Default)]
pub struct Members {
    /// Number of the source's text.
    pub source: Vec<u32>,
    /// Number of the destination's text, or [`NONE`].
    pub peer: Vec<u32>,
    /// Start, in microseconds.
    pub time: Vec<i64>,
    /// Duration, in microseconds.
    pub duration: Vec<i64>,
    /// [`CODES`]; [`NONE`] where there is none.
    pub codes: [Vec<u32>; 4],
    /// [`AMOUNTS`].
    pub amounts: [Vec<u64>; 4],
}

/// The flows of a batch that have a source. Nearly all have one: a filter in the statement would copy every batch.
///
/// # Errors
/// Only if there is no such column.
pub fn with_source(batch: RecordBatch) -> Result<RecordBatch, Error> {
    let source = batch.column(batch.schema().index_of("src_ip")?);
    if source.null_count() == 0 {
        return Ok(batch);
    }
    let has = is_not_null(source)?;
    Ok(filter_record_batch(&batch, &has)?)
}

/// Rows after which what a thread reads goes on in a new piece: pieces are shared out to threads.
const PIECE: usize = 1 << 17;

/// Flows that one thread read.
#[derive(Default)]
pub struct Read {
    pieces: Vec<(Members, Vec<RecordBatch>)>,
    texts: Texts,
    /// A column that every flow has today lacks a value.
    lacks: bool,
}

impl Read {
    /// Takes a batch of flows with these columns, and source and time; keeps the batch itself where it is asked to.
    pub fn take(
        &mut self,
        batch: RecordBatch,
        wanted: &BTreeSet<&'static str>,
        keep: bool,
    ) -> Result<(), Error> {
        if self.pieces.last().is_none_or(|(flows, _)| flows.source.len() >= PIECE) {
            self.pieces.push(Default::default());
        }
        if let Some((flows, batches)) = self.pieces.last_mut() {
            self.lacks = self.lacks || !flows.push(&batch, wanted, &mut self.texts)?;
            batches.extend(keep.then_some(batch));
        }
        Ok(())
    }
}

/// Everything that was read, in pieces.
#[derive(Default)]
pub struct Flows {
    pub pieces: Vec<Members>,
    /// The batches of each piece, if they were kept.
    pub batches: Vec<Vec<RecordBatch>>,
    /// The texts of all addresses by number.
    pub texts: Texts,
}

impl Flows {
    /// What several threads read. `None` where a column that every flow has today lacks a value, as in parts an older
    /// version wrote: their sums have rules of their own.
    pub fn of(parts: impl IntoIterator<Item = Read>) -> Option<Flows> {
        let mut all = Flows::default();
        for Read { mut pieces, texts, lacks } in parts {
            if lacks {
                return None;
            }
            if all.texts.len() == 0 {
                all.texts = texts;
            } else {
                let mut numbers = Vec::with_capacity(texts.len());
                all.texts.numbers((0..texts.len() as u32).map(|n| texts.text(n)), &mut numbers);
                for (flows, _) in &mut pieces {
                    for number in flows.source.iter_mut().chain(&mut flows.peer) {
                        *number = numbers.get(*number as usize).copied().unwrap_or(NONE);
                    }
                }
            }
            for (flows, batches) in pieces {
                all.pieces.push(flows);
                all.batches.push(batches);
            }
        }
        Some(all)
    }
}

impl Members {
    /// Adds a batch of flows; `false` if one lacks a value.
    fn push(
        &mut self,
        batch: &RecordBatch,
        wanted: &BTreeSet<&'static str>,
        texts: &mut Texts,
    ) -> Result<bool, Error> {
        let source = column(batch, "src_ip", &DataType::Utf8)?;
        let time = column(batch, "event_time", &DataType::Int64)?;
        if source.null_count() + time.null_count() > 0 {
            return Ok(false);
        }
        let source = source.as_string::<i32>();
        texts.numbers((0..source.len()).map(|row| source.value(row)), &mut self.source);
        self.time.extend_from_slice(time.as_primitive::<Int64Type>().values());
        if wanted.contains("dest_ip") {
            let peer = column(batch, "dest_ip", &DataType::Utf8)?;
            let peer = peer.as_string::<i32>();
            match peer.null_count() {
                0 => texts.numbers((0..peer.len()).map(|row| peer.value(row)), &mut self.peer),
                _ => {
                    let number = |text: Option<&str>| text.map_or(NONE, |text| texts.number(text));
                    self.peer.extend(peer.iter().map(number));
                }
            }
        }
        if wanted.contains(DURATION) {
            let duration = column(batch, DURATION, &DataType::Int64)?;
            self.duration.extend_from_slice(duration.as_primitive::<Int64Type>().values());
        }
        for (name, codes) in CODES.iter().zip(&mut self.codes) {
            if wanted.contains(name) {
                let column = column(batch, name, &DataType::UInt32)?;
                let column = column.as_primitive::<UInt32Type>();
                match column.null_count() {
                    0 => codes.extend_from_slice(column.values()),
                    _ => codes.extend(column.iter().map(|code| code.unwrap_or(NONE))),
                }
            }
        }
        for (name, amounts) in AMOUNTS.iter().zip(&mut self.amounts) {
            if wanted.contains(name) {
                let column = column(batch, name, &DataType::UInt64)?;
                if column.null_count() > 0 {
                    return Ok(false);
                }
                amounts.extend_from_slice(column.as_primitive::<UInt64Type>().values());
            }
        }
        Ok(true)
    }

    /// Flows one behind the other, with the same columns, their addresses numbered alike.
    pub fn joined<'a>(all: impl Iterator<Item = &'a Members> + Clone) -> Members {
        fn join<'a, T: Copy + 'a>(columns: impl Iterator<Item = &'a Vec<T>> + Clone) -> Vec<T> {
            let mut joined = Vec::with_capacity(columns.clone().map(Vec::len).sum());
            columns.for_each(|column| joined.extend_from_slice(column));
            joined
        }
        Members {
            source: join(all.clone().map(|flows| &flows.source)),
            peer: join(all.clone().map(|flows| &flows.peer)),
            time: join(all.clone().map(|flows| &flows.time)),
            duration: join(all.clone().map(|flows| &flows.duration)),
            codes: std::array::from_fn(|n| join(all.clone().map(|flows| &flows.codes[n]))),
            amounts: std::array::from_fn(|n| join(all.clone().map(|flows| &flows.amounts[n]))),
        }
    }

    /// The flows in as many shares, each to that of its source's text, in their order.
    pub fn dealt(&self, of: &[u32], count: usize) -> Vec<Members> {
        let to: Vec<u32> = self.source.iter().map(|source| of[*source as usize]).collect();
        let mut sizes = vec![0; count];
        to.iter().for_each(|share| sizes[*share as usize] += 1);
        let mut shares: Vec<Members> = (0..count).map(|_| Members::default()).collect();
        let dealer = Dealer { to: &to, sizes: &sizes };
        dealer.deal(&self.source, &mut shares, |share| &mut share.source);
        dealer.deal(&self.peer, &mut shares, |share| &mut share.peer);
        dealer.deal(&self.time, &mut shares, |share| &mut share.time);
        dealer.deal(&self.duration, &mut shares, |share| &mut share.duration);
        for (n, codes) in self.codes.iter().enumerate() {
            dealer.deal(codes, &mut shares, |share| &mut share.codes[n]);
        }
        for (n, amounts) in self.amounts.iter().enumerate() {
            dealer.deal(amounts, &mut shares, |share| &mut share.amounts[n]);
        }
        shares
    }

    /// The same columns with the flows in this order.
    pub fn ordered(&self, order: &[u32]) -> Members {
        fn pick<T: Copy>(from: &[T], order: &[u32]) -> Vec<T> {
            if from.is_empty() {
                return Vec::new();
            }
            order.iter().map(|flow| from[*flow as usize]).collect()
        }
        Members {
            source: pick(&self.source, order),
            peer: pick(&self.peer, order),
            time: pick(&self.time, order),
            duration: pick(&self.duration, order),
            codes: self.codes.each_ref().map(|codes| pick(codes, order)),
            amounts: self.amounts.each_ref().map(|amounts| pick(amounts, order)),
        }
    }
}

/// Which share each flow goes to, and how many each gets.
struct Dealer<'a> {
    to: &'a [u32],
    sizes: &'a [usize],
}

impl Dealer<'_> {
    /// A column.
    fn deal<T: Copy>(
        &self,
        from: &[T],
        shares: &mut [Members],
        column: impl Fn(&mut Members) -> &mut Vec<T>,
    ) {
        if from.is_empty() {
            return;
        }
        let mut columns: Vec<&mut Vec<T>> = shares.iter_mut().map(column).collect();
        columns.iter_mut().zip(self.sizes).for_each(|(column, size)| column.reserve_exact(*size));
        for (value, share) in from.iter().zip(self.to) {
            columns[*share as usize].push(*value);
        }
    }
}

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, Error> {
    let place = batch.schema().index_of(name)?;
    Ok(cast(batch.column(place), kind)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use super::*;

    #[test]
    fn what_two_threads_read_is_numbered_alike_and_a_flow_without_a_source_is_left_out() {
        let batch = |rows: [[Option<&str>; 2]; 3]| {
            let texts = |n: usize| -> ArrayRef {
                Arc::new(rows.iter().map(|row| row[n]).collect::<StringArray>())
            };
            let time: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
            let columns = [("src_ip", texts(0)), ("event_time", time), ("dest_ip", texts(1))];
            with_source(RecordBatch::try_from_iter(columns).unwrap()).unwrap()
        };
        let wanted = BTreeSet::from(["dest_ip"]);
        let read = |rows| {
            let mut read = Read::default();
            read.take(batch(rows), &wanted, true).unwrap();
            read
        };
        let (a, b, c) = (Some("192.0.2.1"), Some("2001:db8::1"), Some("192.0.2.3"));
        let parts = [read([[a, b], [b, None], [None, c]]), read([[c, a], [b, c], [a, None]])];
        let all = Flows::of(parts).unwrap();
        let said = all.pieces.iter().flat_map(|flows| flows.source.iter().zip(&flows.peer));
        let text = |n: &u32| (*n != NONE).then(|| all.texts.text(*n));
        let said: Vec<_> = said.map(|(source, peer)| [text(source), text(peer)]).collect();
        assert_eq!(said, [[a, b], [b, None], [c, a], [b, c], [a, None]]);
        assert_eq!(all.pieces[0].time, [1, 2]);
        assert_eq!(all.batches.iter().flatten().map(RecordBatch::num_rows).sum::<usize>(), 5);
    }
}
