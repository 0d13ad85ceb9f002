//! The rows of a selection in their order, a piece at a time.
//!
//! Flows are not sorted by the engine: that holds every row with every feature until the last has come. They are
//! asked for in spans of time, in whatever order they come; a span's rows are numbered by time and `flow_id`, which
//! tell nearly all of them apart, and handed on in that order. Where two are still alike, their span is
//! asked for once more with all that decides the order. One span is read while another is looked at, if there is
//! room for both; what sources did in their days is looked up for them ([`Profile`]) or, where that cannot be,
//! joined. Who goes over the rows again can have them put aside on the way. **The rows are those of [`Selection::sql`], to the
//! bit and in the same order.**

use std::cell::Cell;
use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, UInt64Array};
use arrow::compute::{cast, interleave_record_batch};
use arrow::datatypes::{DataType, Int64Type, SchemaRef, UInt64Type};
use botany_catalog::pcr::Mode;
use botany_engine::Engine;
use tokio::task::JoinHandle;

use super::kept::{Keeping, Kept};
use super::span::{self, Span, Stretch};
use super::{Grain, Order, Selection, select};
use crate::Error;
use crate::features::Feature;
use crate::windows::Profile;

/// Rows that are best held at once: fewer ask the engine more often.
pub const AT_ONCE: u64 = 1 << 17;

/// Rows handed on at once.
const PIECE_ROWS: usize = 1 << 14;

/// What decides between flows of one time and `flow_id`, in this order; as the statement has it.
const TIES: [&str; 6] = ["src_ip", "src_port", "dest_ip", "dest_port", "file", "line"];

/// The rows of a selection, counted but not yet read.
pub struct Ordered<'a> {
    /// Over the parts of the tables there were when the rows were counted.
    engine: Arc<Engine>,
    selection: &'a Selection,
    schema: SchemaRef,
    source: Source,
    /// Rows that are best held at once.
    at_once: u64,
    again: Cell<Again>,
}

/// What is there for who goes over the rows again.
#[derive(Default)]
enum Again {
    /// Nothing: they are asked for again.
    #[default]
    Asked,
    /// They shall be put aside in this folder.
    Wanted(PathBuf),
    /// All of them.
    Kept(Kept),
}

enum Source {
    /// Flows, to be read span by span, and how many have all that is needed.
    Spans(Vec<Stretch>, usize),
    /// Rows as the statement gave them: windows, which are few, flows that stay in their file's order, and flows that
    /// another query would choose otherwise.
    Whole(Vec<RecordBatch>),
}

