//! One identity per address.
//!
//! A sensor that listens on a dual-stack socket logs `::ffff:192.0.2.1` where another logs
//! `192.0.2.1`. Both are the same machine, so both are the same text here.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads an address and gives it its one identity: an IPv4-mapped IPv6 address is its IPv4 address.
///
/// A zone (`fe80::1%eth0`) and the brackets of a URL are dropped. `None` if it is no address.
pub fn parse(text: &str) -> Option<IpAddr> {
    if let Some(v4) = dotted(text.as_bytes()) {
        return Some(IpAddr::V4(v4));
    }
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Reads four numbers with dots between them and nothing else: the one text an IPv4 address has.
pub fn dotted(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut rest = text;
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let (number, after) = rest.split_at(digits);
        *octet = match number {
            [a] => a - b'0',
            [a @ b'1'..=b'9', b] => (a - b'0') * 10 + (b - b'0'),
            [b'1', b, c] => 100 + (b - b'0') * 10 + (c - b'0'),
            [b'2', b, c] => ((b - b'0') * 10 + (c - b'0')).checked_add(200)?,
            _ => return None,
        };
        rest = after;
    }
    rest.is_empty().then(|| Ipv4Addr::from(octets))
}

/// The network an address lies in: `v4_bits` of an IPv4 address, `v6_bits` of an IPv6 address.
///
/// Bits beyond the address's width count as the whole address.
pub fn network(address: IpAddr, v4_bits: u8, v6_bits: u8) -> (IpAddr, u8) {
    match address {
        IpAddr::V4(v4) => {
            let bits = v4_bits.min(32);
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            (IpAddr::V4(Ipv4Addr::from(u32::from(v4) & mask)), bits)
        }
        IpAddr::V6(v6) => {
            let bits = v6_bits.min(128);
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            (IpAddr::V6(Ipv6Addr::from(u128::from(v6) & mask)), bits)
        }
    }
}

/// The text of [`network`], such as `192.0.2.0/24`.
pub fn block(address: IpAddr, v4_bits: u8, v6_bits: u8) -> String {
    let mut text = String::new();
    push_block(&mut text, address, v4_bits, v6_bits);
    text
}

/// Appends the text of [`network`].
pub fn push_block(text: &mut String, address: IpAddr, v4_bits: u8, v6_bits: u8) {
    let (base, bits) = network(address, v4_bits, v6_bits);
    match base {
        IpAddr::V4(v4) => {
            for (octet, behind) in v4.octets().into_iter().zip(['.', '.', '.', '/']) {
                push_number(text, octet);
                text.push(behind);
            }
            push_number(text, bits);
        }
        // A String takes all that is written.
        IpAddr::V6(v6) => write!(text, "{v6}/{bits}").unwrap_or_default(),
    }
}

fn push_number(text: &mut String, number: u8) {
    if number >= 100 {
        text.push(char::from(b'0' + number / 100));
    }
    if number >= 10 {
        text.push(char::from(b'0' + number / 10 % 10));
    }
    text.push(char::from(b'0' + number % 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_address_is_its_ipv4_address() {
        assert_eq!(parse("::ffff:192.0.2.1"), parse("192.0.2.1"));
        assert_eq!(parse("::FFFF:c000:0201"), parse("192.0.2.1"));
        assert_eq!(parse("2001:DB8::1").unwrap().to_string(), "2001:db8::1");
    }

    #[test]
    fn brackets_and_zones_are_dropped_and_names_are_no_addresses() {
        assert_eq!(parse("[2001:db8::1]"), parse("2001:db8::1"));
        assert_eq!(parse("fe80::1%eth0"), parse("fe80::1"));
        for text in ["", "example.org", "1.2.3", "1.2.3.4.5", "999.1.1.1", "::1::"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn four_numbers_are_read_as_the_library_reads_them() {
        let parts =
            ["", "0", "00", "7", "07", "42", "99", "100", "199", "200", "249", "255", "256", "300"];
        for (i, part) in parts.iter().enumerate() {
            for place in 0..4 {
                let mut numbers = ["1", "22", "133", "244"];
                numbers[place] = part;
                let text = numbers.join(".");
                for text in
                    [&text, &format!("{text} "), &format!("{text}."), &format!("{text}.{i}")]
                {
                    assert_eq!(dotted(text.as_bytes()), text.parse().ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_block_is_written_as_the_library_writes() {
        for octet in 0..=255 {
            let v4 = IpAddr::from([octet, 255 - octet, octet / 2, 7]);
            for bits in 0..=32 {
                let (base, _) = network(v4, bits, 64);
                assert_eq!(block(v4, bits, 64), format!("{base}/{bits}"));
            }
        }
    }

    #[test]
    fn a_block_is_cut_at_any_prefix() {
        let v4 = parse("198.51.100.77").unwrap();
        let v6 = parse("2001:db8:1:2:3:4:5:6").unwrap();
        assert_eq!(block(v4, 24, 64), "198.51.100.0/24");
        assert_eq!(block(v6, 24, 64), "2001:db8:1:2::/64");
        assert_eq!(block(v4, 0, 0), "0.0.0.0/0");
        assert_eq!(block(v6, 0, 0), "::/0");
        assert_eq!(block(v4, 200, 200), "198.51.100.77/32");
    }
}
