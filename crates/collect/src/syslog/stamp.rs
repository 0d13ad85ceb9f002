//! Time stamps as syslog writers spell them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// What a stamp says about the time, which may be less than the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// Month, day and local time, no year: the classic form.
    Yearless { month: i8, day: i8, time: Time },
    /// Local date and time.
    Local(DateTime),
    /// A point in time, in microseconds since 1970 UTC.
    Instant(i64),
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

impl Stamp {
    /// `May  6 17:44:06`, also with a fraction and with a year after the day; and what follows it.
    pub fn classic(text: &[u8]) -> Option<(Stamp, &[u8])> {
        let (name, rest) = text.split_at_checked(3)?;
        let month = MONTHS.iter().position(|month| *month == name)?;
        let month = i8::try_from(month + 1).ok()?;
        let rest = rest.strip_prefix(b" ")?;
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        let (day, rest) = number(rest, 1, 2)?;
        let rest = rest.strip_prefix(b" ")?;
        let (year, rest) = match number(rest, 4, 4) {
            Some((year, rest)) => (Some(year), rest.strip_prefix(b" ")?),
            None => (None, rest),
        };
        let (time, rest) = time_of_day(rest)?;
        let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
        let stamp = match year {
            Some(year) => Stamp::Local(date(year, month, day)?.to_datetime(time)),
            None => Stamp::Yearless { month, day, time },
        };
        Some((stamp, rest))
    }

    /// `2024-01-02T03:04:05.678901+02:00`, with a space for the `T`, a comma for the point, without
    /// the fraction or the offset; and what follows it.
    pub fn iso(text: &[u8]) -> Option<(Stamp, &[u8])> {
        let (year, rest) = number(text, 4, 4)?;
        let (month, rest) = number(rest.strip_prefix(b"-")?, 2, 2)?;
        let (day, rest) = number(rest.strip_prefix(b"-")?, 2, 2)?;
        let date = date(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)?;
        let rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" "))?;
        let (time, rest) = time_of_day(rest)?;
        let local = date.to_datetime(time);
        match offset(rest) {
            Some((offset, rest)) => Some((Stamp::Instant(instant(local, offset)?), rest)),
            None => Some((Stamp::Local(local), rest)),
        }
    }
}

/// Microseconds since 1970 UTC of a local time that many seconds east of UTC.
pub(super) fn instant(local: DateTime, offset_seconds: i32) -> Option<i64> {
    let as_utc = Offset::UTC.to_timestamp(local).ok()?.as_microsecond();
    as_utc.checked_sub(i64::from(offset_seconds) * 1_000_000)
}

fn date(year: i32, month: i8, day: i8) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}

/// A number of `fewest` to `most` digits, and what follows it; more digits are no such number.
fn number(text: &[u8], fewest: usize, most: usize) -> Option<(i32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits < fewest || digits > most {
        return None;
    }
    let (digits, rest) = text.split_at_checked(digits)?;
    Some((digits.iter().fold(0, |n, digit| n * 10 + i32::from(digit - b'0')), rest))
}

fn time_of_day(text: &[u8]) -> Option<(Time, &[u8])> {
    let (hour, rest) = number(text, 2, 2)?;
    let (minute, rest) = number(rest.strip_prefix(b":")?, 2, 2)?;
    let (second, rest) = number(rest.strip_prefix(b":")?, 2, 2)?;
    let (nanosecond, rest) = fraction(rest);
    // A leap second is told as the one before it.
    let second = if second == 60 { 59 } else { second };
    let [hour, minute, second] = [hour, minute, second].map(|n| i8::try_from(n).unwrap_or(i8::MAX));
    Some((Time::new(hour, minute, second, nanosecond).ok()?, rest))
}

/// A fraction of a second in nanoseconds, 0 where there is none; digits beyond those are dropped.
fn fraction(text: &[u8]) -> (i32, &[u8]) {
    let Some(rest) = text.strip_prefix(b".").or_else(|| text.strip_prefix(b",")) else {
        return (0, text);
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at(digits);
    let padded = digits.iter().map(|digit| i32::from(digit - b'0')).chain(std::iter::repeat(0));
    (padded.take(9).fold(0, |n, digit| n * 10 + digit), rest)
}

/// `Z`, `+02:00`, `+0200` or `+02`, in seconds east of UTC.
fn offset(text: &[u8]) -> Option<(i32, &[u8])> {
    let (sign, rest) = match text.split_first()? {
        (b'Z', rest) => return Some((0, rest)),
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes, rest) = if let Some((both, rest)) = number(rest, 4, 4) {
        (both / 100, both % 100, rest)
    } else {
        let (hours, rest) = number(rest, 2, 2)?;
        match rest.strip_prefix(b":").and_then(|rest| number(rest, 2, 2)) {
            Some((minutes, rest)) => (hours, minutes, rest),
            None => (hours, 0, rest),
        }
    };
    (hours <= 23 && minutes <= 59).then_some((sign * (hours * 3600 + minutes * 60), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> Option<String> {
        let (stamp, rest) = Stamp::iso(text.as_bytes())?;
        assert_eq!(rest, b" x", "{text}");
        Some(match stamp {
            Stamp::Instant(us) => jiff::Timestamp::from_microsecond(us).unwrap().to_string(),
            Stamp::Local(local) => local.to_string(),
            Stamp::Yearless { .. } => unreachable!("an ISO stamp has a year"),
        })
    }

    #[test]
    fn iso_stamps_with_and_without_an_offset() {
        for (text, expected) in [
            ("2024-01-02T03:04:05.678901+02:00 x", "2024-01-02T01:04:05.678901Z"),
            ("2024-01-02T03:04:05+0200 x", "2024-01-02T01:04:05Z"),
            ("2024-01-02T03:04:05-05 x", "2024-01-02T08:04:05Z"),
            ("2003-10-11T22:14:15.003Z x", "2003-10-11T22:14:15.003Z"),
            ("2024-01-02T03:04:05.5 x", "2024-01-02T03:04:05.5"),
            ("2024-01-02 03:04:05,123 x", "2024-01-02T03:04:05.123"),
            ("2016-12-31T23:59:60Z x", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "2024", "2024-13-02T03:04:05Z", "2023-02-29T03:04:05Z", "2024-01-02X03:04:05"]
        {
            assert_eq!(Stamp::iso(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn classic_stamps() {
        let time = Time::constant(17, 44, 6, 0);
        for text in ["May  6 17:44:06 x", "May 6 17:44:06 x", "May 06 17:44:06 x"] {
            let (stamp, rest) = Stamp::classic(text.as_bytes()).unwrap();
            assert_eq!(stamp, Stamp::Yearless { month: 5, day: 6, time }, "{text}");
            assert_eq!(rest, b" x");
        }
        let (stamp, _) = Stamp::classic(b"May  6 2018 17:44:06.25: x").unwrap();
        assert_eq!(stamp, Stamp::Local("2018-05-06T17:44:06.25".parse().unwrap()));
        for text in
            ["May", "Mai  6 17:44:06", "May  0 17:44:06", "May 32 17:44:06", "May  6 24:44:06"]
        {
            assert_eq!(Stamp::classic(text.as_bytes()), None, "{text}");
        }
    }
}
