use std::fs;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::DataType;
use botany_catalog::tables;

use super::*;
use crate::output;
use crate::sample::{DAY, rejects, store_rejects};

async fn open(dir: &tempfile::TempDir) -> (Store, Engine) {
    let store = Store::open(dir.path()).unwrap();
    let engine = Engine::open(&store).await.unwrap();
    (store, engine)
}

/// The answer's cells, a row joined by spaces.
async fn ask(engine: &Engine, sql: &str) -> Vec<String> {
    let batches = engine.query(sql).await.unwrap();
    output::rows(&batches).unwrap().map(|row| row.join(" ")).collect()
}

async fn refuse(engine: &Engine, sql: &str) -> Error {
    engine.query(sql).await.expect_err(sql)
}

fn numbers(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let column = Arc::new(Int64Array::from_iter_values(values)) as ArrayRef;
    RecordBatch::try_from_iter([("n", column)]).unwrap()
}

#[tokio::test]
async fn every_table_is_there_before_anything_is_stored() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, engine) = open(&dir).await;
    for table in tables::ALL {
        let batches = engine.query(&format!("SELECT * FROM {}", table.name)).await.unwrap();
        let mut names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        names.push("event_date");
        assert_eq!(output::columns(&batches), names);
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
        for column in table.columns {
            let schema = batches[0].schema();
            assert_eq!(
                schema.field_with_name(column.name).unwrap().data_type(),
                &column.kind.data_type()
            );
        }
    }
    assert_eq!(ask(&engine, "SELECT count(*) FROM flow").await, ["0"]);
}

#[tokio::test]
async fn an_open_session_sees_what_is_committed_later() {
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = open(&dir).await;
    for count in 0..3 {
        let sql = "SELECT count(*), count(DISTINCT text), max(event_date) FROM reject";
        let day = if count == 0 { "" } else { "1970-01-02" };
        assert_eq!(ask(&engine, sql).await, [format!("{} {count} {day}", count * 2)]);
        store_rejects(&store, &[DAY - 1, DAY], &format!("text {count}"));
    }
}

#[tokio::test]
async fn a_pinned_session_sees_the_parts_it_saw_first() {
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = open(&dir).await;
    store_rejects(&store, &[DAY - 1, DAY], "a");
    engine.register_view("texts", "SELECT text, event_date FROM reject").await.unwrap();
    let pinned = engine.pinned().unwrap();
    let sql = "SELECT count(*) FROM texts WHERE event_date > '1970-01-01'";
    assert_eq!(ask(&pinned, sql).await, ["1"]);
    store_rejects(&store, &[DAY - 1, DAY], "b");
    assert_eq!(ask(&engine, sql).await, ["2"]);
    assert_eq!(ask(&pinned, sql).await, ["1"]);
    assert_eq!(ask(&pinned, "SELECT text FROM reject").await, ["a", "a"]);
    assert_eq!(ask(&engine.pinned().unwrap(), sql).await, ["2"]);
}

#[tokio::test]
async fn times_and_days_are_utc() {
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = open(&dir).await;
    store_rejects(&store, &[DAY - 1], "a");
    let sql = "SELECT event_time, event_date, date_trunc('hour', event_time) FROM reject \
               WHERE event_time < '1970-01-02T00:00:00'";
    let expected = ["1970-01-01T23:59:59.999999Z 1970-01-01 1970-01-01T23:00:00Z"];
    assert_eq!(ask(&engine, sql).await, expected);
}

#[tokio::test]
async fn a_condition_on_the_day_reads_that_day_only() {
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = open(&dir).await;
    store_rejects(&store, &[0, DAY, 2 * DAY, 3 * DAY], "a");
    for (condition, days) in [
        ("event_date = '1970-01-02'", vec!["1970-01-02"]),
        ("event_date = DATE '1970-01-02' AND line > 0", vec!["1970-01-02"]),
        ("event_date BETWEEN '1970-01-02' AND '1970-01-03'", vec!["1970-01-02", "1970-01-03"]),
        ("event_date > '2000-01-01'", vec![]),
    ] {
        let plan = ask(&engine, &format!("EXPLAIN SELECT line FROM reject WHERE {condition}"))
            .await
            .join("\n");
        assert_eq!(plan.matches(".parquet").count(), days.len(), "{condition}: {plan}");
        assert!(days.iter().all(|day| plan.contains(&format!("event_date={day}/"))), "{plan}");
        let rows =
            ask(&engine, &format!("SELECT event_date FROM reject WHERE {condition} ORDER BY 1"))
                .await;
        assert_eq!(rows, days);
    }
}

