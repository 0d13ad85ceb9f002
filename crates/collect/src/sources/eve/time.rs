//! The stamps of Suricata: `2016-11-24T15:06:40.359999+0000`, and what other versions made of it.

use std::cell::Cell;

use super::number;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Microseconds since 1970 UTC of a stamp; `utc_offset_seconds` is that of a stamp without its own.
///
/// A date, `T` or a blank, a time, up to nine digits of a fraction (cut to microseconds), and `Z`,
/// `+hh`, `+hhmm`, `+hh:mm` or nothing. A 60th second is the next minute's first.
pub(super) fn parse(stamp: &[u8], utc_offset_seconds: i32) -> Option<i64> {
    let (minute, rest) = stamp.split_first_chunk::<16>()?;
    let (second, rest) = rest.split_first_chunk::<3>()?;
    let minute = known_minute(minute)?;
    let [b':', second @ ..] = second else { return None };
    let second = digits(second).filter(|second| *second <= 60)?;
    let (micros, zone) = match rest {
        [b'.' | b',', rest @ ..] => {
            let (length, fraction) = fraction(rest)?;
            let power = u32::try_from(9 - length).ok()?;
            (fraction * 10_i64.pow(power) / 1000, rest.get(length..)?)
        }
        zone => (0, zone),
    };
    let offset = match zone {
        [] => i64::from(utc_offset_seconds),
        // What Suricata writes nearly everywhere.
        [b'+', b'0', b'0', b'0', b'0'] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let (hours, minutes) = match zone {
                [a, b] => ([*a, *b], [b'0', b'0']),
                [a, b, c, d] | [a, b, b':', c, d] => ([*a, *b], [*c, *d]),
                _ => return None,
            };
            let (hours, minutes) = (digits(&hours)?, digits(&minutes)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Some((minute + second - offset) * SECOND + micros)
}

/// Digits and number of a fraction of a second, of one to nine digits.
#[inline]
fn fraction(text: &[u8]) -> Option<(usize, i64)> {
    if let Some(eight) = text.first_chunk() {
        let (length, fraction) = number::front(*eight);
        if length < 8 {
            return Some((length, i64::try_from(fraction).ok()?)).filter(|_| length > 0);
        }
    }
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    Some((length, digits(text.get(..length)?)?))
}

/// Seconds from 1970 to a minute, which is looked up first: the stamps of events lie near each other.
#[inline]
fn known_minute(text: &[u8; 16]) -> Option<i64> {
    thread_local! {
        /// A minute by the last digit it is written with.
        static KNOWN: [Cell<(u128, i64)>; 8] =
            const { [const { Cell::new((u128::from_le_bytes(*b"1970-01-01T00:00"), 0)) }; 8] };
    }
    let written = u128::from_le_bytes(*text);
    KNOWN.with(|known| {
        let known = &known[usize::from(text[15] & 7)];
        let (same, seconds) = known.get();
        if same == written {
            return Some(seconds);
        }
        let seconds = minute(text)?;
        known.set((written, seconds));
        Some(seconds)
    })
}

/// Seconds from 1970 to a minute.
fn minute(text: &[u8; 16]) -> Option<i64> {
    // All of it is read before anything is judged: a jump a byte costs more than the sum of them.
    let (mut clean, at) = (true, |place: usize| text[place].wrapping_sub(b'0'));
    let mut two = |tens: usize| {
        clean &= at(tens) < 10 && at(tens + 1) < 10;
        i64::from(at(tens)) * 10 + i64::from(at(tens + 1))
    };
    let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
    let (hour, minute) = (two(11), two(14));
    let marks = [text[4], text[7], text[13]] == *b"--:";
    if !(clean && marks && matches!(text[10], b'T' | b' ' | b't')) {
        return None;
    }
    if !(1..=days_of(year, month)?).contains(&day) || hour > 23 || minute > 59 {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60)
}

/// The number that digits, and nothing but digits, write.
fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

fn days_of(year: i64, month: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => Some(if leap { 29 } else { 28 }),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counted from March so that the leap day is last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719468 days lie between 1 March of year 0 and 1970.
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_forms_of_a_stamp_are_the_same_time() {
        let time = parse(b"2016-11-24T15:06:40.359999+0000", 0);
        assert_eq!(time, Some(1_479_999_999_999_999 + 360_000));
        for stamp in [
            "2016-11-24T15:06:40.359999Z",
            "2016-11-24 15:06:40.359999+00:00",
            "2016-11-24T17:06:40.359999+0200",
            "2016-11-24T09:36:40.359999-05:30",
            "2016-11-24T16:06:40.359999999+01",
        ] {
            assert_eq!(parse(stamp.as_bytes(), 7200), time, "{stamp}");
        }
        assert_eq!(parse(b"2016-11-24T17:06:40.359999", 7200), time);
        assert_eq!(parse(b"2016-12-31T23:59:60Z", 0), parse(b"2017-01-01T00:00:00Z", 0));
        assert_eq!(parse(b"1970-01-01T00:00:00", 0), Some(0));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for stamp in [
            "",
            "2016-11-24",
            "2016-13-01T00:00:00Z",
            "2016-02-30T00:00:00Z",
            "2017-02-29T00:00:00Z",
            "2016-11-24T24:00:00Z",
            "2016-11-24T23:60:00Z",
            "2016-11-24T23:00:00.Z",
            "2016-11-24T23:00:00.1234567890Z",
            "2016-11-24T23:00:00+1",
            "2016-11-24T23:00:00+2460",
            "2016-11-24T23:00:00 UTC",
            "+016-11-24T23:00:00Z",
        ] {
            assert_eq!(parse(stamp.as_bytes(), 0), None, "{stamp}");
        }
    }

    proptest! {
        #[test]
        fn any_time_is_read_as_a_calendar_reads_it(micros in -62_135_596_800_000_000_i64..253_402_207_200_000_000) {
            let time = jiff::Timestamp::from_microsecond(micros).unwrap();
            let stamp = time.strftime("%Y-%m-%dT%H:%M:%S.%6f+0000").to_string();
            prop_assert_eq!(parse(stamp.as_bytes(), 0), Some(micros), "{}", stamp);
        }

        #[test]
        fn no_bytes_panic(stamp in proptest::collection::vec(any::<u8>(), 0..40), offset: i32) {
            parse(&stamp, offset);
        }
    }
}