impl<'a> Ordered<'a> {
    /// Counts the rows, over view `labelled` ([`crate::label::register`]). To go over them takes a runtime of tokio.
    ///
    /// `needed` are features without which a row is of no use. About `at_once` rows are held while they are put in
    /// order ([`AT_ONCE`]), and where features of sources are asked for twice as many flows, as numbers, until a
    /// span is read; all rows of a window where features of windows are asked for, of an hour otherwise; all
    /// there are where the filter hangs on chance, the clock or a query of its own. What is collected from now on
    /// is not among them.
    ///
    /// # Errors
    /// Those of [`select`].
    pub async fn of(
        engine: &Engine,
        selection: &'a Selection,
        needed: &[String],
        at_once: u64,
    ) -> Result<Ordered<'a>, Error> {
        let schema = selection.schema()?;
        let engine = Arc::new(engine.pinned()?);
        let pieces = selection.grain == Grain::Flow && selection.order == Order::Time;
        if !pieces || !selection.repeats(&engine).await? {
            let source = Source::Whole(select(&engine, selection).await?);
            return Ok(Ordered {
                engine,
                selection,
                schema,
                source,
                at_once,
                again: Cell::default(),
            });
        }
        selection.profile.check()?;
        let features = selection.checked()?;
        let profiled = features.iter().any(|f| f.is_profile());
        let profile = profiled.then_some(&selection.profile);
        let (bin, back) = (span::bin(profile), span::back(profile));
        // Only the author's own mode leaves values out, and none of a window.
        let lacking = |f: &&Feature| selection.pcr == Mode::Article && !f.is_profile();
        let lacking = features.iter().copied().filter(lacking);
        let needed: Vec<_> = lacking.filter(|f| needed.iter().any(|n| n == f.name)).collect();
        let counted = engine.query(&selection.count_sql(&needed, bin)?).await?;
        let (mut bins, mut complete) = (Vec::new(), 0);
        for batch in &counted {
            let column = |at: usize| cast(batch.column(at), &DataType::Int64);
            let (number, all, useful) = (column(0)?, column(1)?, column(2)?);
            let values =
                |array: &Arc<dyn Array>| array.as_primitive::<Int64Type>().values().to_vec();
            let useful: i64 = values(&useful).iter().sum();
            complete += usize::try_from(useful).unwrap_or_default();
            bins.extend(
                values(&number).into_iter().zip(values(&all).into_iter().map(i64::unsigned_abs)),
            );
        }
        // Two spans, so that one can be read while the other is looked at; not where they overlap, for what
        // belongs to two is read twice.
        let span = if back == 0 { at_once / 2 } else { at_once };
        let source = Source::Spans(span::cut(&bins, bin, span, back), complete);
        Ok(Ordered { engine, selection, schema, source, at_once, again: Cell::default() })
    }

    /// How many rows have all that is needed, as counted when no row had been read; `None` if that was
    /// not counted. A feature that is no number in some row is found out only by reading.
    pub fn complete(&self) -> Option<usize> {
        match &self.source {
            Source::Spans(_, complete) => Some(*complete),
            Source::Whole(_) => None,
        }
    }

    /// The same, but whoever goes over the rows once puts them aside in a file without a name below `folder`, which is
    /// faster for who goes over them again. Where there is no room for it, they are asked for again.
    #[must_use]
    pub fn kept(self, folder: &Path) -> Self {
        let again = match &self.source {
            Source::Spans(..) => Again::Wanted(folder.to_owned()),
            Source::Whole(_) => Again::Asked,
        };
        Ordered { again: Cell::new(again), ..self }
    }

    /// Hands on the rows with the columns of [`Selection::schema`], in order; an empty batch if there is none.
    ///
    /// # Errors
    /// The engine's, those of `visit`, which end it, [`Error::Scratch`] if rows were put aside and are lost, and
    /// [`Error::Setting`] if the flows are not those that were counted: a cluster sees what has been collected since.
    pub async fn each<E: From<Error>>(
        &self,
        mut visit: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let spans = match &self.source {
            Source::Whole(batches) => return batches.iter().cloned().try_for_each(visit),
            Source::Spans(spans, _) => spans,
        };
        let mut keeping = match self.again.take() {
            Again::Kept(kept) => {
                let done = kept.each(visit);
                self.again.set(Again::Kept(kept));
                return done;
            }
            Again::Wanted(folder) => Keeping::begin(&folder, &self.schema),
            Again::Asked => None,
        };
        let mut told = 0;
        let mut ahead = None;
        for (at, &stretch) in spans.iter().enumerate() {
            let counted = stretch.rows;
            let own = match ahead.take() {
                Some(own) => own,
                None => self.read(stretch, false)?,
            };
            let mut rows = own.wait().await?;
            if rows.tied() {
                drop(rows);
                rows = self.read(stretch, true)?.wait().await?;
            }
            let found = rows.keys.len() as u64;
            if found != counted {
                return Err(E::from(Error::Setting(format!(
                    "{counted} flows of a stretch of time were counted and {found} were found there later: the tables \
                     have changed in between; try again when nothing is being collected"
                ))));
            }
            // The next are read while these are looked at, as long as both together are not too many.
            if let Some(next) = spans.get(at + 1)
                && next.rows.saturating_add(counted) <= self.at_once
            {
                ahead = Some(self.read(*next, false)?);
            }
            for piece in rows.keys.chunks(PIECE_ROWS) {
                let rows = self.piece(&rows.batches, piece, told)?;
                told += piece.len() as u64;
                keeping = keeping.and_then(|keeping| keeping.with(&rows));
                visit(rows)?;
            }
        }
        if told == 0 {
            return visit(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        self.again.set(keeping.and_then(Keeping::finish).map_or(Again::Asked, Again::Kept));
        Ok(())
    }

    /// Begins to read the rows of a span and to order them; with `ties` by everything that decides it.
    fn read(&self, stretch: Stretch, ties: bool) -> Result<Reading, Error> {
        let (engine, selection, span) = (Arc::clone(&self.engine), self.selection, stretch.span);
        let features = selection.checked()?;
        let (profiled, own): (Vec<_>, Vec<_>) =
            features.iter().copied().partition(|feature| feature.is_profile());
        // What sources did is looked up, or joined where it cannot be.
        let (alone, joined) =
            (selection.span_sql(&own, span, ties)?, selection.span_sql(&features, span, ties)?);
        let names: Vec<&'static str> = profiled.iter().map(|feature| feature.name).collect();
        let measures: Vec<&str> =
            names.iter().map(|name| name.strip_prefix("profile_").unwrap_or(name)).collect();
        let (flows, options) = (selection.within("flow", span), selection.profile);
        // The rows are held as well; of a filter's flows others may be many more.
        let most = 2 * usize::try_from(stretch.rows.max(self.at_once)).unwrap_or(usize::MAX / 2);
        Ok(Reading(tokio::spawn(async move {
            let profile = match measures.as_slice() {
                [] => None,
                asked => Profile::of(&engine, asked, &options, &flows, most).await?,
            };
            let sql = if profile.is_some() { alone } else { joined };
            let take = move |batches: &mut Vec<RecordBatch>, batch: RecordBatch| {
                let batch = match &profile {
                    Some(profile) => profile.beside(&batch, ["address", "event_time"], &names)?,
                    None => batch,
                };
                batches.push(batch);
                Ok::<_, Error>(())
            };
            let mut batches = engine.gather(&sql, take).await?.parts.concat();
            batches.retain(|batch| batch.num_rows() > 0);
            let mut held = Held { batches, keys: Vec::new() };
            held.sort(ties)?;
            Ok(held)
        })))
    }

    fn piece(
        &self,
        batches: &[RecordBatch],
        keys: &[Key],
        first: u64,
    ) -> Result<RecordBatch, Error> {
        let from: Vec<&RecordBatch> = batches.iter().collect();
        let places: Vec<(usize, usize)> =
            keys.iter().map(|key| (key.batch as usize, key.row as usize)).collect();
        let rows = interleave_record_batch(&from, &places)?;
        let columns = self.schema.fields().iter().map(|field| match field.name().as_str() {
            "row_id" => {
                let ids = first..first + keys.len() as u64;
                Ok(Arc::new(UInt64Array::from_iter_values(ids)) as Arc<dyn Array>)
            }
            name => cast(rows.column(rows.schema().index_of(name)?), field.data_type()),
        });
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns.collect::<Result<_, _>>()?)?)
    }
}

