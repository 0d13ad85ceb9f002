//! Logs, watched while they are written.
//!
//! Pieces of every log are read and judged [`ahead`](super::ahead) on all cores; each round takes the oldest and writes
//! its alerts to the journal. Now and then, and whenever nothing is left to read, the bookmark says how far all of
//! that has come: what was told, never what was read ahead. What a crash cuts off between two bookmarks is read and
//! judged again, and the journal knows what was told of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use botany_collect::Options;
use botany_collect::follow::{Begin, Place};
use botany_watch::metrics::ModelInfo;
use botany_watch::outlets::courier::Courier;
use botany_watch::{Alert, Bookmark, BookmarkFile, Journal, Metrics, ModelName, Opened, Registry};

use super::ahead::{Ahead, Read, Rows, Sent};
use super::health::Health;
use super::judge::Judge;
use super::kept;
use super::logs::{Address, Log};
use crate::run::allowed;

/// Bytes of a log that are read and judged together: with their rows they lie in a core's own cache.
const PIECE: usize = 1 << 20;
/// The most time between two bookmarks while there is always something to read.
const COMMIT: Duration = Duration::from_millis(500);
/// How often models, allowed networks and notices are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long what was sent to sockets is still taken after the order to stop.
const LEAVE: Duration = Duration::from_secs(10);
/// Nobody sends any more who has not sent for so long.
const QUIET: Duration = Duration::from_millis(200);
/// How long nothing is done when there is nothing to read.
const REST: Duration = Duration::from_millis(100);

/// What to watch, and where to keep what is known.
pub struct Ask {
    /// The model; without a version the one in force, whichever that comes to be.
    pub model: ModelName,
    /// What is read.
    pub logs: Vec<Address>,
    /// Where files begin that no bookmark names.
    pub begin: Begin,
    /// How their lines are read.
    pub options: Options,
    /// The file the alerts are written to.
    pub journal: PathBuf,
    /// The folder of the bookmark.
    pub state: PathBuf,
    /// The data directory: registry and allowed networks.
    pub data: PathBuf,
    /// Stop once everything written by now is read.
    pub once: bool,
}

/// What may be said to a watch while it runs.
#[derive(Clone, Default)]
pub struct Orders {
    /// End after the round.
    pub stop: Arc<AtomicBool>,
    /// Look at the registry and the allowed networks now.
    pub reload: Arc<AtomicBool>,
}

/// A watch.
pub struct Watch {
    ask: Ask,
    judge: Judge,
    logs: Vec<Log>,
    ahead: Ahead,
    /// The log whose turn it is to be read.
    turn: usize,
    journal: Journal,
    bookmark: BookmarkFile,
    metrics: Arc<Metrics>,
    registry: Registry,
    /// Who takes the alerts on.
    couriers: Vec<Courier>,
    health: Health,
    notices: Vec<String>,
    /// Something was read, or a log became another file, since the last bookmark.
    dirty: bool,
    /// When the latest event began that was read.
    last_event: Option<i64>,
    /// The places of the last bookmark.
    places: BTreeMap<String, Vec<Place>>,
    committed: Instant,
    looked: Instant,
}

