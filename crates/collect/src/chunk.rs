//! Reads the lines of one chunk: who knows the line, and what became of it.

use std::borrow::Cow;

use botany_catalog::Table;

use crate::lines::{LONGEST, REJECT_BYTES, too_long};
use crate::rows::{RejectRow, Room};
use crate::{Options, Outcome, Rows, Source, State, Tally, sources, text};

/// The sources that are asked, fixed for a collection.
pub(crate) struct Shelf {
    asked: Vec<&'static dyn Source>,
}

/// A chunk on its way: read up to `at`.
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    /// Offset of the first byte not read yet.
    at: usize,
    /// Number of the line that begins there, counted from `first`.
    line: u64,
    /// Number of the first line; 0 until it is known.
    first: u64,
    pub(crate) rows: Rows,
    pub(crate) tally: Tally,
    /// Lines by kind that are not in the tally yet. A kind is known by where its name lies: comparing names costs more.
    counted: Vec<(&'static str, u64)>,
    /// Rows by table that are not in the tally yet, with their earliest and latest time.
    stored: Vec<(&'static Table, u64, [i64; 2])>,
}

impl Shelf {
    /// All sources, or the one the options name; `None` if there is no such source.
    pub(crate) fn new(options: &Options) -> Option<Self> {
        let asked = match options.source {
            None => sources::ALL.to_vec(),
            Some(name) => vec![sources::find(name)?],
        };
        Some(Shelf { asked })
    }

    /// Who knows the line; `last` is asked first.
    pub(crate) fn find(&self, line: &[u8], last: Option<usize>) -> Option<usize> {
        let knows = |i: &usize| self.asked.get(*i).is_some_and(|source| source.recognises(line));
        last.filter(knows).or_else(|| (0..self.asked.len()).find(knows))
    }

    pub(crate) fn source(&self, index: usize) -> Option<&'static dyn Source> {
        self.asked.get(index).copied()
    }
}

impl Chunk {
    /// Nothing read yet; `first` is the number of the first line, or 0 where [`Chunk::stand`] will say it.
    pub(crate) fn new(file: &str, first: u64, bytes: Vec<u8>, room: Room) -> Self {
        let rows = Rows::with_room(file, room);
        let (tally, counted, stored) = (Tally::default(), Vec::new(), Vec::new());
        Chunk { bytes, at: 0, line: first, first, rows, tally, counted, stored }
    }

    /// Says which line of the file is the first: what was read has its numbers from here on.
    pub(crate) fn stand(&mut self, first: u64) {
        let before = first.saturating_sub(self.first);
        if before > 0 {
            self.rows.raise_lines(before);
            self.line += before;
            self.first = first;
        }
    }

    /// Number of the line after all that was read.
    pub(crate) fn next_line(&self) -> u64 {
        self.line
    }

