//! What is known of an address?
//!
//! Country and autonomous system from databases in MaxMind DB format, registration from IANA's
//! registries. A country database is bundled (`data/README.md` says whose); systems are known where a
//! database of them is configured. All of it is context for people: no feature is made of it.

mod country;
mod database;
mod registration;
mod system;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};
use botany_catalog::{Column, Kind, address};
use botany_engine::Engine;

use crate::Error;
use crate::shape::{conform, schema};
use database::Database;

pub use registration::registration;

/// The columns of table `source`, one row an address that any flow or log-in came from.
#[rustfmt::skip]
pub const COLUMNS: &[Column] = &[
    Column::required("src_ip", Kind::Text, "", "the source, in canonical text"),
    Column::optional("country", Kind::Text, "", "ISO 3166-1 code of the country the address is registered or announced in; null where the database has none, and in ranges IANA reserves"),
    Column::required("country_database_date", Kind::Text, "", "day the country database was built, YYYY-MM-DD"),
    Column::optional("asn", Kind::U32, "", "number of the autonomous system; null where none is known or no database is configured"),
    Column::optional("as_name", Kind::Text, "", "name of the autonomous system"),
    Column::required("registration", Kind::Text, "", "whom IANA registered the prefix to, or what it is reserved for; `none` outside the registry"),
];

/// What is known of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// ISO 3166-1 code of the country.
    pub country: Option<String>,
    /// Day the country database was built, `YYYY-MM-DD`.
    pub country_database_date: String,
    /// Number of the autonomous system.
    pub asn: Option<u32>,
    /// Name of the autonomous system.
    pub as_name: Option<String>,
    /// Whom IANA registered the prefix to, or what it is reserved for.
    pub registration: &'static str,
}

/// The databases in use.
pub struct Databases {
    country: Database,
    systems: Option<Database>,
}

impl Databases {
    /// Opens the configured databases; the bundled one where no country database is.
    ///
    /// # Errors
    /// [`Error::File`] for a path that cannot be read, [`Error::Database`] for a file of another format.
    pub fn open(country: Option<&Path>, systems: Option<&Path>) -> Result<Self, Error> {
        Ok(Databases {
            country: match country {
                Some(path) => Database::open(path)?,
                None => Database::bundled()?,
            },
            systems: systems.map(Database::open).transpose()?,
        })
    }

    /// Where countries come from, in a sentence for a page's foot.
    pub fn describe(&self) -> String {
        let systems = match &self.systems {
            Some(systems) => format!("systems by {} of {}", systems.name, systems.date),
            None => "no database of systems is configured".to_owned(),
        };
        format!("countries by {} of {}; {systems}", self.country.name, self.country.date)
    }

    /// What is known of each address, in the same order. A mapped IPv6 address is its IPv4 address.
    pub fn known(&self, addresses: &[IpAddr]) -> Vec<Known> {
        addresses.iter().map(|address| self.of(address.to_canonical())).collect()
    }

    /// Builds table `source` for every source of tables `flow` and `login`.
    ///
    /// # Errors
    /// The engine's.
    pub async fn register(&self, engine: &Engine) -> Result<(), Error> {
        let found = engine
            .sql(
                "SELECT DISTINCT src_ip FROM (SELECT src_ip FROM flow UNION ALL SELECT src_ip FROM login) \
                 WHERE src_ip IS NOT NULL ORDER BY src_ip",
            )
            .await?;
        let keys = conform(&found, &schema(&COLUMNS[..1]))?;
        let batches: Vec<RecordBatch> =
            keys.iter().map(|batch| self.table(batch)).collect::<Result<_, _>>()?;
        Ok(engine.register_batches("source", batches)?)
    }

    fn table(&self, keys: &RecordBatch) -> Result<RecordBatch, Error> {
        let addresses = keys.column(0);
        let Some(texts) = addresses.as_any().downcast_ref::<StringArray>() else {
            let text = "source addresses are no text".to_owned();
            return Err(arrow::error::ArrowError::CastError(text).into());
        };
        let known: Vec<Known> = texts
            .iter()
            .map(|text| match text.and_then(address::parse) {
                Some(address) => self.of(address),
                None => self.nothing(),
            })
            .collect();
        let text = |of: fn(&Known) -> Option<&str>| -> ArrayRef {
            Arc::new(StringArray::from_iter(known.iter().map(of)))
        };
        let columns = vec![
            addresses.clone(),
            text(|k| k.country.as_deref()),
            text(|k| Some(&k.country_database_date)),
            Arc::new(UInt32Array::from_iter(known.iter().map(|k| k.asn))),
            text(|k| k.as_name.as_deref()),
            text(|k| Some(k.registration)),
        ];
        Ok(RecordBatch::try_new(schema(COLUMNS), columns)?)
    }

    fn of(&self, address: IpAddr) -> Known {
        let (asn, as_name) = match &self.systems {
            Some(systems) => system::of(systems, address),
            None => (None, None),
        };
        Known {
            // Some databases place reserved ranges in a country.
            country: (!registration::reserved(address))
                .then(|| country::of(&self.country, address))
                .flatten(),
            country_database_date: self.country.date.clone(),
            asn,
            as_name,
            registration: registration(address),
        }
    }

    fn nothing(&self) -> Known {
        Known {
            country: None,
            country_database_date: self.country.date.clone(),
            asn: None,
            as_name: None,
            registration: registration::NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_database_knows_countries_of_both_families() {
        let databases = Databases::open(None, None).unwrap();
        let addresses: Vec<IpAddr> =
            ["8.8.8.8", "::ffff:8.8.8.8", "2001:4860:4860::8888", "193.0.6.139", "192.168.1.1"]
                .iter()
                .map(|text| text.parse().unwrap())
                .collect();
        let known = databases.known(&addresses);
        assert_eq!(known[0].country.as_deref(), Some("US"));
        assert_eq!(known[1], known[0]);
        assert_eq!(known[2].country.as_deref(), Some("US"));
        assert_eq!(known[3].country.as_deref(), Some("NL"));
        assert_eq!(known[4].country, None);
        assert_eq!(known[4].registration, "Private-Use Networks");
        assert_eq!(known[0].country_database_date, "2026-06-17");
        assert_eq!((known[0].asn, known[0].registration), (None, "Administered by ARIN"));
        assert!(databases.describe().contains("of 2026-06-17"));
    }

    #[test]
    fn a_reserved_range_is_in_no_country_whatever_the_database_says() {
        let databases = Databases::open(None, None).unwrap();
        let address: IpAddr = "2001:4:112::1".parse().unwrap();
        assert_eq!(country::of(&databases.country, address).as_deref(), Some("US"));
        assert_eq!(databases.known(&[address])[0].country, None);
    }

    #[test]
    fn a_path_that_is_no_database_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("as.mmdb");
        assert!(matches!(Databases::open(None, Some(&path)), Err(Error::File { .. })));
        std::fs::write(&path, b"not a database").unwrap();
        let text = Databases::open(Some(&path), None).err().unwrap().to_string();
        assert!(text.contains("as.mmdb is no database of addresses"), "{text}");
    }
}
