//! Events that are still needed: kept in memory up to a bound, and on disk so that a restart finds them.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use botany_catalog::tables;

/// Files of one table on disk, before they are written anew as one.
const FILES: usize = 512;

/// Rows that are put together in memory as they come: a quiet log gives them one by one.
const TOGETHER: usize = 4096;

/// The rows of one table that are still needed, in the order they came.
pub struct Kept {
    /// The table's name, which its files begin with.
    name: &'static str,
    batches: VecDeque<RecordBatch>,
    rows: usize,
    capacity: usize,
    evicted: u64,
    /// Rows at the end that are on no disk yet.
    unsaved: Vec<RecordBatch>,
    files: Vec<String>,
    next_file: u64,
}

impl Kept {
    /// Nothing yet, and never more than `capacity` rows: beyond that the oldest go.
    pub fn new(name: &'static str, capacity: usize) -> Kept {
        Kept {
            name,
            batches: VecDeque::new(),
            rows: 0,
            capacity: capacity.max(1),
            evicted: 0,
            unsaved: Vec::new(),
            files: Vec::new(),
            next_file: 0,
        }
    }

    /// Takes rows; their first column is `event_time`.
    pub fn push(&mut self, batch: RecordBatch) {
        if batch.num_rows() > 0 {
            self.unsaved.push(batch.clone());
            self.hold(batch);
        }
    }

    fn hold(&mut self, batch: RecordBatch) {
        self.rows += batch.num_rows();
        let small = |last: &RecordBatch| last.num_rows() + batch.num_rows() <= TOGETHER;
        let batch = match self.batches.pop_back_if(|last| small(last)) {
            // Both are of one table: they can be put together.
            Some(last) => match concat_batches(&batch.schema(), [&last, &batch]) {
                Ok(both) => both,
                Err(_) => {
                    self.batches.push_back(last);
                    batch
                }
            },
            None => batch,
        };
        self.batches.push_back(batch);
        while self.rows > self.capacity
            && let Some(oldest) = self.batches.pop_front()
        {
            let over = (self.rows - self.capacity).min(oldest.num_rows());
            self.rows -= over;
            self.evicted += over as u64;
            if over < oldest.num_rows() {
                self.batches.push_front(oldest.slice(over, oldest.num_rows() - over));
            }
        }
    }

