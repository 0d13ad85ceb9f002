//! Numbers as they are read: what is stored and sent keeps every digit, what is told in a sentence has four.

/// A number to four digits that mean something, as text: `0.8124999` is `0.8125`, `0.5` stays `0.5`.
pub fn four(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_told_and_no_more() {
        let told = [0.812_499_9, 0.5, 1.000_000_000_000_000_2, 0.000_123_456, 0.0, 123_456.0];
        assert_eq!(told.map(four), ["0.8125", "0.5", "1", "0.0001235", "0", "123500"]);
        assert_eq!(four(f64::NAN), "NaN");
    }
}
