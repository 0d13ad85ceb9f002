//! Flows beside their label and their windows' measures: a row of measures a window, found by number.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, make_array,
};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::addresses::Addresses;
use super::aggregate::Aggregate;
use super::ask::Ask;
use super::seen::Seen;
use super::shares::Windows;
use crate::Error;
use crate::label::Rule;
use crate::profiles::{Grain, HOUR};

/// Rows of measures that are fetched together, so that memory is waited for once and not for each.
const AT_ONCE: usize = 128;

/// First and last log-in of every text that is a listed source, in microseconds.
pub type Listed = Vec<Option<(i64, i64)>>;

/// Flows as they were read.
pub struct Piece {
    pub source: Vec<u32>,
    pub time: Vec<i64>,
    pub batches: Vec<RecordBatch>,
}

/// What was measured in the windows of a share.
pub struct Measured {
    /// Of each window of an address its measures, then those of its block's; eight bytes each, of whatever type.
    rows: Vec<u64>,
    /// Of each flow as it was dealt, its window.
    own: Vec<u32>,
    has_blocks: bool,
}

impl Measured {
    /// Everything that is asked, over all windows of a share.
    pub fn of(
        windows: Windows,
        asked: &[(Grain, Aggregate)],
        addresses: &Addresses,
        seconds: f64,
        seen: &mut Seen,
    ) -> Measured {
        let mut rows = vec![0; asked.len() * windows.named.len()];
        for (place, (grain, aggregate)) in asked.iter().enumerate() {
            let block = *grain == Grain::Block;
            let starts = if block { &windows.blocks } else { &windows.addresses };
            let values = aggregate.over(starts, &windows.flows, addresses, seconds, seen).to_data();
            debug_assert_eq!(values.data_type(), &aggregate.kind());
            let values = values.buffers()[0].typed_data::<u64>();
            let to = rows.iter_mut().skip(place).step_by(asked.len());
            match block {
                true => {
                    let own = windows.block_of.iter().map(|block| values[*block as usize]);
                    to.zip(own).for_each(|(to, value)| *to = value);
                }
                false => to.zip(values).for_each(|(to, value)| *to = *value),
            }
        }
        Measured { rows, own: windows.own, has_blocks: windows.has_blocks }
    }
}

/// All that is known of the flows.
pub struct Whole<'a> {
    pub ask: &'a Ask,
    pub asked: &'a [(Grain, Aggregate)],
    pub listed: Listed,
    /// Of each text, the share its flows are in.
    pub share_of: Vec<u32>,
    pub measured: Vec<Measured>,
}

impl Whole<'_> {
    /// The columns of the answer, of those that were read.
    pub fn schema(&self, read: &Schema) -> Result<SchemaRef, Error> {
        let mut fields = Vec::new();
        for name in self.ask.given() {
            fields.push(read.field_with_name(name)?.clone());
        }
        fields.push(Field::new("is_mirai", DataType::Int64, false));
        let names = self.ask.address.iter().chain(&self.ask.block);
        for (name, (grain, aggregate)) in names.zip(self.asked) {
            let name = format!("{}_{name}", grain.name());
            fields.push(Field::new(name, aggregate.kind(), true));
        }
        Ok(Arc::new(Schema::new(fields)))
    }

    /// The batches of a piece, which begins so far into each share, with label and windows.
    pub fn beside(
        &self,
        piece: &Piece,
        begins: &[usize],
        schema: &SchemaRef,
    ) -> Result<Vec<RecordBatch>, Error> {
        // The flows come by as they were dealt, so that the next of each share is known.
        let mut next = begins.to_vec();
        let (mut sources, mut times) = (piece.source.as_slice(), piece.time.as_slice());
        let mut all = Vec::with_capacity(piece.batches.len());
        for batch in &piece.batches {
            let (source, time);
            (source, sources) = sources.split_at(batch.num_rows());
            (time, times) = times.split_at(batch.num_rows());
            let mirai = source.iter().zip(time).map(|(source, time)| {
                let listed = self.listed[*source as usize];
                i64::from(listed.is_some_and(|span| within(self.ask.rule, span, *time)))
            });
            let mut columns = Vec::with_capacity(schema.fields().len());
            for name in self.ask.given() {
                columns.push(batch.column(batch.schema().index_of(name)?).clone());
            }
            columns.push(Arc::new(Int64Array::from_iter_values(mirai)));
            columns.extend(self.measures(source, &mut next)?);
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            all.push(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?);
        }
        Ok(all)
    }

    /// The windows' measures of flows of these sources, which are the next of their shares.
    fn measures(&self, sources: &[u32], next: &mut [usize]) -> Result<Vec<ArrayRef>, Error> {
        let width = self.asked.len();
        if width == 0 {
            return Ok(Vec::new());
        }
        let empty = || Vec::with_capacity(sources.len());
        let mut columns: Vec<Vec<u64>> = std::iter::repeat_with(empty).take(width).collect();
        let mut rows: Vec<&[u64]> = Vec::with_capacity(AT_ONCE);
        for sources in sources.chunks(AT_ONCE) {
            rows.clear();
            rows.extend(sources.iter().map(|source| {
                let share = self.share_of[*source as usize] as usize;
                let measured = &self.measured[share];
                let window = measured.own[next[share]] as usize;
                next[share] += 1;
                &measured.rows[window * width..][..width]
            }));
            for (place, column) in columns.iter_mut().enumerate() {
                column.extend(rows.iter().map(|row| row[place]));
            }
        }
        let blocks = || sources.iter().map(|source| self.measured_of(*source).has_blocks);
        let nulls = (!blocks().all(|has| has)).then(|| NullBuffer::from_iter(blocks()));
        let array = |((grain, aggregate), values): (&(Grain, Aggregate), Vec<u64>)| {
            let nulls = nulls.clone().filter(|_| *grain == Grain::Block);
            let data = ArrayData::builder(aggregate.kind()).len(values.len()).nulls(nulls);
            Ok(make_array(data.add_buffer(Buffer::from_vec(values)).build()?))
        };
        self.asked.iter().zip(columns).map(array).collect()
    }

    fn measured_of(&self, source: u32) -> &Measured {
        &self.measured[self.share_of[source as usize] as usize]
    }
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
