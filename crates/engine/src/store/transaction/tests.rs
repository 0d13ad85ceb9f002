use std::fs;

use arrow::array::AsArray;
use botany_catalog::tables::REJECT;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::super::Store;
use super::super::disk::crash;
use super::*;
use crate::sample::{DAY, rejects};

/// Three rejects on three days, their text being `mark`.
fn batch(mark: &str) -> RecordBatch {
    rejects(&[0, DAY, 2 * DAY], mark)
}

fn collect(store: &Store, mark: &str) -> Result<(), Error> {
    let mut transaction = store.begin()?;
    transaction.write(&REJECT, batch(mark))?;
    transaction.commit(Bookmark { file: mark.to_owned(), ..Bookmark::default() })
}

/// The marks of all rows the tables hold, sorted: what a query would see.
fn visible(root: &Path) -> Vec<String> {
    let mut marks = Vec::new();
    let mut dirs = vec![root.join(layout::TABLES)];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                dirs.push(entry);
            } else {
                let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(entry).unwrap());
                for batch in reader.unwrap().build().unwrap() {
                    let batch = batch.unwrap();
                    let texts = batch.column_by_name("text").unwrap().as_string::<i32>();
                    marks.extend(texts.iter().map(|text| text.unwrap().to_owned()));
                }
            }
        }
    }
    marks.sort();
    marks
}

fn bookmarked(store: &Store) -> Vec<String> {
    store.bookmarks().unwrap().into_iter().map(|bookmark| bookmark.file).collect()
}

fn staged(root: &Path) -> usize {
    fs::read_dir(root.join(layout::STAGING)).unwrap().count()
}

#[test]
fn rows_are_seen_after_the_commit_and_not_before() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.write(&REJECT, batch("a")).unwrap();
    assert!(visible(dir.path()).is_empty());
    let id = transaction.id().to_owned();
    transaction.commit(Bookmark::default()).unwrap();
    assert_eq!(visible(dir.path()), ["a", "a", "a"]);
    let bookmark = &store.bookmarks().unwrap()[0];
    assert_eq!((&bookmark.id, bookmark.parts.len(), staged(dir.path())), (&id, 3, 0));
}

#[test]
fn a_dropped_transaction_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.write(&REJECT, batch("a")).unwrap();
    drop(transaction);
    assert!(visible(dir.path()).is_empty() && staged(dir.path()) == 0);
}

#[test]
fn one_writes_at_a_time_and_an_opening_leaves_its_work_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let mut transaction = store.begin().unwrap();
    transaction.write(&REJECT, batch("a")).unwrap();
    let other = Store::open(dir.path()).unwrap();
    assert!(other.try_begin().unwrap().is_none());
    assert_eq!(staged(dir.path()), 1);
    transaction.commit(Bookmark::default()).unwrap();
    assert!(other.try_begin().unwrap().is_some());
    assert_eq!(visible(dir.path()).len(), 3);
}

/// The promise: stopped anywhere, a transaction is all there or not at all after the next opening,
/// what was there before is untouched, and doing it again where it is not there completes it.
#[test]
fn stopped_at_any_step_a_transaction_is_whole_or_gone() {
    let (mut gone, mut whole) = (0, 0);
    for steps in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        collect(&store, "before").unwrap();

        let acknowledged = crash::after(steps, || collect(&store, "new").is_ok()).is_some();

        let store = Store::open(dir.path()).unwrap();
        let there = bookmarked(&store).contains(&"new".to_owned());
        let rows = visible(dir.path()).iter().filter(|mark| *mark == "new").count();
        assert_eq!(rows, if there { 3 } else { 0 }, "stopped after {steps} steps");
        assert!(there || !acknowledged, "an acknowledged transaction is gone");
        assert_eq!(staged(dir.path()), 0, "stopped after {steps} steps");
        if there {
            whole += 1
        } else {
            gone += 1
        }

        if !there {
            collect(&store, "new").unwrap();
        }
        let marks = visible(dir.path());
        assert_eq!(marks, ["before", "before", "before", "new", "new", "new"]);
        if acknowledged {
            break;
        }
    }
    assert!(gone >= 10 && whole >= 5, "{gone} before and {whole} after the commit");
}

#[test]
fn a_recovery_that_is_itself_stopped_is_taken_up_again() {
    for steps in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        stop_right_after_the_bookmark(&store);
        assert_eq!((bookmarked(&store).len(), staged(dir.path())), (1, 1));

        let whole = crash::after(steps, || Store::open(dir.path()).map(|_| ()).is_ok());

        let mut transaction = store.begin().unwrap();
        assert_eq!(visible(dir.path()), ["new", "new", "new"], "stopped after {steps} steps");
        transaction.write(&REJECT, batch("next")).unwrap();
        transaction.commit(Bookmark::default()).unwrap();
        assert_eq!(visible(dir.path()).len(), 6);
        if whole == Some(true) {
            assert!(steps > 5, "nothing was recovered");
            return;
        }
    }
}

/// Stops at the first step after the one that makes the bookmark durable.
fn stop_right_after_the_bookmark(store: &Store) {
    let dir = tempfile::tempdir().unwrap();
    let twin = Store::open(dir.path()).unwrap();
    let trace = crash::trace(|| collect(&twin, "new").unwrap());
    let bookmarks = format!("sync directory {}", dir.path().join(layout::BOOKMARKS).display());
    let steps = trace.iter().position(|step| *step == bookmarks).unwrap() + 1;
    assert!(crash::after(steps, || collect(store, "new")).is_none());
}

#[test]
fn everything_is_durable_before_the_bookmark_and_placed_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let trace = crash::trace(|| collect(&store, "new").unwrap());
    let is_commit = |step: &String| step.starts_with("rename") && step.ends_with(".json");
    let commit = trace.iter().position(is_commit).unwrap();
    let count = |steps: &[String], start: &str, part: &str| {
        steps.iter().filter(|step| step.starts_with(start) && step.contains(part)).count()
    };
    let (before, after) = trace.split_at(commit);
    assert_eq!(count(before, "sync file", ".parquet"), 3);
    // Three days, their table, the transaction and `staging` itself.
    assert_eq!(count(before, "sync directory", layout::STAGING), 6);
    assert_eq!(count(before, "rename", ""), 0);
    assert_eq!(count(after, "rename", ".parquet"), 3);
    assert_eq!(count(after, "sync directory", layout::TABLES), 4);
}

#[test]
fn a_committed_part_that_is_missing_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    stop_right_after_the_bookmark(&store);
    let id = store.bookmarks().unwrap().remove(0).id;
    fs::remove_dir_all(dir.path().join("staging").join(id).join("reject/event_date=1970-01-02"))
        .unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(&error, Error::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("event_date=1970-01-02"), "{error}");
}
