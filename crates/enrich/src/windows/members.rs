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

impl Members {
    /// Reads batches on several threads. `None` where a column that every flow has today lacks a value, as in
    /// parts an older version wrote: their sums have rules of their own.
    pub fn read(
        batches: &[RecordBatch],
        wanted: &BTreeSet<&'static str>,
        threads: usize,
    ) -> Result<Option<(Members, Texts)>, Error> {
        let parts = in_parts(batches.len(), threads, |part| some(&batches[part], wanted));
        let mut whole: Option<(Members, Texts)> = None;
        for part in parts {
            let Some((members, texts)) = part? else { return Ok(None) };
            match &mut whole {
                None => whole = Some((members, texts)),
                Some((all, known)) => all.append(members, known, &texts),
            }
        }
        Ok(Some(whole.unwrap_or_else(|| (Members::default(), Texts::new()))))
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

fn some(
    batches: &[RecordBatch],
    wanted: &BTreeSet<&'static str>,
) -> Result<Option<(Members, Texts)>, Error> {
    let (mut members, mut texts) = (Members::default(), Texts::new());
    for batch in batches {
        let source = column(batch, "src_ip", &DataType::Utf8)?;
        let time = column(batch, "event_time", &DataType::Int64)?;
        if source.null_count() + time.null_count() > 0 {
            return Ok(None);
        }
        let source = source.as_string::<i32>();
        members.source.extend((0..source.len()).map(|row| texts.number(source.value(row))));
        members.time.extend_from_slice(time.as_primitive::<Int64Type>().values());
        if wanted.contains("dest_ip") {
            let peer = column(batch, "dest_ip", &DataType::Utf8)?;
            let peer = peer.as_string::<i32>();
            members.peer.extend(peer.iter().map(|t| t.map_or(NONE, |text| texts.number(text))));
        }
        if wanted.contains(DURATION) {
            let duration = column(batch, DURATION, &DataType::Int64)?;
            members.duration.extend_from_slice(duration.as_primitive::<Int64Type>().values());
        }
        for (name, codes) in CODES.iter().zip(&mut members.codes) {
            if wanted.contains(name) {
                let column = column(batch, name, &DataType::UInt32)?;
                let column = column.as_primitive::<UInt32Type>();
                match column.null_count() {
                    0 => codes.extend_from_slice(column.values()),
                    _ => codes.extend(column.iter().map(|code| code.unwrap_or(NONE))),
                }
            }
        }
        for (name, amounts) in AMOUNTS.iter().zip(&mut members.amounts) {
            if wanted.contains(name) {
                let column = column(batch, name, &DataType::UInt64)?;
                if column.null_count() > 0 {
                    return Ok(None);
                }
                amounts.extend_from_slice(column.as_primitive::<UInt64Type>().values());
            }
        }
    }
    Ok(Some((members, texts)))
}

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> Result<ArrayRef, Error> {
    let place = batch.schema().index_of(name)?;
    Ok(cast(batch.column(place), kind)?)
}
