//! What becomes of lines, as text: for tests that read whole conversations.

use arrow::util::display::array_value_to_string;

use super::ALL;
use crate::{Options, Outcome, Rows, State};

/// A clock for tests: no stamp of theirs lies after it.
pub(crate) fn options() -> Options {
    // 2020-06-30T00:00:00Z
    Options::at(jiff::Timestamp::constant(1_593_475_200, 0))
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
            Outcome::Stored(table) => {
                assert_eq!(table.name, "login");
                let batch = rows.finish().expect("the row fits its table").remove(0).1;
                let cell = |name: &&str| {
                    let column = batch.column_by_name(name).expect("a column of login");
                    if column.is_null(0) { "-".to_owned() } else { array_value_to_string(column, 0).expect("text") }
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
    let names =
        ["event_time", "service", "outcome", "method", "username", "src_ip", "src_port", "attempts"];
    columns(&lines, &names, &options())
}
