//! Tables and small drawings, with every text escaped on its way in.

use super::super::escape;
use super::super::figures;
use super::super::model::Estimate;
use std::fmt::Write as _;

/// Words up to this length are not broken over lines.
const SHORT: usize = 28;

/// One cell of a table.
pub enum Cell {
    /// Nothing: the cell belongs to the row above.
    Empty,
    /// Words; short ones stay on one line.
    Text(String),
    /// Words that may be broken, however short.
    Prose(String),
    /// Words in the typeface of code: names of columns, addresses, user names.
    Code(String),
    /// A number, set to the right.
    Number(String),
    /// A number with a bar: its part of the longest, and the hatched part of the bar, 0 to 1.
    Bar(String, f64, f64),
    /// A number between 0 and 1 with its interval, and the baseline's.
    Score(Estimate, Estimate),
    /// The number of a cluster, with the sign it has in the plots.
    Group(u32),
    /// Several lines of words.
    Lines(Vec<String>),
}

/// How a row is set.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// As any other.
    #[default]
    Plain,
    /// The one to look at.
    Marked,
    /// To be read with care.
    Faint,
}

/// A table that scrolls within itself when the page is too narrow; nothing without rows. `name` is
/// read aloud.
pub fn table(name: &str, heads: &[&str], rows: &[(Tone, Vec<Cell>)]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let _ = write!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>\
         <caption>{0}</caption><thead><tr>",
        escape::html(name)
    );
    for (at, head) in heads.iter().enumerate() {
        let number = rows.first().and_then(|(_, row)| row.get(at)).is_some_and(Cell::is_number);
        let class = if number { " class=\"n\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape::html(head));
    }
    out.push_str("</tr></thead><tbody>");
    for (tone, row) in rows {
        out.push_str(match tone {
            Tone::Plain => "<tr>",
            Tone::Marked => "<tr class=\"marked\">",
            Tone::Faint => "<tr class=\"faint\">",
        });
        row.iter().for_each(|cell| cell.write(&mut out));
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

impl Cell {
    fn is_number(&self) -> bool {
        matches!(self, Cell::Number(_))
    }

    fn write(&self, out: &mut String) {
        let _ = match self {
            Cell::Empty => write!(out, "<td></td>"),
            Cell::Text(text) if text.chars().count() <= SHORT => {
                write!(out, "<td class=\"k\">{}</td>", escape::html(text))
            }
            Cell::Text(text) => write!(out, "<td>{}</td>", escape::prose(text)),
            Cell::Prose(text) => write!(out, "<td class=\"p\">{}</td>", escape::prose(text)),
            Cell::Code(text) => {
                write!(out, "<td class=\"k\"><code>{}</code></td>", escape::html(text))
            }
            Cell::Number(text) => write!(out, "<td class=\"n\">{}</td>", escape::html(text)),
            Cell::Bar(text, whole, hatched) => write!(
                out,
                "<td class=\"b\"><div><span>{}</span><i style=\"--w:{:.2}%;--h:{:.2}%\"></i></div></td>",
                escape::html(text),
                part(*whole) * 100.0,
                part(*hatched) * 100.0
            ),
            Cell::Score(estimate, baseline) => write!(
                out,
                "<td class=\"s\"><span>{}</span>{}</td>",
                figures::estimate(*estimate),
                whisker(*estimate, *baseline)
            ),
            Cell::Group(number) => {
                write!(out, "<td><b class=\"glyph\" data-group=\"{number}\"></b> {number}</td>")
            }
            Cell::Lines(lines) => {
                let lines: Vec<_> = lines.iter().map(|line| escape::html(line)).collect();
                write!(out, "<td class=\"k\">{}</td>", lines.join("<br>"))
            }
        };
    }
}

/// A part between 0 and 1, whatever was computed.
fn part(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 }
}

/// From 0 to 1: the value as a dot, its interval as a line, the baseline as an upright stroke.
fn whisker(estimate: Estimate, baseline: Estimate) -> String {
    let Some(value) = estimate.value.filter(|v| v.is_finite()) else {
        return String::new();
    };
    let x = |value: f64| 3.0 + 94.0 * part(value);
    let mut out = String::from(
        "<svg class=\"whisker\" viewBox=\"0 0 100 12\" aria-hidden=\"true\"><path d=\"M3 6H97\"/>",
    );
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        let _ = write!(out, "<path class=\"i\" d=\"M{:.1} 6H{:.1}\"/>", x(low), x(high));
    }
    if let Some(baseline) = baseline.value {
        let _ = write!(out, "<path class=\"z\" d=\"M{:.1} 1V11\"/>", x(baseline));
    }
    let _ = write!(out, "<circle cx=\"{:.1}\" cy=\"6\" r=\"2.6\"/></svg>", x(value));
    out
}

/// A paragraph.
pub fn paragraph(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<p>{}</p>", escape::prose(text)) }
}

/// A sentence that must not be missed, with its sign and word.
pub fn callout(class: &str, word: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!(
        "<p class=\"callout {class}\"><b>{}</b> {}</p>",
        escape::html(word),
        escape::prose(text)
    )
}

/// The place of a plot that the script draws: its kind, which of several, and what it shows.
pub fn plot(kind: &str, of: usize, name: &str) -> String {
    let name = escape::html(name);
    format!(
        "<figure class=\"plot\" data-plot=\"{kind}\" data-of=\"{of}\">\
         <div class=\"canvas {kind}\" role=\"group\" aria-label=\"{name}\"></div>\
         <figcaption>{name}</figcaption></figure>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_cell_escapes_its_text() {
        let hostile = || "<script>\"'&".to_owned();
        let row = vec![
            Cell::Text(hostile()),
            Cell::Prose(hostile()),
            Cell::Code(hostile()),
            Cell::Number(hostile()),
            Cell::Bar(hostile(), f64::NAN, 7.0),
            Cell::Lines(vec![hostile()]),
        ];
        let out = table("<script>", &["<script>"; 6], &[(Tone::Plain, row)]);
        assert!(!out.contains("<script"));
        assert_eq!(out.matches("&lt;script&gt;&quot;&#39;&amp;").count(), 6);
    }

    #[test]
    fn a_value_outside_of_its_range_stays_within_the_drawing() {
        let out = whisker(Estimate::between(2.0, -1.0, f64::INFINITY), Estimate::exact(-3.0));
        assert!(out.contains("cx=\"97.0\"") && !out.contains("inf") && !out.contains("NaN"));
        assert_eq!(whisker(Estimate::default(), Estimate::exact(0.5)), "");
    }
}
