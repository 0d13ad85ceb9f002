//! The EVE reader against a JSON tree: the same lines, read by both, must give the same rows.
//!
//! Lines are generated events, whole and damaged, and what a corpus keeps. `cargo test` reads some ten
//! thousand; `cargo xtask fuzz MINUTES` reads until the time is up and keeps what it finds.

mod columns;
mod compare;
mod dice;
mod event;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use botany_collect::Options;
use dice::Dice;
use jiff::Timestamp;

/// Lines of one file that is read.
const LINES: usize = 4000;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/eve_oracle/corpus.txt")
}

fn kept() -> Vec<Vec<u8>> {
    let bytes = fs::read(corpus()).unwrap();
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

/// What a sensor's owner may ask for.
fn options(dice: &mut Dice) -> Options {
    let mut options = Options::at(Timestamp::UNIX_EPOCH);
    options.threads = 1;
    options.digest = false;
    if dice.below(3) == 0 {
        options.ports = vec![22, 1];
    }
    if dice.below(4) == 0 {
        options.events = vec!["flow".to_owned(), "ssh".to_owned()];
    }
    options
}

/// Reads one file of lines, some of the corpus, some new, most of them damaged; gives the lines that
/// ended in a way not seen before.
fn round(seed: u64, kept: &[Vec<u8>], seen: &mut BTreeSet<String>) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(seed);
    let mut lines: Vec<Vec<u8>> = Vec::with_capacity(LINES);
    while lines.len() < LINES {
        let base = match kept.get(dice.below(kept.len() as u64 * 2) as usize) {
            Some(line) => line.clone(),
            None => event::event(&mut dice).into_bytes(),
        };
        for _ in 0..20 {
            lines.push(event::damaged(&mut dice, &base));
        }
        lines.push(base);
    }
    let options = options(&mut dice);
    let ends = compare::compare(&lines, &options)
        .unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
    let new = |(line, end): (Vec<u8>, String)| seen.insert(end).then_some(line);
    lines.into_iter().zip(ends).filter_map(new).collect()
}

#[test]
fn an_event_gives_the_row_its_tree_gives() {
    let kept = kept();
    for ports in [vec![], vec![22]] {
        let options = Options { ports, threads: 2, ..Options::at(Timestamp::UNIX_EPOCH) };
        compare::compare(&kept, &options).unwrap();
    }
    let minutes: Option<f64> =
        std::env::var("BOTANY_FUZZ_MINUTES").ok().map(|m| m.parse().unwrap());
    let Some(minutes) = minutes else {
        let mut seen = BTreeSet::new();
        (0..8).for_each(|seed| drop(round(seed, &kept, &mut seen)));
        assert!(seen.len() > 60, "the lines end in few ways: {seen:?}");
        return;
    };
    let first = Timestamp::now().as_microsecond().unsigned_abs();
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let work = |thread: u64| {
        let (mut kept, mut seen, mut rounds) = (kept.clone(), BTreeSet::new(), 0);
        // What the corpus shows is nothing new.
        seen.extend(compare::compare(&kept, &Options::at(Timestamp::UNIX_EPOCH)).unwrap());
        let before = kept.len();
        while Instant::now() < until {
            let seed = first + (rounds * threads + thread);
            kept.extend(round(seed, &kept, &mut seen));
            rounds += 1;
        }
        (rounds, kept.split_off(before), seen.len())
    };
    let done: Vec<(u64, Vec<Vec<u8>>, usize)> = std::thread::scope(|scope| {
        let work = &work;
        let all: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let lines = done.iter().map(|(rounds, ..)| rounds).sum::<u64>() * LINES as u64;
    let mut all: BTreeSet<Vec<u8>> = kept.into_iter().collect();
    all.extend(done.iter().flat_map(|(_, new, _)| new.iter().cloned()));
    let ends = done.iter().map(|(.., seen)| *seen).max();
    println!(
        "{lines} lines read alike from seed {first}; {ends:?} ways to end; {} lines kept",
        all.len()
    );
    let all: Vec<Vec<u8>> = all.into_iter().collect();
    fs::write(corpus(), [all.join(&b'\n'), vec![b'\n']].concat()).unwrap();
}
