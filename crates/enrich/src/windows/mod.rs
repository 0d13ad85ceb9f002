//! Every flow beside what its address and its block did in their window, in one pass.
//!
//! [`Ask::sql`] says what is asked: the labelled flows joined with the two profiles. [`flows`] gives the same rows
//! without a grouping and without a join. The flows are read once; a text becomes a number once; the flows are put
//! into an order in which every window is a slice ([`order`]), so that sums, counts of different values and
//! quantiles are loops over neighbours ([`aggregate`]); and a flow knows the number of its window, so that joining
//! back is looking up.
//! Packet counts beyond 2^50, which no flow has, are compared as whole numbers here and as doubles there.
//!
//! The pass holds the flows' columns while it works, as the answer does. Where the engine may not take as much,
//! where a cluster computes, and for parts that lack a column, the statement is asked instead.

mod aggregate;
mod ask;
mod members;
mod order;
mod profile;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use botany_engine::Engine;

use crate::Error;
use crate::label::Rule;
use crate::numbers::{NONE, Texts};
use crate::profiles::{Grain, HOUR};
use aggregate::Aggregate;
use members::{Members, Read, in_parts};
use order::Windows;

pub use ask::Ask;
pub(crate) use profile::Profile;

/// What a flow takes while the pass works, about, beside its measures in the answer: its columns, and two long
/// addresses that no other flow has.
const BYTES_A_FLOW: usize = 640;

/// And for every window it lies in: its columns once more, and a window of its own, beside that window's measures.
const BYTES_A_WINDOW: usize = 256;

/// A measure of a window or a flow.
const BYTES_A_MEASURE: usize = 8;

/// The rows of [`Ask::sql`], over tables `flow` and `threat`, in no order.
///
/// # Errors
/// Those of [`Ask::sql`], and the engine's; there must be a table `threat` ([`crate::threat::build`] or
/// [`crate::threat::none`]).
pub async fn flows(engine: &Engine, ask: &Ask) -> Result<Vec<RecordBatch>, Error> {
    match pass(engine, ask).await? {
        Some(batches) => Ok(batches),
        None => Ok(engine.sql(&ask.sql()?).await?),
    }
}

/// First and last log-in of every text that is a listed source, in microseconds.
type Listed = Vec<Option<(i64, i64)>>;

/// What became of the flows' columns: by window, and by text of a source.
struct Known {
    windows: Windows,
    listed: Listed,
    address: Vec<ArrayRef>,
    block: Vec<ArrayRef>,
    time: Vec<i64>,
    source: Vec<u32>,
}

/// The same by the pass alone; `None` where only the statement can answer.
///
/// # Errors
/// As [`flows`].
pub async fn pass(engine: &Engine, ask: &Ask) -> Result<Option<Vec<RecordBatch>>, Error> {
    ask.check()?;
    if let Some(room) = engine.room() {
        let count = engine.sql("SELECT count(*) AS flows FROM flow").await?;
        let flows = count[0].column(0).as_primitive::<Int64Type>().value(0);
        let windows = (ask.options.window_hours / ask.options.step()) as usize;
        let measures = BYTES_A_MEASURE * (ask.address.len() + ask.block.len());
        let bytes = BYTES_A_FLOW + measures + (BYTES_A_WINDOW + measures) * windows;
        if usize::try_from(flows).unwrap_or(usize::MAX).saturating_mul(bytes) > room {
            return Ok(None);
        }
    }
    let threads = engine.threads();
    let columns = ask.columns();
    let take = move |(read, batches): &mut (Read, Vec<RecordBatch>), batch: RecordBatch| {
        read.take(&batch, &columns)?;
        batches.push(batch);
        Ok::<_, Error>(())
    };
    let reads = ask.reads();
    let threat = async {
        Ok::<_, Error>(engine.sql("SELECT src_ip, first_seen, last_seen FROM threat").await?)
    };
    let (found, threat) = tokio::try_join!(engine.gather(&reads, take), threat)?;
    let (read, batches): (Vec<_>, Vec<_>) = found.parts.into_iter().unzip();
    let mut batches = batches.concat();
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(found.schema));
    }
    let Some((members, texts)) = Members::of(read) else { return Ok(None) };
    let Some(listed) = listed(&threat, &texts)? else { return Ok(None) };
    let windows = Windows::new(&members.source, &members.time, &texts, &ask.options, threads);
    let Some((windows, addresses)) = windows else { return Ok(None) };
    let ordered = members.ordered(&windows.order, threads);
    let seconds = f64::from(ask.options.window_hours) * 3600.0;
    let asked: Vec<(Grain, Aggregate)> = ask.aggregates()?;
    let values = one_by_one(asked.len(), threads, |n| {
        let (grain, aggregate) = asked[n];
        let starts = if grain == Grain::Block { &windows.blocks } else { &windows.addresses };
        aggregate.over(starts, &ordered, &addresses, seconds)
    });
    let (address, block) = values.split_at(ask.address.len());
    let known = Known {
        windows,
        listed,
        address: address.to_vec(),
        block: block.to_vec(),
        time: members.time,
        source: members.source,
    };

    let schema = schema(ask, &batches[0].schema(), &known)?;
    let mut starts = vec![0];
    for batch in &batches {
        starts.push(starts[starts.len() - 1] + batch.num_rows());
    }
    let parts = in_parts(batches.len(), threads, |part| {
        let one = |n: usize| known.beside(ask, &batches[n], starts[n], &schema);
        part.map(one).collect::<Result<Vec<_>, Error>>()
    });
    let mut all = Vec::with_capacity(batches.len());
    for part in parts {
        all.extend(part?);
    }
    Ok(Some(all))
}

