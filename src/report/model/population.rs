//! Who knocked.

use serde::{Deserialize, Serialize};

/// The threat list's head and the population around it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// Addresses seen in any flow or login.
    pub addresses: u64,
    /// Addresses with at least one failed login.
    pub failing: u64,
    /// Addresses on the threat list.
    pub listed: u64,
    /// Failed login attempts, of all addresses.
    pub attempts: u64,
    /// Flows collected.
    pub flows: u64,
    /// Flows whose source is on the threat list at that time.
    pub listed_flows: u64,
    /// The head of the threat list, highest score first.
    pub head: Vec<ThreatRow>,
    /// Frequency tables: by country, AS, registration, port, day, source, in this order.
    pub frequencies: Vec<Frequency>,
}

/// One address of the threat list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ThreatRow {
    /// The address, in canonical text.
    pub address: String,
    /// First attempt, RFC 3339 in UTC.
    pub first_seen: String,
    /// Last attempt, RFC 3339 in UTC.
    pub last_seen: String,
    /// Failed attempts.
    pub attempts: u64,
    /// Distinct dictionary names tried.
    pub names: u64,
    /// Distinct dictionary user/password pairs tried (0 where the log carries no password).
    pub pairs: u64,
    /// The names tried, most specific first. Text made by the attacker: shown escaped.
    pub usernames: Vec<String>,
    /// Specificity-weighted score; higher is more specific to the dictionary.
    pub score: f64,
    /// Services tried, e.g. `ssh`, `telnet`.
    pub services: Vec<String>,
    /// Country code or name; `None` when the database does not know the address.
    pub country: Option<String>,
    /// Autonomous system, e.g. `AS64500 Example`; `None` when unknown or not configured.
    pub autonomous_system: Option<String>,
    /// IANA registration of the address.
    pub registration: Option<String>,
    /// The lines that listed it, as `file:line`.
    pub evidence: Vec<String>,
}

/// How the population spreads over one property.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frequency {
    /// The property: `country`, `as`, `registration`, `port`, `day` or `source`.
    pub by: String,
    /// Its values. Days stand in order of time, everything else by falling number of addresses.
    pub rows: Vec<FrequencyRow>,
    /// Number of values, also those not in `rows`.
    pub values: u64,
    /// What the reader must know of it, e.g. the date of the database, or why the table is empty.
    pub note: Option<String>,
}

/// One value of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrequencyRow {
    /// The value, e.g. `BR`, `AS64500 Example`, `22`, `2018-05-06`. May be text made by others.
    pub value: String,
    /// Source addresses with this value.
    pub addresses: u64,
    /// Those on the threat list.
    pub listed: u64,
    /// Their flows, where that was counted.
    pub flows: Option<u64>,
    /// Their failed attempts, where that was counted.
    pub attempts: Option<u64>,
}
