//! The way of one file: unpacked and cut on one thread, parsed on others, put together in order.

use std::collections::VecDeque;
use std::mem;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use botany_catalog::Table;

use crate::chunk::{Chunk, Shelf};
use crate::input::{Opened, open};
use crate::lines::{Piece, SIZES, cut};
use crate::{Error, Input, Options, Progress, Sink, State, Tally, sources};

/// Reads an input from its beginning.
///
/// # Errors
/// [`Error::Open`], [`Error::Read`], [`Error::Sink`] and [`Error::UnknownSource`]; a line that
/// cannot be read, or compressed data that is damaged, is a reject and no error. After an error the
/// sink may hold some of the rows.
pub fn read(
    input: &Input,
    options: &Options,
    sink: &mut dyn Sink,
    progress: &dyn Progress,
) -> Result<Tally, Error> {
    read_after(input, 0, options, sink, progress)
}

/// Reads what an input has beyond its first `after` decompressed bytes.
///
/// Lines keep their numbers in the whole file, and digest and bytes of the [`Tally`] are those of
/// the whole file too; its other counts are of the new lines. Where the old bytes end within a line,
/// that line is read again, complete. The old lines are shown to the sources that remember, so that
/// the new ones are read as they would have been at once. Whether the file still begins as it did is the
/// caller's to check, with [`crate::digest`].
///
/// # Errors
/// As [`read`].
pub fn read_after(
    input: &Input,
    after: u64,
    options: &Options,
    sink: &mut dyn Sink,
    progress: &dyn Progress,
) -> Result<Tally, Error> {
    read_opened(|| open(input, progress), after, options, sink, progress)
}

pub(crate) fn read_opened<'p>(
    open: impl FnOnce() -> Result<Opened<'p>, Error>,
    after: u64,
    options: &Options,
    sink: &mut dyn Sink,
    progress: &'p dyn Progress,
) -> Result<Tally, Error> {
    let shelf = Shelf::new(options).ok_or_else(|| {
        let known: Vec<&str> = sources::ALL.iter().map(|source| source.name()).collect();
        Error::UnknownSource {
            name: options.source.unwrap_or_default().to_owned(),
            known: known.join(", "),
        }
    })?;
    let opened = open()?;
    let file = opened.file.clone();
    let state = State::new(&file, options);
    let hold_back = options.hold_back;
    let workers = if options.threads > 1 { options.threads } else { 0 };
    thread::scope(|scope| {
        let (pieces, cut_pieces) = sync_channel(2);
        let cutter = scope.spawn(move || {
            cut(opened, after, SIZES, hold_back, &mut |piece| pieces.send(piece).is_ok())
        });
        let (jobs, waiting) = sync_channel::<Job>(workers);
        // Each worker holds the receiver, so that the jobs' channel closes when all have ended.
        let waiting = std::sync::Arc::new(Mutex::new(waiting));
        for _ in 0..workers {
            let (waiting, shelf, state) = (std::sync::Arc::clone(&waiting), &shelf, state.clone());
            scope.spawn(move || work(&waiting, shelf, state));
        }
        drop(waiting);
        let mut merger = Merger::new(&file, &shelf, state, options, sink, progress);
        let mut parts: VecDeque<Receiver<Chunk>> = VecDeque::new();
        for piece in &cut_pieces {
            match piece {
                Piece::Old { first, bytes } => merger.remember(Chunk::new(&file, first, bytes)),
                Piece::Lines { first, bytes } => {
                    let mut chunk = Chunk::new(&file, first, bytes);
                    if workers == 0 {
                        merger.parse(&mut chunk, false);
                        merger.take(chunk)?;
                        continue;
                    }
                    let (done, part) = sync_channel(1);
                    jobs.send((chunk, done)).map_err(|_| Error::Stopped { file: file.clone() })?;
                    parts.push_back(part);
                    if parts.len() > workers {
                        merger.take_next(&mut parts)?;
                    }
                }
                Piece::Unreadable { line, reason, head } => {
                    while !parts.is_empty() {
                        merger.take_next(&mut parts)?;
                    }
                    merger.unreadable(line, reason, &head)?;
                }
            }
        }
        while !parts.is_empty() {
            merger.take_next(&mut parts)?;
        }
        let mut tally = merger.finish()?;
        let end = cutter.join().map_err(|_| Error::Stopped { file: file.clone() })??;
        (tally.bytes, tally.held_back) = (end.bytes, end.held_back);
        (tally.digest, tally.head_digest) = (end.digest, end.head_digest);
        Ok(tally)
    })
}

