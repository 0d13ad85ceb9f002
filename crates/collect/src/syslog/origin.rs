//! Where a log-in came from: the split between a user name, which the other side chose, and an
//! address, which the server wrote.

use std::net::IpAddr;

use botany_catalog::address;
use memchr::memmem;

/// The part of a message that ends `NAME from ADDRESS port N …`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    /// The bytes before the word.
    pub name: &'a [u8],
    /// The address; `None` if the server wrote a host name in its place.
    pub address: Option<IpAddr>,
    /// What stands in the address's place.
    pub host: &'a [u8],
    /// The port, where the line has one.
    pub port: Option<u16>,
}

/// Splits at the last `word` that an address, or a host name, and the end of a message follow.
///
/// The user name before it may hold anything, ` from 192.0.2.1 port 22` too, and so may the details
/// after it. Two things tell the server's words from such a name: they come last, and sshd cuts a
/// name at its first colon, so what lies after the colon of a detail is never split off. Only if
/// every split has a colon before it does the last one count.
pub(crate) fn split<'a>(text: &'a [u8], word: &[u8]) -> Option<Origin<'a>> {
    let text = text.trim_ascii_end();
    let mut with_colon = None;
    for start in memmem::rfind_iter(text, word) {
        let Some(after) = text.get(start + word.len()..) else { continue };
        let Some((host, port)) = host_and_port(after) else { continue };
        // Only a port tells an address from any other word.
        if word == b" " && port.is_none() {
            continue;
        }
        let name = text.get(..start)?;
        let address = std::str::from_utf8(host).ok().and_then(address::parse);
        let origin = Origin { name, address, host, port };
        if !name.contains(&b':') {
            return Some(origin);
        }
        with_colon = with_colon.or(Some(origin));
    }
    with_colon
}

/// `ADDRESS[ port N]`, if what follows can end a message.
fn host_and_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    let (host, rest) = text.split_at_checked(end)?;
    let (port, rest) = match rest.strip_prefix(b" port ") {
        Some(rest) => {
            let digits = rest.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
            let (port, rest) = rest.split_at_checked(digits)?;
            (Some(std::str::from_utf8(port).ok()?.parse().ok()?), rest)
        }
        None => (None, rest),
    };
    let rest = rest.strip_prefix(b" ssh2").or_else(|| rest.strip_prefix(b" ssh1")).unwrap_or(rest);
    let ends = rest.is_empty()
        || rest == b" [preauth]"
        || rest.starts_with(b":")
        || rest.starts_with(b" via ")
        || rest.starts_with(b" not allowed because ");
    (ends && !host.is_empty() && host.len() <= 255).then_some((host, port))
}

/// `192.0.2.1:22`, also with an IPv6 address that has no brackets, in the place of an address.
pub(crate) fn address_and_port(text: &[u8]) -> Option<(IpAddr, u16)> {
    let (host, port) = std::str::from_utf8(text).ok()?.rsplit_once(':')?;
    Some((address::parse(host)?, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Option<(&str, String, Option<u16>)> {
        let origin = split(text.as_bytes(), b" from ")?;
        let name = std::str::from_utf8(origin.name).unwrap();
        Some((name, origin.address.map_or("name".to_owned(), |ip| ip.to_string()), origin.port))
    }

    #[test]
    fn the_servers_words_come_last() {
        for (text, name, ip, port) in [
            ("root from 192.0.2.1 port 5 ssh2", "root", "192.0.2.1", Some(5)),
            ("root from 192.0.2.1", "root", "192.0.2.1", None),
            ("root from 192.0.2.1 ", "root", "192.0.2.1", None),
            (" from 192.0.2.1 port 5", "", "192.0.2.1", Some(5)),
            (
                "a from 198.51.100.1 port 5 ssh2 from 192.0.2.1 port 6 ssh2",
                "a from 198.51.100.1 port 5 ssh2",
                "192.0.2.1",
                Some(6),
            ),
            (
                "a from 198.51.100.1 from 192.0.2.1 port 6 ssh2",
                "a from 198.51.100.1",
                "192.0.2.1",
                Some(6),
            ),
            (
                "a from 192.0.2.1 port 6 ssh2: b from 198.51.100.1 port 5 ssh2",
                "a",
                "192.0.2.1",
                Some(6),
            ),
            ("a from 192.0.2.1 port 6 ssh1: ruser b from 198.51.100.1", "a", "192.0.2.1", Some(6)),
            ("a:b from 192.0.2.1 port 6 ssh2", "a:b", "192.0.2.1", Some(6)),
            ("root from ::ffff:192.0.2.1 port 5", "root", "192.0.2.1", Some(5)),
            ("root from fe80::1%eth0 port 5", "root", "fe80::1", Some(5)),
            ("root from 192.0.2.1 via 192.0.2.9", "root", "192.0.2.1", None),
            ("root from 192.0.2.1 not allowed because x", "root", "192.0.2.1", None),
            (
                "x from 192.0.2.1 not allowed because y from host.example port 5 ssh2",
                "x from 192.0.2.1 not allowed because y",
                "name",
                Some(5),
            ),
        ] {
            assert_eq!(from(text), Some((name, ip.to_owned(), port)), "{text}");
        }
        for text in [
            "",
            "root",
            "root from ",
            "root from 192.0.2.1 port 99999",
            "root from 192.0.2.1 and on",
        ] {
            assert_eq!(from(text), None, "{text}");
        }
    }

    #[test]
    fn a_space_splits_only_before_an_address_with_a_port() {
        let origin = split(b"a 192.0.2.9 port 1 192.0.2.1 port 6 [preauth]", b" ").unwrap();
        assert_eq!((origin.name, origin.port), (&b"a 192.0.2.9 port 1"[..], Some(6)));
        assert_eq!(split(b"a 192.0.2.9", b" "), None);
    }

    #[test]
    fn an_address_and_its_port_in_one_word() {
        let read =
            |text: &str| address_and_port(text.as_bytes()).map(|(ip, port)| (ip.to_string(), port));
        assert_eq!(read("192.0.2.1:22"), Some(("192.0.2.1".to_owned(), 22)));
        assert_eq!(read("::ffff:192.0.2.1:40112"), Some(("192.0.2.1".to_owned(), 40112)));
        assert_eq!(read("[2001:db8::1]:1"), Some(("2001:db8::1".to_owned(), 1)));
        assert_eq!(read("host.example:22"), None);
    }
}
