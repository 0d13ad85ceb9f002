//! Populations with a known answer, for tests.

use botany_learn::{Column, Frame, PipelineSpec, Rng, Settings, Values};

use crate::keys::Keys;

/// A pipeline and rows to try it on.
pub(crate) struct Planted {
    pub spec: PipelineSpec,
    pub frame: Frame,
    pub y: Vec<u8>,
    pub keys: Keys,
}

/// 60 addresses of `rows` rows, every third positive. The features are a fingerprint of the address
/// and say nothing of the label: there is nothing to learn, but all to remember.
pub(crate) fn memorable(rows: usize) -> Planted {
    planted(rows, |address, _, rng| {
        let print = Rng::stream(7, address as u64).below(1000);
        [print as f64, (print * print % 997) as f64, rng.unit()]
    })
}

/// 60 addresses of `rows` rows, every third positive, with a feature that tells them apart up to
/// some noise.
pub(crate) fn learnable(rows: usize) -> Planted {
    planted(rows, |_, label, rng| {
        let shift = f64::from(label);
        [(10.0 * (shift + 1.8 * rng.unit())).floor(), (9.0 * rng.unit()).floor(), rng.unit()]
    })
}

fn planted(rows: usize, features: impl Fn(usize, u8, &mut Rng) -> [f64; 3]) -> Planted {
    let mut rng = Rng::new(11);
    let mut columns = [const { Vec::new() }; 3];
    let (mut y, mut addresses, mut time) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..60 * rows {
        let address = at % 60;
        let label = u8::from(address % 3 == 0);
        for (column, value) in columns.iter_mut().zip(features(address, label, &mut rng)) {
            column.push(value);
        }
        y.push(label);
        addresses.push(format!("192.0.{}.{address}", address / 2));
        time.push(at as i64 * 1_000_000);
    }
    let names = ["packets_in", "packets_out", "noise"];
    let columns =
        names.iter().zip(columns).map(|(name, values)| Column::new(*name, Values::Number(values)));
    Planted {
        spec: PipelineSpec {
            features: vec!["packets_in".to_owned(), "packets_out".to_owned()],
            clustering: None,
            scale: false,
            algorithm: "decision-tree".to_owned(),
            settings: Settings::new(),
            seed: 1,
            threads: 1,
        },
        frame: Frame::new(columns.collect()).unwrap(),
        y,
        keys: Keys::new(addresses, time, 24, 64).unwrap(),
    }
}
