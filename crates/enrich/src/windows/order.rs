//! The flows in an order in which every window is a slice.
//!
//! Addresses are ranked by their bits, so that a block's stand together; the flows then go by block, window and
//! address. A window of an address is a slice of them, and so is a window of a block.

use std::net::IpAddr;
use std::panic::resume_unwind;
use std::thread;

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
    fn new(texts: &Texts, options: &Options) -> Addresses {
        let count = texts.len();
        let mut all = Addresses {
            identity: vec![NONE; count],
            identities: 0,
            block: vec![NONE; count],
            rank: vec![0; count],
        };
        // Addresses by their bits, each with the number of its text; what is no address comes last.
        let (mut v4, mut v6, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..count as u32 {
            match address::parse(texts.text(number)) {
                Some(IpAddr::V4(v4_bits)) => v4.push((v4_bits.to_bits(), number)),
                Some(IpAddr::V6(v6_bits)) => v6.push((v6_bits.to_bits(), number)),
                None => others.push(number),
            }
        }
        v4.sort_unstable();
        v6.sort_unstable();
        let v4 = v4.into_iter().map(|(bits, number)| (IpAddr::V4(bits.into()), number));
        let v6 = v6.into_iter().map(|(bits, number)| (IpAddr::V6(bits.into()), number));
        let (mut last, mut last_network, mut blocks, mut rank) = (None, None, 0_u32, 0);
        for (address, number) in v4.chain(v6) {
            let number = number as usize;
            if last != Some(address) {
                all.identities += 1;
            }
            let network = address::network(address, options.v4_bits, options.v6_bits);
            if last_network != Some(network) {
                blocks += 1;
            }
            (last, last_network) = (Some(address), Some(network));
            all.identity[number] = all.identities as u32 - 1;
            all.block[number] = blocks - 1;
            all.rank[number] = rank;
            rank += 1;
        }
        (rank..).zip(others).for_each(|(rank, number)| all.rank[number as usize] = rank);
        all
    }
}

/// The windows of sources by number, in the order they are met.
enum Met {
    /// A cell for every source and step: looked up at once.
    Table {
        steps: usize,
        cells: Vec<u32>,
        met: Vec<(u32, u32)>,
    },
    Pairs(Pairs),
}

impl Met {
    /// A table where there are not many more cells than flows.
    fn new(sources: usize, steps: usize, flows: usize) -> Met {
        match sources.checked_mul(steps) {
            Some(cells) if cells <= 4 * flows.max(1 << 14) => {
                Met::Table { steps, cells: vec![NONE; cells], met: Vec::new() }
            }
            _ => Met::Pairs(Pairs::new()),
        }
    }

    fn number(&mut self, source: u32, step: u32) -> u32 {
        match self {
            Met::Table { steps, cells, met } => {
                let cell = &mut cells[source as usize * *steps + step as usize];
                if *cell == NONE {
                    *cell = met.len() as u32;
                    met.push((source, step));
                }
                *cell
            }
            Met::Pairs(pairs) => pairs.number(source, step),
        }
    }

    fn get(&self, source: u32, step: u32) -> Option<u32> {
        match self {
            Met::Table { steps, cells, .. } => {
                let cell = source as usize * steps + step as usize;
                let met = (step as usize) < *steps && cells[cell] != NONE;
                met.then(|| cells[cell])
            }
            Met::Pairs(pairs) => pairs.get(source, step),
        }
    }

