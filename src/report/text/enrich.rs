//! Who knocked.

use super::super::escape;
use super::super::figures::{count, minute, of, score};
use super::super::model::{Frequency, Population, ThreatRow};
use super::page::{Page, Side, WIDTH};

/// Rows of the threat list shown.
const HEAD: usize = 8;

/// What the columns of the list count.
pub const COUNTED: &str = "attempts, first and last tried: log-ins with a name of the rule's dictionary, not all an address \
                       made; names, pairs: distinct ones of the dictionary; score: bits";

/// Writes the section.
pub fn write(page: &mut Page, population: &Population) {
    page.section("enrich", "who knocked");
    page.line(&format!(
        "{} seen, {} failed a login ({} of any name), {} on the threat list by the rule above; {} of {} are theirs",
        of(population.addresses, "address"),
        count(population.failing),
        of(population.attempts, "attempt"),
        count(population.listed),
        count(population.listed_flows),
        of(population.flows, "flow")
    ));
    let columns = [
        ("address", Side::Left),
        ("country", Side::Left),
        ("registration", Side::Left),
        ("first tried", Side::Left),
        ("last tried", Side::Left),
        ("attempts", Side::Right),
        ("names", Side::Right),
        ("pairs", Side::Right),
        ("score", Side::Right),
        ("dictionary names", Side::Left),
    ];
    let rows: Vec<_> = population.head.iter().take(HEAD).map(threat).collect();
    page.gap();
    page.table(&columns, &rows);
    if population.listed > rows.len() as u64 && !rows.is_empty() {
        page.line(&format!("… {} more", count(population.listed - rows.len() as u64)));
    }
    if !rows.is_empty() {
        page.line(COUNTED);
    }
    if !population.frequencies.is_empty() {
        page.gap();
        page.line("addresses (of these, listed) by");
    }
    for frequency in &population.frequencies {
        page.field(&frequency.by, &spread(frequency));
    }
}

fn threat(row: &ThreatRow) -> Vec<String> {
    let names: Vec<_> = row.usernames.iter().map(|name| escape::visible(name)).collect();
    vec![
        escape::clip(&row.address, 22),
        row.country.as_deref().map_or("?".into(), |country| escape::clip(country, 10)),
        row.registration.as_deref().map_or("?".into(), |name| escape::clip(name, 10)),
        minute(&row.first_seen).get(5..).unwrap_or_default().to_owned(),
        minute(&row.last_seen).get(5..).unwrap_or_default().to_owned(),
        count(row.attempts),
        count(row.names),
        count(row.pairs),
        score(row.score),
        names.join(" "),
    ]
}

/// As many values as fit a line, the rest as a count.
fn spread(frequency: &Frequency) -> String {
    let mut line = String::new();
    let mut shown = 0;
    for row in &frequency.rows {
        let value = escape::clip(&row.value, 28);
        let item = format!("{value} {} ({})", count(row.addresses), count(row.listed));
        // 16 columns stand before the text, and the rest may need 14 more.
        if line.chars().count() + item.chars().count() + 2 > WIDTH - 16 - 14 {
            break;
        }
        if shown > 0 {
            line.push_str(", ");
        }
        line.push_str(&item);
        shown += 1;
    }
    let rest = frequency.values.saturating_sub(shown);
    if rest > 0 && shown > 0 {
        line.push_str(&format!(", {} more", count(rest)));
    }
    match (&frequency.note, line.is_empty()) {
        (Some(note), true) => note.clone(),
        (None, true) => "nothing known".into(),
        _ => line,
    }
}