    /// The rows, batch by batch.
    pub fn batches(&self) -> impl Iterator<Item = &RecordBatch> {
        self.batches.iter()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many rows had to go for want of room.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Forgets the rows before a time, in microseconds since 1970 UTC, on disk too.
    ///
    /// # Errors
    ///
    /// If the columns do not fit, which is a defect.
    pub fn forget_before(&mut self, time: i64) -> Result<()> {
        let rows = self.rows;
        let mut left = VecDeque::with_capacity(self.batches.len());
        for batch in &self.batches {
            let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
            let keep: BooleanArray =
                times.iter().map(|t| Some(t.unwrap_or(i64::MIN) >= time)).collect();
            let batch = filter_record_batch(batch, &keep)?;
            if batch.num_rows() > 0 {
                left.push_back(batch);
            }
        }
        self.rows = left.iter().map(RecordBatch::num_rows).sum();
        self.batches = left;
        if self.rows < rows {
            self.write_anew();
        }
        Ok(())
    }

    /// All that is kept is written again at the next [`Kept::save`], and the files before it are of no use.
    fn write_anew(&mut self) {
        self.unsaved = self.batches.iter().cloned().collect();
        self.files.clear();
    }

    /// Writes what is on no disk yet. Returns the files that hold all that is kept, for the bookmark; those not
    /// among them may be removed once it is stored.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to.
    pub fn save(&mut self, folder: &Path) -> Result<Vec<String>> {
        if self.files.len() >= FILES {
            self.write_anew();
        }
        if let Some(first) = self.unsaved.first() {
            let whole = concat_batches(&first.schema(), &self.unsaved)?;
            let name = format!("{}-{:08}.arrow", self.name, self.next_file);
            let path = folder.join(&name);
            write(&path, &whole).with_context(|| format!("cannot write {}", path.display()))?;
            self.next_file += 1;
            self.files.push(name);
            self.unsaved.clear();
        }
        Ok(self.files.clone())
    }

    /// Takes back what [`Kept::save`] wrote; `files` are those of the bookmark.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read.
    pub fn load(&mut self, folder: &Path, files: &[String]) -> Result<()> {
        let own =
            |file: &&String| file.strip_prefix(self.name).is_some_and(|rest| rest.starts_with('-'));
        let files: Vec<String> = files.iter().filter(own).cloned().collect();
        for file in &files {
            let path: PathBuf = folder.join(file);
            let read = || -> Result<Vec<RecordBatch>> {
                Ok(FileReader::try_new(File::open(&path)?, None)?.collect::<Result<_, _>>()?)
            };
            let batches = read().with_context(|| {
                format!("cannot read {}: remove the folder to begin anew", path.display())
            })?;
            batches.into_iter().for_each(|batch| self.hold(batch));
            let number = file.trim_end_matches(".arrow").rsplit('-').next();
            self.next_file = number.and_then(|n| n.parse::<u64>().ok()).map_or(0, |n| n + 1);
        }
        self.files = files;
        Ok(())
    }
}

/// Removes the files of kept rows that no bookmark names.
pub fn sweep(folder: &Path, files: &[String]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_kept(&name) && !files.contains(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether [`Kept::save`] gives such names: the folder may hold what is somebody else's.
fn is_kept(name: &str) -> bool {
    let number = name.strip_suffix(".arrow").and_then(|name| name.split_once('-'));
    number.is_some_and(|(table, number)| {
        tables::ALL.iter().any(|known| known.name == table)
            && number.len() == 8
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn write(path: &Path, batch: &RecordBatch) -> Result<()> {
    let mut writer = FileWriter::try_new(File::create(path)?, &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, TimestampMicrosecondArray};

    use super::*;

    fn batch(times: std::ops::Range<i64>) -> RecordBatch {
        let times = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
        RecordBatch::try_from_iter([("event_time", Arc::new(times) as ArrayRef)]).unwrap()
    }

    fn times(kept: &Kept) -> Vec<i64> {
        let of = |batch: &RecordBatch| {
            batch.column(0).as_primitive::<TimestampMicrosecondType>().values().to_vec()
        };
        kept.batches().flat_map(of).collect()
    }

    #[test]
    fn no_more_than_the_bound_is_held_and_the_oldest_go() {
        let mut kept = Kept::new("flow", 5);
        kept.push(batch(0..4));
        kept.push(batch(4..7));
        assert_eq!((times(&kept), kept.evicted(), kept.rows()), (vec![2, 3, 4, 5, 6], 2, 5));
        kept.push(batch(7..20));
        assert_eq!((times(&kept), kept.evicted()), ((15..20).collect(), 15));
    }

    #[test]
    fn what_was_saved_is_found_again_and_the_rest_swept() {
        let folder = tempfile::tempdir().unwrap();
        let mut kept = Kept::new("flow", 1000);
        for n in 0..70_i64 {
            kept.push(batch(n * 10..n * 10 + 10));
            kept.save(folder.path()).unwrap();
        }
        kept.forget_before(605).unwrap();
        let files = kept.save(folder.path()).unwrap();
        assert_eq!(files.len(), 1);
        fs::write(folder.path().join("mine.arrow"), "somebody else's").unwrap();
        sweep(folder.path(), &files).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

        let mut again = Kept::new("flow", 1000);
        again.load(folder.path(), &files).unwrap();
        assert_eq!(times(&again), (605..700).collect::<Vec<i64>>());
        again.push(batch(700..701));
        assert_eq!(again.save(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn a_table_takes_only_its_own_files() {
        let folder = tempfile::tempdir().unwrap();
        let (mut flow, mut ssh) = (Kept::new("flow", 9), Kept::new("ssh", 9));
        flow.push(batch(0..2));
        ssh.push(batch(5..6));
        let mut files = flow.save(folder.path()).unwrap();
        files.extend(ssh.save(folder.path()).unwrap());
        let mut again = Kept::new("ssh", 9);
        again.load(folder.path(), &files).unwrap();
        assert_eq!(times(&again), [5]);
        let lost = vec!["ssh-00000009.arrow".to_owned()];
        let error = format!("{:#}", Kept::new("ssh", 9).load(folder.path(), &lost).unwrap_err());
        assert!(error.contains("begin anew"), "{error}");
    }
}
