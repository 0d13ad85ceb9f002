//! What the caller decides about a collection.

use jiff::Timestamp;

/// How to read; the same for every line of a file.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ask this source only; `None` asks all of [`crate::sources::ALL`].
    pub source: Option<&'static str>,
    /// The year of the first stamp that has none; `None` infers it from `now` and the file's order.
    pub year: Option<i16>,
    /// Offset from UTC, in seconds east, of stamps that name none.
    pub utc_offset_seconds: i32,
    /// When the collection happens: the time of a reject, and the upper bound of an inferred year.
    pub now: Timestamp,
    /// Types of EVE events that are stored, of `flow`, `netflow`, `alert` and `ssh`; none means all four. Others
    /// are counted.
    pub events: Vec<String>,
    /// Destination ports of the flows that are stored; none means every port. Flows to others are counted.
    pub ports: Vec<u16>,
    /// Rows of a table that go to the sink at once, at least; the last batch of a table may be smaller.
    pub batch_rows: usize,
    /// Whether a plain file's last line is left for later while it has no newline: its writer may be at
    /// work on it. Compressed files and standard input are always read to their end.
    pub hold_back: bool,
    /// Whether the [`crate::Tally`] has digests: only what is collected for good must be known again.
    pub digest: bool,
    /// Threads that parse. The result does not depend on their number.
    pub threads: usize,
}

impl Options {
    /// The defaults, with a clock of the caller's choice.
    pub fn at(now: Timestamp) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Options {
            source: None,
            year: None,
            utc_offset_seconds: 0,
            now,
            events: Vec::new(),
            ports: Vec::new(),
            batch_rows: 1_024,
            hold_back: false,
            digest: true,
            threads,
        }
    }
}

impl Default for Options {
    /// [`Options::at`] this moment.
    fn default() -> Self {
        Options::at(Timestamp::now())
    }
}
