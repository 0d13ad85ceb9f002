//! The stamps of Suricata: `2016-11-24T15:06:40.359999+0000`, and what other versions made of it.

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// Microseconds since 1970 UTC of a stamp; `utc_offset_seconds` is that of a stamp without its own.
///
/// A date, `T` or a blank, a time, up to nine digits of a fraction (cut to microseconds), and `Z`,
/// `+hh`, `+hhmm`, `+hh:mm` or nothing. A 60th second is the next minute's first.
pub(super) fn parse(stamp: &[u8], utc_offset_seconds: i32) -> Option<i64> {
    let (front, rest) = stamp.split_first_chunk::<19>()?;
    // All of it is read before anything is judged: a jump a byte costs more than the sum of them.
    let (mut clean, at) = (true, |place: usize| front[place].wrapping_sub(b'0'));
    let mut two = |tens: usize| {
        clean &= at(tens) < 10 && at(tens + 1) < 10;
        i64::from(at(tens)) * 10 + i64::from(at(tens + 1))
    };
    let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
    let (hour, minute, second) = (two(11), two(14), two(17));
    let marks = [front[4], front[7], front[13], front[16]] == *b"--::";
    if !(clean && marks && matches!(front[10], b'T' | b' ' | b't')) {
        return None;
    }
    if !(1..=days_of(year, month)?).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (micros, zone) = match rest {
        [b'.' | b',', rest @ ..] => {
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&length) {
                return None;
            }
            let (fraction, zone) = rest.split_at_checked(length)?;
            let power = u32::try_from(9 - length).ok()?;
            (digits(fraction)? * 10_i64.pow(power) / 1000, zone)
        }
        zone => (0, zone),
    };
    let offset = match zone {
        [] => i64::from(utc_offset_seconds),
        [b'Z' | b'z'] => 0,
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
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some((seconds - offset) * SECOND + micros)
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
