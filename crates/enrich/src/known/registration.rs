//! Whom IANA registered an address's prefix to.
//!
//! IPv4 is registered by whole /8s; what is reserved inside them has the longer prefix and wins. IPv6's
//! global unicast space is one prefix in IANA's registry.

use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;

/// What an address outside the registry is registered as.
pub const NONE: &str = "none";

static IPV4: LazyLock<Registry> =
    LazyLock::new(|| Registry::read(include_str!("../../data/iana-ipv4.csv")));
static IPV6: LazyLock<Registry> =
    LazyLock::new(|| Registry::read(include_str!("../../data/iana-ipv6.csv")));

/// The designation of the longest registered prefix that holds the address; `none` if no prefix does.
///
/// ```
/// let address = "192.0.2.1".parse().unwrap();
/// assert_eq!(botany_enrich::known::registration(address), "TEST-NET-1");
/// ```
pub fn registration(address: IpAddr) -> &'static str {
    registered(address.to_canonical()).map_or(NONE, |prefix| prefix.designation.as_str())
}

/// Whether IANA keeps the longest registered prefix that holds the address for a purpose of its own: such
/// an address is nobody's in particular, and in no country.
pub fn reserved(address: IpAddr) -> bool {
    registered(address.to_canonical()).is_some_and(|prefix| prefix.reserved)
}

fn registered(address: IpAddr) -> Option<&'static Prefix> {
    let registry = if address.is_ipv4() { &IPV4 } else { &IPV6 };
    registry.prefixes.iter().find(|prefix| prefix.net.contains(&address))
}

/// One row of a registry.
struct Prefix {
    net: IpNet,
    designation: String,
    reserved: bool,
}

/// Prefixes, longest first. A few hundred: looking through them costs less than a tree.
struct Registry {
    prefixes: Vec<Prefix>,
}

impl Registry {
    /// Reads rows `prefix,designation,date,status`; a test proves that every bundled row reads.
    fn read(text: &str) -> Self {
        let mut prefixes: Vec<Prefix> = csv::Reader::from_reader(text.as_bytes())
            .into_records()
            .filter_map(|row| {
                let row = row.ok()?;
                Some(Prefix {
                    net: row.get(0)?.parse().ok()?,
                    designation: row.get(1)?.to_owned(),
                    reserved: row.get(3)? == "RESERVED",
                })
            })
            .collect();
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.net.prefix_len()));
        Registry { prefixes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> &'static str {
        registration(text.parse().unwrap())
    }

    #[test]
    fn every_bundled_row_reads() {
        assert_eq!(
            IPV4.prefixes.len(),
            include_str!("../../data/iana-ipv4.csv").lines().count() - 1
        );
        assert_eq!(
            IPV6.prefixes.len(),
            include_str!("../../data/iana-ipv6.csv").lines().count() - 1
        );
        let eights = IPV4.prefixes.iter().filter(|p| p.net.prefix_len() == 8).count();
        assert_eq!(eights, 256, "every /8 has a row");
    }

    #[test]
    fn the_longest_prefix_wins() {
        assert_eq!(of("1.1.1.1"), "APNIC");
        assert_eq!(of("192.1.1.1"), "Administered by ARIN");
        assert_eq!(of("192.0.2.200"), "TEST-NET-1");
        assert_eq!(of("192.168.7.7"), "Private-Use Networks");
        assert_eq!(of("100.64.0.1"), "Shared Address Space");
        assert_eq!(of("100.128.0.1"), "ARIN");
        assert_eq!(of("255.255.255.255"), "Limited Broadcast");
        assert_eq!(of("255.255.255.254"), "Future use");
    }

    #[test]
    fn a_reserved_range_is_told_from_a_registrys() {
        let reserved = |text: &str| reserved(text.parse().unwrap());
        assert!(reserved("198.51.100.7") && reserved("10.20.0.1") && reserved("fd00::1"));
        assert!(!reserved("8.8.8.8") && !reserved("2a00:1450::1"));
    }

    #[test]
    fn ipv6_is_known_by_its_prefix_and_a_mapped_address_by_its_own() {
        assert_eq!(of("2a00:1450::1"), "Global Unicast");
        assert_eq!(of("2001:db8::1"), "Documentation");
        assert_eq!(of("fe80::1"), "Link-Scoped Unicast");
        assert_eq!(of("::1"), "Loopback Address");
        assert_eq!(of("::ffff:1.1.1.1"), "APNIC");
    }
}
