//! Every flow beside what its address and its block did in their window, in one pass.
//!
//! [`Ask::sql`] says what is asked: the labelled flows joined with the two profiles. [`flows`] gives the same rows
//! without a grouping and without a join. The flows are read once; a text becomes a number once ([`members`]); the
//! flows are dealt out in shares of neighbouring addresses, in which every window is a slice ([`shares`]), so that
//! sums, counts of different values and quantiles are loops over neighbours ([`aggregate`]); and a flow knows the
//! number of its window, so that joining back is looking up a row of measures ([`beside`]).
//! Packet counts beyond 2^50, which no flow has, are compared as whole numbers here and as doubles there.
//!
//! The pass holds the flows' columns while it works, as the answer does. Where the engine may not take as much,
//! where a cluster computes, and for parts that lack a column, the statement is asked instead.

mod addresses;
mod aggregate;
mod ask;
mod beside;
mod lookup;
mod members;
mod profile;
mod seen;
mod shares;

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use botany_engine::Engine;

use crate::Error;
use crate::numbers::Texts;
use beside::{Listed, Measured, Piece, Whole};
use members::{Flows, Read, with_source};
use seen::Seen;
use shares::Shares;

pub use ask::Ask;
pub(crate) use profile::Profile;

/// What a flow takes while the pass works, about, beside its measures in the answer: its columns, and two long
/// addresses that no other flow has.
const BYTES_A_FLOW: usize = 640;

/// And for every window it lies in: its columns once more, and a window of its own, beside that window's measures.
const BYTES_A_WINDOW: usize = 256;

/// A measure of a window or a flow.
const BYTES_A_MEASURE: usize = 8;

/// And for every thread: two addresses that it may have seen.
const BYTES_A_THREAD: usize = 8;

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
        let seen = BYTES_A_THREAD * engine.threads();
        let bytes = BYTES_A_FLOW + seen + measures + (BYTES_A_WINDOW + measures) * windows;
        if usize::try_from(flows).unwrap_or(usize::MAX).saturating_mul(bytes) > room {
            return Ok(None);
        }
    }
    let threads = engine.threads();
    let columns = ask.columns();
    let take =
        move |read: &mut Read, batch: RecordBatch| read.take(with_source(batch)?, &columns, true);
    let reads = ask.reads();
    let threat = async {
        Ok::<_, Error>(engine.sql("SELECT src_ip, first_seen, last_seen FROM threat").await?)
    };
    let (found, threat) = tokio::try_join!(engine.gather(&reads, take), threat)?;
    let Some(Flows { pieces, batches, texts }) = Flows::of(found.parts) else { return Ok(None) };
    let Some(listed) = listed(&threat, &texts)? else { return Ok(None) };
    let Some(shares) = Shares::new(&pieces, &texts, &ask.options, threads) else {
        return Ok(None);
    };
    // The other columns were dealt.
    let trails = pieces.into_iter().map(|flows| (flows.source, flows.time));
    let pieces: Vec<Piece> = (trails.zip(batches))
        .map(|((source, time), batches)| Piece { source, time, batches })
        .collect();
    let asked = ask.aggregates()?;
    let seconds = f64::from(ask.options.window_hours) * 3600.0;
    let measured = one_by_one(shares.len(), threads, |seen: &mut Seen, n| {
        Measured::of(shares.windows(n), &asked, &shares.addresses, seconds, seen)
    });
    let (share_of, begins) = shares.into_places();
    let whole = Whole { ask, asked: &asked, listed, share_of, measured };
    let schema = whole.schema(&found.schema)?;
    let done = one_by_one(pieces.len(), threads, |_: &mut (), n| {
        whole.beside(&pieces[n], &begins[n], &schema)
    });
    let mut all = done.into_iter().collect::<Result<Vec<_>, Error>>()?.concat();
    if all.is_empty() {
        all.push(RecordBatch::new_empty(schema));
    }
    Ok(Some(all))
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

/// Pieces of work on several threads, each taken by whoever is free, who keeps something of its own from one to the
/// next; the answers in order.
fn one_by_one<K: Default, T: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(&mut K, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Relaxed)).filter(|n| *n < count);
    let hand = || {
        let mut kept = K::default();
        std::iter::from_fn(take).map(|n| (n, work(&mut kept, n))).collect::<Vec<_>>()
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(count)).map(|_| scope.spawn(hand)).collect();
        let mut done = hand();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, answer)| answer).collect()
}
