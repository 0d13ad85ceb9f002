//! Who is on the list, how sure that is, and until when.
//!
//! What was seen of an address or a block ([`Sighting`]) becomes an [`Entry`] under the [`Terms`] of the list: it fades
//! by half with every half-life since it was last seen, and is gone when it is stale or when somebody said that it is
//! never to be listed.

use std::collections::BTreeMap;

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

use crate::Error;

/// What the threat list or a model saw of an address or a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// Of whom; an address is a network of one.
    pub network: IpNet,
    /// How sure it is, from 0 to 1.
    pub probability: f64,
    /// The first time it was seen.
    pub first_seen: Timestamp,
    /// The last time it was seen.
    pub last_seen: Timestamp,
    /// By what.
    pub reason: Reason,
}

/// Why something is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// [`THREAT_LIST`], or a model with its version: `population@v0001`.
    pub by: String,
    /// What was counted: log-in attempts of the threat list, rows of a model.
    pub count: u64,
    /// The dictionary names that were tried, sorted; none by a model.
    pub usernames: Vec<String>,
    /// Lines that show it, as `file:line`; none by a model.
    pub evidence: Vec<String>,
}

/// What names the threat list as a reason.
pub const THREAT_LIST: &str = "threat list";

/// Under which terms something is listed.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The name of the list: letters, digits, `-` and `_`, at most 24.
    pub name: String,
    /// The moment the list speaks of.
    pub at: Timestamp,
    /// Hours after it was last seen at which an entry is stale.
    pub expiry_hours: u32,
    /// Hours in which the probability of what is not seen again fades by half; 0: never.
    pub half_life_hours: u32,
    /// Networks that never leave in a list, nor anything that overlaps them.
    pub never: Vec<IpNet>,
    /// The first of the three identifiers of the rules that come with it, of which each Suricata form has one: within the
    /// local ones, 1000000 to 1999999. Two lists in one sensor need others.
    pub sid: u32,
    /// The number of its category of reputation, 1 to 60; likewise.
    pub category: u8,
}

/// The first identifier that is left to whoever runs a sensor, and the last.
const LOCAL: [u32; 2] = [1_000_000, 1_999_999];

impl Terms {
    /// The terms nobody changed, at a moment: a day until an entry is stale and until it has faded by half.
    pub fn usual(at: Timestamp) -> Terms {
        Terms {
            name: "botany".to_owned(),
            at,
            expiry_hours: 24,
            half_life_hours: 24,
            never: Vec::new(),
            sid: 1_910_001,
            category: 50,
        }
    }
}

/// One address or block on the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// An address is a network of one.
    pub network: IpNet,
    /// The highest faded probability of its reasons.
    pub probability: f64,
    /// The probability as Suricata's reputation wants it: see [`score`].
    pub score: u8,
    /// The first time any reason saw it.
    pub first_seen: Timestamp,
    /// The last time any reason saw it.
    pub last_seen: Timestamp,
    /// When it is stale.
    pub expires: Timestamp,
    /// By what, in the order they were given; at least one.
    pub reasons: Vec<Reason>,
}

/// A list as it leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Its name.
    pub name: String,
    /// The moment it speaks of.
    pub at: Timestamp,
    /// The entries in the order of their addresses, IPv4 first.
    pub entries: Vec<Entry>,
    /// How many addresses and blocks were stale.
    pub expired: usize,
    /// How many were not yet seen at that moment.
    pub later: usize,
    /// How many are never to be listed, or overlap what is not.
    pub allowed: usize,
    /// The networks that never leave.
    pub never: Vec<IpNet>,
    /// The first identifier of its rules.
    pub sid: u32,
    /// The number of its category.
    pub category: u8,
}

/// 1 to 127, the range of Suricata's reputation, where 0 is "not known": 127 times the probability, rounded, at least 1.
pub fn score(probability: f64) -> u8 {
    (127.0 * probability.clamp(0.0, 1.0)).round().max(1.0) as u8
}

impl Listing {
    /// The list of these sightings, at most one entry a network.
    ///
    /// # Errors
    ///
    /// [`Error::BadList`] for a name or terms that cannot be.
    pub fn new(sightings: Vec<Sighting>, terms: &Terms) -> Result<Listing, Error> {
        check(terms)?;
        let mut by_network: BTreeMap<IpNet, Vec<Sighting>> = BTreeMap::new();
        for sighting in sightings {
            by_network.entry(sighting.network.trunc()).or_default().push(sighting);
        }
        let mut listing = Listing {
            name: terms.name.clone(),
            at: terms.at,
            entries: Vec::new(),
            expired: 0,
            later: 0,
            allowed: 0,
            never: terms.never.clone(),
            sid: terms.sid,
            category: terms.category,
        };
        for (network, seen) in by_network {
            if listing.is_never(&network) {
                listing.allowed += 1;
                continue;
            }
            let (known, later): (Vec<_>, Vec<_>) =
                seen.into_iter().partition(|one| one.first_seen <= terms.at);
            if known.is_empty() && !later.is_empty() {
                listing.later += 1;
                continue;
            }
            match entry(network, known, terms) {
                Some(entry) => listing.entries.push(entry),
                None => listing.expired += 1,
            }
        }
        Ok(listing)
    }

