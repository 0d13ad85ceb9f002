//! The autonomous system of an address.

use std::net::IpAddr;

use super::database::{Database, Field};

/// Where the databases in use keep the number.
const NUMBERS: &[&str] = &["autonomous_system_number", "asn", "as_number"];
/// Where they keep the name.
const NAMES: &[&str] = &[
    "autonomous_system_organization",
    "organization",
    "as_organization",
    "as_name",
    "name",
    "org",
];

/// Number and name; `None` where the database has none.
pub fn of(database: &Database, address: IpAddr) -> (Option<u32>, Option<String>) {
    database.record(address).map_or((None, None), |record| read(&record))
}

fn read(record: &Field) -> (Option<u32>, Option<String>) {
    let number = NUMBERS.iter().find_map(|name| number(record.at(&[name])?));
    let name = NAMES.iter().find_map(|name| record.at(&[name])?.text()).map(str::to_owned);
    (number, name)
}

/// `64500`, `"64500"` and `"AS64500"` alike.
fn number(field: &Field) -> Option<u32> {
    match field {
        Field::Number(number) => u32::try_from(*number).ok(),
        Field::Text(text) => {
            let digits =
                text.strip_prefix("AS").or_else(|| text.strip_prefix("as")).unwrap_or(text);
            digits.parse().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_each_publishers_way() {
        assert_eq!(number(&Field::Number(64_500)), Some(64_500));
        assert_eq!(number(&Field::Number(1 << 40)), None);
        for text in ["64500", "AS64500", "as64500"] {
            assert_eq!(number(&Field::Text(text.to_owned())), Some(64_500));
        }
        assert_eq!(number(&Field::Text("ASX".to_owned())), None);
    }

    #[test]
    fn the_name_is_found_under_each_publishers_field() {
        for name in ["autonomous_system_organization", "organization", "as_name"] {
            let fields = [
                ("asn".to_owned(), Field::Text("AS64500".to_owned())),
                (name.to_owned(), Field::Text("Example Net".to_owned())),
            ];
            let record = Field::Record(fields.into_iter().collect());
            assert_eq!(read(&record), (Some(64_500), Some("Example Net".to_owned())));
        }
    }
}
