//! The flows dealt out in shares of neighbouring addresses.
//!
//! A share holds whole blocks, and so few flows that what is done with their columns looks at memory nearby, and on
//! all cores. Within it the flows go by block, window and address: a window of an address is a slice of them, and so
//! is a window of a block. A block with most of the flows is a share all the same, and the work of one core.

use super::addresses::Addresses;
use super::members::Members;
use super::one_by_one;
use crate::numbers::{NONE, Texts};
use crate::profiles::{HOUR, Options};

/// A share with so many flows, each counted for every window it lies in, takes no further block.
const ENOUGH: usize = 1 << 16;

/// But so many flows it takes in any case: there should not be more shares than flows in each.
const LEAST: usize = 1 << 12;

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
        // Behind the last there is a number more.
        let count = u32::try_from(last - first + 1).ok()? as usize;
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
        let enough = (ENOUGH / steps.many as usize).max(LEAST);
        let enough = enough.min(count.div_ceil(A_THREAD * threads.max(1)));
        let (of, shares) = cut(pieces, &addresses, enough);
        let flows = one_by_one(pieces.len(), threads, |_: &mut (), n| pieces[n].dealt(&of, shares));
        let mut begins = vec![vec![0; shares]];
        for piece in &flows {
            let before = &begins[begins.len() - 1];
            let flows = piece.iter().map(|share| share.source.len());
            begins.push(before.iter().zip(flows).map(|(before, flows)| before + flows).collect());
        }
        Some(Shares { addresses, steps, of, begins, flows })
    }

    /// Of each text its share, and where each piece begins in the shares; what they hold is let go.
    pub fn into_places(self) -> (Vec<u32>, Vec<Vec<usize>>) {
        (self.of, self.begins)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        // Where the first piece begins is told of every share.
        self.begins[0].len()
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

/// The share of each text, and how many shares there are: whole blocks, until there are enough flows. The largest come
/// first, so that no core is left with one at the end.
fn cut(pieces: &[Members], addresses: &Addresses, enough: usize) -> (Vec<u32>, usize) {
    let mut flows_of = vec![0_u32; addresses.rank.len()];
    let sources = pieces.iter().flat_map(|piece| &piece.source);
    sources.for_each(|source| flows_of[*source as usize] += 1);
    let mut of = vec![0; flows_of.len()];
    let (mut held, mut last) = (Vec::new(), None);
    for text in &addresses.by_rank {
        let text = *text as usize;
        let block = addresses.block[text];
        let full = |held: &usize| last != Some(block) && (*held >= enough || block == NONE);
        if held.last().is_none_or(full) {
            held.push(0);
        }
        of[text] = held.len() as u32 - 1;
        held[of[text] as usize] += flows_of[text] as usize;
        last = Some(block);
    }
    let mut largest: Vec<usize> = (0..held.len()).collect();
    largest.sort_by_key(|share| std::cmp::Reverse(held[*share]));
    let mut place = vec![0; held.len()];
    (0..).zip(largest).for_each(|(to, share)| place[share] = to);
    of.iter_mut().for_each(|share| *share = place[*share as usize]);
    (of, held.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;

    /// Three pieces of flows of forty sources, two of which are no address, and a destination that is never one.
    fn pieces(texts: &mut Texts) -> Vec<Members> {
        let text = |n: u32| match n % 40 {
            0 => "no address".to_owned(),
            1 => "neither".to_owned(),
            n if n % 5 == 0 => format!("2001:db8:{}::1", n % 3),
            n => format!("192.0.{}.{n}", n % 3),
        };
        texts.number("203.0.113.1");
        let piece = |numbers: std::ops::Range<u32>, texts: &mut Texts| Members {
            source: numbers.clone().map(|n| texts.number(&text(n * n))).collect(),
            time: numbers.map(|n| i64::from(n) * 7 * HOUR - DAY).collect(),
            ..Members::default()
        };
        [0..50, 50..51, 51..90].into_iter().map(|numbers| piece(numbers, texts)).collect()
    }

    #[test]
    fn a_flow_is_in_the_share_of_its_source_where_its_piece_says_and_in_its_own_window() {
        let mut texts = Texts::new();
        let pieces = pieces(&mut texts);
        let sliding = Options { window_hours: 24, step_hours: Some(6), ..Options::default() };
        for (threads, options) in [(1, Options::default()), (1000, sliding)] {
            let shares = Shares::new(&pieces, &texts, &options, threads).unwrap();
            let all: Vec<Windows> = (0..shares.len()).map(|n| shares.windows(n)).collect();
            assert!(all.len() > 2, "one of what is no address, and others");
            for (piece, begins) in pieces.iter().zip(&shares.begins) {
                let mut next = begins.clone();
                for (source, time) in piece.source.iter().zip(&piece.time) {
                    let share = shares.of[*source as usize] as usize;
                    let windows = &all[share];
                    let own = windows.own[next[share]] as usize;
                    next[share] += 1;
                    assert_eq!(Some(windows.named[own].1), shares.steps.own(*time));
                    assert_eq!(windows.named[own].0, *source);
                    let flows = windows.addresses[own]..windows.addresses[own + 1];
                    assert!(windows.flows.source[flows.clone()].iter().all(|one| one == source));
                    assert!(windows.flows.time[flows].contains(time));
                    assert_eq!(
                        windows.has_blocks,
                        shares.addresses.block[*source as usize] != NONE
                    );
                }
            }
            let many = (options.window_hours / options.step()) as usize;
            let flows: usize = all.iter().map(|share| share.flows.source.len()).sum();
            assert_eq!(flows, 90 * many);
            for windows in &all {
                assert_eq!(windows.blocks.last(), windows.addresses.last());
                assert!(windows.blocks.iter().all(|at| windows.addresses.contains(at)));
            }
        }
    }

    #[test]
    fn the_largest_share_comes_first() {
        let mut texts = Texts::new();
        let pieces = pieces(&mut texts);
        let shares = Shares::new(&pieces, &texts, &Options::default(), 4).unwrap();
        let sizes: Vec<usize> = (0..shares.len()).map(|n| shares.windows(n).own.len()).collect();
        assert!(sizes.is_sorted_by(|one, next| one >= next), "{sizes:?}");
    }

    #[test]
    fn times_too_far_apart_have_no_steps() {
        // All times there are have some more steps of an hour than can be numbered.
        let begin = -1_i64 << 31;
        let steps = |last: i64| {
            let time = vec![begin * HOUR, last];
            let flows = Members { source: vec![0, 0], time, ..Members::default() };
            Steps::new(&[flows], &Options { window_hours: 1, ..Options::default() })
        };
        let most = i64::from(u32::MAX) - 1;
        let last = |steps: i64| (begin + steps) * HOUR;
        let widest = steps(last(most)).unwrap();
        assert_eq!((widest.count, widest.own(last(most))), (u32::MAX as usize, Some(u32::MAX - 1)));
        assert!(steps(last(most + 1)).is_none() && steps(i64::MAX).is_none());
    }
}
