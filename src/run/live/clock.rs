//! What time it is, by the logs themselves.
//!
//! Each log has its own clock: when its last event was written. While several are read, the one that is furthest behind
//! says what is over; one with nothing left to read holds up nobody.

use std::collections::BTreeMap;

use botany_enrich::profiles::HOUR;

/// A log whose clock is further ahead of ours than this is wrong, in microseconds.
const AHEAD: i64 = HOUR;

/// The clocks of all logs.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Of each log: the last time seen, and whether it has more to read.
    logs: BTreeMap<usize, (Option<i64>, bool)>,
    reached: Option<i64>,
}

impl Clock {
    /// A clock that says `reached`, of so many logs; none of them was looked at.
    pub fn new(reached: Option<i64>, logs: usize) -> Clock {
        Clock { logs: (0..logs).map(|log| (log, (None, true))).collect(), reached }
    }

    /// What is reached: it never goes back.
    pub fn reached(&self) -> Option<i64> {
        self.reached
    }

    /// A log has an event that was written at `time`, microseconds since 1970 UTC; `now` is ours.
    pub fn see(&mut self, log: usize, time: i64, now: i64) {
        let time = time.min(now.saturating_add(AHEAD));
        let seen = self.logs.entry(log).or_insert((None, true));
        *seen = (seen.0.max(Some(time)), true);
        self.advance();
    }

    /// A log has nothing left to read now.
    pub fn idle(&mut self, log: usize) {
        if let Some(seen) = self.logs.get_mut(&log) {
            seen.1 = false;
        }
        self.advance();
    }

    fn advance(&mut self) {
        let busy = self.logs.values().filter(|(_, more)| *more).map(|(time, _)| *time);
        // Without one that has more, whatever was seen is reached; with one not looked at yet, nothing is.
        let reached = match busy.min() {
            Some(least) => least,
            None => self.logs.values().filter_map(|(time, _)| *time).max(),
        };
        self.reached = self.reached.max(reached);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000_000_000;

    #[test]
    fn the_log_that_is_behind_says_what_is_over() {
        let mut clock = Clock::new(None, 2);
        clock.see(0, 500, NOW);
        assert_eq!(clock.reached(), None, "the other was not looked at");
        clock.see(1, 20, NOW);
        assert_eq!(clock.reached(), Some(20));
        clock.see(1, 10, NOW);
        assert_eq!(clock.reached(), Some(20), "it never goes back");
        clock.see(1, 700, NOW);
        assert_eq!(clock.reached(), Some(500));
    }

    #[test]
    fn a_quiet_log_holds_up_nobody_and_a_wrong_clock_is_not_believed() {
        let mut clock = Clock::new(Some(5), 2);
        clock.idle(0);
        clock.see(1, 30, NOW);
        assert_eq!(clock.reached(), Some(30));
        clock.idle(1);
        assert_eq!(clock.reached(), Some(30));
        clock.see(0, 20, NOW);
        assert_eq!(clock.reached(), Some(30));
        clock.see(0, i64::MAX, NOW);
        assert_eq!(clock.reached(), Some(NOW + AHEAD));
    }
}
