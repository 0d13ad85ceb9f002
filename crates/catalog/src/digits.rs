//! Numbers as they are read: what is stored and sent keeps every digit, what is told in a sentence has four.

/// More digits than this after the first no number has.
const ALL: usize = 16;

/// A number to four digits that mean something, as text: `0.8124999` is `0.8125`, `0.5` stays `0.5`. What is not 1 gets as
/// many more as it takes not to read so: from probability 1 on other rows are called than from 0.99996.
pub fn four(value: f64) -> String {
    let digits = (3..ALL).find(|digits| beside_one(value, *digits)).unwrap_or(ALL);
    rounded(value, digits).to_string()
}

/// Two numbers likewise, to as many digits as it takes to tell them apart; equal ones read alike.
pub fn apart(one: f64, other: f64) -> [String; 2] {
    let differ = |digits| one == other || rounded(one, digits) != rounded(other, digits);
    let clear =
        |digits: &usize| beside_one(one, *digits) && beside_one(other, *digits) && differ(*digits);
    let digits = (3..ALL).find(clear).unwrap_or(ALL);
    [one, other].map(|value| rounded(value, digits).to_string())
}

/// To so many digits after the first.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.digits$e}").parse().unwrap_or(value)
}

/// Whether what is not 1 is not rounded to it.
fn beside_one(value: f64, digits: usize) -> bool {
    value == 1.0 || rounded(value, digits) != 1.0
}

/// A count with a comma before every three digits: `1,112`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_told_and_no_more() {
        let told = [0.812_499_9, 0.5, 1.0, 0.000_123_456, 0.0, 123_456.0];
        assert_eq!(told.map(four), ["0.8125", "0.5", "1", "0.0001235", "0", "123500"]);
        assert_eq!(four(f64::NAN), "NaN");
    }

    #[test]
    fn counts_are_told_in_threes() {
        let told = [0, 999, 1_000, 10_636, 123_456, 1_000_000, u64::MAX];
        let read =
            ["0", "999", "1,000", "10,636", "123,456", "1,000,000", "18,446,744,073,709,551,615"];
        assert_eq!(told.map(grouped), read);
    }

    #[test]
    fn nothing_is_rounded_to_one_or_to_another_number() {
        let told = [0.999_96, 0.999_999_99, 1.000_01, 1.000_000_000_000_000_2, 0.999_94];
        let read = ["0.99996", "0.99999999", "1.00001", "1.0000000000000002", "0.9999"];
        assert_eq!(told.map(four), read);
        assert_eq!(apart(0.873_52, 0.873_48), ["0.87352", "0.87348"]);
        assert_eq!(apart(0.5, 0.812_499_9), ["0.5", "0.8125"]);
        assert_eq!(apart(0.5, 0.5), ["0.5", "0.5"]);
    }
}