impl Watch {
    /// Opens everything, and goes on where the last watch of this folder ended.
    ///
    /// # Errors
    ///
    /// If another watch uses the folder, or something of it cannot be read.
    pub fn open(ask: Ask, mut judge: Judge, metrics: Arc<Metrics>) -> Result<Watch> {
        let bookmark = BookmarkFile::open(&ask.state)?;
        let found = bookmark.load()?;
        let first = found.is_none();
        let last = found.unwrap_or_default();
        let mut logs = Vec::with_capacity(ask.logs.len());
        for address in &ask.logs {
            let known = match address {
                Address::File(path) => last.logs.get(&key(&path.display().to_string())),
                _ => None,
            };
            let begin = known.map_or(ask.begin.clone(), |places| Begin::At(places.clone()));
            logs.push(Log::open(address, &begin, &ask.options)?);
        }
        let id = |line: &str| Alert::parse(line).ok().map(|alert| alert.botany.id);
        let Opened { journal, before, .. } = Journal::open(&ask.journal, &last.journal, id)?;
        for alert in before.iter().filter_map(|line| Alert::parse(line).ok()) {
            judge.teller.told(&alert);
        }
        if let Some(windows) = &mut judge.windows {
            windows.resume(&ask.state, &last, logs.len())?;
        }
        judge.listing.logins().load(&ask.state, &last.kept)?;
        judge.listing.list(&judge.scorer)?;
        let registry = crate::run::registry(&ask.data);
        let now = Instant::now();
        let ahead = Ahead::new(ask.options.threads);
        let mut watch = Watch {
            ask,
            judge,
            logs,
            ahead,
            turn: 0,
            journal,
            bookmark,
            metrics,
            registry,
            couriers: Vec::new(),
            health: Health::default(),
            notices: Vec::new(),
            dirty: false,
            last_event: None,
            places: last.logs,
            committed: now,
            looked: now,
        };
        watch.tell_model();
        if first {
            // Where a log was begun is worth keeping before anything was read. Later the bookmark must wait: what
            // the journal told after it is known only until the logs have come as far again.
            watch.commit()?;
        }
        Ok(watch)
    }

    /// Looks after those who take the alerts on: what keeps them from it is told with the rest.
    pub fn look_after(&mut self, couriers: Vec<Courier>) {
        self.couriers = couriers;
    }

    /// Those it looked after.
    pub fn dismiss(&mut self) -> Vec<Courier> {
        std::mem::take(&mut self.couriers)
    }

    /// Watches until it is told to stop, or nothing can come any more. `notice` takes what somebody should know.
    ///
    /// # Errors
    ///
    /// If something cannot be written, or of a watch that ends by itself a log cannot be read; another tries again, and
    /// says so. Of files nothing is lost by beginning again; what was
    /// sent to a socket and is on its way then is gone.
    pub fn run(&mut self, orders: &Orders, notice: &mut dyn FnMut(&str)) -> Result<()> {
        loop {
            let read = self.round()?;
            if !read {
                self.journal.caught_up();
            }
            // What was told before a crash is known only until all of it was read again: the bookmark waits for that.
            if self.dirty && self.committed.elapsed() >= COMMIT && !self.journal.remembers() {
                self.commit()?;
            }
            let asked = orders.reload.swap(false, Ordering::Relaxed);
            if asked {
                self.metrics.reloads.one();
            }
            if asked || self.looked.elapsed() >= LOOK {
                self.look()?;
            }
            for text in self.logs.iter_mut().flat_map(Log::notices).chain(self.notices.drain(..)) {
                notice(&text);
            }
            if orders.stop.load(Ordering::Relaxed) {
                self.take_leave()?;
                break;
            }
            if !read {
                if self.logs.iter().all(|log| log.ended() || (self.ask.once && log.can_wait())) {
                    break;
                }
                thread::park_timeout(REST);
            }
        }
        if self.logs.iter().all(Log::ended) {
            let alerts = self.judge.finish()?;
            self.tell(&alerts)?;
        }
        if !self.journal.remembers() {
            self.commit()?;
        }
        self.measure();
        Ok(())
    }

    /// What was judged so far.
    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Sends pieces on their way and takes the one that was sent the longest ago; whether there was one.
    fn round(&mut self) -> Result<bool> {
        let mut nothing = 0;
        while nothing < self.logs.len() && self.ahead.has_room() {
            let at = self.turn % self.logs.len();
            self.turn = at + 1;
            if self.send(at)? { nothing = 0 } else { nothing += 1 }
        }
        self.take()
    }

