//! What live scoring counts, in the text form Prometheus reads (exposition format 0.0.4).
//!
//! Every number is one atomic, shared by all threads; rendering stops nobody. The numbers of one page may be a few events
//! apart from each other.

mod series;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use series::{Counter, Family, Gauge, MOST_VALUES, OTHER};
use series::{Labels, Measured};

/// The media type of [`Metrics::render`].
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The model that scores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelInfo {
    /// Its name in the registry.
    pub model: String,
    /// Its version.
    pub version: u32,
    /// What one row is: `flow`, `address` or `block`.
    pub grain: String,
}

/// All numbers of one run.
#[derive(Debug)]
pub struct Metrics {
    /// Events read, by type.
    pub events: Family<Counter>,
    /// Lines that could not be read.
    pub rejects: Counter,
    /// Rows the model scored.
    pub scored: Counter,
    /// Alerts written.
    pub alerts: Counter,
    /// Alerts held back by the throttle.
    pub throttled: Counter,
    /// Sources the throttle forgot for want of room.
    pub throttle_forgotten: Counter,
    /// How far the last event read lies behind now, seconds.
    pub lag_seconds: Gauge,
    /// Bytes of the logs not judged yet: not read, or on their way.
    pub lag_bytes: Gauge,
    /// The population stability index of each feature.
    pub drift: Family<Gauge>,
    /// Rows the index is made of, those of longer ago counting less.
    pub drift_rows: Gauge,
    /// Addresses on the threat list.
    pub threat_addresses: Gauge,
    /// Flows held for open windows.
    pub window_flows: Gauge,
    /// Flows of open windows that had to go for want of room.
    pub window_flows_evicted: Counter,
    /// Flows that came after their windows were judged.
    pub window_flows_late: Counter,
    /// Lines an outlet took.
    pub delivered: Family<Counter>,
    /// Attempts that failed and are made again.
    pub failed: Family<Counter>,
    /// Lines an outlet will never take, passed over.
    pub refused: Family<Counter>,
    /// Bytes of the journal that wait for an outlet.
    pub waiting: Family<Gauge>,
    /// How often another model or version took over.
    pub model_swaps: Counter,
    /// How often a signal asked to look for one at once.
    pub reloads: Counter,
    model: Mutex<Option<ModelInfo>>,
    trouble: Mutex<Option<String>>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            events: Family::new("type"),
            rejects: Counter::default(),
            scored: Counter::default(),
            alerts: Counter::default(),
            throttled: Counter::default(),
            throttle_forgotten: Counter::default(),
            lag_seconds: Gauge::default(),
            lag_bytes: Gauge::default(),
            drift: Family::new("feature"),
            drift_rows: Gauge::default(),
            threat_addresses: Gauge::default(),
            window_flows: Gauge::default(),
            window_flows_evicted: Counter::default(),
            window_flows_late: Counter::default(),
            delivered: Family::new("outlet"),
            failed: Family::new("outlet"),
            refused: Family::new("outlet"),
            waiting: Family::new("outlet"),
            model_swaps: Counter::default(),
            reloads: Counter::default(),
            model: Mutex::default(),
            trouble: Mutex::default(),
        }
    }
}

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
}

/// A metric's name, what it says, and where its numbers are.
type Shelf<'a> = [(&'static str, &'static str, Kind, &'a dyn Measured); 21];

impl Metrics {
    /// Every metric: the one place that names them.
    fn shelf(&self) -> Shelf<'_> {
        use Kind::{Counter, Gauge};
        [
            ("botany_events_total", "Events read, by type.", Counter, &self.events),
            ("botany_rejects_total", "Lines that could not be read.", Counter, &self.rejects),
            ("botany_scored_total", "Rows the model scored.", Counter, &self.scored),
            ("botany_alerts_total", "Alerts written to the journal.", Counter, &self.alerts),
            (
                "botany_alerts_throttled_total",
                "Alerts held back, as their source was told of a short while ago.",
                Counter,
                &self.throttled,
            ),
            (
                "botany_throttle_forgotten_total",
                "Sources the throttle forgot for want of room.",
                Counter,
                &self.throttle_forgotten,
            ),
            (
                "botany_lag_seconds",
                "How far the last event read lies behind now.",
                Gauge,
                &self.lag_seconds,
            ),
            (
                "botany_lag_bytes",
                "Bytes of the logs that are not judged yet: not read, or on their way.",
                Gauge,
                &self.lag_bytes,
            ),
            (
                "botany_drift_psi",
                "Population stability index of a feature, live rows against the model's sample.",
                Gauge,
                &self.drift,
            ),
            (
                "botany_drift_rows",
                "Rows the stability index is made of, older ones counting less.",
                Gauge,
                &self.drift_rows,
            ),
            (
                "botany_threat_addresses",
                "Addresses on the threat list.",
                Gauge,
                &self.threat_addresses,
            ),
            ("botany_window_flows", "Flows held for open windows.", Gauge, &self.window_flows),
            (
                "botany_window_flows_evicted_total",
                "Flows of open windows that had to go for want of room.",
                Counter,
                &self.window_flows_evicted,
            ),
            (
                "botany_window_flows_late_total",
                "Flows that came after their windows were judged.",
                Counter,
                &self.window_flows_late,
            ),
            ("botany_outlet_delivered_total", "Lines an outlet took.", Counter, &self.delivered),
            (
                "botany_outlet_failed_total",
                "Attempts that failed and are made again.",
                Counter,
                &self.failed,
            ),
            (
                "botany_outlet_refused_total",
                "Lines an outlet will never take, passed over.",
                Counter,
                &self.refused,
            ),
            (
                "botany_outlet_waiting_bytes",
                "Bytes of the journal of alerts that wait for an outlet.",
                Gauge,
                &self.waiting,
            ),
            (
                "botany_model_swaps_total",
                "How often another model or version took over.",
                Counter,
                &self.model_swaps,
            ),
            (
                "botany_reloads_total",
                "How often a signal asked to look at models and allowed networks at once.",
                Counter,
                &self.reloads,
            ),
            ("botany_model_info", "The model that scores; always 1.", Gauge, &self.model),
        ]
    }

    /// Says which model scores from now on.
    pub fn set_model(&self, info: ModelInfo) {
        *lock(&self.model) = Some(info);
    }

    /// Says what keeps the run from working, or that nothing does: what a check of health is told.
    pub fn set_trouble(&self, trouble: Option<String>) {
        *lock(&self.trouble) = trouble;
    }

    /// What keeps the run from working, if anything.
    pub fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    /// The page: every metric with its help and its type, then its samples.
    pub fn render(&self) -> String {
        let mut page = String::with_capacity(4096);
        for (name, help, kind, numbers) in self.shelf() {
            let kind = if kind == Kind::Counter { "counter" } else { "gauge" };
            // Writing to a string cannot fail.
            let _ = write!(page, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
            for (labels, number) in numbers.samples() {
                let _ = writeln!(page, "{name}{} {number}", braces(&labels));
            }
        }
        page
    }
}

impl Measured for Mutex<Option<ModelInfo>> {
    fn samples(&self) -> Vec<(Labels, String)> {
        let sample = |info: ModelInfo| {
            let version = format!("v{:04}", info.version);
            let labels = vec![("model", info.model), ("version", version), ("grain", info.grain)];
            (labels, "1".to_owned())
        };
        lock(self).clone().map(sample).into_iter().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is kept is replaced whole, so it is whole after a panic too.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `{a="b"}`; nothing where there is no label.
fn braces(labels: &[(&'static str, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escape =
        |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    format!("{{{}}}", pairs.join(","))
}