    /// Whether a network overlaps one that never leaves.
    pub fn is_never(&self, network: &IpNet) -> bool {
        Listing::overlaps(self.never.iter().copied(), network)
    }

    /// Whether a network overlaps one of these, which then keeps it from every list.
    pub fn overlaps(never: impl IntoIterator<Item = IpNet>, network: &IpNet) -> bool {
        never.into_iter().any(|never| never.contains(network) || network.contains(&never))
    }

    /// The entries that are one address.
    pub fn addresses(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_address())
    }

    /// How many entries are blocks of more than one address.
    pub fn blocks(&self) -> usize {
        self.entries.iter().filter(|entry| !entry.is_address()).count()
    }
}

impl Entry {
    /// Whether it is one address and no block.
    pub fn is_address(&self) -> bool {
        self.network.prefix_len() == self.network.max_prefix_len()
    }

    /// The address, or the block as `192.0.2.0/24`.
    pub fn text(&self) -> String {
        if self.is_address() { self.network.addr().to_string() } else { self.network.to_string() }
    }

    /// The names tried, each once, sorted.
    pub fn usernames(&self) -> Vec<&str> {
        let mut all: Vec<&str> =
            self.reasons.iter().flat_map(|r| &r.usernames).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The reasons in words: `threat list (12: admin root); population@v0001 (3)`.
    pub fn why(&self) -> String {
        let reason = |reason: &Reason| match reason.usernames.as_slice() {
            [] => format!("{} ({})", reason.by, reason.count),
            names => format!("{} ({}: {})", reason.by, reason.count, names.join(" ")),
        };
        let all: Vec<String> = self.reasons.iter().map(reason).collect();
        one_line(&all.join("; "))
    }
}

/// What somebody typed at a server must not begin a line of a list.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn check(terms: &Terms) -> Result<(), Error> {
    let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name = &terms.name;
    if name.is_empty() || name.len() > 24 || !name.chars().all(safe) {
        return Err(Error::BadList(format!(
            "`{name}` is no name of a list: use letters, digits, `-` and `_`, at most 24"
        )));
    }
    if terms.expiry_hours == 0 {
        return Err(Error::BadList(
            "entries that expire after 0 hours are never listed: give 1 hour or more".to_owned(),
        ));
    }
    let [first, last] = LOCAL;
    if !(first..=last - 2).contains(&terms.sid) {
        return Err(Error::BadList(format!(
            "the rules of a list take three identifiers from {} on, and local ones are {first} to {last}: give {first} to {}",
            terms.sid,
            last - 2
        )));
    }
    if !(1..=60).contains(&terms.category) {
        return Err(Error::BadList(format!(
            "{} is no category of reputation: Suricata knows 1 to 60",
            terms.category
        )));
    }
    Ok(())
}

/// The entry of a network, unless all that was seen of it is stale.
fn entry(network: IpNet, seen: Vec<Sighting>, terms: &Terms) -> Option<Entry> {
    let expiry = SignedDuration::from_hours(terms.expiry_hours.into());
    // A time too far to be told never comes.
    let expires = |one: &Sighting| one.last_seen.checked_add(expiry).unwrap_or(Timestamp::MAX);
    let live: Vec<Sighting> = seen.into_iter().filter(|one| expires(one) > terms.at).collect();
    let probability = live.iter().map(|one| faded(one, terms)).fold(0.0, f64::max);
    Some(Entry {
        network,
        probability,
        score: score(probability),
        first_seen: live.iter().map(|one| one.first_seen).min()?,
        last_seen: live.iter().map(|one| one.last_seen).max()?,
        expires: live.iter().map(expires).max()?,
        reasons: live.into_iter().map(|one| one.reason).collect(),
    })
}

