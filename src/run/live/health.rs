//! What keeps a watch from doing its work, told once it lasts: what `/health` answers.
//!
//! A receiver that is away for a moment, or a log that is read a little late, is everyday. Trouble is what stays.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long something must be wrong before it is told.
const LASTS: Duration = Duration::from_secs(60);

/// How far logs may be behind while nobody is told, in bytes.
const BEHIND: u64 = 16 << 20;

/// What is wrong, and since when.
#[derive(Debug, Default)]
pub struct Health {
    wrong: BTreeMap<String, (Instant, String)>,
    /// The least that was left to read since the last time it was less, and when that was.
    least: Option<(Instant, u64)>,
}

impl Health {
    /// What is wrong with `who` at `now`, in words that follow the name; or that nothing is.
    pub fn see(&mut self, who: &str, wrong: Option<String>, now: Instant) {
        match wrong {
            None => {
                self.wrong.remove(who);
            }
            Some(why) => {
                let since = self.wrong.get(who).map_or(now, |(since, _)| *since);
                self.wrong.insert(who.to_owned(), (since, why));
            }
        }
    }

    /// How many bytes are written and not told yet at `now`. It is wrong if that is much and has not been less for a while:
    /// the logs are written faster than they are read, or reading stands still.
    pub fn see_lag(&mut self, bytes: u64, now: Instant) {
        let (since, least) = self.least.unwrap_or((now, bytes));
        self.least =
            Some(if bytes < least || bytes <= BEHIND { (now, bytes) } else { (since, least) });
        let grows = bytes > BEHIND && bytes >= least;
        let why = format!(
            "{} MiB are written and not judged yet, and they do not become less",
            bytes >> 20
        );
        match grows.then_some(since) {
            None => self.see("the logs", None, now),
            Some(since) => {
                self.wrong.insert("the logs".to_owned(), (since, why));
            }
        }
    }

    /// What has been wrong for a minute or longer, a line each.
    pub fn trouble(&self, now: Instant) -> Option<String> {
        let lasting = |(who, (since, why)): (&String, &(Instant, String))| {
            let seconds = now.saturating_duration_since(*since);
            (seconds >= LASTS).then(|| format!("{who}: {why} (for {} seconds)", seconds.as_secs()))
        };
        let told: Vec<String> = self.wrong.iter().filter_map(lasting).collect();
        (!told.is_empty()).then(|| told.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_told_and_what_passes_is_not() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut health = Health::default();
        let wrong = || Some("takes nothing now".to_owned());
        health.see("webhook", wrong(), at(0));
        assert_eq!(health.trouble(at(59)), None);
        health.see("webhook", Some("answers 503".to_owned()), at(59));
        let told = "webhook: answers 503 (for 61 seconds)";
        assert_eq!(health.trouble(at(61)).as_deref(), Some(told));
        // What works in between begins anew.
        health.see("webhook", None, at(62));
        assert_eq!(health.trouble(at(62)), None);
        health.see("webhook", wrong(), at(63));
        health.see("eve.json", Some("cannot be read".to_owned()), at(0));
        assert_eq!(health.trouble(at(100)).unwrap().lines().count(), 1);
        assert_eq!(health.trouble(at(123)).unwrap().lines().count(), 2);
    }

    #[test]
    fn a_lag_is_trouble_if_it_is_large_and_does_not_become_less() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut health = Health::default();
        // A log of a gigabyte is read from its beginning: it becomes less.
        for second in 0..200 {
            health.see_lag((1 << 30) - second * 1_000_000, at(second));
            assert_eq!(health.trouble(at(second)), None, "{second}");
        }
        let left = (1 << 30) - 199_000_000;
        for second in 200..270 {
            health.see_lag(left + (second - 199) * 1000, at(second));
        }
        let told = health.trouble(at(270)).unwrap();
        assert!(told.starts_with("the logs: 834 MiB"), "{told}");
        health.see_lag(left - 1, at(271));
        assert_eq!(health.trouble(at(271)), None);
        // What little is left may stay as it is.
        for second in 300..500 {
            health.see_lag(BEHIND, at(second));
        }
        assert_eq!(health.trouble(at(500)), None);
    }
}