/// Batches of a table that wait, before they are put together.
const WAITING: usize = 32;

/// A chunk and where to send it when its lines are read.
type Job = (Chunk, SyncSender<Chunk>);

/// Reads chunks until no more come, each up to its first line that must be read in order.
fn work(waiting: &Mutex<Receiver<Job>>, shelf: &Shelf, mut state: State) {
    loop {
        let job = match waiting.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok((mut chunk, done)) = job else { return };
        chunk.read(shelf, &mut state, false);
        // Nobody waits for it any more when the collection has failed.
        let _ = done.send(chunk);
    }
}

/// Takes the chunks in the file's order, reads what was left of them, and feeds the sink.
struct Merger<'a> {
    file: &'a str,
    shelf: &'a Shelf,
    state: State,
    batch_rows: usize,
    sink: &'a mut dyn Sink,
    progress: &'a dyn Progress,
    tally: Tally,
    /// Per table: the batches that wait to be one, and their rows.
    waiting: Vec<(&'static Table, Vec<RecordBatch>, usize)>,
}

impl<'a> Merger<'a> {
    fn new(
        file: &'a str,
        shelf: &'a Shelf,
        state: State,
        options: &Options,
        sink: &'a mut dyn Sink,
        progress: &'a dyn Progress,
    ) -> Self {
        Merger {
            file,
            shelf,
            state,
            batch_rows: options.batch_rows.max(1),
            sink,
            progress,
            tally: Tally::default(),
            waiting: Vec::new(),
        }
    }

    fn remember(&mut self, chunk: Chunk) {
        chunk.remember(self.shelf, &mut self.state);
    }

    fn parse(&mut self, chunk: &mut Chunk, stateful: bool) {
        chunk.read(self.shelf, &mut self.state, stateful);
    }

    fn take_next(&mut self, parts: &mut VecDeque<Receiver<Chunk>>) -> Result<(), Error> {
        let Some(part) = parts.pop_front() else { return Ok(()) };
        let chunk = part.recv().map_err(|_| Error::Stopped { file: self.file.to_owned() })?;
        self.take(chunk)
    }

