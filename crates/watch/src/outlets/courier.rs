//! Who takes the journal of alerts to an outlet: a thread each, at the outlet's own pace.
//!
//! The journal is written first and read from there, so that a receiver that is slow or gone holds up nobody and loses
//! nothing: its courier waits, tries again with growing pauses, and after a restart goes on from its bookmark.
//!
//! **Each line is delivered at least once.** The bookmark is written after the delivery, so what was delivered just before
//! a crash is delivered again: receivers drop doubles by the `id` of the alert.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

use botany_collect::follow::Place;

use super::journal::Lines;
use super::{Error, Outlet};
use crate::disk;
use crate::metrics::{Counter, Gauge, Metrics};

/// How long after the grace is over a courier that is just sending is waited for.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// How fast a courier goes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often the journal is looked at when there is nothing new.
    pub poll: Duration,
    /// The pause after the first failure; each further one doubles it.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
    /// How often the bookmark is written while lines go out one after the other.
    pub save: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            poll: Duration::from_millis(200),
            first: Duration::from_millis(500),
            most: Duration::from_secs(60),
            save: Duration::from_millis(100),
        }
    }
}

/// A small file that says how far a courier is.
#[derive(Clone, Debug)]
pub struct Bookmark(PathBuf);

impl Bookmark {
    /// The bookmark at `path`; it need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Bookmark {
        Bookmark(path.into())
    }

    /// The places it holds; none if there is none, or it cannot be understood: rather all again than nothing.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn read(&self) -> io::Result<Vec<Place>> {
        match fs::read(&self.0) {
            Ok(json) => Ok(serde_json::from_slice(&json).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Replaces it whole.
    fn write(&self, places: &[Place]) -> io::Result<()> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        let json = serde_json::to_vec(places)?;
        disk::replace(folder.unwrap_or(Path::new(".")), &name, &json).map_err(io::Error::other)
    }
}

/// What is told between a courier's thread and everybody else.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// When to give up at the latest, once told to stop.
    stop: Option<Instant>,
    ended: bool,
    /// Whether everything there was had been delivered, or refused for good, when it ended.
    all: bool,
    trouble: Option<String>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // What is kept is whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, or until something is said; not beyond the end.
    fn wait(&self, time: Duration) {
        let state = self.state();
        let until_end = |end: Instant| end.saturating_duration_since(Instant::now());
        let time = state.stop.map_or(time, |end| time.min(until_end(end)));
        let _ = self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner);
    }
}

/// What a courier that was told to stop leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Whether everything there was is delivered, or was refused for good.
    pub all: bool,
    /// What was wrong last, if something was.
    pub trouble: Option<String>,
}

/// A courier at work. Dropping it tells it to stop at once, without waiting for it.
pub struct Courier {
    name: String,
    shared: Arc<Shared>,
}

impl Courier {
    /// Sends off a courier that takes `lines` to `outlet` and notes in `bookmark` how far it is.
    ///
    /// # Errors
    ///
    /// If there can be no further thread.
    pub fn start(
        outlet: Box<dyn Outlet>,
        lines: impl Lines + 'static,
        bookmark: Bookmark,
        pace: Pace,
        metrics: &Metrics,
    ) -> io::Result<Courier> {
        let name = outlet.name().to_owned();
        let shared = Arc::new(Shared::default());
        let tally = Tally::of(metrics, &name);
        let noted = lines.places();
        let mut round = Round {
            outlet,
            lines: Box::new(lines),
            bookmark,
            pace,
            tally,
            delivered: noted.clone(),
            noted,
            saved: Instant::now(),
            shared: Arc::clone(&shared),
        };
        thread::Builder::new().name(format!("to {name}")).spawn(move || {
            let all = round.run();
            let mut state = round.shared.state();
            state.ended = true;
            state.all = all;
            drop(state);
            round.shared.changed.notify_all();
        })?;
        Ok(Courier { name, shared })
    }

    /// The outlet's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What keeps it from delivering now, if anything does.
    pub fn trouble(&self) -> Option<String> {
        self.shared.state().trouble.clone()
    }

    /// Tells it that the journal has grown, so that it need not wait to look.
    pub fn wake(&self) {
        self.shared.changed.notify_all();
    }

