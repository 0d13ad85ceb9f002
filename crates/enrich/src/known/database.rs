//! A database in MaxMind DB format, read whole into memory.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use arrow::array::Date32Array;
use arrow::util::display::array_value_to_string;
use maxminddb::Reader;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::Error;

/// The country database this crate carries. `data/README.md` says where it is from.
static BUNDLED: &[u8] = include_bytes!("../../data/country.mmdb.zst");

/// An open database.
pub struct Database {
    /// Its file name, or what stands for it.
    pub name: String,
    /// Day it was built, `YYYY-MM-DD`.
    pub date: String,
    reader: Reader<Vec<u8>>,
}

/// A record or a part of one. Every publisher has field names of its own, so a record is taken as what
/// it says and searched for the names that are known.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Field {
    Number(u64),
    Text(String),
    Record(BTreeMap<String, Field>),
    Other(IgnoredAny),
}

impl Field {
    /// The field at a path of names such as `country`, `iso_code`.
    pub fn at(&self, path: &[&str]) -> Option<&Field> {
        path.iter().try_fold(self, |field, name| match field {
            Field::Record(fields) => fields.get(*name),
            _ => None,
        })
    }

    /// The text, unless it is empty.
    pub fn text(&self) -> Option<&str> {
        match self {
            Field::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

impl Database {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let bytes =
            std::fs::read(path).map_err(|cause| Error::File { path: path.to_owned(), cause })?;
        let name = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        Self::from_bytes(name, bytes)
    }

    pub fn bundled() -> Result<Self, Error> {
        let name = "the bundled database (iptoasn-country)".to_owned();
        match zstd::decode_all(BUNDLED) {
            Ok(bytes) => Self::from_bytes(name, bytes),
            Err(cause) => Err(Error::Database { name, reason: cause.to_string() }),
        }
    }

    fn from_bytes(name: String, bytes: Vec<u8>) -> Result<Self, Error> {
        match Reader::from_source(bytes) {
            Ok(reader) => Ok(Database { name, date: day(reader.metadata().build_epoch), reader }),
            Err(error) => Err(Error::Database { name, reason: error.to_string() }),
        }
    }

    /// The record of an address. `None` where there is none, where an IPv4 database is asked for an IPv6
    /// address, and where the record is damaged.
    pub fn record(&self, address: IpAddr) -> Option<Field> {
        self.reader.lookup(address).ok()?.decode::<Field>().ok()?
    }
}

/// The UTC day of a number of seconds since 1970.
fn day(seconds: u64) -> String {
    let days = i32::try_from(seconds / 86_400).unwrap_or(0);
    array_value_to_string(&Date32Array::from(vec![days]), 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_utc() {
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(1_781_725_899), "2026-06-17");
        assert_eq!(day(u64::MAX), "1970-01-01");
    }
}