    fn all(&self) -> Vec<(u32, u32)> {
        match self {
            Met::Table { met, .. } => met.clone(),
            Met::Pairs(pairs) => pairs.all().collect(),
        }
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
    /// Windows by source and step, and where each stands among them.
    met: Met,
    place: Vec<u32>,
    /// Microseconds of a step, and the number of the first.
    step: i64,
    first: i64,
}

/// A window of an address among its like.
struct Window {
    block: u32,
    step: u32,
    number: u32,
}

impl Windows {
    /// `None` where the times lie too far apart to be numbered, as damaged ones do.
    pub fn new(
        source: &[u32],
        time: &[i64],
        texts: &Texts,
        options: &Options,
        threads: usize,
    ) -> Option<(Windows, Addresses)> {
        let step = i64::from(options.step()) * HOUR;
        let many = i64::from(options.window_hours / options.step());
        let bin = |time: i64| time.div_euclid(step);
        let first = bin(time.iter().copied().min().unwrap_or(0)) - (many - 1);
        let last = bin(time.iter().copied().max().unwrap_or(0));
        let steps = u32::try_from(last - first).ok()? as usize + 1;
        let many = u32::try_from(source.len() as i64 * many).ok().map(|_| many as u32)?;

        // A window of an address each, by number; a flow's own is the one that began first.
        let number = || {
            let mut met = Met::new(texts.len(), steps, source.len());
            let mut item = Vec::with_capacity(source.len() * many as usize);
            for (source, time) in source.iter().zip(time) {
                let bin = (bin(*time) - first) as u32;
                item.extend((0..many).rev().map(|back| met.number(*source, bin - back)));
            }
            (met, item)
        };
        let rank = || Addresses::new(texts, options);
        let (addresses, (met, mut item)) = match threads {
            0 | 1 => (rank(), number()),
            _ => thread::scope(|scope| {
                let addresses = scope.spawn(rank);
                let numbered = number();
                (addresses.join().unwrap_or_else(|panic| resume_unwind(panic)), numbered)
            }),
        };
        let sorted = sorted(&met.all(), &addresses);
        let mut place = vec![0_u32; sorted.len()];
        for (at, window) in sorted.iter().enumerate() {
            place[window.number as usize] = at as u32;
        }
        for item in &mut item {
            *item = place[*item as usize];
        }

        let mut starts = vec![0_usize; sorted.len() + 1];
        item.iter().for_each(|window| starts[*window as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        let mut order = vec![0; item.len()];
        for (at, window) in item.iter().enumerate() {
            let next = &mut next[*window as usize];
            order[*next] = (at / many as usize) as u32;
            *next += 1;
        }
        let (mut blocks, mut block_of) = (Vec::new(), Vec::with_capacity(sorted.len()));
        let mut last = None;
        for (window, start) in sorted.iter().zip(&starts) {
            if window.block == NONE {
                block_of.push(NONE);
                continue;
            }
            if last != Some((window.block, window.step)) {
                blocks.push(*start);
            }
            last = Some((window.block, window.step));
            block_of.push(blocks.len() as u32 - 1);
        }
        let blockless = block_of.iter().rev().take_while(|block| **block == NONE).count();
        blocks.push(starts[sorted.len() - blockless]);
        let address_of = item.into_iter().step_by(many as usize).collect();
        let first = first + i64::from(many) - 1;
        let windows = Windows {
            order,
            addresses: starts,
            blocks,
            address_of,
            block_of,
            met,
            place,
            step,
            first,
        };
        Some((windows, addresses))
    }

    /// The window a source is scored with at a time, if it began a flow in it.
    pub fn own(&self, source: u32, time: i64) -> Option<u32> {
        let step = u32::try_from(time.div_euclid(self.step) - self.first).ok()?;
        self.met.get(source, step).map(|number| self.place[number as usize])
    }
}

/// Windows of addresses by block, step and address. Blocks are in the order of their addresses, so that a window finds
/// its block by counting, and only those of one block are left to be sorted.
fn sorted(met: &[(u32, u32)], addresses: &Addresses) -> Vec<Window> {
    let mut starts = vec![0_u32; addresses.rank.len() + 1];
    let rank = |source: u32| addresses.rank[source as usize] as usize;
    met.iter().for_each(|(source, _)| starts[rank(*source) + 1] += 1);
    (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
    let mut by_rank = vec![0_u32; met.len()];
    for (number, (source, _)) in (0..).zip(met) {
        let next = &mut starts[rank(*source)];
        by_rank[*next as usize] = number;
        *next += 1;
    }
    let window = |number: u32| {
        let (source, step) = met[number as usize];
        Window { block: addresses.block[source as usize], step, number }
    };
    let mut sorted: Vec<Window> = by_rank.into_iter().map(window).collect();
    for block in sorted.chunk_by_mut(|one, next| one.block == next.block) {
        block.sort_by_key(|window| window.step);
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_numbers_windows_as_pairs_do() {
        let (mut table, mut pairs) = (Met::new(50, 9, 1000), Met::new(1 << 20, 1 << 20, 1000));
        assert!(matches!((&table, &pairs), (Met::Table { .. }, Met::Pairs(_))));
        for n in (0..400_u32).chain(0..400) {
            let (source, step) = (n * n % 50, n % 7);
            assert_eq!(table.get(source, step), pairs.get(source, step));
            assert_eq!(table.number(source, step), pairs.number(source, step));
        }
        assert_eq!(table.all(), pairs.all());
        assert_eq!((table.get(0, 8), table.get(0, 9), table.get(49, 1 << 30)), (None, None, None));
    }
}
