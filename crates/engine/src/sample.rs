//! Rows to test with.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array};
use botany_catalog::tables::REJECT;

use crate::{Bookmark, Store};

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// Rows of `reject` at the given times, all with the same `text`; `line` counts from 1.
pub(crate) fn rejects(times: &[i64], text: &str) -> RecordBatch {
    let all = |value: &str| Arc::new(StringArray::from(vec![value; times.len()])) as ArrayRef;
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from(times.to_vec()).with_timezone("UTC")),
        all("x.log"),
        Arc::new(UInt64Array::from_iter_values(1..=times.len() as u64)),
        all("sshd"),
        all("no date"),
        all(text),
    ];
    RecordBatch::try_new(REJECT.schema(), columns).unwrap()
}

/// Stores [`rejects`] in one transaction.
pub(crate) fn store_rejects(store: &Store, times: &[i64], text: &str) {
    let mut transaction = store.begin().unwrap();
    transaction.write(&REJECT, rejects(times, text)).unwrap();
    transaction.commit(Bookmark::default()).unwrap();
}
