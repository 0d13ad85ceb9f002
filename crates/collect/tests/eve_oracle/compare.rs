//! Lines read as one file, and each line's end held against its tree.

use std::collections::BTreeMap;
use std::fs;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use botany_collect::{Input, Memory, Options, Tally, read};
use serde_json::Value;

use crate::columns::{Kind, TYPES};
use crate::tree::{self, End, Want};

/// Where a line went.
enum Went<'a> {
    Stored(&'static str, &'a RecordBatch, usize),
    Rejected(String),
    Counted,
}

/// Reads the lines and compares each; gives in which way each ended, in a few words.
pub fn compare(lines: &[Vec<u8>], options: &Options) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eve.json");
    fs::write(
        &path,
        lines.iter().flat_map(|line| [&line[..], b"\n"].concat()).collect::<Vec<u8>>(),
    )
    .unwrap();
    let mut sink = Memory::default();
    let tally: Tally =
        read(&Input::File(path), options, &mut sink, &()).map_err(|e| e.to_string())?;
    if tally.lines != lines.len() as u64 || !tally.reconciles() {
        return Err(format!("{} lines were read as {tally:?}", lines.len()));
    }
    let went = went(&sink);
    let mut ends = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let went = went.get(&(i as u64 + 1)).unwrap_or(&Went::Counted);
        let end = tree::end(line, options);
        if let Err(why) = alike(&end, went) {
            let options = (&options.events, &options.ports);
            return Err(format!("{why}, with {options:?} in\n{}", line.escape_ascii()));
        }
        ends.push(name(&end, went));
    }
    Ok(ends)
}

/// By line number; a line that is not here was counted.
fn went(sink: &Memory) -> BTreeMap<u64, Went<'_>> {
    let mut went = BTreeMap::new();
    for (table, _) in TYPES {
        for batch in sink.table(table) {
            for (row, line) in numbers(batch).enumerate() {
                went.insert(line, Went::Stored(table, batch, row));
            }
        }
    }
    for batch in sink.table("reject") {
        let reasons = batch.column_by_name("reason").unwrap().as_string::<i32>();
        for (line, reason) in numbers(batch).zip(reasons) {
            went.insert(line, Went::Rejected(reason.unwrap_or_default().to_owned()));
        }
    }
    went
}

fn numbers(batch: &RecordBatch) -> impl Iterator<Item = u64> {
    batch.column_by_name("line").unwrap().as_primitive::<UInt64Type>().values().iter().copied()
}

fn alike(end: &End, went: &Went<'_>) -> Result<(), String> {
    match (end, went) {
        (End::Open, _) | (End::Counted, Went::Counted) | (End::Rejected, Went::Rejected(_)) => {
            Ok(())
        }
        (End::Stored(table, columns), Went::Stored(stored, batch, row)) if table == stored => {
            columns.iter().try_for_each(|(name, kind, want)| {
                let shown = cell(batch.column_by_name(name).unwrap().as_ref(), *row);
                let same = match (want, kind) {
                    (Want::Exactly(want), Kind::Json) => {
                        let tree = |text: &String| serde_json::from_str::<Value>(text).ok();
                        want.as_ref().map(tree) == shown.as_ref().map(tree)
                    }
                    (Want::Exactly(want), _) => *want == shown,
                    (Want::Either, _) => true,
                    (Want::Wrong, _) => false,
                };
                if same { Ok(()) } else { Err(format!("{name} is {shown:?} instead of {want:?}")) }
            })
        }
        (End::Stored(_, columns), Went::Rejected(_))
            if columns.iter().any(|(.., want)| *want == Want::Either) =>
        {
            Ok(())
        }
        (end, went) => {
            let want = match end {
                End::Stored(table, _) => table,
                End::Counted => "counted",
                End::Rejected => "rejected",
                End::Open => "anything",
            };
            Err(match went {
                Went::Stored(table, ..) => format!("stored in {table} instead of {want}"),
                Went::Rejected(reason) => format!("rejected ({reason}) instead of {want}"),
                Went::Counted => format!("counted instead of {want}"),
            })
        }
    }
}

/// A value as the tree's side writes it.
fn cell(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
        _ => column.as_primitive::<TimestampMicrosecondType>().value(row).to_string(),
    })
}

/// How a line ended, without its values.
fn name(end: &End, went: &Went<'_>) -> String {
    let open = if matches!(end, End::Open) { "no JSON, " } else { "" };
    match went {
        Went::Counted => format!("{open}counted"),
        Went::Stored(table, ..) => format!("{open}{table}"),
        Went::Rejected(reason) => {
            let words = reason.split([':', '`']).next().unwrap_or_default();
            let words: String = words.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
            format!("{open}rejected, {words}")
        }
    }
}
