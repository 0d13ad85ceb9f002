//! Numbers many threads may count in at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Values of a label beyond which every new one is counted as [`OTHER`]: what comes from a log must not grow memory.
pub const MOST_VALUES: usize = 500;

/// The value of a label that stands for all that had no room.
pub const OTHER: &str = "other";

/// The labels of a sample, name and value.
pub(super) type Labels = Vec<(&'static str, String)>;

/// What gives samples.
pub(super) trait Measured {
    /// The samples there are now: labels and the number as text.
    fn samples(&self) -> Vec<(Labels, String)>;
}

/// A count that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn one(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Brings it up to a total somebody else counts; never down.
    pub fn reach(&self, total: u64) {
        self.0.fetch_max(total, Ordering::Relaxed);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

impl Measured for Counter {
    fn samples(&self) -> Vec<(Labels, String)> {
        vec![(Vec::new(), self.get().to_string())]
    }
}

impl Measured for Gauge {
    fn samples(&self) -> Vec<(Labels, String)> {
        let text = match self.get() {
            f64::INFINITY => "+Inf".to_owned(),
            f64::NEG_INFINITY => "-Inf".to_owned(),
            value => value.to_string(),
        };
        vec![(Vec::new(), text)]
    }
}

/// One number for each value of a label.
#[derive(Debug)]
pub struct Family<T> {
    label: &'static str,
    series: RwLock<BTreeMap<String, Arc<T>>>,
}

impl<T: Default> Family<T> {
    pub(super) fn new(label: &'static str) -> Family<T> {
        Family { label, series: RwLock::default() }
    }

    /// The number of this value of the label; from [`MOST_VALUES`] values on, that of [`OTHER`]. Whoever counts often
    /// keeps it.
    pub fn of(&self, value: &str) -> Arc<T> {
        // A thread that panicked left the map whole: it is only ever inserted into.
        let known = self.series.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.get(value) {
            return Arc::clone(number);
        }
        drop(known);
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let room = series.len() < MOST_VALUES || series.contains_key(value);
        let value = if room { value } else { OTHER };
        Arc::clone(series.entry(value.to_owned()).or_default())
    }

    /// Forgets the values there are, as when another model with other features takes over. Only for gauges: a
    /// count that starts again looks like a restart.
    pub fn clear(&self) {
        self.series.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl<T: Measured> Measured for Family<T> {
    fn samples(&self) -> Vec<(Labels, String)> {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        let samples = series.iter().flat_map(|(value, number)| {
            let labels = vec![(self.label, value.clone())];
            number.samples().into_iter().map(move |(_, text)| (labels.clone(), text))
        });
        samples.collect()
    }
}
