//! Suricata's datarep: a dataset whose addresses carry a score.

use std::path::Path;

use super::{ABOVE, File, Output, sid};
use crate::Listing;

/// `address,score`, one a line.
pub struct Datarep;

impl Output for Datarep {
    fn name(&self) -> &'static str {
        "datarep"
    }

    fn about(&self) -> &'static str {
        "Suricata datarep of type ip: addresses alone, each with its list score, 1 to 127"
    }

    fn blocks(&self) -> bool {
        false
    }

    fn files(&self, listing: &Listing) -> Vec<File> {
        let list = listing.addresses().map(|e| format!("{},{}\n", e.text(), e.score)).collect();
        vec![File::new(format!("{}-datarep.lst", listing.name), list)]
    }

    fn fragment(&self, listing: &Listing, folder: &Path) -> Vec<File> {
        let (name, folder) = (&listing.name, folder.display());
        let yaml = format!(
            "# Into suricata.yaml. If there is a block `datasets:` already, put the three lines under it there.
datasets:
  {name}-scores:
    type: ip
    load: \"{folder}/{name}-datarep.lst\"
# Under rule-files, or with -s on the command line: {folder}/{name}-datarep.rules
"
        );
        let rule = format!(
            "alert ip any any -> any any (msg:\"Botany list {name}: source with a score above {ABOVE}\"; \
             flow:to_server; ip.src; datarep:{name}-scores,>,{ABOVE},type ip; \
             threshold:type limit,track by_src,count 1,seconds 60; sid:{}; rev:1;)\n",
            listing.sid + sid::DATAREP
        );
        vec![
            File::new(format!("{name}-datarep.yaml"), yaml),
            File::new(format!("{name}-datarep.rules"), rule),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::listing;

    #[test]
    fn addresses_with_their_scores() {
        assert_eq!(Datarep.files(&listing())[0].text, "192.0.2.7,127\n2001:db8::7,32\n");
    }
}
