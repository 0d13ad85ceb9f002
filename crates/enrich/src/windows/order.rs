//! The flows in an order in which every window is a slice.
//!
//! Addresses are ranked by their bits, so that a block's stand together; the flows then go by block, window and
//! address. A window of an address is a slice of them, and so is a window of a block.

use std::net::IpAddr;

use botany_catalog::address;

use crate::numbers::{NONE, Pairs, Texts};
use crate::profiles::{HOUR, Options};

/// What the addresses of flows are.
pub struct Addresses {
    /// Of each text, a number that all texts of one address share; [`NONE`] for what is no address.
    pub identity: Vec<u32>,
    /// How many identities there are.
    pub identities: usize,
    /// Of each text, the number of its block in order of bits; [`NONE`] for what is no address.
    block: Vec<u32>,
    rank: Vec<u32>,
}

impl Addresses {
    pub fn new(texts: &Texts, options: &Options) -> Addresses {
        let count = texts.len();
        let parsed: Vec<Option<IpAddr>> =
            (0..count as u32).map(|n| address::parse(texts.text(n))).collect();
        // What is no address comes last.
        let key = |number: u32| match parsed[number as usize] {
            Some(IpAddr::V4(v4)) => (0_u8, u128::from(v4.to_bits())),
            Some(IpAddr::V6(v6)) => (1, v6.to_bits()),
            None => (2, 0),
        };
        let mut sorted: Vec<((u8, u128), u32)> = (0..count as u32).map(|n| (key(n), n)).collect();
        sorted.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| texts.text(a.1).cmp(texts.text(b.1)))
        });
        let mut all = Addresses {
            identity: vec![NONE; count],
            identities: 0,
            block: vec![NONE; count],
            rank: vec![0; count],
        };
        let (mut last, mut last_network, mut blocks) = (None, None, 0_u32);
        for (rank, (key, number)) in sorted.into_iter().enumerate() {
            let number = number as usize;
            all.rank[number] = rank as u32;
            let Some(address) = parsed[number] else { continue };
            if last != Some(key) {
                all.identities += 1;
            }
            let network = address::network(address, options.v4_bits, options.v6_bits);
            if last_network != Some(network) {
                blocks += 1;
            }
            (last, last_network) = (Some(key), Some(network));
            all.identity[number] = all.identities as u32 - 1;
            all.block[number] = blocks - 1;
        }
        all
    }
}

/// All windows, and which one each flow is scored with.
pub struct Windows {
    /// The flows by block, window, address; a flow stands once for every window it lies in.
    pub order: Vec<u32>,
    /// Where each window of an address begins in that order, and where the last ends.
    pub addresses: Vec<usize>,
    /// The same of blocks; what has no block stands behind them.
    pub blocks: Vec<usize>,
    /// Of each flow, its own window of an address.
    pub address_of: Vec<u32>,
    /// Of each window of an address, that of its block; [`NONE`] without one.
    pub block_of: Vec<u32>,
}

impl Windows {
    /// `None` where the times lie too far apart to be numbered, as damaged ones do.
    pub fn new(
        source: &[u32],
        time: &[i64],
        addresses: &Addresses,
        options: &Options,
    ) -> Option<Windows> {
        let step = i64::from(options.step()) * HOUR;
        let many = i64::from(options.window_hours / options.step());
        let bin = |time: i64| time.div_euclid(step);
        let first = bin(time.iter().copied().min().unwrap_or(0)) - (many - 1);
        let last = bin(time.iter().copied().max().unwrap_or(0));
        u32::try_from(last - first).ok()?;
        u32::try_from(source.len() as i64 * many).ok()?;

        // A window of an address each, by number; a flow's own is the one that began first.
        let mut pairs = Pairs::new();
        let mut item = Vec::with_capacity(source.len() * many as usize);
        for (source, time) in source.iter().zip(time) {
            let bin = bin(*time) - first;
            item.extend((0..many).rev().map(|back| pairs.number(*source, (bin - back) as u32)));
        }
        let mut sorted: Vec<(u128, u32)> = pairs
            .all()
            .zip(0..)
            .map(|((source, bin), number)| {
                let place = |of: &[u32]| u128::from(of[source as usize]);
                let key =
                    place(&addresses.block) << 64 | u128::from(bin) << 32 | place(&addresses.rank);
                (key, number)
            })
            .collect();
        sorted.sort_unstable();
        let mut place = vec![0_u32; sorted.len()];
        let mut windows = Windows {
            order: vec![0; item.len()],
            addresses: Vec::new(),
            blocks: Vec::new(),
            address_of: Vec::new(),
            block_of: Vec::with_capacity(sorted.len()),
        };
        for (at, (_, number)) in sorted.iter().enumerate() {
            place[*number as usize] = at as u32;
        }
        for item in &mut item {
            *item = place[*item as usize];
        }

        let mut starts = vec![0_usize; sorted.len() + 1];
        item.iter().for_each(|window| starts[*window as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        for (at, window) in item.iter().enumerate() {
            let next = &mut next[*window as usize];
            windows.order[*next] = (at / many as usize) as u32;
            *next += 1;
        }
        let mut last = None;
        for (at, (key, _)) in sorted.iter().enumerate() {
            let block = key >> 32;
            if (key >> 64) as u32 == NONE {
                windows.block_of.push(NONE);
                continue;
            }
            if last != Some(block) {
                windows.blocks.push(starts[at]);
            }
            last = Some(block);
            windows.block_of.push(windows.blocks.len() as u32 - 1);
        }
        let blockless = windows.block_of.iter().rev().take_while(|block| **block == NONE).count();
        windows.blocks.push(starts[sorted.len() - blockless]);
        windows.addresses = starts;
        windows.address_of = item.into_iter().step_by(many as usize).collect();
        Some(windows)
    }
}