fn faded(one: &Sighting, terms: &Terms) -> f64 {
    let age = terms.at.duration_since(one.last_seen).as_secs_f64().max(0.0) / 3600.0;
    match terms.half_life_hours {
        0 => one.probability,
        hours => one.probability * 0.5_f64.powf(age / f64::from(hours)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub fn sighting(network: &str, probability: f64, last_seen: &str) -> Sighting {
        Sighting {
            network: network.parse().unwrap(),
            probability,
            first_seen: time("2018-05-06T00:00:00Z"),
            last_seen: time(last_seen),
            reason: Reason {
                by: THREAT_LIST.to_owned(),
                count: 3,
                usernames: vec!["admin".to_owned(), "root".to_owned()],
                evidence: vec!["auth.log:7".to_owned()],
            },
        }
    }

    pub fn terms() -> Terms {
        Terms { half_life_hours: 12, ..Terms::usual(time("2018-05-07T12:00:00Z")) }
    }

    /// An IPv4 address, an IPv6 address and a block.
    pub fn listing() -> Listing {
        let seen = "2018-05-07T12:00:00Z";
        let mut block = sighting("198.51.100.0/24", 0.5, seen);
        block.reason = Reason {
            by: "population@v0001".to_owned(),
            count: 2,
            usernames: Vec::new(),
            evidence: Vec::new(),
        };
        let all = vec![
            sighting("2001:db8::7/128", 0.25, seen),
            sighting("192.0.2.7/32", 1.0, seen),
            block,
        ];
        Listing::new(all, &terms()).unwrap()
    }

    #[test]
    fn a_probability_becomes_a_score_from_1_to_127() {
        assert_eq!([0.0, 0.004, 0.5, 1.0, 7.0, f64::NAN].map(score), [1, 1, 64, 127, 127, 1]);
    }

    #[test]
    fn what_is_not_seen_again_fades_and_is_gone() {
        let at =
            |seen: &str| Listing::new(vec![sighting("192.0.2.7/32", 0.8, seen)], &terms()).unwrap();
        assert_eq!(at("2018-05-07T12:00:00Z").entries[0].score, 102);
        let half = at("2018-05-07T00:00:00Z");
        assert_eq!(half.entries[0].score, 51);
        assert_eq!(half.entries[0].expires, time("2018-05-08T00:00:00Z"));
        assert_eq!(at("2018-05-06T12:00:01Z").entries.len(), 1);
        let gone = at("2018-05-06T12:00:00Z");
        assert_eq!((gone.entries.len(), gone.expired), (0, 1));
    }

    #[test]
    fn two_reasons_make_one_entry_of_the_surer_one() {
        let mut model = sighting("192.0.2.7/32", 0.9, "2018-05-07T11:00:00Z");
        model.reason.by = "population@v0001".to_owned();
        let first = sighting("192.0.2.7/32", 0.9, "2018-05-07T06:00:00Z");
        let stale = sighting("192.0.2.7/32", 1.0, "2018-05-06T01:00:00Z");
        let listing = Listing::new(vec![first, model, stale], &terms()).unwrap();
        let [entry] = listing.entries.as_slice() else { panic!("{listing:?}") };
        assert_eq!(entry.reasons.len(), 2, "the stale reason is gone");
        assert_eq!(entry.last_seen, time("2018-05-07T11:00:00Z"));
        assert!((entry.probability - 0.9 * 0.5_f64.powf(1.0 / 12.0)).abs() < 1e-12);
    }

    #[test]
    fn what_is_never_listed_does_not_leave_in_a_block_either() {
        let seen = "2018-05-07T12:00:00Z";
        let all = ["192.0.2.7/32", "192.0.2.0/24", "192.0.0.0/16", "192.0.3.0/24"];
        let all = all.map(|network| sighting(network, 1.0, seen)).to_vec();
        let never = vec!["192.0.2.0/25".parse().unwrap()];
        let listing = Listing::new(all, &Terms { never, ..terms() }).unwrap();
        assert_eq!(listing.allowed, 3);
        assert_eq!(listing.entries[0].text(), "192.0.3.0/24");
    }

    #[test]
    fn what_was_seen_later_is_not_known_yet() {
        let early = Terms { at: time("2018-05-05T00:00:00Z"), ..terms() };
        let all = vec![sighting("192.0.2.7/32", 1.0, "2018-05-07T12:00:00Z")];
        assert_eq!(Listing::new(all, &early).unwrap().later, 1);
    }

    #[test]
    fn a_name_that_would_not_fit_a_rule_is_refused() {
        for name in ["", "a b", "a;b", "../a", &"x".repeat(25)] {
            let terms = Terms { name: name.to_owned(), ..terms() };
            assert!(Listing::new(Vec::new(), &terms).is_err(), "{name}");
        }
        assert!(Listing::new(Vec::new(), &Terms { expiry_hours: 0, ..terms() }).is_err());
    }

    #[test]
    fn only_local_identifiers_and_known_categories_are_taken() {
        let made = |sid, category| Listing::new(Vec::new(), &Terms { sid, category, ..terms() });
        for (sid, category) in [(1_000_000, 1), (1_999_997, 60)] {
            let listing = made(sid, category).unwrap();
            assert_eq!((listing.sid, listing.category), (sid, category));
        }
        for (sid, category) in [(999_999, 50), (1_999_998, 50), (1_910_001, 0), (1_910_001, 61)] {
            assert!(made(sid, category).is_err(), "{sid} {category}");
        }
    }

    #[test]
    fn the_reasons_stay_on_their_line() {
        let mut one = sighting("192.0.2.7/32", 1.0, "2018-05-07T12:00:00Z");
        one.reason.usernames = vec!["a\n10.0.0.1".to_owned()];
        let listing = Listing::new(vec![one], &terms()).unwrap();
        assert_eq!(listing.entries[0].why(), "threat list (3: a 10.0.0.1)");
    }
}
