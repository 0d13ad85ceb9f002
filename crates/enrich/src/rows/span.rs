//! A stretch of time: the flows that are looked at together.

use crate::profiles::Options;

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

/// From a time up to before another, in microseconds since 1970 UTC; open where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Option<i64>,
    pub(super) until: Option<i64>,
}

impl Span {
    /// The condition over relation `flow`; `None` if there is no end to it.
    pub(super) fn condition(self) -> Option<String> {
        let bound = |sign: &str, time: i64| {
            // Compared as the times they are, so that files and row groups of other times are passed over.
            format!(
                "flow.event_time {sign} arrow_cast({time}, 'Timestamp(Microsecond, Some(\"UTC\"))')"
            )
        };
        let from = self.from.map(|time| bound(">=", time));
        let until = self.until.map(|time| bound("<", time));
        let both: Vec<String> = from.into_iter().chain(until).collect();
        (!both.is_empty()).then(|| both.join(" AND "))
    }

    /// The span of every flow in the windows that flows of this span are given. Its ends must be beginnings of
    /// windows.
    pub(super) fn windows(self, profile: &Options) -> Span {
        let back = i64::from(profile.window_hours - profile.step()) * HOUR;
        Span { from: self.from.map(|time| time - back), ..self }
    }
}

/// The length of the bins in which flows are counted before spans are made of them: windows where there are
/// any, for a window is known whole or not at all.
pub(super) fn bin(profile: Option<&Options>) -> i64 {
    profile.map_or(HOUR, |profile| i64::from(profile.step()) * HOUR)
}

/// Spans of whole bins, each of at most `most` rows if its bins allow, which together hold all times. `bins` are
/// the numbers of the bins that hold rows, ascending, with their rows.
pub(super) fn cut(bins: &[(i64, u64)], bin: i64, most: u64) -> Vec<Span> {
    let mut spans = vec![Span::default()];
    let mut held = 0;
    for &(number, rows) in bins {
        if held > 0 && held + rows > most {
            let border = number.saturating_mul(bin);
            if let Some(last) = spans.last_mut() {
                last.until = Some(border);
            }
            spans.push(Span { from: Some(border), until: None });
            held = 0;
        }
        held += rows;
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_follow_each_other_and_hold_all_times() {
        let span = |from, until| Span { from, until };
        assert_eq!(cut(&[], 10, 5), [Span::default()]);
        assert_eq!(cut(&[(3, 5)], 10, 5), [Span::default()]);
        assert_eq!(
            cut(&[(-1, 2), (0, 3), (7, 1), (8, 9), (9, 1)], 10, 5),
            [
                span(None, Some(70)),
                span(Some(70), Some(80)),
                span(Some(80), Some(90)),
                span(Some(90), None)
            ]
        );
    }

    #[test]
    fn windows_reach_back_as_far_as_they_overlap() {
        let day = Span { from: Some(0), until: Some(24 * HOUR) };
        assert_eq!(day.windows(&Options::default()), day);
        let sliding = Options { step_hours: Some(6), ..Options::default() };
        assert_eq!(day.windows(&sliding), Span { from: Some(-18 * HOUR), ..day });
        assert_eq!((bin(None), bin(Some(&sliding))), (HOUR, 6 * HOUR));
    }
}
