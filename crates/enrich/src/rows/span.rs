//! A stretch of time: the flows that are looked at together.

use crate::profiles::{HOUR, Options};

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
        let back = back(Some(profile));
        Span { from: self.from.map(|time| time.saturating_sub(back)), ..self }
    }
}

/// The length of the bins in which flows are counted before spans are made of them: windows where there are
/// any, for a window is known whole or not at all.
pub(super) fn bin(profile: Option<&Options>) -> i64 {
    profile.map_or(HOUR, |profile| i64::from(profile.step()) * HOUR)
}

/// Whole bins that are looked at together, and how many rows they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) span: Span,
    pub(super) rows: u64,
}

/// How many microseconds before a span the flows of its windows may begin: none where windows do not overlap.
pub(super) fn back(profile: Option<&Options>) -> i64 {
    profile.map_or(0, |profile| i64::from(profile.window_hours - profile.step()) * HOUR)
}

/// Stretches of at most `most` rows, if bins allow, which together hold all times. `bins` are the numbers of the
/// bins that hold rows, ascending, with their rows. None but the last is shorter than `back`, what is read
/// before each: so no flow is read more than twice.
pub(super) fn cut(bins: &[(i64, u64)], bin: i64, most: u64, back: i64) -> Vec<Stretch> {
    let mut all = vec![Stretch { span: Span::default(), rows: 0 }];
    let mut first = bins.first().map_or(0, |(number, _)| number.saturating_mul(bin));
    for &(number, rows) in bins {
        let border = number.saturating_mul(bin);
        if let Some(last) = all.last_mut()
            && last.rows > 0
            && last.rows.saturating_add(rows) > most
            && border.saturating_sub(first) >= back
        {
            last.span.until = Some(border);
            all.push(Stretch { span: Span { from: Some(border), until: None }, rows: 0 });
            first = border;
        }
        if let Some(last) = all.last_mut() {
            last.rows += rows;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(bins: &[(i64, u64)], most: u64, back: i64) -> Vec<(Option<i64>, Option<i64>, u64)> {
        let all = cut(bins, 10, most, back);
        all.iter().map(|one| (one.span.from, one.span.until, one.rows)).collect()
    }

    #[test]
    fn spans_follow_each_other_and_hold_all_times() {
        assert_eq!(spans(&[], 5, 0), [(None, None, 0)]);
        assert_eq!(spans(&[(3, 5)], 5, 0), [(None, None, 5)]);
        assert_eq!(
            spans(&[(-1, 2), (0, 3), (7, 1), (8, 9), (9, 1)], 5, 0),
            [
                (None, Some(70), 5),
                (Some(70), Some(80), 1),
                (Some(80), Some(90), 9),
                (Some(90), None, 1)
            ]
        );
    }

    #[test]
    fn no_flow_is_read_more_than_twice() {
        // Four days of more rows an hour than are wanted at once, in windows of a day that slide by an hour.
        let sliding = Options { step_hours: Some(1), ..Options::default() };
        let bins: Vec<(i64, u64)> = (0..96).map(|hour| (hour, 1_000)).collect();
        let all = cut(&bins, bin(Some(&sliding)), 100, back(Some(&sliding)));
        let own: Vec<u64> = all.iter().map(|one| one.rows / 1_000).collect();
        assert_eq!(own, [23, 23, 23, 23, 4]);
        let read = |one: &Stretch| {
            let Span { from, until } = one.span.windows(&sliding);
            let inside = |hour: &i64| {
                from.is_none_or(|t| *hour * HOUR >= t) && until.is_none_or(|t| *hour * HOUR < t)
            };
            (0..96).filter(inside).count()
        };
        assert_eq!(all.iter().map(read).collect::<Vec<_>>(), [23, 46, 46, 46, 27]);
        // Hours without flows are passed over, they need no company.
        let lonely = cut(&[(0, 9), (30, 9), (31, 9), (90, 9)], HOUR, 10, back(Some(&sliding)));
        assert_eq!(lonely.iter().map(|one| one.rows).collect::<Vec<_>>(), [9, 18, 9]);
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
