//! Batches in, Parquet parts out: one file a table and UTC day, as rows come.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use arrow::array::{
    Array, AsArray, Date32Array, RecordBatch, TimestampMicrosecondArray, UInt32Array,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::display::array_value_to_string;
use botany_catalog::{Kind, Table};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use uuid::Uuid;

use super::{PartPath, disk};
use crate::Error;

/// How much is held at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Parts being written at once; the one written to longest ago is closed for a new one.
    pub(super) open_parts: usize,
    /// Rows of a row group: what one thread of a query reads at a time.
    pub(super) group_rows: usize,
    /// Rows of a part.
    pub(super) part_rows: usize,
    /// Bytes of rows not yet on disk, over all open parts; beyond it the largest one is flushed. What encoders reserve
    /// for rows to come stands beside it: about a megabyte a column of numbers, of which no more is touched than
    /// rows fill.
    pub(super) buffered_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { open_parts: 32, group_rows: 1 << 18, part_rows: 1 << 22, buffered_bytes: 16 << 20 }
    }
}

/// The parts of one transaction, below its staging directory.
pub(super) struct Parts {
    dir: PathBuf,
    limits: Limits,
    /// Parts that are closed at once in the end.
    pub(super) threads: usize,
    open: Vec<Part>,
    closed: Vec<PartPath>,
    writes: u64,
    /// What the open parts hold of rows.
    held: usize,
}

struct Part {
    table: &'static str,
    day: i32,
    path: PartPath,
    writer: ArrowWriter<File>,
    rows: usize,
    last_write: u64,
    /// Bytes that the encoders of the open row group reserve, as seen behind its first rows.
    reserved: usize,
    /// Bytes of the rows of the open row group.
    held: usize,
}

impl Part {
    /// Adds rows to the open row group, or to a new one.
    fn write(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        let new = self.writer.in_progress_rows() == 0;
        self.writer.write(rows)?;
        self.rows += rows.num_rows();
        let (memory, encoded) = (self.writer.memory_size(), self.writer.in_progress_size());
        if new {
            self.reserved = memory.saturating_sub(encoded);
        }
        // Neither says all: the one leaves out what lies in a reserve, the other the tables of dictionaries.
        self.held = encoded.max(memory.saturating_sub(self.reserved));
        Ok(())
    }

    /// Ends the open row group.
    fn flush(&mut self) -> Result<(), ParquetError> {
        self.held = 0;
        self.writer.flush()
    }

    /// Writes what is left and makes it durable.
    fn close(self, dir: &Path) -> Result<PartPath, Error> {
        let path = self.path.below(dir);
        let file = self.writer.into_inner().map_err(write_error(&path))?;
        disk::sync_file(&file, &path)?;
        Ok(self.path)
    }
}

impl Parts {
    pub(super) fn new(dir: PathBuf, limits: Limits) -> Parts {
        Parts { dir, limits, threads: 1, open: Vec::new(), closed: Vec::new(), writes: 0, held: 0 }
    }

    /// Adds rows to the parts of their days.
    pub(super) fn write(
        &mut self,
        table: &'static Table,
        batch: &RecordBatch,
    ) -> Result<(), Error> {
        let schema = table.schema();
        if batch.schema().fields() != schema.fields() {
            let reason = format!("its columns are {:?}", batch.schema().fields());
            return Err(Error::Batch { table: table.name.to_owned(), reason });
        }
        for (day, rows) in by_day(table, batch)? {
            let at = self.part_of(table, day)?;
            let part = &mut self.open[at];
            let before = part.held;
            part.write(&rows).map_err(write_error(&part.path.below(&self.dir)))?;
            self.held = self.held - before + part.held;
            self.writes += 1;
            part.last_write = self.writes;
            if part.rows >= self.limits.part_rows {
                self.close(at)?;
            }
            self.flush_beyond_budget()?;
        }
        Ok(())
    }

