//! A row of `reject`.

use super::{Text, row};

row! {
    /// One line that could not be read; the frame makes it of a source's reason.
    pub(crate) struct RejectRow of REJECT {
        event_time: i64,
        file: Text<'a>,
        line: u64,
        source: Option<Text<'a>>,
        reason: Text<'a>,
        text: Text<'a>,
    }
}