#[tokio::test]
async fn a_part_of_an_older_version_reads_with_nulls() {
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = open(&dir).await;
    store_rejects(&store, &[0], "new");
    // An older version knew neither `source` nor the required `reason`, and had another order.
    let old = rejects(&[0], "old").project(&[5, 2, 0, 1]).unwrap();
    let path = store.table_dir("reject").join("event_date=1970-01-01/old.parquet");
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), old.schema(), None).unwrap();
    writer.write(&old).unwrap();
    writer.close().unwrap();
    let sql = "SELECT text, line, source IS NULL, reason IS NULL FROM reject ORDER BY text";
    assert_eq!(ask(&engine, sql).await, ["new 1 false false", "old 1 true true"]);
    assert_eq!(ask(&engine, "SELECT text FROM reject WHERE reason = 'no date'").await, ["new"]);
}

#[tokio::test]
async fn a_query_looks_and_does_not_touch() {
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = open(&dir).await;
    store_rejects(&store, &[0], "a");
    let out = dir.path().join("out.csv").display().to_string();
    for sql in [
        "CREATE TABLE x AS SELECT 1",
        "CREATE VIEW x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE SCHEMA x",
        "SELECT * INTO x FROM reject",
        "DROP TABLE reject",
        "INSERT INTO reject SELECT * FROM reject",
        "DELETE FROM reject",
        "UPDATE reject SET line = 1",
        "SET datafusion.execution.time_zone = '+01:00'",
        "PREPARE p AS SELECT 1",
        &format!("COPY reject TO '{out}'"),
        &format!("EXPLAIN ANALYZE COPY reject TO '{out}'"),
    ] {
        let error = refuse(&engine, sql).await;
        assert!(matches!(error, Error::ReadOnly { .. }), "{sql}: {error}");
        let limited = engine.query_limited(sql, 5, 1 << 20).await.expect_err(sql);
        assert!(matches!(limited, Error::ReadOnly { .. }), "{sql}: {limited}");
    }
    assert!(!Path::new(&out).exists());
    assert_eq!(ask(&engine, "SELECT count(*) FROM reject").await, ["1"]);
    refuse(&engine, "BEGIN").await;
    refuse(&engine, "SELECT 1; DROP TABLE reject").await;
}

#[tokio::test]
async fn a_query_reads_no_file_but_the_stores() {
    let dir = tempfile::tempdir().unwrap();
    let (store, engine) = open(&dir).await;
    store_rejects(&store, &[0], "a");
    let secret = dir.path().join("secret.csv");
    fs::write(&secret, "a,b\n1,2\n").unwrap();
    let day = store.table_dir("reject").join("event_date=1970-01-01");
    for path in [
        secret.display().to_string(),
        format!("file://{}", secret.display()),
        day.display().to_string(),
    ] {
        for sql in [format!("SELECT * FROM '{path}'"), format!("SELECT * FROM \"{path}\"")] {
            let error = refuse(&engine, &sql).await;
            assert!(matches!(error, Error::UnknownTable { .. }), "{sql}: {error}");
        }
        for function in ["read_csv", "read_parquet", "parquet_metadata", "glob"] {
            let error = refuse(&engine, &format!("SELECT * FROM {function}('{path}')")).await;
            assert_eq!(error.fault(), crate::Fault::Input, "{error}");
        }
    }
}

#[tokio::test]
async fn showing_describing_and_explaining_are_looking() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, engine) = open(&dir).await;
    let tables = ask(&engine, "SHOW TABLES").await.join("\n");
    assert!(tables.contains(" flow ") && tables.contains(" login "), "{tables}");
    let columns = ask(&engine, "DESCRIBE login").await;
    assert!(columns.iter().any(|row| row.starts_with("event_date Date32")), "{columns:?}");
    let answer = engine.query_limited("EXPLAIN SELECT * FROM login", 1, 1 << 20).await.unwrap();
    assert!(answer.more);
    assert_eq!(ask(&engine, "SELECT * FROM generate_series(1, 3)").await.len(), 3);
    assert_eq!(
        ask(&engine, "SELECT ip_block('192.0.2.1', 8, 32), tcp_flag_names(2)").await,
        ["192.0.0.0/8 SYN"]
    );
}

