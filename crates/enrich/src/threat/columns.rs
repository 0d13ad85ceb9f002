//! What the list says of a source.

use botany_catalog::{Column, Kind};

/// The columns of table `threat`, one row a listed source.
pub const COLUMNS: &[Column] = &[
    Column::required("src_ip", Kind::Text, "", "the listed source, in canonical text"),
    Column::required(
        "first_seen",
        Kind::Time,
        "us",
        "first line in which it used a dictionary name",
    ),
    Column::required("last_seen", Kind::Time, "us", "last line in which it used a dictionary name"),
    Column::required(
        "listed_at",
        Kind::Time,
        "us",
        "line that met the rules: nothing before it knew of the source",
    ),
    Column::required(
        "attempts",
        Kind::U64,
        "",
        "log-in attempts with a dictionary name; lines that only name a user count none",
    ),
    Column::required("names", Kind::U64, "", "distinct dictionary names it used"),
    Column::required(
        "pairs",
        Kind::U64,
        "",
        "distinct dictionary pairs of name and password it used; 0 where the log holds no password",
    ),
    Column::required("usernames", Kind::Text, "", "those names, sorted, joined by commas"),
    Column::required(
        "score",
        Kind::F64,
        "bits",
        "sum of the specificity of every distinct name and of every distinct pair: a password that goes with its name is a second observation",
    ),
    Column::required(
        "services",
        Kind::Text,
        "",
        "services it tried them on, sorted, joined by commas",
    ),
    Column::required(
        "evidence",
        Kind::Text,
        "",
        "`file:line` of the first lines, at most five, that showed a new name or pair within the window that listed it",
    ),
    Column::required(
        "expires",
        Kind::Time,
        "us",
        "when the entry is stale: last_seen and the expiry of the rules",
    ),
];
