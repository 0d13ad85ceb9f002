//! A store fed by hand.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use botany_catalog::tables::{FLOW, LOGIN, SSH};
use botany_catalog::{Kind, Table};
use botany_engine::{Bookmark, Engine, Store};
use tempfile::TempDir;

type Row = Vec<(&'static str, String)>;

/// Rows on their way into a store, in the order they were collected.
#[derive(Default)]
pub struct House {
    rows: Vec<(&'static Table, Row)>,
}

/// An open engine with the directory it reads.
pub struct Open {
    pub engine: Engine,
    store: Store,
    _folder: TempDir,
}

impl House {
    /// A failed log-in over SSH.
    pub fn ssh(self, time: &str, src_ip: &str, username: &str) -> Self {
        self.login(time, src_ip, username, &[])
    }

    /// A failed log-in over telnet, where the password is known.
    pub fn telnet(self, time: &str, src_ip: &str, username: &str, password: &str) -> Self {
        self.login(time, src_ip, username, &[("service", "telnet"), ("password", password)])
    }

    /// A log-in; `other` goes over the defaults.
    pub fn login(
        mut self,
        time: &str,
        src_ip: &str,
        username: &str,
        other: &[(&'static str, &str)],
    ) -> Self {
        let line = (self.rows.len() + 1).to_string();
        let mut row: Row = [
            ("event_time", time),
            ("service", "ssh"),
            ("outcome", "failed"),
            ("username", username),
            ("src_ip", src_ip),
            ("attempts", "1"),
            ("source", "hand"),
            ("file", "auth.log"),
            ("line", &line),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        set(&mut row, other);
        self.rows.push((&LOGIN, row));
        self
    }

    /// A flow to port 22 that was closed after ten packets each way; `other` goes over the defaults.
    pub fn flow(mut self, time: &str, src_ip: &str, other: &[(&'static str, &str)]) -> Self {
        let line = (self.rows.len() + 1).to_string();
        let mut row: Row = [
            ("event_time", time),
            ("flow_id", line.as_str()),
            ("src_ip", src_ip),
            ("src_port", "40000"),
            ("dest_ip", "192.0.2.22"),
            ("dest_port", "22"),
            ("proto", "TCP"),
            ("packets_in", "10"),
            ("packets_out", "10"),
            ("bytes_in", "1500"),
            ("bytes_out", "1000"),
            ("tcp_flags_ts", "27"),
            ("tcp_flags_tc", "27"),
            ("file", "eve.json"),
            ("line", &line),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        set(&mut row, other);
        self.rows.push((&FLOW, row));
        self
    }

    /// An SSH handshake.
    pub fn banner(mut self, time: &str, src_ip: &str, software: &str) -> Self {
        let line = (self.rows.len() + 1).to_string();
        let row = [
            ("event_time", time),
            ("src_ip", src_ip),
            ("client_software", software),
            ("file", "eve.json"),
            ("line", &line),
        ];
        self.rows.push((&SSH, row.map(|(name, value)| (name, value.to_owned())).into()));
        self
    }

    /// Stores the rows, one transaction each table, and opens an engine over them.
    pub async fn open(self) -> Open {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        self.store(&store);
        let engine = Engine::open(&store).await.unwrap();
        Open { engine, store, _folder: folder }
    }

    fn store(self, store: &Store) {
        for table in [&FLOW, &LOGIN, &SSH] {
            let rows: Vec<&Row> =
                self.rows.iter().filter(|(t, _)| t.name == table.name).map(|(_, r)| r).collect();
            if !rows.is_empty() {
                let mut transaction = store.begin().unwrap();
                transaction.write(table, batch(table, &rows)).unwrap();
                transaction.commit(Bookmark::default()).unwrap();
            }
        }
    }
}

impl Open {
    /// Stores more rows, while the engine is open.
    pub fn add(&self, house: House) {
        house.store(&self.store);
    }

    /// The answer's rows, each as its values joined by spaces; a null is `null`.
    pub async fn ask(&self, sql: &str) -> Vec<String> {
        print(&self.engine.sql(sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}")))
    }
}

/// Rows as text, values joined by spaces.
pub fn print(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::new().with_null("null");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let values: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
            lines.push(values.join(" "));
        }
    }
    lines
}

/// `null` takes a value away.
fn set(row: &mut Row, other: &[(&'static str, &str)]) {
    for (name, value) in other {
        row.retain(|(n, _)| n != name);
        if *value != "null" {
            row.push((name, (*value).to_owned()));
        }
    }
}

fn batch(table: &'static Table, rows: &[&Row]) -> RecordBatch {
    let columns: Vec<ArrayRef> = table
        .columns
        .iter()
        .map(|column| {
            let default = match column.kind {
                _ if column.nullable => None,
                Kind::Text => Some(""),
                _ => Some("0"),
            };
            let texts: StringArray = rows
                .iter()
                .map(|row| {
                    let value = row.iter().find(|(name, _)| *name == column.name);
                    value.map(|(_, value)| value.as_str()).or(default)
                })
                .collect();
            let texts: ArrayRef = Arc::new(texts);
            match column.kind {
                Kind::Text => texts,
                Kind::U8 | Kind::U16 | Kind::U32 => {
                    cast(&cast(&texts, &DataType::Int64).unwrap(), &column.kind.data_type())
                        .unwrap()
                }
                kind => cast(&texts, &kind.data_type()).unwrap(),
            }
        })
        .collect();
    for row in rows {
        for (name, _) in *row {
            assert!(table.column(name).is_some(), "table {} has no column {name}", table.name);
        }
    }
    RecordBatch::try_new(table.schema(), columns).unwrap()
}
