//! The country of an address.

use std::net::IpAddr;

use super::database::{Database, Field};

/// Where the databases in use keep the two-letter code.
const PATHS: &[&[&str]] = &[
    &["country_code"],
    &["country", "iso_code"],
    &["registered_country", "iso_code"],
    &["country"],
];

/// ISO 3166-1 code, upper case; `None` where the database has none.
pub fn of(database: &Database, address: IpAddr) -> Option<String> {
    code(&database.record(address)?)
}

fn code(record: &Field) -> Option<String> {
    PATHS
        .iter()
        .filter_map(|path| record.at(path)?.text())
        .find(|text| text.len() == 2)
        .map(str::to_uppercase)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn record(fields: &[(&str, Field)]) -> Field {
        let text = |t: &Field| Field::Text(t.text().unwrap_or_default().to_owned());
        Field::Record(fields.iter().map(|(n, f)| ((*n).to_owned(), text(f))).collect())
    }

    #[test]
    fn the_code_is_found_under_each_publishers_name() {
        let text = |t: &str| Field::Text(t.to_owned());
        assert_eq!(code(&record(&[("country_code", text("br"))])).as_deref(), Some("BR"));
        assert_eq!(code(&record(&[("country", text("VN"))])).as_deref(), Some("VN"));
        let inner = record(&[("iso_code", text("CO"))]);
        let outer = Field::Record(BTreeMap::from([("country".to_owned(), inner)]));
        assert_eq!(code(&outer).as_deref(), Some("CO"));
        assert_eq!(code(&record(&[("country", text("Viet Nam"))])), None);
        assert_eq!(code(&record(&[("country_code", text(""))])), None);
    }
}
