//! The same sensor as a matrix: what a learner is given.

use std::collections::HashMap;

use super::population::{Kind, Population};
use super::random::Random;
use super::{BEGIN, EVENTS_A_SOURCE};

/// Columns of [`labelled`].
pub const COLUMNS: [&str; 10] = [
    "packets_in",
    "packets_out",
    "packets_total",
    "packet_ratio",
    "bytes_in",
    "bytes_out",
    "duration",
    "tcp_flags",
    "flows_of_source",
    "mean_bytes_of_source",
];

/// Rows and their labels.
pub struct Labelled {
    /// Row by row, [`COLUMNS`] wide.
    pub x: Vec<f64>,
    /// Whether the source is of the botnet; one label in twelve is wrong, as labels are.
    pub y: Vec<u8>,
}

impl Labelled {
    /// Keeps the first so many rows and gives the others.
    pub fn split_off(&mut self, rows: usize) -> Labelled {
        Labelled { x: self.x.split_off(rows * COLUMNS.len()), y: self.y.split_off(rows) }
    }
}

/// So many flows with the article's features, and two of their source's day.
pub fn labelled(rows: usize, seed: u64) -> Labelled {
    let mut population = Population::new((rows as u64 / EVENTS_A_SOURCE).max(10), seed);
    let mut random = Random::new(seed + 1);
    let flows: Vec<_> = (0..rows).map(|_| population.flow(BEGIN)).collect();
    let mut of_source: HashMap<usize, (u64, u64)> = HashMap::new();
    for flow in &flows {
        let (count, bytes) = of_source.entry(flow.source).or_default();
        *count += 1;
        *bytes += flow.bytes_in + flow.bytes_out;
    }
    let mut x = Vec::with_capacity(rows * COLUMNS.len());
    let mut y = Vec::with_capacity(rows);
    for flow in &flows {
        let (count, bytes) = of_source[&flow.source];
        x.extend([
            flow.packets_in as f64,
            flow.packets_out as f64,
            (flow.packets_in + flow.packets_out) as f64,
            flow.packets_in as f64 / flow.packets_out as f64,
            flow.bytes_in as f64,
            flow.bytes_out as f64,
            flow.age as f64,
            f64::from(flow.flags_out | flow.flags_in),
            count as f64,
            bytes as f64 / count as f64,
        ]);
        let bot = population.sources[flow.source].kind == Kind::Bot;
        y.push(u8::from(bot != random.chance(1.0 / 12.0)));
    }
    Labelled { x, y }
}
