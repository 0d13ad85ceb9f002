//! The producer/consumer ratio and its ranges.
//!
//! The ratio is Bullard and Gerth's (FloCon 2014), taken over packets as the article does:
//! `(out − in) / (out + in)`, from −1 (the client only received) to 1 (it only sent). The five ranges
//! are the article's author's own; written over integers they need no rounding.

/// How a flow without packets from the client is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Every flow has a range: `out = 0` is a Pure Pull, and a flow without packets is Empty.
    #[default]
    Closed,
    /// As in the article: the author's rule names no range when `out = 0`.
    Article,
}

/// The ranges, in the order of their ratio. `Empty` exists in [`Mode::Closed`] only.
pub const RANGES: [&str; 6] =
    ["Pure Push", "70:30 Export", "Balanced Exchange", "3:1 Import", "Pure Pull", "Empty"];

/// The range of a flow, from its packets (or bytes) alone. `None` only in [`Mode::Article`].
///
/// ```
/// use botany_catalog::pcr::{Mode, range};
/// assert_eq!(range(116, 114, Mode::Closed), Some("3:1 Import"));
/// ```
pub fn range(r#in: u64, out: u64, mode: Mode) -> Option<&'static str> {
    let (i, o) = (u128::from(r#in), u128::from(out));
    match (i, o) {
        (_, 0) if mode == Mode::Article => None,
        (0, 0) => Some("Empty"),
        (_, 0) => Some("Pure Pull"),
        _ if 3 * o > 7 * i => Some("Pure Push"),
        _ if o > i => Some("70:30 Export"),
        _ if o == i => Some("Balanced Exchange"),
        _ if i <= 3 * o => Some("3:1 Import"),
        _ => Some("Pure Pull"),
    }
}

/// `(out − in) / (out + in)`; `None` for a flow without packets.
pub fn ratio(r#in: u64, out: u64) -> Option<f64> {
    let (i, o) = (r#in as f64, out as f64);
    (r#in > 0 || out > 0).then(|| (o - i) / (o + i))
}

/// The SQL expression of [`range`] over two columns of non-negative integers.
pub fn range_sql(r#in: &str, out: &str, mode: Mode) -> String {
    let (i, o) = (format!("CAST({in} AS DOUBLE)"), format!("CAST({out} AS DOUBLE)"));
    let gap = match mode {
        Mode::Article => format!("WHEN {out} = 0 THEN NULL"),
        Mode::Closed => {
            format!("WHEN {out} = 0 AND {in} = 0 THEN 'Empty' WHEN {out} = 0 THEN 'Pure Pull'")
        }
    };
    format!(
        "CASE {gap} WHEN 3 * {o} > 7 * {i} THEN 'Pure Push' WHEN {o} > {i} THEN '70:30 Export' \
         WHEN {o} = {i} THEN 'Balanced Exchange' WHEN {i} <= 3 * {o} THEN '3:1 Import' \
         ELSE 'Pure Pull' END"
    )
}

/// The SQL expression of [`ratio`] over two columns of non-negative integers.
pub fn ratio_sql(r#in: &str, out: &str) -> String {
    format!(
        "(CAST({out} AS DOUBLE) - CAST({in} AS DOUBLE)) / \
         nullif(CAST({out} AS DOUBLE) + CAST({in} AS DOUBLE), 0)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The author's own rule over floats, first match wins.
    fn author(i: u64, o: u64) -> Option<&'static str> {
        let r = ratio(i, o)?;
        [
            (r > 0.4, "Pure Push"),
            (r > 0.0, "70:30 Export"),
            (r == 0.0, "Balanced Exchange"),
            (r >= -0.5, "3:1 Import"),
            (r > -1.0, "Pure Pull"),
        ]
        .into_iter()
        .find_map(|(hit, name)| hit.then_some(name))
    }

    #[test]
    fn the_integer_rule_is_the_authors_rule() {
        for i in 0..400 {
            for o in 0..400 {
                assert_eq!(range(i, o, Mode::Article), author(i, o), "in {i} out {o}");
            }
        }
    }

    #[test]
    fn the_closed_mode_differs_only_where_the_client_sent_nothing() {
        for i in 0..50 {
            for o in 1..50 {
                assert_eq!(range(i, o, Mode::Closed), range(i, o, Mode::Article));
            }
        }
        assert_eq!(range(0, 0, Mode::Closed), Some("Empty"));
        assert_eq!(range(9, 0, Mode::Closed), Some("Pure Pull"));
        assert_eq!(range(9, 0, Mode::Article), None);
    }

    #[test]
    fn the_largest_counters_do_not_overflow() {
        assert_eq!(range(u64::MAX, u64::MAX, Mode::Closed), Some("Balanced Exchange"));
        assert_eq!(range(0, u64::MAX, Mode::Closed), Some("Pure Push"));
    }
}
