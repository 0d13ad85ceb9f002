//! Who a row is about and when: what rows are split by.

use std::collections::BTreeMap;
use std::net::IpAddr;

use botany_catalog::address;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The keys of the rows of a frame, one entry a row. They split the rows and are never features.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Source address.
    pub address: Vec<String>,
    /// Block of the source address, such as `192.0.2.0/24`.
    pub block: Vec<String>,
    /// Time of the row, microseconds since 1970 UTC.
    pub time: Vec<i64>,
}

impl Keys {
    /// Keys from source addresses and times; blocks are cut at `v4_bits` and `v6_bits`.
    ///
    /// Addresses are given their one identity (an IPv4-mapped address is its IPv4 address); a text
    /// that is no address is a block of its own.
    pub fn new(
        addresses: impl IntoIterator<Item = impl AsRef<str>>,
        time: Vec<i64>,
        v4_bits: u8,
        v6_bits: u8,
    ) -> Result<Keys, Error> {
        let mut keys = Keys { time, ..Keys::default() };
        for text in addresses {
            let text = text.as_ref();
            let parsed: Option<IpAddr> = address::parse(text);
            keys.address.push(parsed.map_or_else(|| text.to_owned(), |ip| ip.to_string()));
            keys.block.push(
                parsed.map_or_else(|| text.to_owned(), |ip| address::block(ip, v4_bits, v6_bits)),
            );
        }
        keys.check(keys.address.len())?;
        Ok(keys)
    }

    /// Number of rows the keys are for.
    pub fn rows(&self) -> usize {
        self.address.len()
    }

    /// The keys of some rows, in the order given; rows out of range are left out.
    pub fn take(&self, rows: &[usize]) -> Keys {
        fn pick<T: Clone>(from: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().filter_map(|&row| from.get(row).cloned()).collect()
        }
        Keys {
            address: pick(&self.address, rows),
            block: pick(&self.block, rows),
            time: pick(&self.time, rows),
        }
    }

    /// Refuses keys which do not match the number of rows.
    pub(crate) fn check(&self, rows: usize) -> Result<(), Error> {
        for (what, found) in [
            ("addresses", self.address.len()),
            ("blocks", self.block.len()),
            ("times", self.time.len()),
        ] {
            if found != rows {
                return Err(Error::Length { what, found, rows });
            }
        }
        Ok(())
    }
}

/// Refuses labels that do not match the rows, or are neither 0 nor 1.
pub(crate) fn check_labels(y: &[u8], rows: usize) -> Result<(), Error> {
    if y.len() != rows {
        return Err(Error::Length { what: "labels", found: y.len(), rows });
    }
    if rows == 0 {
        return Err(Error::Empty);
    }
    match y.iter().position(|&label| label > 1) {
        Some(row) => Err(Error::Label { label: y[row], row }),
        None => Ok(()),
    }
}

/// Rows put into groups by a text key. Groups are numbered in the order of their keys, so that the
/// numbers do not depend on the order of the rows.
#[derive(Debug, Clone)]
pub(crate) struct Groups {
    /// Group of each row.
    pub of: Vec<u32>,
    /// Number of groups.
    pub count: usize,
}

impl Groups {
    pub fn new(keys: &[String]) -> Groups {
        let mut numbers: BTreeMap<&str, u32> = keys.iter().map(|key| (key.as_str(), 0)).collect();
        for (number, slot) in (0u32..).zip(numbers.values_mut()) {
            *slot = number;
        }
        Groups {
            of: keys.iter().map(|key| numbers.get(key.as_str()).copied().unwrap_or(0)).collect(),
            count: numbers.len(),
        }
    }

    /// Each group's rows, ascending.
    pub fn rows(&self) -> Vec<Vec<usize>> {
        let mut rows = vec![Vec::new(); self.count];
        for (row, &group) in self.of.iter().enumerate() {
            rows[group as usize].push(row);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_get_one_identity_and_a_block() {
        let keys = Keys::new(
            ["::ffff:192.0.2.7", "192.0.2.9", "2001:db8::1", "-"],
            vec![1, 2, 3, 4],
            24,
            64,
        )
        .unwrap();
        assert_eq!(keys.address, ["192.0.2.7", "192.0.2.9", "2001:db8::1", "-"]);
        assert_eq!(keys.block, ["192.0.2.0/24", "192.0.2.0/24", "2001:db8::/64", "-"]);
        assert_eq!(keys.take(&[2, 0, 9]).time, [3, 1]);
    }

    #[test]
    fn a_missing_time_is_refused() {
        let error = Keys::new(["192.0.2.7", "192.0.2.9"], vec![1], 24, 64).unwrap_err();
        assert_eq!(error.to_string(), "times: 1 entries for 2 rows, give one entry a row");
    }

    #[test]
    fn groups_are_numbered_by_name_not_by_row() {
        let groups = Groups::new(&["b", "a", "c", "a"].map(String::from));
        assert_eq!((groups.of.as_slice(), groups.count), (&[1, 0, 2, 0][..], 3));
        assert_eq!(groups.rows(), [vec![1, 3], vec![0], vec![2]]);
    }

    #[test]
    fn labels_are_zero_or_one() {
        assert!(check_labels(&[0, 1], 2).is_ok());
        assert!(matches!(check_labels(&[], 0), Err(Error::Empty)));
        assert!(matches!(check_labels(&[0, 2], 2), Err(Error::Label { label: 2, row: 1 })));
        assert!(matches!(check_labels(&[0], 2), Err(Error::Length { .. })));
    }
}
