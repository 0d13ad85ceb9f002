//! A lookup table, as Splunk and spreadsheets read it.

use std::path::Path;

use super::{File, Output, time};
use crate::Listing;
use crate::listing::Entry;

const COLUMNS: [&str; 10] = [
    "ip",
    "score",
    "probability",
    "first_seen",
    "last_seen",
    "expires",
    "count",
    "usernames",
    "listed_by",
    "evidence",
];

/// Comma-separated values with a header.
pub struct Lookup;

impl Output for Lookup {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "a lookup table with a header, and the stanza with which Splunk matches its blocks"
    }

    fn files(&self, listing: &Listing) -> Vec<File> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let rows = listing.entries.iter().map(row);
        for row in std::iter::once(COLUMNS.map(str::to_owned)).chain(rows) {
            // Writing to memory cannot fail, and every row has as many cells as the first.
            let _ = csv.write_record(row);
        }
        let bytes = csv.into_inner().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        vec![File::new(format!("{}-lookup.csv", listing.name), text)]
    }

    fn fragment(&self, listing: &Listing, _folder: &Path) -> Vec<File> {
        let name = &listing.name;
        let stanza = format!(
            "# Into transforms.conf; {name}-lookup.csv goes into the lookups folder of the same app. Then:\n\
             #   ... | lookup {name} ip AS src_ip OUTPUT score, usernames, expires\n\
             [{name}]\nfilename = {name}-lookup.csv\nmatch_type = CIDR(ip)\nmax_matches = 1\n"
        );
        vec![File::new(format!("{name}-lookup.transforms.conf"), stanza)]
    }
}

fn row(entry: &Entry) -> [String; COLUMNS.len()] {
    let by: Vec<&str> = entry.reasons.iter().map(|r| r.by.as_str()).collect();
    let lines: Vec<&str> =
        entry.reasons.iter().flat_map(|r| &r.evidence).map(String::as_str).collect();
    [
        entry.text(),
        entry.score.to_string(),
        format!("{:.6}", entry.probability),
        time(entry.first_seen),
        time(entry.last_seen),
        time(entry.expires),
        entry.reasons.iter().map(|r| r.count).sum::<u64>().to_string(),
        harmless(&entry.usernames().join(" ")),
        by.join(" "),
        harmless(&lines.join(" ")),
    ]
}

/// A cell that a spreadsheet would take for a formula, made text.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Listing;
    use crate::listing::tests::{listing, sighting, terms};

    #[test]
    fn a_row_an_entry_under_one_header() {
        let files = Lookup.files(&listing());
        let mut reader = csv::Reader::from_reader(files[0].text.as_bytes());
        assert_eq!(reader.headers().unwrap(), COLUMNS.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!((&rows[0][0], &rows[0][1], &rows[0][7]), ("192.0.2.7", "127", "admin root"));
        assert_eq!((&rows[1][0], &rows[1][8]), ("198.51.100.0/24", "population@v0001"));
    }

    #[test]
    fn names_that_were_typed_stay_in_their_cell_and_are_no_formula() {
        let mut one = sighting("192.0.2.7/32", 1.0, "2018-05-07T12:00:00Z");
        one.reason.usernames = vec!["=cmd|' /C calc'!A0,\"\n".to_owned()];
        let listing = Listing::new(vec![one], &terms()).unwrap();
        let files = Lookup.files(&listing);
        let mut reader = csv::Reader::from_reader(files[0].text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), &rows[0][7]), (1, "'=cmd|' /C calc'!A0,\"\n"));
    }
}
