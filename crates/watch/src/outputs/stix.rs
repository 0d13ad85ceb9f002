//! STIX 2.1: indicators other platforms take in.
//!
//! OASIS, STIX Version 2.1, 2021: a bundle of an identity and an indicator an entry.

use serde_json::{Value, json};

use super::{File, Output, identifier, time};
use crate::Listing;
use crate::listing::Entry;

/// A bundle of indicators.
pub struct Stix;

impl Output for Stix {
    fn name(&self) -> &'static str {
        "stix"
    }

    fn about(&self) -> &'static str {
        "STIX 2.1 bundle: an indicator an entry, with confidence and the time it is valid"
    }

    fn files(&self, listing: &Listing) -> Vec<File> {
        let maker = format!("identity--{}", identifier("Botany"));
        let mut objects = vec![json!({
            "type": "identity",
            "spec_version": "2.1",
            "id": maker,
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "name": "Botany",
            "identity_class": "system",
        })];
        objects.extend(listing.entries.iter().map(|entry| indicator(entry, listing, &maker)));
        let content: String = objects.iter().map(Value::to_string).collect();
        let bundle = json!({
            "type": "bundle",
            "id": format!("bundle--{}", identifier(&content)),
            "objects": objects,
        });
        vec![File::new(format!("{}-stix.json", listing.name), format!("{bundle:#}\n"))]
    }
}

fn indicator(entry: &Entry, listing: &Listing, maker: &str) -> Value {
    let text = entry.text();
    let kind = if entry.network.addr().is_ipv4() { "ipv4-addr" } else { "ipv6-addr" };
    let compared = if entry.is_address() { "=" } else { "ISSUBSET" };
    json!({
        "type": "indicator",
        "spec_version": "2.1",
        "id": format!("indicator--{}", identifier(&format!("{} {text}", listing.name))),
        "created_by_ref": maker,
        "created": time(entry.first_seen),
        // What is said of an entry changes with the moment it is said.
        "modified": time(listing.at.max(entry.first_seen)),
        "name": format!("listed source {text}"),
        "description": format!("Botany list {}: {}", listing.name, entry.why()),
        "indicator_types": ["malicious-activity"],
        "pattern": format!("[{kind}:value {compared} '{text}']"),
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": time(entry.first_seen),
        "valid_until": time(entry.expires),
        "confidence": (100.0 * entry.probability).round() as u8,
        "labels": entry.reasons.iter().map(|reason| reason.by.clone()).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::listing;

    #[test]
    fn an_indicator_an_entry() {
        let files = Stix.files(&listing());
        let bundle: Value = serde_json::from_str(&files[0].text).unwrap();
        let objects = bundle["objects"].as_array().unwrap();
        let patterns: Vec<&str> =
            objects.iter().filter_map(|object| object["pattern"].as_str()).collect();
        assert_eq!(
            patterns,
            [
                "[ipv4-addr:value = '192.0.2.7']",
                "[ipv4-addr:value ISSUBSET '198.51.100.0/24']",
                "[ipv6-addr:value = '2001:db8::7']"
            ]
        );
        assert_eq!(objects[1]["confidence"], 100);
        assert_eq!(objects[2]["valid_until"], "2018-05-08T12:00:00.000Z");
    }
}
