//! Captures made by hand: what a sensor sees when somebody knocks.

use std::net::IpAddr;

/// Where they knock.
const HERE: [&str; 2] = ["203.0.113.1", "2001:db8:ffff::1"];

/// A capture in which each source sends a SYN to port 22, each of its own flow, a second apart.
pub fn knocks(sources: &[&str]) -> Vec<u8> {
    let mut file = Vec::new();
    for part in [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[2, 0, 4, 0], &[0; 8]] {
        file.extend_from_slice(part);
    }
    file.extend_from_slice(&65_535_u32.to_le_bytes());
    file.extend_from_slice(&1_u32.to_le_bytes());
    for (source, at) in sources.iter().zip(0_u32..) {
        let frame = frame(source.parse().unwrap(), 40_000 + at as u16);
        let length = frame.len() as u32;
        for word in [1_525_600_000 + at, 0, length, length] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(&frame);
    }
    file
}

fn frame(source: IpAddr, port: u16) -> Vec<u8> {
    let mut frame = vec![0; 12];
    match source {
        IpAddr::V4(source) => {
            let here: std::net::Ipv4Addr = HERE[0].parse().unwrap();
            let ends = [source.octets(), here.octets()].concat();
            let mut head = vec![0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0];
            head.extend_from_slice(&ends);
            let sum = checksum(&head).to_be_bytes();
            head[10..12].copy_from_slice(&sum);
            frame.extend_from_slice(&[0x08, 0x00]);
            frame.extend_from_slice(&head);
            frame.extend_from_slice(&syn(port, &ends));
        }
        IpAddr::V6(source) => {
            let here: std::net::Ipv6Addr = HERE[1].parse().unwrap();
            let ends = [source.octets(), here.octets()].concat();
            frame.extend_from_slice(&[0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 6, 64]);
            frame.extend_from_slice(&ends);
            frame.extend_from_slice(&syn(port, &ends));
        }
    }
    frame
}

fn syn(port: u16, ends: &[u8]) -> Vec<u8> {
    let mut segment = port.to_be_bytes().to_vec();
    segment.extend_from_slice(&[0, 22, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0]);
    // Protocol and length stand behind the addresses, padded with zeros that do not count.
    let pseudo = [ends, &[0, 6, 0, 20], &segment[..]].concat();
    let sum = checksum(&pseudo).to_be_bytes();
    segment[16..18].copy_from_slice(&sum);
    segment
}

/// The internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|two| u32::from(two[0]) << 8 | u32::from(*two.get(1).unwrap_or(&0)))
        .sum();
    while sum >> 16 > 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !sum as u16
}