    /// Whether all lines were read.
    pub(crate) fn is_read(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Reads lines up to the end, or up to the first line of a stateful source unless `stateful`.
    pub(crate) fn read(&mut self, shelf: &Shelf, state: &mut State, stateful: bool) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut last = None;
        while let Some(rest) = bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            self.rows.begin(self.line);
            state.line = self.line;
            let known = last.and_then(|i| shelf.source(i)).filter(|source| !source.stateful());
            let glanced = known.and_then(|source| source.glance(rest, state, &mut self.rows));
            if let Some((line, outcome)) = glanced {
                self.conclude(outcome, known, line, state);
                // The newline may be missing behind the last line.
                self.at += rest.len().min(line.len() + 1);
                self.line += 1;
                continue;
            }
            let end = memchr::memchr(b'\n', rest);
            let raw = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
            let line = trim(raw, self.first == 1 && self.at == 0);
            let readable = !line.is_empty() && line.len() <= LONGEST;
            let who = if readable { shelf.find(line, last) } else { None };
            let source = who.and_then(|i| shelf.source(i));
            if !stateful && source.is_some_and(Source::stateful) {
                break;
            }
            last = who.or(last);
            let outcome = match source {
                _ if line.is_empty() => Outcome::Counted("blank line".into()),
                _ if line.len() > LONGEST => Outcome::Rejected(too_long()),
                Some(source) => source.read(line, state, &mut self.rows),
                None => Outcome::Rejected(nobody_knows(line, &state.options)),
            };
            self.conclude(outcome, source, line, state);
            self.at += raw.len() + usize::from(end.is_some());
            self.line += 1;
        }
        self.bytes = bytes;
        for (kind, lines) in self.counted.drain(..) {
            self.tally.count(kind, lines);
        }
        for (table, rows, times) in self.stored.drain(..) {
            self.tally.store(table.name, rows, times);
        }
    }

    /// Lets the stateful sources see lines that were read before, so that they remember what they
    /// remembered then. Rows and counts of these lines are dropped.
    ///
    /// Returns the number of the line after them.
    pub(crate) fn remember(mut self, shelf: &Shelf, state: &mut State) -> u64 {
        let bytes = std::mem::take(&mut self.bytes);
        let mut last = None;
        for raw in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = trim(raw.strip_suffix(b"\n").unwrap_or(raw), self.line == 1);
            state.line = self.line;
            self.line += 1;
            if line.is_empty() || line.len() > LONGEST {
                continue;
            }
            let who = shelf.find(line, last);
            last = who.or(last);
            if let Some(source) = who.and_then(|i| shelf.source(i)).filter(|s| s.stateful()) {
                self.rows.begin(state.line);
                let _dropped = source.read(line, state, &mut self.rows);
            }
        }
        self.line
    }

    /// A line that could not even be cut.
    pub(crate) fn unreadable(
        file: &str,
        line: u64,
        reason: String,
        head: &[u8],
        state: &State,
    ) -> Self {
        let mut chunk = Chunk::new(file, line, Vec::new(), Room::default());
        chunk.rows.begin(line);
        chunk.conclude(Outcome::Rejected(reason), None, head, state);
        chunk
    }

    fn conclude(
        &mut self,
        outcome: Outcome,
        source: Option<&dyn Source>,
        line: &[u8],
        state: &State,
    ) {
        self.tally.lines += 1;
        // The row decides, not the word of the source: so the tally always equals the tables.
        match (self.rows.given(), outcome) {
            (Some((table, time)), _) => {
                match self.stored.iter_mut().find(|(known, ..)| std::ptr::eq(*known, table)) {
                    Some((_, rows, [first, last])) => {
                        *rows += 1;
                        *first = time.min(*first);
                        *last = time.max(*last);
                    }
                    None => self.stored.push((table, 1, [time; 2])),
                }
            }
            (None, Outcome::Counted(Cow::Borrowed(kind))) => {
                match self.counted.iter_mut().find(|(known, _)| std::ptr::eq(*known, kind)) {
                    Some((_, lines)) => *lines += 1,
                    None => self.counted.push((kind, 1)),
                }
            }
            (None, Outcome::Counted(kind)) => self.tally.count(&kind, 1),
            (None, outcome) => {
                let reason = match outcome {
                    Outcome::Rejected(reason) => reason,
                    _ => "the source gave no row for the line; please report this line".to_owned(),
                };
                self.tally.rejected += 1;
                self.rows.reject(RejectRow {
                    event_time: state.options.now.as_microsecond(),
                    file: state.file.as_str().into(),
                    line: state.line,
                    source: source.map(|source| source.name().into()),
                    reason: reason.into(),
                    text: text::lossy(text::head(line, REJECT_BYTES)),
                });
            }
        }
    }
}

/// What of a line counts: no carriage return, no surrounding blanks, no NULs that a crash of the
/// log's writer left, no byte order mark before the first line.
pub(crate) fn trim(mut line: &[u8], first: bool) -> &[u8] {
    if first {
        line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    }
    while let [b'\0', inner @ ..] = line {
        line = inner;
    }
    while let [inner @ .., b'\r' | b'\0'] = line {
        line = inner;
    }
    if line.iter().all(u8::is_ascii_whitespace) { &[] } else { line }
}

/// Why nobody read a line, by what it looks like.
pub(crate) fn nobody_knows(line: &[u8], options: &Options) -> String {
    if let Some(name) = options.source {
        return format!("{name} does not know this line; leave the source open to ask the others");
    }
    if line.trim_ascii_start().first() == Some(&b'{') {
        let missing = "no event_type as an EVE event has, and no mark of another log";
        return format!("a JSON line of no known log: {missing}; see the list of log sources");
    }
    "no log source knows this line; see the list of log sources".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_of_what_is_no_log() {
        assert_eq!(trim(b"\xef\xbb\xbf{}\r", true), b"{}");
        assert_eq!(trim(b"\xef\xbb\xbf{}", false), b"\xef\xbb\xbf{}");
        assert_eq!(trim(b"\0\0\0{}\0\r\r", false), b"{}");
        for blank in [&b""[..], b"\r", b" \t\r", b"\0\0", b"\xef\xbb\xbf"] {
            assert_eq!(trim(blank, true), b"", "{blank:?}");
        }
    }
}