    /// Takes what was read ahead, and what was sent to sockets before now: that cannot be asked for again. Who goes on
    /// sending is not waited for.
    fn take_leave(&mut self) -> Result<()> {
        let feeds: Vec<usize> = (0..self.logs.len())
            .filter(|&at| self.logs.get(at).is_some_and(|log| !log.can_wait()))
            .collect();
        let begun = Instant::now();
        let mut last = begun;
        while !feeds.is_empty() && last.elapsed() < QUIET && begun.elapsed() < LEAVE {
            for &at in &feeds {
                if self.ahead.has_room() && self.send(at)? {
                    last = Instant::now();
                }
            }
            if self.take()? {
                // Judging may take longer than anybody is quiet.
                last = Instant::now();
            } else {
                thread::park_timeout(QUIET / 10);
            }
        }
        while self.take()? {}
        Ok(())
    }

    /// Sends the next piece of a log on its way; whether there was one.
    fn send(&mut self, at: usize) -> Result<bool> {
        let Some(log) = self.logs.get_mut(at) else { return Ok(false) };
        let before = log.wrong();
        let next = match log.next(PIECE) {
            // Whoever rotates it may not be done; what lasts is told to whoever asks for health.
            Err(why) if log.can_wait() && !self.ask.once => {
                if before.is_none() {
                    self.notices.push(format!("{why:#}: it is tried again"));
                }
                return Ok(false);
            }
            next => next?,
        };
        let Some((part, places)) = next else {
            if !log.has_untold()
                && let Some(windows) = &mut self.judge.windows
            {
                windows.idle(at);
            }
            return Ok(false);
        };
        let scorer = self.judge.ahead().cloned();
        self.ahead.send(part, Sent { log: at, places, scorer })?;
        Ok(true)
    }

    /// Takes the piece that was sent the longest ago and tells of it; whether there was one.
    fn take(&mut self) -> Result<bool> {
        let Some((sent, read)) = self.ahead.next()? else { return Ok(false) };
        let Some(log) = self.logs.get_mut(sent.log) else { return Ok(true) };
        let Rows { tally, batches, judged } = match read {
            Read::Rows(rows) => *rows,
            Read::Part(part) => {
                let (tally, batches) = log.stream().finish(*part)?;
                Rows { tally, batches, judged: None }
            }
        };
        log.stream().gave(&batches);
        let stored = tally.stored.iter().map(|(table, count)| (*table, count));
        let counted = tally.counted.iter().map(|(kind, count)| (kind.as_str(), count));
        for (kind, count) in stored.chain(counted) {
            self.metrics.events.of(kind).add(*count);
        }
        self.metrics.rejects.add(tally.rejected);
        if let Some(last) = tally.last_time {
            self.last_event = self.last_event.max(Some(last));
        }
        // What a model judged that is no longer in force is judged again.
        let in_force = |scorer: &Arc<_>| Arc::ptr_eq(scorer, &self.judge.scorer);
        let judged = judged.filter(|_| sent.scorer.as_ref().is_some_and(in_force));
        let alerts = self.judge.take(sent.log, &batches, judged)?;
        self.tell(&alerts)?;
        if let Some(log) = self.logs.get_mut(sent.log) {
            log.told(sent.places);
        }
        self.dirty = true;
        Ok(true)
    }

    fn tell(&mut self, alerts: &[(Alert, String)]) -> Result<()> {
        let lines = alerts.iter().map(|(alert, line)| (alert.botany.id.as_str(), line.as_str()));
        let told = self.journal.tell(lines)?;
        self.metrics.alerts.add(told as u64);
        Ok(())
    }

    /// Makes what was read and told so far the place to go on from.
    fn commit(&mut self) -> Result<()> {
        let journal = self.journal.end()?;
        let mut bookmark = Bookmark { logs: self.reached(), journal, ..Bookmark::default() };
        let folder: &Path = &self.ask.state;
        if let Some(windows) = &mut self.judge.windows {
            windows.save(folder, &mut bookmark)?;
        }
        bookmark.kept.extend(self.judge.listing.logins().save(folder)?);
        self.bookmark.store(&bookmark)?;
        kept::sweep(folder, &bookmark.kept)
            .with_context(|| format!("cannot tidy {}", folder.display()))?;
        (self.dirty, self.places, self.committed) = (false, bookmark.logs, Instant::now());
        Ok(())
    }

