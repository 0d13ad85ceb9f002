//! one line that could not be read
use crate::{Column, Kind, Table};

/// one line that could not be read
pub static REJECT: Table = Table {
    name: "reject",
    doc: "one line that could not be read",
    columns: &[
        Column::required("event_time", Kind::Time, "us", "when the line was collected"),
        Column::required(
            "file",
            Kind::Text,
            "",
            "the file the line stood in, `-` for standard input",
        ),
        Column::required("line", Kind::U64, "", "the line's number in it, from 1"),
        Column::optional(
            "source",
            Kind::Text,
            "",
            "the log source that tried to read it; null where none recognised it",
        ),
        Column::required(
            "reason",
            Kind::Text,
            "",
            "why it could not be read, and what to do about it",
        ),
        Column::required("text", Kind::Text, "", "the line, at most 1,000 bytes of it"),
    ],
};
