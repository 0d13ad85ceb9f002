//! Suricata's IP reputation: addresses and blocks with a category and a score.

use std::fmt::Write as _;
use std::path::Path;

use super::{ABOVE, File, Output, sid};
use crate::Listing;

/// `address or block,category,score`, one a line.
pub struct Iprep;

impl Output for Iprep {
    fn name(&self) -> &'static str {
        "iprep"
    }

    fn about(&self) -> &'static str {
        "Suricata IP reputation: addresses and blocks, list score 1 to 127, with its categories file"
    }

    fn files(&self, listing: &Listing) -> Vec<File> {
        let mut list = String::new();
        for entry in &listing.entries {
            // Writing to a string cannot fail.
            let _ = writeln!(list, "{},{},{}", entry.text(), listing.category, entry.score);
        }
        let name = &listing.name;
        vec![
            File::new(format!("{name}-iprep.list"), list),
            File::new(
                format!("{name}-categories.txt"),
                format!("{},{name},listed by Botany\n", listing.category),
            ),
        ]
    }

    fn fragment(&self, listing: &Listing, folder: &Path) -> Vec<File> {
        let (name, category, folder) = (&listing.name, listing.category, folder.display());
        let yaml = format!(
            "# Into suricata.yaml. If there are categories already, add the line of {name}-categories.txt to
# their file instead; its number {category} must be free there.
reputation-categories-file: \"{folder}/{name}-categories.txt\"
default-reputation-path: \"{folder}\"
reputation-files:
  - {name}-iprep.list
# Under rule-files, or with -s on the command line: {folder}/{name}-iprep.rules
"
        );
        let rule = format!(
            "alert ip any any -> any any (msg:\"Botany list {name}: source with a score above {ABOVE}\"; \
             iprep:src,{name},>,{ABOVE}; sid:{}; rev:1;)\n",
            listing.sid + sid::IPREP
        );
        vec![
            File::new(format!("{name}-iprep.yaml"), yaml),
            File::new(format!("{name}-iprep.rules"), rule),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::listing;

    #[test]
    fn one_line_an_entry_blocks_included() {
        let files = Iprep.files(&listing());
        assert_eq!(files[0].text, "192.0.2.7,50,127\n198.51.100.0/24,50,64\n2001:db8::7,50,32\n");
        assert_eq!(files[1].text, "50,botany,listed by Botany\n");
    }
}
