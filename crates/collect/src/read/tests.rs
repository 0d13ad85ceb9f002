use super::*;
use crate::input::from_reader;
use crate::{Memory, SinkError};
use arrow::array::AsArray;
use arrow::compute::concat_batches;
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
    let lines = batches.map(|batch| batch["line"].as_primitive::<UInt64Type>().values().to_vec());
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
fn what_becomes_of_a_line_does_not_hang_on_where_it_stands() {
    for line in [
        r#"{"event_type":"dns","dns":{"event_type":1},"x":nul}"#,
        r#"{"event_type":"dns","dns":{"a":"\u00e9"},,}"#,
        r#"{"event_type":"dns","x":nul}"#,
        r#"{"event_type":"flow","x":nul}"#,
        r#"{"event_type":"dns","event_type":"own"}"#,
    ] {
        for newline in ["\n", "\r\n"] {
            let (tally, _) =
                read_bytes([line, newline].concat().repeat(3).as_bytes(), 0, &options(1));
            let ends = tally.counted.values().copied().chain([tally.rejected]);
            assert_eq!(
                ends.filter(|lines| *lines > 0).collect::<Vec<_>>(),
                [3],
                "{line}: {tally:?}"
            );
        }
    }
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
    for table in tables::ALL {
        assert_eq!(whole(&all, table), whole(&rows, table));
    }
    // No small batches but a table's last, and the same ones.
    let sizes = |sink: &Memory| -> Vec<usize> {
        sink.table("flow").iter().map(|batch| batch.num_rows()).collect()
    };
    assert!(sizes(&rows).iter().rev().skip(1).all(|rows| *rows >= 100), "{:?}", sizes(&rows));
    assert_eq!(sizes(&all), sizes(&rows));
}

#[test]
fn a_rare_row_holds_little_while_it_waits() {
    let rare = Chunk::new("f", 1, flow(1).into_bytes(), Room::default());
    let options = Options { batch_rows: 1_000_000, ..options(1) };
    let (shelf, state) = (Shelf::new(&options).unwrap(), State::new("f", &options));
    let mut sink = Memory::default();
    let mut merger = Merger::new("f", &shelf, state, &options, &mut sink, &());
    let bytes = |merger: &Merger| -> usize {
        let batches = merger.waiting.iter().flat_map(|(_, batches, _)| batches);
        batches.map(|batch| batch.get_array_memory_size()).sum()
    };
    merger.put(Part::Read(Box::new(rare))).unwrap();
    let one = bytes(&merger);
    for _ in 2..1000 {
        let rare = Chunk::new("f", 0, flow(1).into_bytes(), merger.room);
        merger.put(Part::Read(Box::new(rare))).unwrap();
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
fn a_sink_that_panics_leaves_no_thread_waiting() {
    struct Broken;
    impl Sink for Broken {
        fn write(&mut self, _: &'static Table, _: RecordBatch) -> Result<(), SinkError> {
            panic!("the sink is broken")
        }
    }
    // More blocks than may be under way, so that there is somebody to wait.
    let text = long_log(200_000);
    assert!(text.len() > 8 * SIZES.chunk);
    let raw = Box::new(Cursor::new(text));
    let opened = || from_reader("f".into(), raw, &());
    let read = || read_opened(opened, 0, &options(2), &mut Broken, &());
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).is_err());
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
    let examples: Vec<&'static str> = sources::ALL.iter().map(|source| source.example()).collect();
    let cuts = (proptest::sample::select(examples), any::<u16>(), any::<u16>(), any::<[u8; 3]>());
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
