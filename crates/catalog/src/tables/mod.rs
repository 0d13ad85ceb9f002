//! The tables that `collect` fills and `engine` stores.

mod alert;
mod flow;
mod login;
mod netflow;
mod reject;
mod ssh;

use crate::{Column, Kind, Table};

pub use alert::ALERT;
pub use flow::FLOW;
pub use login::LOGIN;
pub use netflow::NETFLOW;
pub use reject::REJECT;
pub use ssh::SSH;

/// Every stored table.
pub static ALL: &[&Table] = &[&FLOW, &NETFLOW, &ALERT, &SSH, &LOGIN, &REJECT];

/// The table of that name, if there is one.
pub fn find(name: &str) -> Option<&'static Table> {
    ALL.iter().copied().find(|t| t.name == name)
}

/// Where a row came from: the last two columns of every table but `reject`.
const FILE: Column =
    Column::required("file", Kind::Text, "", "the file the line stood in, `-` for standard input");
const LINE: Column = Column::required("line", Kind::U64, "", "the line's number in it, from 1");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_begins_with_its_time_and_every_column_is_documented() {
        for table in ALL {
            assert_eq!(table.columns[0].name, "event_time", "{}", table.name);
            for (i, column) in table.columns.iter().enumerate() {
                assert!(!column.doc.is_empty(), "{}.{}", table.name, column.name);
                let twin = table.columns[..i].iter().find(|c| c.name == column.name);
                assert!(twin.is_none(), "{}.{} stands twice", table.name, column.name);
            }
        }
    }

    #[test]
    fn a_table_is_found_by_its_name() {
        assert_eq!(find("flow").map(|t| t.name), Some("flow"));
        assert!(find("flows").is_none());
    }
}
