//! One table, three forms: for the eye, for a program, for a spreadsheet.

use std::io::{self, Write as _};

use anyhow::Result;
use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, presets};
use serde_json::{Map, Value};

/// How a command prints what it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// Comma-separated values with a header.
    Csv,
}

/// Rows with named columns.
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// An empty table with these columns.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Table {
        Table { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; it has one value a column.
    pub fn row(&mut self, values: Vec<Value>) {
        debug_assert_eq!(values.len(), self.columns.len());
        self.rows.push(values);
    }

    /// The columns' names and the rows.
    pub fn into_parts(self) -> (Vec<String>, Vec<Vec<Value>>) {
        (self.columns, self.rows)
    }

    /// Prints the table to standard output.
    pub fn print(&self, format: Format) -> Result<()> {
        match format {
            Format::Table => print(&self.aligned()),
            Format::Json => print(&serde_json::to_string_pretty(&self.objects())?),
            Format::Csv => print(self.csv().trim_end()),
        }
    }

    fn aligned(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if self.columns.iter().any(|c| !c.is_empty()) {
            table.set_header(&self.columns);
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|v| printable(&text(v))));
        }
        for (i, column) in table.column_iter_mut().enumerate() {
            let numbers = !self.rows.is_empty()
                && self.rows.iter().all(|r| r[i].is_number() || r[i].is_null());
            if numbers {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt()
    }

    fn objects(&self) -> Vec<Map<String, Value>> {
        self.rows
            .iter()
            .map(|row| self.columns.iter().cloned().zip(row.iter().cloned()).collect())
            .collect()
    }

    fn csv(&self) -> String {
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let mut all = line(self.columns.iter().map(|c| quoted(c)).collect());
        for row in &self.rows {
            all += &line(row.iter().map(|v| quoted(&text(v))).collect());
        }
        all
    }
}

/// Prints a line; a reader that has seen enough and closed the pipe is no error.
pub fn print(line: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// Tells something beside the answer, on standard error; that nobody listens there is no fault.
pub fn tell(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// [`tell`] of a format.
macro_rules! note {
    ($($what:tt)*) => {
        $crate::cli::output::tell(format_args!($($what)*))
    };
}
pub(crate) use note;

/// What an attacker typed must not move the reader's cursor: control characters become visible.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { format!("\\x{:02x}", u32::from(c)) } else { c.to_string() })
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(real) if number.is_f64() => format!("{}", (real * 1e6).round() / 1e6),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table() -> Table {
        let mut table = Table::new(["name", "count"]);
        table.row(vec![json!("a,\"b\""), json!(2)]);
        table.row(vec![json!("\u{1b}[31m"), Value::Null]);
        table
    }

    #[test]
    fn the_three_forms_hold_the_same() {
        assert_eq!(table().csv(), "name,count\n\"a,\"\"b\"\"\",2\n\u{1b}[31m,\n");
        assert_eq!(table().objects()[0]["count"], json!(2));
        assert!(table().aligned().contains("a,\"b\""));
    }

    #[test]
    fn control_characters_of_an_attacker_stay_visible_on_a_terminal() {
        assert!(table().aligned().contains("\\x1b[31m"));
        assert!(!table().aligned().contains('\u{1b}'));
    }
}
