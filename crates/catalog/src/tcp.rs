//! The eight bits of a TCP flag byte.

/// The flags with their bits, lowest first (RFC 9293 §3.1).
pub const FLAGS: [(&str, u8); 8] = [
    ("FIN", 0x01),
    ("SYN", 0x02),
    ("RST", 0x04),
    ("PSH", 0x08),
    ("ACK", 0x10),
    ("URG", 0x20),
    ("ECE", 0x40),
    ("CWR", 0x80),
];

/// The names of the bits that are set, joined by `-`; an empty byte is `none`.
///
/// ```
/// assert_eq!(botany_catalog::tcp::names(0x1b), "FIN-SYN-PSH-ACK");
/// ```
pub fn names(bits: u8) -> String {
    let set: Vec<&str> =
        FLAGS.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name).collect();
    if set.is_empty() { "none".to_owned() } else { set.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_256_bytes_have_a_name_of_their_own() {
        let mut all: Vec<String> = (0..=255).map(names).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 256);
        assert_eq!(names(0x14), "RST-ACK");
    }
}