    /// Closes every part and makes all of them durable, names included.
    pub(super) fn finish(&mut self) -> Result<Vec<PartPath>, Error> {
        // The largest first, so that no thread is left with one at the end.
        self.open.sort_by_key(|part| part.rows);
        let open = Mutex::new(std::mem::take(&mut self.open));
        self.held = 0;
        let next = || open.lock().ok().and_then(|mut open| open.pop());
        let close = || -> Result<Vec<PartPath>, Error> {
            std::iter::from_fn(next).map(|part| part.close(&self.dir)).collect()
        };
        let closed = thread::scope(|scope| -> Result<Vec<PartPath>, Error> {
            let others: Vec<_> = (1..self.threads).map(|_| scope.spawn(close)).collect();
            let mut closed = close()?;
            for other in others {
                match other.join() {
                    Ok(more) => closed.extend(more?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(closed)
        })?;
        self.closed.extend(closed);
        // In whatever order they were done.
        self.closed.sort();
        let mut dirs: BTreeSet<PathBuf> = BTreeSet::from([self.dir.clone()]);
        dirs.extend(self.closed.iter().flat_map(|part| part.directories(&self.dir)));
        dirs.iter().try_for_each(|dir| disk::sync_dir(dir))?;
        Ok(std::mem::take(&mut self.closed))
    }

    /// The place in `open` of the part for that day, a new one if need be.
    fn part_of(&mut self, table: &'static Table, day: i32) -> Result<usize, Error> {
        if let Some(at) = self.open.iter().position(|p| p.day == day && p.table == table.name) {
            return Ok(at);
        }
        if self.open.len() >= self.limits.open_parts
            && let Some((oldest, _)) =
                self.open.iter().enumerate().min_by_key(|(_, p)| p.last_write)
        {
            self.close(oldest)?;
        }
        let path = PartPath::new(table.name, &date(day)?, &Uuid::now_v7().to_string());
        let file_path = path.below(&self.dir);
        if let Some(dir) = file_path.parent() {
            disk::create_dir(dir)?;
        }
        let file = File::create_new(&file_path).map_err(Error::io("create", &file_path))?;
        let properties = Some(properties(table, self.limits.group_rows));
        let writer = ArrowWriter::try_new(file, table.schema(), properties)
            .map_err(write_error(&file_path))?;
        self.open.push(Part {
            table: table.name,
            day,
            path,
            writer,
            rows: 0,
            last_write: self.writes,
            reserved: 0,
            held: 0,
        });
        Ok(self.open.len() - 1)
    }

    fn close(&mut self, at: usize) -> Result<(), Error> {
        let part = self.open.swap_remove(at);
        self.held -= part.held;
        self.closed.push(part.close(&self.dir)?);
        Ok(())
    }

    /// A row group is as large as memory allows: each one costs whoever reads it later.
    fn flush_beyond_budget(&mut self) -> Result<(), Error> {
        while self.held > self.limits.buffered_bytes
            && let Some(part) = self.open.iter_mut().max_by_key(|part| part.held)
        {
            self.held -= part.held;
            part.flush().map_err(write_error(&part.path.below(&self.dir)))?;
        }
        Ok(())
    }
}

/// Columns whose texts are many and long enough to be worth compressing: to half or a third.
const COMPRESSED: [&str; 17] = [
    "community_id",
    "src_ip",
    "dest_ip",
    "flow_src_ip",
    "flow_dest_ip",
    "signature",
    "metadata",
    "client_software",
    "client_hassh",
    "client_hassh_string",
    "server_software",
    "server_hassh",
    "server_hassh_string",
    "username",
    "password",
    "session",
    "text",
];

/// How the columns are written: numbers and times as differences, identifiers as they are, other text by
/// dictionary. Measured on a million events of a sensor, that takes 0.4 of the time of a dictionary for every
/// column, and 0.8 of the room.
///
/// What is left is nothing to a compressor (a hundredth, or it grows), and each column of each part that is
/// compressed costs a context to write and another to read it, which takes longer than the compressing.
fn properties(table: &Table, group_rows: usize) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_max_row_group_row_count(Some(group_rows))
        // Whole row groups are skipped by any column, pages only by time.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled("event_time".into(), EnabledStatistics::Page)
        .set_created_by(concat!("botany ", env!("CARGO_PKG_VERSION")).to_owned());
    let columns = table.columns.iter();
    let builder = columns.clone().filter(|column| COMPRESSED.contains(&column.name)).fold(
        builder,
        |builder, column| {
            let zstd = Compression::ZSTD(ZstdLevel::default());
            builder.set_column_compression(column.name.into(), zstd)
        },
    );
    let builder = columns.fold(builder, |builder, column| match (column.kind, column.name) {
        (Kind::Time | Kind::U16 | Kind::U32 | Kind::U64, name) => builder
            .set_column_dictionary_enabled(name.into(), false)
            .set_column_encoding(name.into(), Encoding::DELTA_BINARY_PACKED),
        (_, name @ "community_id") => builder.set_column_dictionary_enabled(name.into(), false),
        _ => builder,
    });
    builder.build()
}

fn write_error(path: &Path) -> impl FnOnce(ParquetError) -> Error {
    let path = path.to_owned();
    move |error| match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(source) => Error::Io { action: "write", path, source: *source },
            Err(other) => Error::Damaged { path, reason: other.to_string() },
        },
        other => Error::Io { action: "write", path, source: std::io::Error::other(other) },
    }
}

const DAY: i64 = 86_400_000_000;

/// The days 0001-01-01 and 9999-12-31, counted from 1970-01-01: dates of four digits only.
const DAYS: (i64, i64) = (-719_162, 2_932_896);

/// The rows of each UTC day of `event_time`, in their order.
///
/// A time outside the years 1 to 9999 is filed under the first or the last day there is.
fn by_day(table: &'static Table, batch: &RecordBatch) -> Result<Vec<(i32, RecordBatch)>, Error> {
    let reject = |reason: &str| Error::Batch { table: table.name.into(), reason: reason.into() };
    let times: &TimestampMicrosecondArray = batch
        .column_by_name("event_time")
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| reject("it has no event_time"))?;
    if times.null_count() > 0 {
        return Err(reject("event_time is null in some row"));
    }
    let day = |time: &i64| time.div_euclid(DAY).clamp(DAYS.0, DAYS.1) as i32;
    let Some(first) = times.values().first().map(day) else { return Ok(Vec::new()) };
    if times.values().iter().all(|time| day(time) == first) {
        return Ok(vec![(first, batch.clone())]);
    }
    let mut rows: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    for (row, time) in (0u32..).zip(times.values()) {
        rows.entry(day(time)).or_default().push(row);
    }
    rows.into_iter()
        .map(|(day, rows)| {
            let rows = take_record_batch(batch, &UInt32Array::from(rows));
            Ok((day, rows.map_err(|error| reject(&error.to_string()))?))
        })
        .collect()
}

fn date(day: i32) -> Result<String, Error> {
    array_value_to_string(&Date32Array::from(vec![day]), 0)
        .map_err(|error| Error::Batch { table: String::new(), reason: error.to_string() })
}

#[cfg(test)]
mod tests;
