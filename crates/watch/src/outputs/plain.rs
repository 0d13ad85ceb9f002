//! A list for everything that reads lines: firewalls, proxies, people.

use std::fmt::Write as _;

use super::{File, Output, time};
use crate::Listing;

/// One address or block a line, with comments.
pub struct Plain;

impl Output for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn about(&self) -> &'static str {
        "one address or block a line, with why and until when behind a #"
    }

    fn files(&self, listing: &Listing) -> Vec<File> {
        let mut text = format!(
            "# Botany list {}, as of {}: {} entries\n# A listed source tried a botnet's names, or a model says so. That is no proof.\n",
            listing.name,
            time(listing.at),
            listing.entries.len()
        );
        for entry in &listing.entries {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{} # list score {}, until {}, {}",
                entry.text(),
                entry.score,
                time(entry.expires),
                entry.why()
            );
        }
        vec![File::new(format!("{}-plain.txt", listing.name), text)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::listing;

    #[test]
    fn what_stands_before_the_comments_is_the_list() {
        let files = Plain.files(&listing());
        let entries: Vec<&str> = files[0]
            .text
            .lines()
            .filter_map(|line| line.split('#').next().map(str::trim))
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(entries, ["192.0.2.7", "198.51.100.0/24", "2001:db8::7"]);
        assert!(files[0].text.contains("until 2018-05-08T12:00:00.000Z"), "{}", files[0].text);
    }
}
