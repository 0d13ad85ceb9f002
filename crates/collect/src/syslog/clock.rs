//! The year of a stamp that has none.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::stamp::{Stamp, instant};
use crate::Options;

const DAY: i64 = 86_400_000_000;

/// Gives the stamps of one file their year.
///
/// The first one gets the given year, or the latest that does not put it more than a day into the
/// future. Every later one gets the year that puts it nearest to the stamp before it: January after
/// December turns the year, and lines out of order, even across New Year, turn nothing. (A log that is
/// silent for more than half a year needs its parts collected one by one.) An inferred year never puts a stamp more than a day into the future.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// Time of the last stamp, in microseconds since 1970 UTC.
    last: Option<i64>,
}

impl Clock {
    /// The time of a stamp in microseconds since 1970 UTC.
    ///
    /// # Errors
    /// Why it has none and what to do about it: 29 February of a year that lacks it, or a stamp
    /// beyond the years that can be told.
    pub fn time(&mut self, stamp: Stamp, options: &Options) -> Result<i64, String> {
        let offset = options.utc_offset_seconds;
        let time = match stamp {
            Stamp::Instant(time) => Some(time),
            Stamp::Local(local) => instant(local, offset),
            Stamp::Yearless { month, day, time } => self.nearest(month, day, time, options),
        };
        let time = time.ok_or_else(|| match stamp {
            Stamp::Yearless { month, day, .. } => {
                format!(
                    "month {month} has no day {day} in the years that fit; set the year with --year"
                )
            }
            _ => "the stamp lies beyond the years that can be told; correct the line".to_owned(),
        })?;
        self.last = Some(time);
        Ok(time)
    }

    fn nearest(&self, month: i8, day: i8, time: Time, options: &Options) -> Option<i64> {
        let offset = options.utc_offset_seconds;
        let in_year = |year: i16| {
            let date = Date::new(year, month, day).ok()?;
            instant(date.to_datetime(time), offset)
        };
        let limit = match options.year {
            Some(_) => i64::MAX,
            None => options.now.as_microsecond().saturating_add(DAY),
        };
        let Some(last) = self.last else {
            return match options.year {
                Some(year) => in_year(year),
                // Leap years are at most eight years apart.
                None => {
                    let this = local(options.now.as_microsecond(), offset)?.year();
                    (0..=9).filter_map(|back| in_year(this + 1 - back)).find(|time| *time <= limit)
                }
            };
        };
        let year = local(last, offset)?.year();
        [year - 1, year, year + 1]
            .into_iter()
            .filter_map(in_year)
            .filter(|time| *time <= limit)
            .min_by_key(|time| time.abs_diff(last))
    }
}

fn local(time: i64, offset_seconds: i32) -> Option<DateTime> {
    let shifted = time.checked_add(i64::from(offset_seconds) * 1_000_000)?;
    let shifted = jiff::Timestamp::from_microsecond(shifted).ok()?;
    // Far from the ends of the calendar, so that a year more or less is still a year.
    let local = Offset::UTC.to_datetime(shifted);
    (-9000..9000).contains(&local.year()).then_some(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(now: &str, year: Option<i16>, offset: i32) -> Options {
        let mut options = Options::at(now.parse().unwrap());
        options.year = year;
        options.utc_offset_seconds = offset;
        options
    }

    fn times(options: &Options, stamps: &[&str]) -> Vec<String> {
        let mut clock = Clock::default();
        let told = stamps.iter().map(|stamp| {
            let (stamp, _) = Stamp::classic(stamp.as_bytes()).unwrap();
            match clock.time(stamp, options) {
                Ok(us) => {
                    jiff::Timestamp::from_microsecond(us).unwrap().to_string()[..13].to_owned()
                }
                Err(_) => "none".to_owned(),
            }
        });
        told.collect()
    }

    #[test]
    fn a_stamp_lies_at_most_a_day_in_the_future() {
        let options = options("2020-03-10T12:00:00Z", None, 0);
        assert_eq!(times(&options, &["Mar 10 12:00:00"]), ["2020-03-10T12"]);
        assert_eq!(times(&options, &["Mar 11 11:00:00"]), ["2020-03-11T11"]);
        assert_eq!(times(&options, &["Mar 11 13:00:00"]), ["2019-03-11T13"]);
        // The turn of the year as seen from a server east of the reader's clock.
        let options = self::options("2019-12-31T20:00:00Z", None, 0);
        assert_eq!(times(&options, &["Jan  1 03:00:00"]), ["2020-01-01T03"]);
    }

    #[test]
    fn january_after_december_turns_the_year_and_disorder_does_not() {
        let options = options("2020-03-10T12:00:00Z", None, 0);
        let stamps = ["Dec 30 10:00:00", "Jan  1 00:00:01", "Dec 31 23:59:59", "Jan  2 00:00:00"];
        let expected = ["2019-12-30T10", "2020-01-01T00", "2019-12-31T23", "2020-01-02T00"];
        assert_eq!(times(&options, &stamps), expected);
        let stamps = ["Feb 20 12:00:00", "Feb 20 01:00:00", "Feb 19 23:00:00", "Feb 21 00:00:00"];
        assert!(times(&options, &stamps).iter().all(|time| time.starts_with("2020-02")));
        // A device without a clock battery starts in January; the next stamp comes back.
        let stamps = ["Nov  3 12:00:00", "Jan  1 00:00:05", "Nov  3 12:01:00"];
        assert_eq!(times(&options, &stamps)[2], "2019-11-03T12");
    }

    #[test]
    fn a_given_year_is_the_first_stamps() {
        let options = options("2016-06-01T00:00:00Z", Some(2016), 0);
        let stamps = ["Aug  1 00:00:00", "Dec 31 00:00:00", "Jan  1 00:00:00"];
        assert_eq!(times(&options, &stamps), ["2016-08-01T00", "2016-12-31T00", "2017-01-01T00"]);
    }

    #[test]
    fn the_29th_of_february_finds_its_leap_year() {
        let stamps = ["Feb 29 12:00:00"];
        assert_eq!(times(&options("2019-06-01T00:00:00Z", None, 0), &stamps), ["2016-02-29T12"]);
        assert_eq!(times(&options("1907-06-01T00:00:00Z", None, 0), &stamps), ["1904-02-29T12"]);
        assert_eq!(times(&options("2019-06-01T00:00:00Z", Some(2019), 0), &stamps), ["none"]);
        let stamps = ["Feb 28 12:00:00", "Feb 29 12:00:00", "Mar  1 12:00:00"];
        let told = times(&options("2019-06-01T00:00:00Z", Some(2018), 0), &stamps);
        assert_eq!(told, ["2018-02-28T12", "none", "2018-03-01T12"]);
    }

    #[test]
    fn an_offset_moves_stamps_that_name_none() {
        let options = options("2020-03-10T12:00:00Z", None, 2 * 3600);
        assert_eq!(times(&options, &["Mar 10 01:00:00"]), ["2020-03-09T23"]);
        assert_eq!(times(&options, &["Jan  1 01:00:00"]), ["2019-12-31T23"]);
    }
}
