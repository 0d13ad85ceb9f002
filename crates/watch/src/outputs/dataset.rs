//! Suricata's datasets: a set of addresses that rules ask and that can be changed while it runs.

use std::path::Path;

use super::{File, Output, sid};
use crate::Listing;

/// One address a line.
pub struct Dataset;

impl Output for Dataset {
    fn name(&self) -> &'static str {
        "dataset"
    }

    fn about(&self) -> &'static str {
        "Suricata dataset of type ip: addresses alone, and what --push adds to and takes from"
    }

    fn blocks(&self) -> bool {
        false
    }

    fn files(&self, listing: &Listing) -> Vec<File> {
        let list = listing.addresses().map(|entry| entry.text() + "\n").collect();
        vec![File::new(format!("{}-dataset.lst", listing.name), list)]
    }

    fn fragment(&self, listing: &Listing, folder: &Path) -> Vec<File> {
        let (name, folder) = (&listing.name, folder.display());
        let yaml = format!(
            "# Into suricata.yaml. If there is a block `datasets:` already, put the three lines under it there.
datasets:
  {name}:
    type: ip
    load: \"{folder}/{name}-dataset.lst\"
# Under rule-files, or with -s on the command line: {folder}/{name}-dataset.rules
"
        );
        let rule = format!(
            "alert ip any any -> any any (msg:\"Botany list {name}: listed source\"; flow:to_server; ip.src; \
             dataset:isset,{name},type ip; threshold:type limit,track by_src,count 1,seconds 60; sid:{}; rev:1;)\n",
            listing.sid + sid::DATASET
        );
        vec![
            File::new(format!("{name}-dataset.yaml"), yaml),
            File::new(format!("{name}-dataset.rules"), rule),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::listing;

    #[test]
    fn addresses_alone() {
        assert_eq!(Dataset.files(&listing())[0].text, "192.0.2.7\n2001:db8::7\n");
    }
}