#[tokio::test]
async fn an_error_names_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, engine) = open(&dir).await;
    let error = refuse(&engine, "SELECT * FROM flows JOIN login ON true").await;
    let expected =
        "there is no table `flows`; the tables are alert, flow, login, netflow, reject, ssh";
    assert_eq!(error.to_string(), expected);
    let error = refuse(&engine, "SELECT packetsin FROM flow").await;
    assert!(
        error.to_string().starts_with(
            "there is no column `packetsin`, did you mean `packets_in`; the columns here are "
        ),
        "{error}"
    );
    assert!(error.to_string().contains(" packets_in, "), "{error}");
    // A name within the query is not missing; the real fault is said.
    let error = refuse(&engine, "WITH t AS (SELECT 1 AS a) SELECT b FROM t").await;
    assert!(matches!(&error, Error::UnknownColumn { known, .. } if known == &["a"]), "{error}");
    for sql in
        ["SELEKT 1", "", "SELECT nosuch(1)", "SELECT 1 FROM", "SELECT 'a'::INT", "SELECT 1 / 0"]
    {
        let error = refuse(&engine, sql).await;
        assert_eq!(error.fault(), crate::Fault::Input, "{sql}: {error}");
        assert!(!error.to_string().contains('\n'), "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_limited_query_says_whether_there_is_more() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, engine) = open(&dir).await;
    engine.register_batches("made", vec![numbers(0..5), numbers(5..10)]).unwrap();
    for (limit, rows, more) in
        [(0, 0, true), (7, 7, true), (10, 10, false), (usize::MAX, 10, false)]
    {
        let answer =
            engine.query_limited("SELECT n FROM made ORDER BY n", limit, 1 << 20).await.unwrap();
        assert_eq!((output::rows(&answer.batches).unwrap().count(), answer.more), (rows, more));
        assert_eq!(output::columns(&answer.batches), ["n"]);
    }
}

#[tokio::test]
async fn made_up_tables_and_views_can_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, engine) = open(&dir).await;
    engine.register_batches("made", vec![numbers(0..3)]).unwrap();
    engine.register_view("twice", "SELECT n * 2 AS n FROM made").await.unwrap();
    assert_eq!(ask(&engine, "SELECT n FROM twice ORDER BY n").await, ["0", "2", "4"]);
    engine.register_batches("twice", vec![numbers([7])]).unwrap();
    assert_eq!(ask(&engine, "SELECT n FROM twice").await, ["7"]);
    engine.register_view("made", "SELECT 1 AS n").await.unwrap();
    assert_eq!(ask(&engine, "SELECT n FROM made").await, ["1"]);
    assert!(engine.tables().contains(&"twice".to_owned()));

    let other = RecordBatch::new_empty(rejects(&[], "").schema());
    for batches in [vec![], vec![numbers([1]), other]] {
        assert!(matches!(engine.register_batches("bad", batches), Err(Error::Batch { .. })));
    }
}

#[tokio::test]
async fn text_is_one_type_in_answers() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, engine) = open(&dir).await;
    let sql = "SELECT CAST(line AS TEXT) AS a, 'x' AS b, text || 'y' AS c FROM reject";
    let schema = engine.sql(sql).await.unwrap()[0].schema();
    assert!(schema.fields().iter().all(|field| field.data_type() == &DataType::Utf8), "{schema}");
}

#[tokio::test]
async fn a_sort_larger_than_its_memory_goes_through_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let options = EngineOptions { memory_limit: Some(4 << 20), partitions: 2 };
    let engine = Engine::open_with(&store, &options).await.unwrap();
    let rows = 600_000;
    let batches =
        (0..60).map(|i| numbers((0..10_000).map(move |j| (i * 10_000 + j) * 7_919 % rows)));
    engine.register_batches("made", batches.collect()).unwrap();
    let answer = engine.sql("SELECT n FROM made ORDER BY n").await.unwrap();
    let sorted = concat_batches(&answer[0].schema(), &answer).unwrap();
    assert_eq!(
        sorted,
        RecordBatch::try_new(sorted.schema(), numbers(0..rows).columns().to_vec()).unwrap()
    );

    let explained = ask(&engine, "EXPLAIN ANALYZE SELECT n FROM made ORDER BY n").await.join("\n");
    assert!(
        explained.contains("spill_count=") && !explained.contains("spill_count=0,"),
        "{explained}"
    );
}

#[tokio::test]
async fn a_directory_may_have_any_name() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["with space", "ü*[x]?", "50%20off", "a#b"] {
        let store = Store::open(&dir.path().join(name)).unwrap();
        store_rejects(&store, &[0], "a");
        let engine = Engine::open(&store).await.unwrap();
        assert_eq!(
            ask(&engine, "SELECT text FROM reject WHERE event_date = '1970-01-01'").await,
            ["a"],
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_answer_of_too_many_bytes_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, engine) = open(&dir).await;
    let sql = "SELECT repeat('x', 1000) FROM generate_series(1, 5000)";
    let error = engine.query_limited(sql, 10_000, 1 << 20).await.unwrap_err();
    assert!(matches!(error, Error::Memory { .. }), "{error}");
    assert!(
        engine.query_limited(sql, 100, 1 << 20).await.is_ok(),
        "what is left out does not count"
    );
}
