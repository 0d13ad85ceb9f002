//! How was this line read?

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::Timestamp;

use crate::chunk::{Shelf, nobody_knows, trim};
use crate::{Options, Outcome, Rows, State};

/// What became of one line, for a person who asks.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The source that recognised the line, if one did.
    pub source: Option<&'static str>,
    /// What it made of the line: the table, the kind, or the reason it could not.
    pub outcome: Outcome,
    /// The row as columns and values, nulls as `None`; empty unless the line was stored.
    pub row: Vec<(&'static str, Option<String>)>,
}

/// Reads one line alone, as the first of a file called `-`. A trailing newline is dropped.
pub fn explain(line: &[u8], options: &Options) -> Explanation {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = trim(line, true);
    let nothing = |outcome| Explanation { source: None, outcome, row: Vec::new() };
    if line.is_empty() {
        return nothing(Outcome::Counted("blank line".into()));
    }
    let found = Shelf::new(options)
        .and_then(|shelf| shelf.find(line, None).and_then(|index| shelf.source(index)));
    let Some(source) = found else {
        return nothing(Outcome::Rejected(nobody_knows(line, options)));
    };
    let mut state = State::new("-", options);
    let mut rows = Rows::new("-");
    state.line = 1;
    rows.begin(1);
    let outcome = source.read(line, &mut state, &mut rows);
    let row = match rows.finish() {
        Ok(batches) => batches
            .iter()
            .flat_map(|(table, batch)| {
                let names = table.columns.iter().map(|column| column.name);
                names.zip(cells(batch)).collect::<Vec<_>>()
            })
            .collect(),
        Err(_) => Vec::new(),
    };
    Explanation { source: Some(source.name()), outcome, row }
}

/// The first row of a batch, as text.
fn cells(batch: &RecordBatch) -> Vec<Option<String>> {
    let format = FormatOptions::default();
    let cell = |array: &dyn Array| {
        if array.is_null(0) {
            return None;
        }
        // Arrow's own formatting of a time needs its time zone feature, even for UTC.
        if let Some(times) = array.as_primitive_opt::<TimestampMicrosecondType>() {
            let micros = times.value(0);
            return Some(Timestamp::from_microsecond(micros).map_or_else(
                |_| format!("{micros} us"),
                |time| time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
            ));
        }
        let formatter = ArrayFormatter::try_new(array, &format).ok()?;
        Some(formatter.value(0).to_string())
    };
    batch.columns().iter().map(|column| cell(column.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources;

    #[test]
    fn a_stored_line_is_shown_column_by_column() {
        let line = sources::find("eve").map(|source| source.example()).unwrap();
        let shown = explain(format!("{line}\r\n").as_bytes(), &Options::default());
        assert_eq!(shown.source, Some("eve"));
        assert!(matches!(shown.outcome, Outcome::Stored(table) if table.name == "flow"));
        let value =
            |name| shown.row.iter().find(|(column, _)| *column == name).unwrap().1.as_deref();
        assert_eq!(value("packets_in"), Some("14"));
        assert_eq!(value("event_time"), Some("2016-11-24T15:06:40.359999Z"));
        assert_eq!((value("vlan"), value("line")), (None, Some("1")));
    }

    #[test]
    fn what_is_not_stored_has_no_row_but_a_reason() {
        for (line, source) in [
            ("", None),
            ("hello", None),
            ("{\"event_type\":\"dns\"}", Some("eve")),
            ("{\"event_type\":", Some("eve")),
        ] {
            let shown = explain(line.as_bytes(), &Options::default());
            assert_eq!(shown.source, source, "{line}");
            assert!(shown.row.is_empty() && !matches!(shown.outcome, Outcome::Stored(_)), "{line}");
        }
    }
}
