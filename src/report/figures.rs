//! Numbers as a reader wants them: thousands apart, as many digits as mean something.

use super::model::Estimate;

/// `13301` → `13,301`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A measured number: whole numbers whole, others to four digits that mean something.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "undefined".into();
    }
    let size = value.abs();
    if size >= 1e15 {
        format!("{value:.3e}")
    } else if value == value.trunc() || size >= 1000.0 {
        let whole = count(size.round() as u64);
        if value < 0.0 && whole != "0" { format!("-{whole}") } else { whole }
    } else if size >= 100.0 {
        format!("{value:.1}")
    } else if size >= 10.0 {
        format!("{value:.2}")
    } else if size >= 0.001 {
        format!("{value:.3}")
    } else {
        format!("{value:.1e}")
    }
}

/// A score between 0 and 1, to two digits; three where two would say 0 or 1 and it is neither.
pub fn score(value: f64) -> String {
    if !value.is_finite() {
        return "undefined".into();
    }
    let two = format!("{value:.2}");
    if (two == "0.00" && value != 0.0) || (two == "1.00" && value != 1.0) {
        format!("{value:.3}")
    } else {
        two
    }
}

/// `0.43 [0.31, 0.55]`; without an interval the value alone; `undefined` without a value.
pub fn estimate(estimate: Estimate) -> String {
    match (estimate.value, estimate.low, estimate.high) {
        (None, ..) => "undefined".into(),
        (Some(value), Some(low), Some(high)) => {
            format!("{} [{}, {}]", score(value), score(low), score(high))
        }
        (Some(value), ..) => score(value),
    }
}

/// A part of the whole: `0.0404` → `4.0 %`.
pub fn share(part: f64) -> String {
    if !part.is_finite() {
        return "undefined".into();
    }
    let percent = part * 100.0;
    if percent != 0.0 && percent < 0.05 { "< 0.1 %".into() } else { format!("{percent:.1} %") }
}

/// `part` of `whole` as a share; `undefined` when there is no whole.
pub fn share_of(part: u64, whole: u64) -> String {
    if whole == 0 { "undefined".into() } else { share(part as f64 / whole as f64) }
}

/// An RFC 3339 time in UTC to the minute: `2018-05-06 06:12`. Other text stays as it is.
pub fn minute(time: &str) -> String {
    match (time.get(..10), time.get(10..11), time.get(11..16)) {
        (Some(day), Some("T" | " "), Some(minute)) => format!("{day} {minute}"),
        _ => time.into(),
    }
}

/// `flow` → `flows`, `address` → `addresses`.
pub fn plural(word: &str) -> String {
    if word.ends_with('s') { format!("{word}es") } else { format!("{word}s") }
}

/// `1 row`, `1,200 rows`.
pub fn of(value: u64, word: &str) -> String {
    if value == 1 { format!("1 {word}") } else { format!("{} {}", count(value), plural(word)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_set_apart_by_thousands() {
        let all = [0, 7, 999, 1000, 13_301, 1_000_000].map(count);
        assert_eq!(all, ["0", "7", "999", "1,000", "13,301", "1,000,000"]);
    }

    #[test]
    fn numbers_keep_the_digits_that_mean_something() {
        let all =
            [0.0, 116.0, -0.008_696, -0.5, 12.345, 123.45, 98_765.4, 0.000_12, -0.0, f64::NAN]
                .map(number);
        let want = [
            "0",
            "116",
            "-0.009",
            "-0.500",
            "12.35",
            "123.5",
            "98,765",
            "1.2e-4",
            "0",
            "undefined",
        ];
        assert_eq!(all, want);
    }

    #[test]
    fn an_estimate_shows_its_interval_or_that_there_is_none() {
        assert_eq!(estimate(Estimate::between(0.43, 0.31, 0.55)), "0.43 [0.31, 0.55]");
        assert_eq!(estimate(Estimate::exact(0.5)), "0.50");
        assert_eq!(estimate(Estimate::default()), "undefined");
    }

    #[test]
    fn a_score_that_is_not_one_is_not_shown_as_one() {
        assert_eq!([0.999, 1.0, 0.0, 0.002].map(score), ["0.999", "1.00", "0.00", "0.002"]);
    }

    #[test]
    fn shares_and_times() {
        assert_eq!([0.0, 0.0404, 0.0001, 1.0].map(share), ["0.0 %", "4.0 %", "< 0.1 %", "100.0 %"]);
        assert_eq!(share_of(1, 0), "undefined");
        assert_eq!(minute("2018-05-06T06:12:33Z"), "2018-05-06 06:12");
        assert_eq!(minute("never"), "never");
        assert_eq!([of(1, "address"), of(2, "address")], ["1 address", "2 addresses"]);
    }
}