    /// How far every log was told that can be read again.
    fn reached(&self) -> BTreeMap<String, Vec<Place>> {
        // Logs that are not followed this time keep their place.
        let mut all = self.places.clone();
        all.extend(self.logs.iter().filter_map(|log| Some((key(log.name()), log.places()?))));
        all
    }

    /// Looks whether another version of the model is in force, or somebody is allowed.
    fn look(&mut self) -> Result<()> {
        self.looked = Instant::now();
        self.dirty |= self.reached() != self.places;
        match allowed::list(&self.ask.data) {
            Ok(allowed) => {
                self.judge.teller.allow(allowed.into_iter().map(|one| one.network).collect());
            }
            Err(why) => self.notices.push(format!("{why:#}: the list of before goes on")),
        }
        let card = &self.judge.scorer.model.card;
        let (name, version) = (card.name.clone(), card.version);
        let current = match self.ask.model.version {
            Some(_) => version,
            // A registry that is being written to may not answer now.
            None => self.registry.current(&name).unwrap_or(version),
        };
        if current != version {
            let loaded = self.registry.load(&self.ask.model).map_err(anyhow::Error::from);
            self.notices.push(match loaded.and_then(|model| self.judge.swap(model)) {
                Ok(true) => {
                    self.metrics.drift.clear();
                    self.metrics.model_swaps.one();
                    self.tell_model();
                    format!("{name} v{current:04} judges from now on")
                }
                refused => {
                    // Said once: the version is pinned until somebody begins again.
                    self.ask.model.version = Some(version);
                    let why = refused.err().map_or_else(
                        || "it makes its rows otherwise, start `botany watch` again with another --state".to_owned(),
                        |why| format!("{why:#}"),
                    );
                    format!("v{version:04} goes on, {name} v{current:04} cannot be used: {why}")
                }
            });
        }
        self.measure();
        Ok(())
    }

    fn measure(&mut self) {
        let metrics = &self.metrics;
        let teller = &self.judge.teller;
        metrics.scored.reach(self.judge.counts.judged);
        metrics.throttled.reach(teller.held_back());
        metrics.throttle_forgotten.reach(teller.forgotten());
        if let Some(last) = self.last_event {
            let now = jiff::Timestamp::now().as_microsecond();
            metrics.lag_seconds.set((now - last).max(0) as f64 / 1e6);
        }
        let behind = self.logs.iter().map(Log::behind).sum::<u64>();
        metrics.lag_bytes.set(behind as f64);
        let now = Instant::now();
        self.health.see_lag(behind, now);
        for log in &self.logs {
            self.health.see(log.name(), log.wrong(), now);
        }
        for courier in &self.couriers {
            self.health.see(courier.name(), courier.trouble(), now);
        }
        metrics.set_trouble(self.health.trouble(now));
        metrics.threat_addresses.set(self.judge.listing.len() as f64);
        for (feature, index) in self.judge.drift.psi() {
            metrics.drift.of(&feature).set(index);
        }
        metrics.drift_rows.set(self.judge.drift.weight());
        if let Some(windows) = &self.judge.windows {
            metrics.window_flows.set(windows.rows() as f64);
            metrics.window_flows_evicted.reach(windows.evicted());
            metrics.window_flows_late.reach(windows.late());
        }
    }

    fn tell_model(&self) {
        let card = &self.judge.scorer.model.card;
        self.metrics.set_model(ModelInfo {
            model: card.name.clone(),
            version: card.version,
            grain: card.grain.clone(),
        });
    }
}

/// A log's path in the bookmark: the same from wherever it was named.
fn key(name: &str) -> String {
    std::path::absolute(name).map_or_else(|_| name.to_owned(), |path| path.display().to_string())
}
