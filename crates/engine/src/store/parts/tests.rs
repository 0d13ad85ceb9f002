use std::fs;
use std::sync::Arc;

use arrow::array::{StringArray, new_null_array};
use botany_catalog::tables::{FLOW, REJECT};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::sample::rejects as rejects_with_text;

fn rejects(times: &[i64]) -> RecordBatch {
    rejects_with_text(times, "???")
}

fn days(batch: &RecordBatch) -> Vec<(String, Vec<u64>)> {
    let split = by_day(&REJECT, batch).unwrap().into_iter();
    split
        .map(|(day, rows)| {
            let lines = rows.column_by_name("line").unwrap();
            let lines = lines.as_primitive::<arrow::datatypes::UInt64Type>();
            (date(day).unwrap(), lines.values().to_vec())
        })
        .collect()
}

#[test]
fn a_day_begins_at_midnight_utc_and_keeps_its_order() {
    let day = |n: i64| n * DAY;
    let found = days(&rejects(&[day(1) - 1, day(1), -1, day(1) + 5, 0]));
    let expected =
        [("1969-12-31", vec![3]), ("1970-01-01", vec![1, 5]), ("1970-01-02", vec![2, 4])];
    assert_eq!(found, expected.map(|(date, lines)| (date.to_owned(), lines)));
    assert!(days(&rejects(&[])).is_empty());
}

#[test]
fn a_time_beyond_the_calendar_is_filed_at_its_end() {
    let found = days(&rejects(&[i64::MIN, i64::MAX]));
    let dates: Vec<&str> = found.iter().map(|(date, _)| date.as_str()).collect();
    assert_eq!(dates, ["0001-01-01", "9999-12-31"]);
}

#[test]
fn a_batch_of_another_table_or_without_times_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = Parts::new(dir.path().into(), Limits::default());
    let error = parts.write(&FLOW, &rejects(&[0])).unwrap_err();
    assert!(matches!(&error, Error::Batch { table, .. } if table == "flow"), "{error}");

    let mut columns = rejects(&[0]).columns().to_vec();
    columns[0] = new_null_array(columns[0].data_type(), 1);
    let fields: Vec<_> =
        REJECT.schema().fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
    let schema = Arc::new(arrow::datatypes::Schema::new(fields));
    let timeless = RecordBatch::try_new(schema, columns).unwrap();
    assert!(matches!(by_day(&REJECT, &timeless), Err(Error::Batch { .. })));
}

/// The rows of every part that was finished, by path.
fn finished(parts: &mut Parts) -> Vec<(PartPath, usize)> {
    let paths = parts.finish().unwrap();
    let rows = |part: &PartPath| {
        let file = File::open(part.below(&parts.dir)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum()
    };
    paths.iter().map(|part| (part.clone(), rows(part))).collect()
}

#[test]
fn few_parts_are_open_at_once_and_no_row_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { open_parts: 3, ..Limits::default() };
    let mut parts = Parts::new(dir.path().into(), limits);
    for _ in 0..4 {
        parts.write(&REJECT, &rejects(&(0..10).map(|day| day * DAY).collect::<Vec<_>>())).unwrap();
        assert!(parts.open.len() <= 3);
    }
    let found = finished(&mut parts);
    assert_eq!(found.iter().map(|(_, rows)| rows).sum::<usize>(), 40);
    assert_eq!(found.len(), 40, "ten days in turn do not fit three writers");
}

#[test]
fn a_day_that_goes_on_stays_one_part_until_it_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { part_rows: 25, group_rows: 10, ..Limits::default() };
    let mut parts = Parts::new(dir.path().into(), limits);
    (0..6).for_each(|_| parts.write(&REJECT, &rejects(&[0; 10])).unwrap());
    let mut sizes: Vec<usize> = finished(&mut parts).into_iter().map(|(_, rows)| rows).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [30, 30]);
}

#[test]
fn memory_over_the_budget_goes_to_disk() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { buffered_bytes: 1, ..Limits::default() };
    let mut parts = Parts::new(dir.path().into(), limits);
    for _ in 0..3 {
        parts.write(&REJECT, &rejects(&[0; 100])).unwrap();
        assert_eq!(parts.open[0].writer.in_progress_rows(), 0);
    }
    assert_eq!(finished(&mut parts)[0].1, 300);
}

/// Rows of every row group of every part that was finished.
fn groups(parts: &mut Parts) -> Vec<i64> {
    let paths = parts.finish().unwrap();
    let of = |part: PartPath| {
        let file = File::open(part.below(&parts.dir)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect::<Vec<_>>()
    };
    paths.into_iter().flat_map(of).collect()
}

#[test]
fn days_that_come_in_turn_are_a_row_group_each() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = Parts::new(dir.path().into(), Limits::default());
    let days = 30;
    for batch in 0..3 * days {
        parts.write(&REJECT, &rejects(&[batch % days * DAY; 100])).unwrap();
    }
    assert_eq!(groups(&mut parts), vec![300; days as usize]);
}

#[test]
fn what_is_held_is_bounded_by_bytes_whatever_the_rows_and_the_order_of_days() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { buffered_bytes: 1 << 20, ..Limits::default() };
    let mut parts = Parts::new(dir.path().into(), limits);
    let (days, rows, mut most) = (20, 100, 0);
    for batch in 0..1000 {
        // No text twice, and days in no order.
        let text = |row: i64| format!("{:040}", (batch * rows + row) * 0x9e37_79b9);
        let mut columns =
            rejects(&vec![batch * batch % days * DAY; rows as usize]).columns().to_vec();
        let at = REJECT.schema().index_of("text").unwrap();
        columns[at] = Arc::new(StringArray::from_iter_values((0..rows).map(text)));
        parts.write(&REJECT, &RecordBatch::try_new(REJECT.schema(), columns).unwrap()).unwrap();
        assert_eq!(parts.held, parts.open.iter().map(|part| part.held).sum::<usize>());
        let encoded: usize = parts.open.iter().map(|part| part.writer.in_progress_size()).sum();
        assert!(encoded <= parts.held && parts.held <= 1 << 20, "{encoded} {}", parts.held);
        most = most.max(parts.held);
    }
    assert!(most > 1 << 19, "{most}: memory that may be taken is taken");
    let groups = groups(&mut parts);
    assert_eq!(groups.iter().sum::<i64>(), 100_000);
    assert!(groups.len() < 200, "{groups:?}");
}

#[test]
fn parts_are_packed_where_it_pays_and_say_who_wrote_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut parts = Parts::new(dir.path().into(), Limits::default());
    parts.write(&REJECT, &rejects(&[0; 5])).unwrap();
    let path = parts.finish().unwrap()[0].below(dir.path());
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let meta = reader.metadata();
    assert!(meta.file_metadata().created_by().unwrap().starts_with("botany "));
    for column in meta.row_group(0).columns() {
        let packed = matches!(column.compression(), Compression::ZSTD(_));
        assert_eq!(packed, column.column_path().string() == "text", "{}", column.column_path());
    }
    assert_eq!(fs::read_dir(dir.path().join("reject/event_date=1970-01-01")).unwrap().count(), 1);
}
