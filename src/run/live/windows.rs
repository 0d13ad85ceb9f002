//! Windows of addresses and blocks that are still open, over flows kept in bounded memory.
//!
//! A window is judged once, when it is over: when the logs' own clock (the time events were written, not the time
//! they began) has passed its end by the patience given to late events. What comes later still is counted, not
//! judged.

use std::path::Path;

use anyhow::{Context as _, Result};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use botany_enrich::profiles::{HOUR, MEMBER_COLUMNS, Options};
use botany_watch::Bookmark;

use super::clock::Clock;
use super::kept::Kept;
use super::scorer::{Judged, Scorer};

/// The open windows.
pub struct Windows {
    flows: Kept,
    banners: Kept,
    length: i64,
    step: i64,
    patience: i64,
    clock: Clock,
    /// The beginning of the last window that was judged.
    closed: Option<i64>,
    late: u64,
}

impl Windows {
    /// No window yet; at most `capacity` flows are kept, and late events are waited for `patience_hours`.
    pub fn new(options: &Options, capacity: usize, patience_hours: u32) -> Windows {
        Windows {
            flows: Kept::new("flow", capacity),
            banners: Kept::new("ssh", capacity),
            length: i64::from(options.window_hours) * HOUR,
            step: i64::from(options.step()) * HOUR,
            patience: i64::from(patience_hours) * HOUR,
            clock: Clock::new(None, 1),
            closed: None,
            late: 0,
        }
    }

    /// Goes on where a bookmark says, with flows of so many logs.
    ///
    /// # Errors
    ///
    /// If what was kept cannot be read.
    pub fn resume(&mut self, folder: &Path, bookmark: &Bookmark, logs: usize) -> Result<()> {
        self.flows.load(folder, &bookmark.kept)?;
        self.banners.load(folder, &bookmark.kept)?;
        self.clock = Clock::new(bookmark.reached, logs);
        self.closed = bookmark.reached.map(|reached| self.over(reached));
        Ok(())
    }

    /// The log of that number has nothing left to read now.
    pub fn idle(&mut self, log: usize) {
        self.clock.idle(log);
    }

    /// Writes what a restart needs into the bookmark.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to.
    pub fn save(&mut self, folder: &Path, bookmark: &mut Bookmark) -> Result<()> {
        bookmark.kept.extend(self.flows.save(folder)?);
        bookmark.kept.extend(self.banners.save(folder)?);
        bookmark.reached = self.clock.reached();
        Ok(())
    }

    /// Flows that had to go for want of room: their windows say less than was seen.
    pub fn evicted(&self) -> u64 {
        self.flows.evicted()
    }

    /// Flows whose windows were all judged before they came.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Flows kept.
    pub fn rows(&self) -> usize {
        self.flows.rows()
    }

    /// The length of a window, in microseconds.
    pub fn length(&self) -> i64 {
        self.length
    }

    /// Takes flows of the log of that number, and judges the windows that are over by now. It is the same however the
    /// log was cut: a window is over before the very flow that was written too late for it.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn take_flows(
        &mut self,
        scorer: &Scorer,
        log: usize,
        flows: &RecordBatch,
    ) -> Result<Vec<Judged>> {
        let now = jiff::Timestamp::now().as_microsecond();
        let written = written(flows)?;
        let mut judged = Vec::new();
        let mut taken = 0;
        for (row, time) in written.iter().enumerate() {
            if let Some(time) = time {
                self.clock.see(log, *time, now);
            }
            let Some(reached) = self.clock.reached() else { continue };
            let over = self.over(reached);
            if self.closed.is_none_or(|closed| over > closed) {
                self.keep(scorer, flows.slice(taken, row - taken))?;
                taken = row;
                judged.extend(self.judge(scorer, over)?);
                self.closed = Some(over);
            }
        }
        self.keep(scorer, flows.slice(taken, flows.num_rows() - taken))?;
        Ok(judged)
    }

    /// Keeps the flows that pass the filter and have a window that is still open.
    fn keep(&mut self, scorer: &Scorer, flows: RecordBatch) -> Result<()> {
        if flows.num_rows() == 0 {
            return Ok(());
        }
        scorer.take(vec![flows])?;
        let filter = scorer.recipe.enrich.filter.trim();
        let condition = if filter.is_empty() { "true" } else { filter };
        let open = self.closed.map_or(i64::MIN, |closed| closed + self.step);
        let sql = format!(
            "SELECT {}, CAST(event_time AS BIGINT) >= {open} AS open FROM labelled AS flow \
             WHERE src_ip IS NOT NULL AND ({condition}\n) ORDER BY line",
            MEMBER_COLUMNS.join(", ")
        );
        for batch in scorer.wait(scorer.engine().query(&sql))? {
            let last = batch.num_columns() - 1;
            let kept = filter_record_batch(&batch, batch.column(last).as_boolean())?;
            self.late += (batch.num_rows() - kept.num_rows()) as u64;
            self.flows.push(kept.project(&(0..last).collect::<Vec<_>>())?);
        }
        Ok(())
    }

    /// Takes SSH handshakes.
    ///
    /// # Errors
    ///
    /// If they lack a column, which is a defect.
    pub fn take_banners(&mut self, banners: &RecordBatch) -> Result<()> {
        let schema = banners.schema();
        let columns = ["event_time", "src_ip", "client_software"].map(|name| schema.index_of(name));
        self.banners.push(banners.project(&columns.into_iter().collect::<Result<Vec<_>, _>>()?)?);
        Ok(())
    }

    /// Judges all windows that are open: no event comes any more.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn finish(&mut self, scorer: &Scorer) -> Result<Option<Judged>> {
        self.judge(scorer, i64::MAX)
    }

    /// The beginning of the last window that is over when the clock says `reached`.
    fn over(&self, reached: i64) -> i64 {
        (reached - self.patience - self.length).div_euclid(self.step) * self.step
    }

    /// Judges the windows that begin up to `last` and were not judged yet, and forgets the flows no other needs.
    fn judge(&mut self, scorer: &Scorer, last: i64) -> Result<Option<Judged>> {
        let first = self.closed.map_or(i64::MIN, |closed| closed + 1);
        let batches: Vec<RecordBatch> = self.flows.batches().cloned().collect();
        if batches.is_empty() {
            return Ok(None);
        }
        let banners: Vec<RecordBatch> = self.banners.batches().cloned().collect();
        if !banners.is_empty() {
            scorer.engine().register_batches("ssh", banners)?;
        }
        scorer.take(batches)?;
        let judged = scorer.windows(first..=last)?;
        let open = last.saturating_add(self.step);
        self.flows.forget_before(open)?;
        self.banners.forget_before(open)?;
        Ok(Some(judged))
    }
}

/// When each flow was written, in microseconds; its beginning where it does not say.
fn written(flows: &RecordBatch) -> Result<Vec<Option<i64>>> {
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let times = |name: &str| -> Result<Vec<Option<i64>>> {
        let column = flows.column_by_name(name).context("flows without their times")?;
        let times = cast(column, &micros)?;
        Ok(times.as_primitive::<TimestampMicrosecondType>().iter().collect())
    };
    let (written, begun) = (times("log_time")?, times("event_time")?);
    Ok(written.into_iter().zip(begun).map(|(written, begun)| written.or(begun)).collect())
}
