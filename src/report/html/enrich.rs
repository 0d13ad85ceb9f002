//! Who knocked.

use super::super::escape;
use super::super::figures::{count, minute, of, score, share_of};
use super::super::model::{Frequency, Population, ThreatRow};
use super::super::text::COUNTED;
use super::markup::{Cell, Tone, paragraph, plot, table};

/// Rows of a frequency table that are shown at once.
const SHOWN: usize = 12;

/// The section's content.
pub fn section(population: &Population) -> String {
    let mut out = paragraph(&format!(
        "{} seen; {} failed a login ({} of any name); {} on the threat list by this report's rule ({}); {} of {} are theirs ({}).",
        of(population.addresses, "address"),
        count(population.failing),
        of(population.attempts, "attempt"),
        count(population.listed),
        share_of(population.listed, population.addresses),
        count(population.listed_flows),
        of(population.flows, "flow"),
        share_of(population.listed_flows, population.flows)
    ));
    if !population.head.is_empty() {
        let name = format!(
            "threat list, the first {} of {}",
            count(population.head.len() as u64),
            count(population.listed)
        );
        let systems = population.head.iter().any(|row| row.autonomous_system.is_some());
        let mut heads = vec![
            "address",
            "country",
            "attempts",
            "names",
            "pairs",
            "score",
            "dictionary names",
            "services",
            "first tried",
            "last tried",
            "registration",
        ];
        heads.extend(systems.then_some("AS"));
        heads.push("evidence");
        let rows: Vec<_> = population.head.iter().map(|row| threat(row, systems)).collect();
        out.push_str(&table(&name, &heads, &rows));
        out.push_str(&paragraph(COUNTED));
    }
    if population.frequencies.iter().any(|f| f.by == "day" && !f.rows.is_empty()) {
        out.push_str(&plot("days", 0, "addresses by day, those on the threat list hatched"));
    }
    out.push_str("<div class=\"frequencies\">");
    for frequency in population.frequencies.iter() {
        out.push_str(&spread(frequency));
    }
    out.push_str("</div>");
    out
}

/// A row of the list, with its autonomous system where any is known.
fn threat(row: &ThreatRow, systems: bool) -> (Tone, Vec<Cell>) {
    let unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".into());
    let names: Vec<_> = row.usernames.iter().map(|name| escape::visible(name)).collect();
    let evidence = match row.evidence.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => format!("{first} +{}", rest.len()),
        lines => lines.join(" "),
    };
    let mut cells = vec![
        Cell::Code(row.address.clone()),
        Cell::Text(unknown(&row.country)),
        Cell::Number(count(row.attempts)),
        Cell::Number(count(row.names)),
        Cell::Number(count(row.pairs)),
        Cell::Number(score(row.score)),
        Cell::Code(escape::clip(&names.join(" "), 36)),
        Cell::Text(row.services.join(" ")),
        Cell::Text(minute(&row.first_seen)),
        Cell::Text(minute(&row.last_seen)),
        Cell::Text(unknown(&row.registration)),
    ];
    if systems {
        cells.push(Cell::Text(escape::clip(&unknown(&row.autonomous_system), 28)));
    }
    cells.push(Cell::Code(evidence));
    (Tone::Plain, cells)
}

fn spread(frequency: &Frequency) -> String {
    let head = match frequency.by.as_str() {
        "as" => "AS",
        other => other,
    };
    let note = frequency.note.as_deref().unwrap_or_default();
    if frequency.rows.is_empty() {
        let note = if note.is_empty() { "nothing known" } else { note };
        return format!("<div><h3>by {}</h3>{}</div>", escape::html(head), paragraph(note));
    }
    let longest = frequency.rows.iter().map(|r| r.addresses).max().unwrap_or(1).max(1) as f64;
    let flows = frequency.rows.iter().any(|r| r.flows.is_some());
    let attempts = frequency.rows.iter().any(|r| r.attempts.is_some());
    let mut heads = vec![head, "addresses", "listed"];
    heads.extend(flows.then_some("flows"));
    heads.extend(attempts.then_some("failed attempts"));
    let known = |value: Option<u64>| Cell::Number(value.map_or("–".into(), count));
    let rows: Vec<_> = frequency
        .rows
        .iter()
        .map(|row| {
            let mut cells = vec![
                Cell::Prose(escape::clip(&row.value, 40)),
                Cell::Bar(
                    count(row.addresses),
                    row.addresses as f64 / longest,
                    row.listed as f64 / longest,
                ),
                Cell::Number(count(row.listed)),
            ];
            cells.extend(flows.then(|| known(row.flows)));
            cells.extend(attempts.then(|| known(row.attempts)));
            (Tone::Plain, cells)
        })
        .collect();
    let shown = rows.len() as u64;
    let name = format!("addresses by {head}, {}", of(frequency.values.max(shown), "value"));
    let rest = frequency.values.saturating_sub(shown);
    let rest = if rest > 0 { format!("{} more. {note}", count(rest)) } else { note.to_owned() };
    // The days are drawn above; their table waits folded up.
    let open = if frequency.by == "day" { 0 } else { rows.len().min(SHOWN) };
    let (first, others) = rows.split_at(open);
    let mut out = format!("<div><h3>by {}</h3>{}", escape::html(head), table(&name, &heads, first));
    if !others.is_empty() {
        let others_too = if first.is_empty() { "as a table" } else { "further" };
        let summary = format!("{} {others_too}", count(others.len() as u64));
        out.push_str(&format!("<details><summary>{summary}</summary>"));
        out.push_str(&table(&name, &heads, others));
        out.push_str("</details>");
    }
    out + &paragraph(&rest) + "</div>"
}