impl Known {
    /// A batch of flows, the first of that number, with label and windows.
    fn beside(
        &self,
        ask: &Ask,
        batch: &RecordBatch,
        first: usize,
        schema: &SchemaRef,
    ) -> Result<RecordBatch, Error> {
        let rows = first..first + batch.num_rows();
        let mirai = rows.clone().map(|row| {
            let listed = self.listed[self.source[row] as usize];
            i64::from(listed.is_some_and(|span| within(ask.rule, span, self.time[row])))
        });
        let mut columns = Vec::with_capacity(schema.fields().len());
        for name in ask.given() {
            columns.push(batch.column(batch.schema().index_of(name)?).clone());
        }
        columns.push(Arc::new(Int64Array::from_iter_values(mirai)));
        let own = &self.windows.address_of[rows];
        let places = UInt32Array::from_iter_values(own.iter().copied());
        for values in &self.address {
            columns.push(take(values, &places, None)?);
        }
        if !self.block.is_empty() {
            let blocks = own.iter().map(|window| self.windows.block_of[*window as usize]);
            let places: UInt32Array = match blocks.clone().any(|block| block == NONE) {
                true => blocks.map(|block| (block != NONE).then_some(block)).collect(),
                false => UInt32Array::from_iter_values(blocks),
            };
            for values in &self.block {
                columns.push(take(values, &places, None)?);
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
    }
}

fn schema(ask: &Ask, read: &Schema, known: &Known) -> Result<SchemaRef, Error> {
    let mut fields = Vec::new();
    for name in ask.given() {
        fields.push(read.field_with_name(name)?.clone());
    }
    fields.push(Field::new("is_mirai", DataType::Int64, false));
    for (grain, names, values) in
        [(Grain::Address, &ask.address, &known.address), (Grain::Block, &ask.block, &known.block)]
    {
        for (name, values) in names.iter().zip(values) {
            let name = format!("{}_{name}", grain.name());
            fields.push(Field::new(name, values.data_type().clone(), true));
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Which texts are listed; `None` if a source is listed twice, whose flows the statement would give twice.
fn listed(threat: &[RecordBatch], texts: &Texts) -> Result<Option<Listed>, Error> {
    let mut listed = vec![None; texts.len()];
    for batch in threat {
        let source = cast(batch.column(0), &DataType::Utf8)?;
        let seen =
            [cast(batch.column(1), &DataType::Int64)?, cast(batch.column(2), &DataType::Int64)?];
        let [first, last] = seen.each_ref().map(|times| times.as_primitive::<Int64Type>());
        for (row, source) in source.as_string::<i32>().iter().enumerate() {
            let Some(number) = source.and_then(|source| texts.get(source)) else { continue };
            let span = (first.value(row), last.value(row));
            if listed[number as usize].replace(span).is_some() {
                return Ok(None);
            }
        }
    }
    Ok(Some(listed))
}

/// Whether a flow at this time is a listed source's, by first and last log-in in microseconds.
fn within(rule: Rule, (first, last): (i64, i64), time: i64) -> bool {
    match rule {
        Rule::Any => true,
        Rule::Within { before_hours, after_hours } => {
            let span = |hours: u32| i64::from(hours) * HOUR;
            time >= first.saturating_sub(span(before_hours))
                && time <= last.saturating_add(span(after_hours))
        }
    }
}

/// Pieces of work on several threads, each taken by whoever is free; the answers in order.
fn one_by_one<T: Send>(count: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut done: Vec<(usize, T)> = in_parts(threads.min(count), threads, |_| {
        let take = || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let free = std::iter::repeat_with(take).take_while(|n| *n < count);
        free.map(|n| (n, work(n))).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, answer)| answer).collect()
}
