//! The flows dealt out in shares of neighbouring addresses.
//!
//! A share holds whole blocks, and about as many flows as a core's own cache does, so that what is done with them
//! looks at memory nearby, and on all cores. Within it the flows go by block, window and address: a window of an
//! address is a slice of them, and so is a window of a block.

use super::addresses::Addresses;
use super::members::Members;
use super::one_by_one;
use crate::numbers::{NONE, Texts};
use crate::profiles::{HOUR, Options};

/// Most flows of a share, unless one block has more.
const MOST: usize = 1 << 16;

/// Shares a thread, so that none waits long for the last one.
const A_THREAD: usize = 8;

/// Times as the numbers of steps from one window to the next.
pub struct Steps {
    /// Microseconds of a step.
    length: i64,
    /// Steps of a window.
    many: u32,
    /// Where the first window begins.
    first: i64,
    /// How many there are.
    pub count: usize,
}

impl Steps {
    /// `None` where the times lie too far apart to be numbered, as damaged ones do.
    fn new(pieces: &[Members], options: &Options) -> Option<Steps> {
        let length = i64::from(options.step()) * HOUR;
        let many = options.window_hours / options.step();
        let times = || pieces.iter().flat_map(|piece| &piece.time).copied();
        let first = times().min().unwrap_or(0).div_euclid(length) - i64::from(many - 1);
        let last = times().max().unwrap_or(0).div_euclid(length);
        let count = u32::try_from(last - first).ok()? as usize + 1;
        Some(Steps { length, many, first, count })
    }

    /// That of the window a flow at this time is scored with, which is the one of its windows that began first.
    pub fn own(&self, time: i64) -> Option<u32> {
        let step = time.div_euclid(self.length) - i64::from(self.many - 1);
        u32::try_from(step - self.first).ok()
    }
}

/// All flows by share.
pub struct Shares {
    /// What their addresses are.
    pub addresses: Addresses,
    /// Their windows' times.
    pub steps: Steps,
    /// Of each text, the share its flows are in.
    pub of: Vec<u32>,
    /// By piece and share, how many flows of the pieces before stand in it before the first of this one.
    pub begins: Vec<Vec<usize>>,
    count: usize,
    /// By piece and share.
    flows: Vec<Vec<Members>>,
}

/// What lies in a share.
pub struct Windows {
    /// The flows by block, window, address; a flow stands once for every window it lies in.
    pub flows: Members,
    /// Where each window of an address begins in that order, and where the last ends.
    pub addresses: Vec<usize>,
    /// The same of blocks.
    pub blocks: Vec<usize>,
    /// Of each window of an address, that of its block.
    pub block_of: Vec<u32>,
    /// Of each flow as it was dealt, its own window of an address.
    pub own: Vec<u32>,
    /// Text and step of each window of an address.
    pub named: Vec<(u32, u32)>,
    /// Whether they have blocks: what is no address lies in a share of its own.
    pub has_blocks: bool,
}

impl Shares {
    /// Of flows in pieces, addresses as the numbers of these texts. `None` as [`Steps`] says, and where there are too
    /// many flows to be numbered.
    pub fn new(
        pieces: &[Members],
        texts: &Texts,
        options: &Options,
        threads: usize,
    ) -> Option<Shares> {
        let steps = Steps::new(pieces, options)?;
        let count: usize = pieces.iter().map(|piece| piece.source.len()).sum();
        u32::try_from(count.checked_mul(steps.many as usize)?).ok()?;
        let addresses = Addresses::new(texts, options);
        let (of, shares) = cut(pieces, &addresses, count.div_ceil(A_THREAD * threads.max(1)));
        let flows = one_by_one(pieces.len(), threads, |_: &mut (), n| pieces[n].dealt(&of, shares));
        let mut begins = vec![vec![0; shares]];
        for piece in &flows {
            let before = &begins[begins.len() - 1];
            let flows = piece.iter().map(|share| share.source.len());
            begins.push(before.iter().zip(flows).map(|(before, flows)| before + flows).collect());
        }
        Some(Shares { addresses, steps, of, begins, count: shares, flows })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// One of them, in order.
    pub fn windows(&self, share: usize) -> Windows {
        let flows = Members::joined(self.flows.iter().map(|piece| &piece[share]));
        let step = |time: i64| self.steps.own(time).unwrap_or(0);
        let mut keys = Vec::with_capacity(flows.source.len() * self.steps.many as usize);
        for (at, (source, time)) in (0_u32..).zip(flows.source.iter().zip(&flows.time)) {
            let source = *source as usize;
            let (block, rank) = (self.addresses.block[source], self.addresses.rank[source]);
            let own = step(*time);
            keys.extend((own..own + self.steps.many).map(|step| key([block, step, rank, at])));
        }
        keys.sort_unstable();

        let (mut addresses, mut blocks) = (Vec::new(), Vec::new());
        let (mut block_of, mut named) = (Vec::new(), Vec::new());
        let mut own = vec![0; flows.source.len()];
        let mut order = Vec::with_capacity(keys.len());
        let mut last = None;
        for (place, key) in keys.iter().enumerate() {
            let [block, start, rank, at] = parts(*key);
            let (before, now) = (last, [block, start, rank]);
            if before != Some(now) {
                if before.is_none_or(|[block, start, _]| [block, start] != now[..2]) {
                    blocks.push(place);
                }
                addresses.push(place);
                block_of.push(blocks.len() as u32 - 1);
                named.push((self.addresses.by_rank[rank as usize], start));
                last = Some(now);
            }
            if step(flows.time[at as usize]) == start {
                own[at as usize] = addresses.len() as u32 - 1;
            }
            order.push(at);
        }
        addresses.push(keys.len());
        blocks.push(keys.len());
        let has_blocks = last.is_some_and(|[block, ..]| block != NONE);
        let flows = flows.ordered(&order);
        Windows { flows, addresses, blocks, block_of, own, named, has_blocks }
    }
}

/// Four numbers as one that sorts as they do.
fn key(numbers: [u32; 4]) -> u128 {
    numbers.into_iter().fold(0, |key, number| key << 32 | u128::from(number))
}

fn parts(key: u128) -> [u32; 4] {
    [96, 64, 32, 0].map(|shift| (key >> shift) as u32)
}

/// The share of each text, and how many shares there are: whole blocks of as many flows, or a few more.
fn cut(pieces: &[Members], addresses: &Addresses, flows: usize) -> (Vec<u32>, usize) {
    let mut began = vec![0_u32; addresses.rank.len()];
    let sources = pieces.iter().flat_map(|piece| &piece.source);
    sources.for_each(|source| began[*source as usize] += 1);
    let most = flows.min(MOST);
    let mut of = vec![0; began.len()];
    let (mut share, mut held, mut last) = (0, 0, None);
    for text in &addresses.by_rank {
        let text = *text as usize;
        let block = addresses.block[text];
        if last.is_some_and(|last| last != block && (held >= most || block == NONE)) {
            share += 1;
            held = 0;
        }
        of[text] = share;
        held += began[text] as usize;
        last = Some(block);
    }
    (of, last.map_or(0, |_| share as usize + 1))
}