impl Selection {
    /// Whether the filter chooses the same flows however often, and of whichever flows, it is asked.
    async fn repeats(&self, engine: &Engine) -> Result<bool, Error> {
        let flows = self.relation(Span::default())?;
        Ok(engine.repeats(&format!("SELECT * FROM {flows} AS flow")).await?)
    }

    /// How many flows each bin of that many microseconds holds, and how many of them have all that is needed.
    fn count_sql(&self, needed: &[&'static Feature], bin: i64) -> Result<String, Error> {
        let has = needed.iter().map(|f| format!("({}) IS NOT NULL", f.sql(self.pcr)));
        let has = has.collect::<Vec<_>>().join(" AND ");
        let useful = match has.as_str() {
            "" => "count(*)".to_owned(),
            has => format!("count(CASE WHEN {has} THEN 1 END)"),
        };
        let time = "CAST(flow.event_time AS BIGINT)";
        Ok(format!(
            "SELECT ({time} - (({time} % {bin}) + {bin}) % {bin}) / {bin} AS bin, count(*) AS flows, {useful} AS useful
FROM {} AS flow
WHERE flow.src_ip IS NOT NULL
GROUP BY 1 ORDER BY 1",
            self.relation(Span::default())?
        ))
    }

    /// The statement of a span's rows, in no order; what decides the order stands at the end.
    fn span_sql(
        &self,
        features: &[&'static Feature],
        span: Span,
        ties: bool,
    ) -> Result<String, Error> {
        let ties = if ties { &TIES[..] } else { &[] };
        let ties: String =
            ties.iter().map(|name| format!(",\n  flow.{name} AS by_{name}")).collect();
        Ok(format!(
            "SELECT flow.src_ip AS address, {block} AS block, flow.event_time AS event_time,
  flow.is_mirai AS is_mirai{columns},
  flow.flow_id AS by_flow_id{ties}
FROM {from}
WHERE flow.src_ip IS NOT NULL",
            block = self.block_of_flow(),
            columns = self.columns(features)?,
            from = self.flows(&self.relation(span)?, features, span),
        ))
    }
}

/// Where a row lies, and what its place in the order depends on first.
#[derive(Clone, Copy)]
struct Key {
    time: i64,
    /// The flow's id; the highest for none, which stands last.
    id: u64,
    batch: u32,
    row: u32,
}

impl Key {
    fn order(&self, other: &Key) -> Ordering {
        (self.time, self.id).cmp(&(other.time, other.id))
    }
}

/// The rows of a span that are on their way; given up with it.
struct Reading(JoinHandle<Result<Held, Error>>);

impl Reading {
    async fn wait(mut self) -> Result<Held, Error> {
        match (&mut self.0).await {
            Ok(held) => held,
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => Err(Error::Setting("what reads the flows was stopped; try again".to_owned())),
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The rows of a span.
struct Held {
    batches: Vec<RecordBatch>,
    keys: Vec<Key>,
}

impl Held {
    fn sort(&mut self, ties: bool) -> Result<(), Error> {
        self.keys.reserve_exact(self.batches.iter().map(RecordBatch::num_rows).sum());
        for (number, batch) in (0u32..).zip(&self.batches) {
            let times = cast(named(batch, "event_time")?, &DataType::Int64)?;
            let ids = cast(named(batch, "by_flow_id")?, &DataType::UInt64)?;
            let (times, ids) =
                (times.as_primitive::<Int64Type>(), ids.as_primitive::<UInt64Type>());
            let keys = (0u32..).zip(times.iter().zip(ids));
            self.keys.extend(keys.map(|(row, (time, id))| Key {
                time: time.unwrap_or(i64::MAX),
                id: id.unwrap_or(u64::MAX),
                batch: number,
                row,
            }));
        }
        if !ties {
            self.keys.sort_unstable_by(Key::order);
            return Ok(());
        }
        let deciding = self.batches.iter().map(Deciding::of).collect::<Result<Vec<_>, _>>()?;
        let of = |key: &Key| deciding.get(key.batch as usize);
        self.keys.sort_unstable_by(|a, b| {
            let rest = || match (of(a), of(b)) {
                (Some(one), Some(other)) => one.order(a.row as usize, other, b.row as usize),
                _ => Ordering::Equal,
            };
            a.order(b).then_with(rest)
        });
        Ok(())
    }

    /// Whether time and id leave the order open.
    fn tied(&self) -> bool {
        self.keys.windows(2).any(|two| matches!(two, [a, b] if a.order(b).is_eq()))
    }
}

/// What decides between flows of one time and id: whether there is an id, then [`TIES`].
struct Deciding {
    id: Arc<dyn Array>,
    columns: Vec<Decider>,
}

enum Decider {
    Text(Arc<dyn Array>),
    Number(Arc<dyn Array>),
}

impl Deciding {
    fn of(batch: &RecordBatch) -> Result<Deciding, Error> {
        let mut columns = Vec::with_capacity(TIES.len());
        for name in TIES {
            let column = named(batch, &format!("by_{name}"))?;
            columns.push(if column.data_type().is_integer() {
                Decider::Number(cast(column, &DataType::UInt64)?)
            } else {
                Decider::Text(cast(column, &DataType::Utf8)?)
            });
        }
        Ok(Deciding { id: Arc::clone(named(batch, "by_flow_id")?), columns })
    }

    fn order(&self, row: usize, other: &Deciding, other_row: usize) -> Ordering {
        let mut order = self.id.is_null(row).cmp(&other.id.is_null(other_row));
        for pair in self.columns.iter().zip(&other.columns) {
            order = order.then_with(|| match pair {
                (Decider::Text(a), Decider::Text(b)) => {
                    let (a, b) = (a.as_string::<i32>(), b.as_string::<i32>());
                    nulls_last(
                        a.is_valid(row).then(|| a.value(row)),
                        b.is_valid(other_row).then(|| b.value(other_row)),
                    )
                }
                (Decider::Number(a), Decider::Number(b)) => {
                    let (a, b) = (a.as_primitive::<UInt64Type>(), b.as_primitive::<UInt64Type>());
                    nulls_last(
                        a.is_valid(row).then(|| a.value(row)),
                        b.is_valid(other_row).then(|| b.value(other_row)),
                    )
                }
                _ => Ordering::Equal,
            });
        }
        order
    }
}

/// As the engine orders.
fn nulls_last<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

fn named<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b Arc<dyn Array>, Error> {
    Ok(batch.column(batch.schema().index_of(name)?))
}