    /// Tells it to deliver what is there within `grace` and then to stop, and waits for that, not much longer than
    /// `grace` whatever the receiver does.
    pub fn stop(self, grace: Duration) -> Left {
        let end = Instant::now() + grace;
        let mut state = self.shared.state();
        state.stop = Some(end);
        self.shared.changed.notify_all();
        while !state.ended {
            let left = (end + LAST_WORDS).saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Left { all: state.all, trouble: state.trouble.clone() }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.shared.state().stop.get_or_insert_with(Instant::now);
        self.shared.changed.notify_all();
    }
}

/// The numbers of one outlet.
struct Tally {
    delivered: Arc<Counter>,
    failed: Arc<Counter>,
    refused: Arc<Counter>,
    waiting: Arc<Gauge>,
}

impl Tally {
    fn of(metrics: &Metrics, outlet: &str) -> Tally {
        Tally {
            delivered: metrics.delivered.of(outlet),
            failed: metrics.failed.of(outlet),
            refused: metrics.refused.of(outlet),
            waiting: metrics.waiting.of(outlet),
        }
    }
}

/// How a courier's thread goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Line,
    Stop,
}

/// What a courier's thread holds.
struct Round {
    outlet: Box<dyn Outlet>,
    lines: Box<dyn Lines>,
    bookmark: Bookmark,
    pace: Pace,
    tally: Tally,
    /// Up to where everything is delivered.
    delivered: Vec<Place>,
    /// What the bookmark says.
    noted: Vec<Place>,
    saved: Instant,
    shared: Arc<Shared>,
}

impl Round {
    /// Delivers until it is told to stop; whether everything there was is delivered then.
    fn run(&mut self) -> bool {
        let mut pause = self.pace.first;
        loop {
            match self.lines.next() {
                Ok(Some(line)) => {
                    pause = self.pace.first;
                    if self.deliver(&line) == Next::Stop {
                        self.note(true);
                        return false;
                    }
                    self.note(false);
                }
                Ok(None) => {
                    self.note(true);
                    self.measure();
                    if self.is_stopping() {
                        return true;
                    }
                    self.shared.wait(self.pace.poll);
                }
                Err(error) => {
                    self.trouble(Some(format!("the journal cannot be read: {error}")));
                    if self.is_over() {
                        return false;
                    }
                    self.shared.wait(pause);
                    pause = (pause * 2).min(self.pace.most);
                }
            }
        }
    }

    /// Sends a line until it is taken, refused for good, or time is over.
    fn deliver(&mut self, line: &str) -> Next {
        let mut pause = self.pace.first;
        loop {
            if self.is_over() {
                // What kept it so far says more.
                let why = || "there was no time left to deliver everything".to_owned();
                self.shared.state().trouble.get_or_insert_with(why);
                return Next::Stop;
            }
            let was_stopping = self.is_stopping();
            match self.outlet.send(line) {
                Ok(()) => {
                    self.tally.delivered.one();
                    self.trouble(None);
                    break;
                }
                Err(refused @ Error::Refused { .. }) => {
                    self.tally.refused.one();
                    self.trouble(Some(refused.to_string()));
                    break;
                }
                Err(closed @ Error::Closed(_)) => {
                    self.trouble(Some(closed.to_string()));
                    return Next::Stop;
                }
                Err(error) => {
                    self.tally.failed.one();
                    self.trouble(Some(error.to_string()));
                    self.note(true);
                    self.measure();
                    if self.is_over() {
                        return Next::Stop;
                    }
                    self.pause(pause, was_stopping);
                    pause = (pause * 2).min(self.pace.most);
                }
            }
        }
        self.delivered = self.lines.places();
        Next::Line
    }

    /// Waits for so long whatever wakes it, but not beyond the end; being told to stop since the last try ends the wait,
    /// for one more.
    fn pause(&self, time: Duration, was_stopping: bool) {
        let state = self.shared.state();
        let time =
            state.stop.map_or(time, |end| time.min(end.saturating_duration_since(Instant::now())));
        let same = |state: &mut State| state.stop.is_some() == was_stopping;
        let _ = self.shared.changed.wait_timeout_while(state, time, same);
    }

    fn is_stopping(&self) -> bool {
        self.shared.state().stop.is_some()
    }

    /// Whether the time it was given to end is over.
    fn is_over(&self) -> bool {
        self.shared.state().stop.is_some_and(|end| end <= Instant::now())
    }

    /// Writes the bookmark, if there is something to note and `now` or the pace ask for it.
    fn note(&mut self, now: bool) {
        if self.delivered == self.noted || !(now || self.saved.elapsed() >= self.pace.save) {
            return;
        }
        match self.bookmark.write(&self.delivered) {
            Ok(()) => self.noted = self.delivered.clone(),
            Err(error) => {
                let path = self.bookmark.0.display();
                self.trouble(Some(format!("the bookmark {path} cannot be written: {error}")));
            }
        }
        self.saved = Instant::now();
    }

    fn measure(&self) {
        self.tally.waiting.set(self.lines.waiting() as f64);
    }

    fn trouble(&self, trouble: Option<String>) {
        self.shared.state().trouble = trouble;
    }
}

#[cfg(test)]
mod tests;
