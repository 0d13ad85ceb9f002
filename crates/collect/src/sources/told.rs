//! What becomes of lines, as text: for tests that read whole conversations.

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::display::array_value_to_string;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::ALL;
use crate::{Options, Outcome, Rows, State};

/// A clock for tests: no stamp of theirs lies after it.
pub(crate) fn options() -> Options {
    // 2020-06-30T00:00:00Z
    Options::at(Timestamp::constant(1_593_475_200, 0))
}

/// For each line the row's columns of these names (`-` for null), the kind it is counted as, or
/// `rejected`; the lines are those of one file.
pub(crate) fn columns(lines: &[&[u8]], names: &[&str], options: &Options) -> Vec<String> {
    let mut state = State::new("file", options);
    let mut told = Vec::new();
    for line in lines {
        let mut who = ALL.iter().filter(|source| source.recognises(line));
        let Some(source) = who.next() else {
            told.push("not recognised".to_owned());
            continue;
        };
        assert!(who.next().is_none(), "two sources recognise {}", String::from_utf8_lossy(line));
        let mut rows = Rows::new("file");
        told.push(match source.read(line, &mut state, &mut rows) {
            Outcome::Counted(kind) => kind.into_owned(),
            Outcome::Rejected(_) => "rejected".to_owned(),
            Outcome::Stored(table) if table.name != "login" => table.name.to_owned(),
            Outcome::Stored(_) => {
                let batch = rows.finish().expect("the row fits its table").remove(0).1;
                let cell = |name: &&str| {
                    let column = batch.column_by_name(name).expect("a column of login");
                    if let Some(time) = column.as_primitive_opt::<TimestampMicrosecondType>() {
                        return Timestamp::from_microsecond(time.value(0))
                            .expect("a time")
                            .to_string();
                    }
                    match column.is_null(0) {
                        true => "-".to_owned(),
                        false => array_value_to_string(column, 0).expect("a value"),
                    }
                };
                names.iter().map(cell).collect::<Vec<_>>().join(" ")
            }
        });
    }
    told
}

/// [`columns`] with those that most tests look at.
pub(crate) fn logins(lines: &[&str]) -> Vec<String> {
    let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
    let names = [
        "event_time",
        "service",
        "outcome",
        "method",
        "username",
        "src_ip",
        "src_port",
        "attempts",
    ];
    columns(&lines, &names, &options())
}

proptest! {
    /// Examples of all sources, cut, spliced and spoilt: a line may be read wrongly, never loudly.
    #[test]
    fn no_line_panics(
        edits in vec((0..ALL.len(), 0..ALL.len(), any::<Index>(), any::<Index>(), vec(any::<u8>(), 0..4)), 1..20),
        raw in vec(any::<u8>(), 1..80),
    ) {
        let mut state = State::new("file", &options());
        let mut lines = vec![raw];
        for (one, other, cut, join, spoil) in edits {
            let [one, other] = [one, other].map(|i| ALL[i].example().as_bytes());
            let mut line = one[..cut.index(one.len() + 1)].to_vec();
            line.extend(spoil);
            line.extend(&other[join.index(other.len() + 1)..]);
            lines.push(line);
        }
        // A source may be asked for alone, and then gets lines it does not recognise as well.
        for (line, source) in lines.iter().flat_map(|line| ALL.iter().map(move |source| (line, source))) {
            let mut rows = Rows::new("file");
            let outcome = source.read(line, &mut state, &mut rows);
            let stored = matches!(outcome, Outcome::Stored(_));
            let batches = rows.finish().expect("rows fit their tables");
            prop_assert_eq!(batches.len(), usize::from(stored));
        }
    }
}