    fn take(&mut self, mut chunk: Chunk) -> Result<(), Error> {
        self.parse(&mut chunk, true);
        self.tally.add(&chunk.tally);
        self.progress.lines(chunk.tally.lines);
        for (table, batch) in chunk.rows.finish()? {
            let at = self.waiting.iter().position(|(other, ..)| other.name == table.name);
            let at = at.unwrap_or_else(|| {
                self.waiting.push((table, Vec::new(), 0));
                self.waiting.len() - 1
            });
            if let Some((_, batches, rows)) = self.waiting.get_mut(at) {
                *rows += batch.num_rows();
                batches.push(batch);
                // A rare table gives many small batches: put together, they hold only what they need.
                if *rows >= self.batch_rows || batches.len() >= WAITING {
                    self.flush(at, false)?;
                }
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, line: u64, reason: String, head: &[u8]) -> Result<(), Error> {
        self.state.line = line;
        self.take(Chunk::unreadable(self.file, line, reason, head, &self.state))
    }

    /// Puts the waiting batches of a table together and writes the full ones; with `all`, the rest too.
    fn flush(&mut self, at: usize, all: bool) -> Result<(), Error> {
        let Some((table, batches, rows)) = self.waiting.get_mut(at) else { return Ok(()) };
        let table: &'static Table = table;
        let whole = concat_batches(&table.schema(), mem::take(batches).iter())
            .map_err(|cause| Error::Batch { table: table.name, cause })?;
        let mut from = 0;
        while *rows >= self.batch_rows || (all && *rows > 0) {
            let some = self.batch_rows.min(*rows);
            let written = self.sink.write(table, whole.slice(from, some));
            written.map_err(|cause| Error::Sink { file: self.file.to_owned(), cause })?;
            from += some;
            *rows -= some;
        }
        if *rows > 0 {
            batches.push(whole.slice(from, *rows));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Tally, Error> {
        for at in 0..self.waiting.len() {
            self.flush(at, true)?;
        }
        Ok(self.tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::from_reader;
    use crate::{Memory, SinkError};
    use arrow::array::AsArray;
    use arrow::datatypes::UInt64Type;
    use jiff::Timestamp;
    use proptest::prelude::*;
    use std::io::{Cursor, Write};

    fn options(threads: usize) -> Options {
        Options { threads, batch_rows: 100, ..Options::at(Timestamp::UNIX_EPOCH) }
    }

    fn read_bytes(bytes: &[u8], after: u64, options: &Options) -> (Tally, Memory) {
        let mut sink = Memory::default();
        let raw = Box::new(Cursor::new(bytes.to_vec()));
        let opened = || from_reader("f".into(), raw, &());
        let tally = read_opened(opened, after, options, &mut sink, &()).unwrap();
        assert!(tally.reconciles(), "{tally:?}");
        for (table, rows) in &tally.stored {
            assert_eq!(sink.rows(table) as u64, *rows, "{table}");
        }
        assert_eq!(sink.rows("reject") as u64, tally.rejected);
        (tally, sink)
    }

    fn lines_of(sink: &Memory, table: &str) -> Vec<u64> {
        let batches = sink.table(table).into_iter();
        let lines =
            batches.map(|batch| batch["line"].as_primitive::<UInt64Type>().values().to_vec());
        lines.flatten().collect()
    }

    fn reasons(sink: &Memory) -> Vec<String> {
        let batches = sink.table("reject").into_iter();
        let reasons = batches.flat_map(|batch| batch["reason"].as_string::<i32>().iter());
        reasons.flatten().map(str::to_owned).collect()
    }

    fn flow(i: usize) -> String {
        let start = r#""timestamp":"2025-01-01T00:00:00.000000+0000","event_type":"flow""#;
        format!(
            "{{{start},\"flow_id\":{i},\"src_ip\":\"192.0.2.1\",\"flow\":{{\"pkts_toserver\":1}}}}\n"
        )
    }

    fn long_log(lines: usize) -> String {
        let line = |i| match i % 10 {
            3 => "{\"event_type\":\"dns\"}\n".to_owned(),
            7 => format!("no log {i}\n"),
            _ => flow(i),
        };
        (0..lines).map(line).collect()
    }

    #[test]
    fn every_odd_line_finds_its_end() {
        let event = flow(1);
        let event = event.trim_end();
        let text = [
            b"\xef\xbb\xbf",
            event.as_bytes(),
            b"\r\n",
            b"\r\n",
            b"\0\0\0",
            event.as_bytes(),
            b"\n",
            b"caf\xe9 \0\n",
            b"{\"a\":1}\n",
            event.as_bytes(),
        ]
        .concat();
        let (tally, sink) = read_bytes(&text, 0, &options(1));
        assert_eq!((tally.lines, tally.stored["flow"], tally.rejected), (6, 3, 2));
        assert_eq!(tally.counted["blank line"], 1);
        assert_eq!(lines_of(&sink, "flow"), [1, 3, 6]);
        assert_eq!(lines_of(&sink, "reject"), [4, 5]);
        let reject = sink.table("reject")[0].clone();
        assert_eq!(reject["text"].as_string::<i32>().value(0), "caf\\xe9 ");
        assert!(reject["source"].is_null(0));
        assert_eq!(tally.first_time, Some(1_735_689_600_000_000));
    }

    #[test]
    fn the_result_does_not_depend_on_the_threads() {
        let text = long_log(20_000);
        let (one, all) = read_bytes(text.as_bytes(), 0, &options(1));
        assert_eq!((one.lines, one.stored["flow"], one.rejected), (20_000, 16_000, 2000));
        let whole = |sink: &Memory, table: &'static Table| {
            concat_batches(&table.schema(), sink.table(table.name)).unwrap()
        };
        let (many, rows) = read_bytes(text.as_bytes(), 0, &options(3));
        assert_eq!(one, many);
        for table in botany_catalog::tables::ALL {
            assert_eq!(whole(&all, table), whole(&rows, table));
        }
        // Whole batches but for a table's last.
        let sizes: Vec<usize> = rows.table("flow").iter().map(|batch| batch.num_rows()).collect();
        assert!(sizes.iter().all(|rows| *rows == 100), "{sizes:?}");
    }

    #[test]
    fn a_rare_row_holds_little_while_it_waits() {
        let rare = Chunk::new("f", 1, flow(1).into_bytes());
        let options = Options { batch_rows: 1_000_000, ..options(1) };
        let (shelf, state) = (Shelf::new(&options).unwrap(), State::new("f", &options));
        let mut sink = Memory::default();
        let mut merger = Merger::new("f", &shelf, state, &options, &mut sink, &());
        let bytes = |merger: &Merger| -> usize {
            let batches = merger.waiting.iter().flat_map(|(_, batches, _)| batches);
            batches.map(|batch| batch.get_array_memory_size()).sum()
        };
        merger.take(rare).unwrap();
        let one = bytes(&merger);
        for line in 2..1000 {
            merger.take(Chunk::new("f", line, flow(1).into_bytes())).unwrap();
        }
        // Were each row to keep the room of a batch of its own, this would be near 1000.
        assert!(bytes(&merger) < 60 * one, "{} for one, {} for 999", one, bytes(&merger));
        assert!(one < 60_000, "{one}");
        merger.finish().unwrap();
        assert_eq!(lines_of(&sink, "flow"), (1..1000).collect::<Vec<u64>>());
    }

    #[test]
    fn what_stands_before_damage_is_stored_and_the_damage_is_a_reject() {
        let text = long_log(10_000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        for packed in [gzip.finish().unwrap(), zstd::encode_all(text.as_bytes(), 1).unwrap()] {
            let (whole, _) = read_bytes(&packed, 0, &options(2));
            assert_eq!(whole.bytes, text.len() as u64);
            assert_eq!(whole.digest, blake3::hash(text.as_bytes()).to_hex().to_string());
            let cut = &packed[..packed.len() * 2 / 3];
            let (tally, sink) = read_bytes(cut, 0, &options(2));
            assert!(tally.stored["flow"] > 1000 && tally.bytes < whole.bytes, "{tally:?}");
            let reasons = reasons(&sink);
            assert!(reasons.last().unwrap().contains("is damaged after"), "{reasons:?}");
            assert_eq!(lines_of(&sink, "reject").last(), Some(&tally.lines));
            // The whole file later: the rest of it, and nothing twice.
            let (rest, more) = read_bytes(&packed, tally.bytes, &options(2));
            assert_eq!(rest.digest, whole.digest);
            let mut lines = [lines_of(&sink, "flow"), lines_of(&more, "flow")].concat();
            assert_eq!(lines.len() as u64, whole.stored["flow"]);
            lines.dedup();
            assert_eq!(lines.len() as u64, whole.stored["flow"]);
            // The damaged file again: nothing.
            assert_eq!(read_bytes(cut, tally.bytes, &options(2)).0.lines, 0);
        }
    }

    #[test]
    fn a_line_of_many_megabytes_is_one_reject() {
        let mut text = flow(1).into_bytes();
        text.resize(text.len() + 17 * 1024 * 1024, b'x');
        text.push(b'\n');
        text.extend(flow(2).bytes());
        let (tally, sink) = read_bytes(&text, 0, &options(1));
        assert_eq!((tally.lines, tally.stored["flow"], tally.rejected), (3, 2, 1));
        assert_eq!(lines_of(&sink, "flow"), [1, 3]);
        let kept = sink.table("reject")[0]["text"].as_string::<i32>().value(0).len();
        assert_eq!(kept, 1000);
        assert!(reasons(&sink)[0].contains("longer than 16 MiB"));
    }

    #[test]
    fn only_system_and_sink_can_fail() {
        struct Full;
        impl Sink for Full {
            fn write(&mut self, _: &'static Table, _: RecordBatch) -> Result<(), SinkError> {
                Err("the disk is full".into())
            }
        }
        let text = long_log(20_000);
        for threads in [1, 3] {
            let raw = Box::new(Cursor::new(text.clone()));
            let opened = || from_reader("f".into(), raw, &());
            let error = read_opened(opened, 0, &options(threads), &mut Full, &()).unwrap_err();
            assert!(error.to_string().contains("the disk is full"), "{error}");
        }
        let nowhere = Input::File("/no/such/file".into());
        let error = read(&nowhere, &options(1), &mut Memory::default(), &()).unwrap_err();
        assert!(matches!(error, Error::Open { .. }), "{error}");
    }

    #[test]
    fn one_source_can_be_asked_alone() {
        let (tally, sink) = read_bytes(
            format!("{}no log\n", flow(1)).as_bytes(),
            0,
            &Options { source: Some("eve"), ..options(1) },
        );
        assert_eq!((tally.stored["flow"], tally.rejected), (1, 1));
        assert!(reasons(&sink)[0].starts_with("eve does not know this line"));
        let stranger = Options { source: Some("syslogd"), ..options(1) };
        let error = read(&Input::Stdin, &stranger, &mut Memory::default(), &()).unwrap_err();
        assert!(error.to_string().contains("choose one of eve, "), "{error}");
    }

    /// Lines as sources write them, damaged at random, among lines nobody writes.
    fn damaged_line() -> impl Strategy<Value = Vec<u8>> {
        let examples: Vec<&'static str> =
            sources::ALL.iter().map(|source| source.example()).collect();
        let cuts =
            (proptest::sample::select(examples), any::<u16>(), any::<u16>(), any::<[u8; 3]>());
        let damaged = cuts.prop_map(|(example, from, to, bytes)| {
            let line = example.as_bytes();
            let at = |n: u16| usize::from(n) % (line.len() + 1);
            let (from, to) = (at(from).min(at(to)), at(from).max(at(to)));
            [&line[..from], &bytes[..usize::from(bytes[0]) % 4], &line[to..]].concat()
        });
        prop_oneof![
            4 => damaged,
            1 => proptest::collection::vec(any::<u8>(), 0..80),
            1 => Just(b"".to_vec()),
        ]
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_every_line_finds_its_end(
            lines in proptest::collection::vec(damaged_line(), 0..30),
            threads in 1_usize..3,
        ) {
            let text = lines.join(&b'\n');
            let (tally, _) = read_bytes(&text, 0, &options(threads));
            if !matches!(text.as_slice(), [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..]) {
                let split = text.strip_suffix(b"\n").unwrap_or(&text);
                let expected = split.split(|byte| *byte == b'\n').count() as u64;
                prop_assert_eq!(tally.lines, if text.is_empty() { 0 } else { expected });
            }
        }

        #[test]
        fn no_source_panics_on_lines_it_does_not_know(line in damaged_line()) {
            for source in sources::ALL {
                let mut rows = crate::Rows::new("f");
                source.read(&line, &mut State::new("f", &options(1)), &mut rows);
                source.recognises(&line);
            }
        }
    }
}
