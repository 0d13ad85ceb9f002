//! Which Suricata can ask what?
//!
//! A shelf: one file a version, one line in [`ALL`].

mod suricata7;
mod suricata8;

use super::error::Error;
use super::quantity::Count;
use super::rule::Clause;

/// A version of the engine.
pub trait Target: Sync {
    /// Its major version, as after `--suricata`.
    fn version(&self) -> &'static str;

    /// The guard every rule carries, as `requires:` takes it.
    fn requires(&self) -> &'static str;

    /// The keyword for bounds on a count, both included; `None` if it has none.
    fn keyword(&self, count: Count, low: Option<u64>, high: Option<u64>) -> Option<Clause>;

    /// Whether rules can ask for the count: by a keyword, or by counting packets themselves.
    fn can_ask(&self, count: Count) -> bool {
        let counted = matches!(count, Count::PacketsOut | Count::PacketsIn | Count::PacketsTotal);
        counted || self.keyword(count, Some(1), None).is_some()
    }
}

/// The shelf.
pub static ALL: &[&dyn Target] = &[&suricata7::Suricata7, &suricata8::Suricata8];

/// The target of that version.
///
/// # Errors
/// There is none; the message lists them.
pub fn find(version: &str) -> Result<&'static dyn Target, Error> {
    ALL.iter().copied().find(|t| t.version() == version).ok_or_else(|| Error::NoTarget {
        asked: version.to_owned(),
        known: ALL.iter().map(|t| t.version()).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_by_its_number() {
        assert_eq!(find("7").unwrap().version(), "7");
        assert!(find("6").err().unwrap().to_string().contains("one of 7, 8"));
    }

    #[test]
    fn seven_cannot_ask_for_bytes_and_eight_can() {
        let can = |version, count| find(version).unwrap().can_ask(count);
        assert!(!can("7", Count::BytesIn) && can("8", Count::BytesIn));
        for version in ["7", "8"] {
            assert!(can(version, Count::PacketsTotal) && can(version, Count::Age));
        }
    }
}
