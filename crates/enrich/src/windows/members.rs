//! The columns of flows that windows are made of, addresses as numbers.

use std::collections::BTreeSet;
use std::ops::Range;
use std::thread;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
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

/// Flows that one thread read.
#[derive(Default)]
pub struct Read {
    members: Members,
    texts: Texts,
    /// A column that every flow has today lacks a value.
    lacks: bool,
}

impl Read {
    /// Takes a batch of flows with these columns, and source and time.
    pub fn take(
        &mut self,
        batch: &RecordBatch,
        wanted: &BTreeSet<&'static str>,
    ) -> Result<(), Error> {
        self.lacks = self.lacks || !self.members.push(batch, wanted, &mut self.texts)?;
        Ok(())
    }
}

impl Members {
    /// What several threads read, in their order, and the texts of all addresses by number. `None` where a column that
    /// every flow has today lacks a value, as in parts an older version wrote: their sums have rules of their own.
    pub fn of(parts: impl IntoIterator<Item = Read>) -> Option<(Members, Texts)> {
        let mut whole: Option<(Members, Texts)> = None;
        for Read { members, texts, lacks } in parts {
            match &mut whole {
                _ if lacks => return None,
                None => whole = Some((members, texts)),
                Some((all, known)) => all.append(members, known, &texts),
            }
        }
        Some(whole.unwrap_or_default())
    }

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
        self.source.extend((0..source.len()).map(|row| texts.number(source.value(row))));
        self.time.extend_from_slice(time.as_primitive::<Int64Type>().values());
        if wanted.contains("dest_ip") {
            let peer = column(batch, "dest_ip", &DataType::Utf8)?;
            let peer = peer.as_string::<i32>();
            self.peer.extend(peer.iter().map(|t| t.map_or(NONE, |text| texts.number(text))));
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

    fn append(&mut self, other: Members, known: &mut Texts, texts: &Texts) {
        let numbers: Vec<u32> =
            (0..texts.len() as u32).map(|n| known.number(texts.text(n))).collect();
        let number = |n: &u32| if *n == NONE { NONE } else { numbers[*n as usize] };
        self.source.extend(other.source.iter().map(number));
        self.peer.extend(other.peer.iter().map(number));
        self.time.extend(other.time);
        self.duration.extend(other.duration);
        for (all, more) in self.codes.iter_mut().zip(other.codes) {
            all.extend(more);
        }
        for (all, more) in self.amounts.iter_mut().zip(other.amounts) {
            all.extend(more);
        }
    }

    /// The same columns with the flows in this order, on several threads.
    pub fn ordered(&self, order: &[u32], threads: usize) -> Members {
        fn pick<T: Copy>(from: &[T], order: &[u32]) -> Vec<T> {
            if from.is_empty() {
                return Vec::new();
            }
            order.iter().map(|flow| from[*flow as usize]).collect()
        }
        let mut all = Members::default();
        let Members { source, peer, time, duration, codes, amounts } = &mut all;
        type Task<'a> = Box<dyn FnOnce() + Send + 'a>;
        let mut tasks: Vec<Task<'_>> = vec![
            Box::new(|| *source = pick(&self.source, order)),
            Box::new(|| *peer = pick(&self.peer, order)),
            Box::new(|| *time = pick(&self.time, order)),
            Box::new(|| *duration = pick(&self.duration, order)),
        ];
        for (to, from) in codes.iter_mut().zip(&self.codes) {
            tasks.push(Box::new(|| *to = pick(from, order)));
        }
        for (to, from) in amounts.iter_mut().zip(&self.amounts) {
            tasks.push(Box::new(|| *to = pick(from, order)));
        }
        let mut hands: Vec<Vec<Task<'_>>> = (0..threads.max(1)).map(|_| Vec::new()).collect();
        for (n, task) in tasks.into_iter().enumerate() {
            hands[n % threads.max(1)].push(task);
        }
        thread::scope(|scope| {
            for hand in hands {
                scope.spawn(|| hand.into_iter().for_each(|task| task()));
            }
        });
        all
    }
}

/// Work on parts of `0..count`, one a thread; the answers in order.
pub fn in_parts<T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let threads = threads.clamp(1, count.max(1));
    let part = |n: usize| count * n / threads..count * (n + 1) / threads;
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads).map(|n| scope.spawn(move || work(part(n)))).collect();
        let mut done = vec![work(part(0))];
        for other in others {
            match other.join() {
                Ok(answer) => done.push(answer),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    })
}

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, Error> {
    let place = batch.schema().index_of(name)?;
    Ok(cast(batch.column(place), kind)?)
}
