//! Pieces of logs, read and judged ahead on all cores, and given back in the order they were taken.
//!
//! What hangs on the order (lines of sources that remember, windows, what is told and how often) is left to whoever
//! takes them. **Only what was given back counts as read**: a place in a log travels with its piece.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context as _, Result};
use botany_catalog::tables;
use botany_collect::follow::Place;
use botany_collect::{Batches, Part, Tally};
use botany_learn::with_threads;

use super::scorer::{Judged, Scorer};

/// Pieces on their way beyond one a core: a core that is done finds the next.
const BEYOND: usize = 2;

/// Threads that are of use: more than the fastest sensor can write for, and what they hold has a bound.
const MOST: usize = 8;

/// Threads that read and judge.
pub struct Ahead {
    jobs: SyncSender<Job>,
    waiting: VecDeque<(Sent, Receiver<Result<Read>>)>,
    most: usize,
}

/// What is known of a piece before it is read.
pub struct Sent {
    /// The number of its log.
    pub log: usize,
    /// Where its log has come to with this piece, if it can be read again from there.
    pub places: Option<Vec<Place>>,
    /// Who judges its flows, if that can be done ahead.
    pub scorer: Option<Arc<Scorer>>,
}

/// A piece that was read as far as it can be read by itself.
pub enum Read {
    /// Some of its lines hang on those before.
    Part(Box<Part>),
    /// All of it.
    Rows(Box<Rows>),
}

/// What became of the lines of a piece.
pub struct Rows {
    /// Their numbers.
    pub tally: Tally,
    /// Their rows.
    pub batches: Batches,
    /// What is said of the flows among them, where they were judged.
    pub judged: Option<Judged>,
}

struct Job {
    part: Part,
    scorer: Option<Arc<Scorer>>,
    done: SyncSender<Result<Read>>,
}

impl Ahead {
    /// So many threads, if that is of use; they end with it.
    pub fn new(threads: usize) -> Ahead {
        let threads = threads.clamp(1, MOST);
        let most = threads + BEYOND;
        let (jobs, waiting) = sync_channel::<Job>(most);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let waiting = Arc::clone(&waiting);
            // A piece is one core's: the others have pieces of their own.
            thread::spawn(move || with_threads(1, || work(&waiting)));
        }
        Ahead { jobs, waiting: VecDeque::new(), most }
    }

    /// Whether another piece may be sent: those on their way are held in memory.
    pub fn has_room(&self) -> bool {
        self.waiting.len() < self.most
    }

    /// Sends a piece on its way.
    ///
    /// # Errors
    ///
    /// If the threads are gone, which is a defect.
    pub fn send(&mut self, part: Part, sent: Sent) -> Result<()> {
        let (done, read) = sync_channel(1);
        let job = Job { part, scorer: sent.scorer.clone(), done };
        self.jobs.send(job).ok().context(GONE)?;
        self.waiting.push_back((sent, read));
        Ok(())
    }

    /// The piece that was sent the longest ago, as soon as it is read; none if none is on its way.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn next(&mut self) -> Result<Option<(Sent, Read)>> {
        let Some((sent, read)) = self.waiting.pop_front() else { return Ok(None) };
        let read = read.recv().ok().context(GONE)??;
        Ok(Some((sent, read)))
    }
}

const GONE: &str = "a thread that reads has ended; please report this";

fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        let job = match waiting.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok(Job { part, scorer, done }) = job else { return };
        // Nobody waits for it any more when the watch has failed.
        let _ = done.send(read(part, scorer.as_deref()));
    }
}

fn read(mut part: Part, scorer: Option<&Scorer>) -> Result<Read> {
    part.read();
    if !part.is_read() {
        return Ok(Read::Part(Box::new(part)));
    }
    let (tally, batches) = part.rows()?;
    let flows = batches.iter().find(|(table, _)| table.name == tables::FLOW.name);
    let judged = scorer.zip(flows).and_then(|(scorer, (_, flows))| scorer.alone(flows));
    Ok(Read::Rows(Box::new(Rows { judged: judged.transpose()?, tally, batches })))
}
