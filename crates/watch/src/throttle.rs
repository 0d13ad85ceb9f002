//! How often one source may be told of: at most so many alerts in an interval of the events' own time.
//!
//! What is told depends on the alerts and their order alone, never on a clock of ours. Only what was told is
//! remembered, so that a journal of the alerts told, fed to [`Throttle::told`] in its order, gives the very state the
//! throttle had when the last of them was written.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

/// The seconds of the units an interval is written in.
const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The most alerts an interval may be given: each is remembered for each source.
const MOST: u32 = 1_000;

/// How many alerts a source may cause in which interval. Written `1/1h`, `10/30m`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Alerts within any interval of this length; 0 means that nothing is held back.
    pub most: u32,
    /// The interval, seconds of the events' time.
    pub seconds: i64,
}

impl Default for Rate {
    /// One an hour: a bot that knocks all day is one line an hour, and one that comes back next day is seen.
    fn default() -> Rate {
        Rate { most: 1, seconds: 3_600 }
    }
}

/// A rate that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rate: write alerts/interval such as 1/1h, 10/30m or 100/1d (1 to 1000 alerts), or off"
)]
pub struct BadRate(String);

impl FromStr for Rate {
    type Err = BadRate;

    fn from_str(text: &str) -> Result<Rate, BadRate> {
        if text == "off" {
            return Ok(Rate { most: 0, seconds: 0 });
        }
        let read = || {
            let (most, interval) = text.split_once('/')?;
            let (unit, seconds) = UNITS.iter().find(|(unit, _)| interval.ends_with(*unit))?;
            let count: i64 = match interval.strip_suffix(*unit)? {
                "" => 1,
                digits => digits.parse().ok()?,
            };
            let most = most.parse().ok().filter(|most| (1..=MOST).contains(most))?;
            let seconds = count.checked_mul(*seconds).filter(|seconds| *seconds > 0)?;
            // Intervals are compared in microseconds.
            seconds.checked_mul(1_000_000)?;
            Some(Rate { most, seconds })
        };
        read().ok_or_else(|| BadRate(text.to_owned()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.most == 0 {
            return f.write_str("off");
        }
        let whole = UNITS.iter().find(|(_, seconds)| self.seconds % seconds == 0);
        let (unit, seconds) = whole.unwrap_or(&('s', 1));
        write!(f, "{}/{}{unit}", self.most, self.seconds / seconds)
    }
}

/// What was told of one source.
struct Source {
    /// The latest event times told, ascending, at most [`Rate::most`]; microseconds since 1970.
    times: Vec<i64>,
    /// The place in the order of telling.
    turn: u64,
}

/// Holds alerts back.
pub struct Throttle {
    rate: Rate,
    /// Sources remembered at most.
    capacity: usize,
    sources: HashMap<String, Source>,
    /// The sources by when they were last told of, the oldest first.
    order: BTreeMap<u64, String>,
    turn: u64,
    held_back: u64,
    forgotten: u64,
}

impl Throttle {
    /// A throttle that remembers at most `capacity` sources (at least one). Beyond that it forgets the one that was
    /// told of the longest ago, which may then be told of too early.
    pub fn new(rate: Rate, capacity: usize) -> Throttle {
        Throttle {
            rate,
            capacity: capacity.max(1),
            sources: HashMap::new(),
            order: BTreeMap::new(),
            turn: 0,
            held_back: 0,
            forgotten: 0,
        }
    }

    /// Whether an alert about `source` at `time` (microseconds since 1970) is to be told. If so it counts as told.
    ///
    /// It is, unless [`Rate::most`] alerts told lie less than the interval before or after it: events come out of
    /// order, and an hour is an hour from either side.
    pub fn tell(&mut self, source: &str, time: i64) -> bool {
        if self.rate.most == 0 {
            return true;
        }
        let interval = self.rate.seconds.saturating_mul(1_000_000).unsigned_abs();
        let near = self.sources.get(source).map_or(0, |source| {
            source.times.iter().filter(|told| told.abs_diff(time) < interval).count()
        });
        if near >= self.rate.most as usize {
            self.held_back += 1;
            return false;
        }
        self.told(source, time);
        true
    }

    /// Takes note of an alert that was told: what a journal is fed to after a restart.
    pub fn told(&mut self, source: &str, time: i64) {
        if self.rate.most == 0 {
            return;
        }
        self.turn += 1;
        let most = self.rate.most as usize;
        if let Some(known) = self.sources.get_mut(source) {
            let place = known.times.partition_point(|told| *told <= time);
            known.times.insert(place, time);
            if known.times.len() > most {
                known.times.remove(0);
            }
            self.order.remove(&known.turn);
            known.turn = self.turn;
        } else {
            if self.sources.len() >= self.capacity
                && let Some((_, oldest)) = self.order.pop_first()
            {
                self.sources.remove(&oldest);
                self.forgotten += 1;
            }
            let first = Source { times: vec![time], turn: self.turn };
            self.sources.insert(source.to_owned(), first);
        }
        self.order.insert(self.turn, source.to_owned());
    }

    /// Alerts held back so far.
    pub fn held_back(&self) -> u64 {
        self.held_back
    }

    /// Sources forgotten for want of room so far.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Sources remembered now.
    pub fn sources(&self) -> usize {
        self.sources.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: i64 = 1_000_000;
    const HOUR: i64 = 3_600 * SECOND;

    fn throttle(rate: &str, capacity: usize) -> Throttle {
        Throttle::new(rate.parse().unwrap(), capacity)
    }

    #[test]
    fn one_an_hour_by_the_events_own_time() {
        let mut throttle = Throttle::new(Rate::default(), 10);
        let told: Vec<bool> = [0, HOUR - 1, HOUR, HOUR + 1, 3 * HOUR]
            .into_iter()
            .map(|time| throttle.tell("192.0.2.1", time))
            .collect();
        assert_eq!(told, [true, false, true, false, true]);
        assert!(throttle.tell("192.0.2.2", 1), "another source has its own hour");
        assert_eq!((throttle.held_back(), throttle.sources()), (2, 2));
    }

    #[test]
    fn the_interval_slides_and_takes_events_in_any_order() {
        let mut throttle = throttle("2/1m", 10);
        let told: Vec<bool> = [0, 30, 59, 60, 89, 90, 20, -40]
            .into_iter()
            .map(|second| throttle.tell("a", second * SECOND))
            .collect();
        // 20 s lies within a minute of nothing that is still remembered but 60 s; -40 s of nothing.
        assert_eq!(told, [true, true, false, true, false, true, true, true]);
        assert_eq!(throttle.held_back(), 2);
    }

    #[test]
    fn what_is_held_back_does_not_make_the_pause_longer() {
        let mut throttle = throttle("1/1h", 10);
        let told = (0..=120).filter(|minute| throttle.tell("a", minute * 60 * SECOND)).count();
        assert_eq!(told, 3, "at 0, 60 and 120 minutes");
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_is_forgotten() {
        let mut throttle = throttle("1/1h", 2);
        assert!(throttle.tell("a", 0) && throttle.tell("b", 1) && throttle.tell("c", 2));
        assert_eq!((throttle.sources(), throttle.forgotten()), (2, 1));
        assert!(!throttle.tell("b", 3) && !throttle.tell("c", 3));
        assert!(throttle.tell("a", 3), "a was forgotten");
        for n in 0..1_000 {
            throttle.tell(&n.to_string(), n);
        }
        assert_eq!((throttle.sources(), throttle.order.len()), (2, 2));
    }

    #[test]
    fn off_holds_nothing_back_and_remembers_nothing() {
        let mut throttle = throttle("off", 1);
        assert!((0..100).all(|n| throttle.tell("a", n)));
        assert_eq!((throttle.sources(), throttle.held_back()), (0, 0));
    }

    #[test]
    fn a_rate_reads_as_it_is_written() {
        for text in ["1/1h", "10/30m", "100/1d", "1/90s", "off"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        assert_eq!("1/h".parse(), Ok(Rate::default()));
        for text in [
            "",
            "1",
            "0/1h",
            "1001/1h",
            "1/0s",
            "1/-1h",
            "1/1y",
            "/h",
            "1/é",
            "1/9999999999999999d",
        ] {
            let says = text.parse::<Rate>().unwrap_err().to_string();
            assert!(says.contains("1/1h"), "{says}");
        }
    }

    proptest! {
        /// Wherever a run is cut, a throttle fed the alerts told so far goes on as the one that saw everything.
        #[test]
        fn a_journal_rebuilds_it(
            events in prop::collection::vec((0..6_u8, 0..400_i64), 0..200),
            cut in 0..200_usize,
            most in 1..4_u32,
            capacity in 1..7_usize,
        ) {
            let rate = Rate { most, seconds: 60 };
            let mut whole = Throttle::new(rate, capacity);
            let mut again = Throttle::new(rate, capacity);
            for (at, (source, second)) in events.into_iter().enumerate() {
                let (source, time) = (source.to_string(), second * SECOND);
                let told = whole.tell(&source, time);
                if at >= cut {
                    prop_assert_eq!(again.tell(&source, time), told);
                } else if told {
                    again.told(&source, time);
                }
            }
        }

        #[test]
        fn no_time_fails(times in prop::collection::vec(any::<i64>(), 0..20), seconds: i64) {
            let mut throttle = Throttle::new(Rate { most: 2, seconds }, 2);
            for time in times {
                throttle.tell("a", time);
            }
        }
    }
}
