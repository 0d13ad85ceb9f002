//! Lines, wrapped fields and aligned tables.

use super::super::escape;
use super::Style;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

/// Columns of the page.
pub const WIDTH: usize = 120;
/// Where the text of a field starts.
const FIELD: usize = 16;

/// The text as it grows.
pub struct Page {
    out: String,
    style: Style,
}

/// How a column of a table is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

impl Page {
    /// An empty page.
    pub fn new(style: Style) -> Self {
        Page { out: String::new(), style }
    }

    /// The title of the report.
    pub fn title(&mut self, text: &str) {
        let text = self.bold(&escape::visible(text));
        self.push(&text);
    }

    /// A section: its word in capitals and what it answers.
    pub fn section(&mut self, word: &str, question: &str) {
        let word = self.bold(&word.to_uppercase());
        self.gap();
        self.push(&format!("{word}  {question}"));
    }

    /// An empty line, and never two.
    pub fn gap(&mut self) {
        if !self.out.ends_with("\n\n") {
            self.push("");
        }
    }

    /// Running text, wrapped.
    pub fn line(&mut self, text: &str) {
        for line in wrap(&escape::visible(text), WIDTH - 2) {
            self.push(&format!("  {line}"));
        }
    }

    /// A command to copy: where it is too long it goes on in the next line, as a shell reads it.
    pub fn command(&mut self, text: &str) {
        let mut line = String::new();
        for part in options(&escape::visible(text)) {
            if !line.is_empty() && line.chars().count() + part.chars().count() + 6 > WIDTH {
                self.push(&format!("    {line} \\"));
                line = format!("  {}", part.trim_start());
            } else {
                line += part;
            }
        }
        self.push(&format!("    {line}"));
    }

    /// A name and its text, wrapped beside the name. Nothing without text.
    pub fn field(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        for (at, line) in wrap(&escape::visible(text), WIDTH - FIELD).into_iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            self.push(&format!("  {name:<width$}{line}", width = FIELD - 2));
        }
    }

    /// An aligned table; the cells must be of visible text. What does not fit the page is cut off,
    /// so that the column that may be long stands last. Nothing without rows.
    pub fn table(&mut self, columns: &[(&str, Side)], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns.iter().map(|(name, _)| Cell::new(name)));
        for row in rows {
            table.add_row(row);
        }
        for (column, (_, side)) in table.column_iter_mut().zip(columns) {
            column.set_padding((0, 2));
            column.set_cell_alignment(match side {
                Side::Left => CellAlignment::Left,
                Side::Right => CellAlignment::Right,
            });
        }
        for (at, line) in table.lines().enumerate() {
            let line = escape::clip(&format!("  {}", line.trim_end()), WIDTH);
            let line = if at == 0 { self.bold(&line) } else { line };
            self.push(&line);
        }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }

    fn push(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn bold(&self, text: &str) -> String {
        if self.style.bold { format!("\x1b[1m{text}\x1b[0m") } else { text.into() }
    }
}

/// Breaks at blanks; a word longer than the line stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
        }
        used += length;
    }
    lines
}

/// A command cut before each of its options, not within quotes.
fn options(command: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quote) = (0, None);
    for (at, c) in command.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if command[at..].starts_with(" --") => {
                parts.push(&command[from..at]);
                from = at;
            }
            _ => {}
        }
    }
    parts.push(&command[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_goes_on_as_a_shell_reads_it() {
        let mut page = Page::new(Style { bold: false });
        let long =
            format!("botany enrich --name 'a --b {}' --data {}", "x".repeat(40), "y".repeat(60));
        page.command(&long);
        page.command("botany --help");
        let lines: Vec<&str> = page.out.lines().collect();
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(lines[0].ends_with("x' \\"), "{}", lines[0]);
        assert_eq!(lines[1], format!("      --data {}", "y".repeat(60)));
        assert_eq!(lines[2], "    botany --help");
    }

    #[test]
    fn text_is_broken_at_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable x", 4), ["unbreakable", "x"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
