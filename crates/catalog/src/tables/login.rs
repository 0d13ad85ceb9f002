//! one line of a login log that says how a log-in ended
use super::{FILE, LINE};
use crate::{Column, Kind, Table};

/// one line of a login log that says how a log-in ended
pub static LOGIN: Table = Table {
    name: "login",
    doc: "one line of a login log that says how a log-in ended",
    columns: &[
        Column::required(
            "event_time",
            Kind::Time,
            "us",
            "time of the line; a stamp without a year has it inferred",
        ),
        Column::optional("sensor", Kind::Text, "", "host that wrote the line"),
        Column::required("service", Kind::Text, "", "ssh or telnet"),
        Column::required("outcome", Kind::Text, "", "failed or accepted"),
        Column::optional(
            "method",
            Kind::Text,
            "",
            "password, publickey, keyboard-interactive/pam, none, …; null where the line names none",
        ),
        Column::optional(
            "username",
            Kind::Text,
            "",
            "user name as typed; may be empty; bytes that are no UTF-8 stand as \\xNN",
        ),
        Column::optional(
            "password",
            Kind::Text,
            "",
            "password as typed; null where the log does not hold it",
        ),
        Column::required("src_ip", Kind::Text, "", "source address in canonical text"),
        Column::optional("src_port", Kind::U16, "", "source port"),
        Column::optional(
            "dest_ip",
            Kind::Text,
            "",
            "address of the server, where the log names it",
        ),
        Column::optional("dest_port", Kind::U16, "", "port of the server, where the log names it"),
        Column::optional("session", Kind::Text, "", "session or process the line belongs to"),
        Column::required(
            "attempts",
            Kind::U32,
            "",
            "attempts the line stands for: more than one where the log writer merged lines",
        ),
        Column::required("source", Kind::Text, "", "the log source that read the line"),
        FILE,
        LINE,
    ],
};
