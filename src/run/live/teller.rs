//! From what a model says to alerts: above the threshold, of nobody that is allowed, not too often of one source.

use std::net::IpAddr;

use anyhow::Result;
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{TimestampMicrosecondType, UInt16Type, UInt64Type};
use botany_enrich::profiles::Grain;
use botany_learn::Values;
use botany_watch::alert::{Alert, FlowPart, Said, Window};
use botany_watch::throttle::{Rate, Throttle};
use botany_watch::{Card, Explainer};
use ipnet::IpNet;

use super::listing::Listing;
use super::scorer::{Judged, Scorer, Subject};

/// Sources the throttle remembers.
const SOURCES: usize = 200_000;

/// Alerts explained at once.
const AT_ONCE: usize = 512;

/// Features named in an alert.
const CONTRIBUTIONS: usize = 3;

/// Decides what is told.
pub struct Teller {
    /// From which probability on an alert is told; none: the model's own.
    threshold: Option<f64>,
    throttle: Throttle,
    /// Networks that are never alerted about.
    allowed: Vec<IpNet>,
    passed_over: u64,
}

impl Teller {
    /// Tells what is at least as probable as `threshold` (none: the model's own, also of a version that comes later),
    /// of one source no more often than `rate`.
    pub fn new(threshold: Option<f64>, rate: Rate) -> Teller {
        Teller {
            threshold,
            throttle: Throttle::new(rate, SOURCES),
            allowed: Vec::new(),
            passed_over: 0,
        }
    }

    /// From which probability on an alert is told of what this model says.
    pub fn threshold(&self, card: &Card) -> f64 {
        self.threshold.unwrap_or_else(|| card.threshold())
    }

    /// Never alerts about these from now on.
    pub fn allow(&mut self, networks: Vec<IpNet>) {
        self.allowed = networks;
    }

    /// Takes note of an alert that was told before a restart.
    pub fn told(&mut self, alert: &Alert) {
        self.throttle.told(alert.source(), alert.timestamp);
    }

    /// Alerts held back because their source was told of too lately.
    pub fn held_back(&self) -> u64 {
        self.throttle.held_back()
    }

    /// Sources the throttle forgot for want of room.
    pub fn forgotten(&self) -> u64 {
        self.throttle.forgotten()
    }

    /// Alerts not told because their source is allowed.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// The alerts of what was judged, in its order; `flows` are the flows it was judged over, where rows are flows.
    ///
    /// # Errors
    ///
    /// If the model cannot be asked about what moved it.
    pub fn tell(
        &mut self,
        scorer: &Scorer,
        judged: &Judged,
        flows: Option<&RecordBatch>,
        window_length: i64,
        listing: &Listing,
    ) -> Result<Vec<Alert>> {
        let card = &scorer.model.card;
        let threshold = self.threshold(card);
        let said = judged.probability.iter().enumerate();
        let mut rows = Vec::new();
        let mut alerts = Vec::new();
        for (row, probability) in said.filter(|(_, p)| **p >= threshold) {
            let Some(subject) = judged.subjects.get(row) else { continue };
            let mut alert = match (subject, flows) {
                (Subject::Flow(at), Some(flows)) => flow(flows, *at),
                (Subject::Flow(_), None) => continue,
                (Subject::Window { key, start }, _) => {
                    window(key, *start, window_length, judged, row, scorer.grain())
                }
            };
            if self.is_allowed(alert.source()) {
                self.passed_over += 1;
                continue;
            }
            if !self.throttle.tell(alert.source(), alert.timestamp) {
                continue;
            }
            alert.botany.model.clone_from(&card.name);
            alert.botany.version = card.version;
            scorer.grain().name().clone_into(&mut alert.botany.grain);
            alert.botany.probability = *probability;
            alert.botany.threshold = threshold;
            alert.botany.threat = listing.find(alert.source());
            rows.push(row);
            alerts.push(alert);
        }
        if !alerts.is_empty() {
            let explainer = Explainer::new(&scorer.model.pipeline, &card.features);
            // Explaining asks the model once a feature: a few rows at a time.
            for (alerts, rows) in alerts.chunks_mut(AT_ONCE).zip(rows.chunks(AT_ONCE)) {
                let moved = explainer.explain(&judged.frame.take(rows), CONTRIBUTIONS)?;
                for (alert, moved) in alerts.iter_mut().zip(moved) {
                    alert.botany.contributions = moved;
                }
            }
        }
        Ok(alerts)
    }

    /// An address within an allowed network, or a block that lies in one.
    fn is_allowed(&self, source: &str) -> bool {
        if self.allowed.is_empty() {
            return false;
        }
        let address = || source.parse::<IpAddr>().map(|ip| IpNet::from(ip.to_canonical()));
        let network = source.parse::<IpNet>().or_else(|_| address());
        network.is_ok_and(|network| self.allowed.iter().any(|allowed| allowed.contains(&network)))
    }
}

/// An alert about a flow: what EVE said of it.
fn flow(flows: &RecordBatch, row: usize) -> Alert {
    let cell = Cells { flows, row };
    let start = cell.time("event_time");
    Alert {
        timestamp: start.unwrap_or_default(),
        flow_id: cell.u64("flow_id"),
        in_iface: cell.text("in_iface"),
        src_ip: cell.text("src_ip"),
        src_port: cell.u16("src_port"),
        dest_ip: cell.text("dest_ip"),
        dest_port: cell.u16("dest_port"),
        proto: cell.text("proto"),
        app_proto: cell.text("app_proto"),
        community_id: cell.text("community_id"),
        host: cell.text("sensor"),
        flow: Some(FlowPart {
            pkts_toserver: cell.u64("packets_out").unwrap_or_default(),
            pkts_toclient: cell.u64("packets_in").unwrap_or_default(),
            bytes_toserver: cell.u64("bytes_out").unwrap_or_default(),
            bytes_toclient: cell.u64("bytes_in").unwrap_or_default(),
            start,
            age: cell.u64("age"),
        }),
        ..Alert::default()
    }
}

/// An alert about what an address or a block did in a window.
fn window(key: &str, start: i64, length: i64, judged: &Judged, row: usize, grain: Grain) -> Alert {
    let end = start + length;
    let flows = judged.frame.columns().iter().find(|column| column.name == "profile_flows");
    let flows = flows.and_then(|column| match &column.values {
        Values::Number(values) => values.get(row).copied(),
        Values::Category { .. } => None,
    });
    let key = Some(key.to_owned());
    let (address, block) = if grain == Grain::Block { (None, key) } else { (key, None) };
    let window = Some(Window { start, end, flows: flows.unwrap_or_default() as u64 });
    Alert {
        timestamp: end,
        src_ip: address.clone(),
        botany: Said { address, block, window, ..Said::default() },
        ..Alert::default()
    }
}

/// The cells of one row, by column; `None` where null, absent or of another type.
struct Cells<'a> {
    flows: &'a RecordBatch,
    row: usize,
}

macro_rules! number {
    ($name:ident: $kind:ty => $value:ty) => {
        fn $name(&self, column: &str) -> Option<$value> {
            let column = self.flows.column_by_name(column)?.as_primitive_opt::<$kind>()?;
            column.is_valid(self.row).then(|| column.value(self.row).into())
        }
    };
}

impl Cells<'_> {
    number!(time: TimestampMicrosecondType => i64);
    number!(u16: UInt16Type => u16);
    number!(u64: UInt64Type => u64);

    fn text(&self, column: &str) -> Option<String> {
        let column = self.flows.column_by_name(column)?.as_string_opt::<i32>()?;
        column.is_valid(self.row).then(|| column.value(self.row).to_owned())
    }
}
