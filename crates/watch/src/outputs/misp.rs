//! A MISP event: what sharing communities exchange.
//!
//! The form is that of MISP's core format (draft-dulaunoy-misp-core-format).

use serde_json::{Value, json};

use super::{File, Output, identifier, time};
use crate::Listing;
use crate::listing::Entry;

/// One event with an attribute an entry.
pub struct Misp;

impl Output for Misp {
    fn name(&self) -> &'static str {
        "misp"
    }

    fn about(&self) -> &'static str {
        "MISP event, unpublished and for your organisation alone: an attribute ip-src an entry"
    }

    fn files(&self, listing: &Listing) -> Vec<File> {
        let attributes: Vec<Value> =
            listing.entries.iter().map(|entry| attribute(entry, &listing.name)).collect();
        let event = json!({
            "Event": {
                "uuid": identifier(&format!("event {} {}", listing.name, time(listing.at))).to_string(),
                "info": format!("Botany list {}", listing.name),
                "date": listing.at.strftime("%Y-%m-%d").to_string(),
                "timestamp": listing.at.as_second().to_string(),
                // Undefined: how bad it is depends on whom they knock at.
                "threat_level_id": "4",
                "analysis": "2",
                "distribution": "0",
                "published": false,
                "Attribute": attributes,
            }
        });
        vec![File::new(format!("{}-misp.json", listing.name), format!("{event:#}\n"))]
    }
}

fn attribute(entry: &Entry, list: &str) -> Value {
    let text = entry.text();
    json!({
        "uuid": identifier(&format!("attribute {list} {text}")).to_string(),
        "type": "ip-src",
        "category": "Network activity",
        "to_ids": true,
        "distribution": "5",
        "value": text,
        "comment": format!(
            "list score {} of 127, until {}, {}", entry.score, time(entry.expires), entry.why()
        ),
        "first_seen": time(entry.first_seen),
        "last_seen": time(entry.last_seen),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::listing;

    #[test]
    fn an_attribute_an_entry() {
        let files = Misp.files(&listing());
        let event: Value = serde_json::from_str(&files[0].text).unwrap();
        let attributes = event["Event"]["Attribute"].as_array().unwrap();
        assert_eq!(attributes.len(), 3);
        assert_eq!(attributes[1]["value"], "198.51.100.0/24");
        assert!(attributes[0]["comment"].as_str().unwrap().contains("admin root"));
    }
}
