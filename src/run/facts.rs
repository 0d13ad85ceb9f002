//! Everything known of one address, or of one block of them.

use std::net::IpAddr;

use anyhow::{Result, bail};
use botany_catalog::address;
use botany_enrich::profiles::{self, Grain};
use botany_enrich::threat::Rules;
use ipnet::IpNet;
use serde_json::{Value, json};

use super::allowed::threat_list;
use super::{Workspace, databases};
use crate::cli::batches;

/// Whose doings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// An address.
    Address(IpAddr),
    /// A network of addresses.
    Block(IpNet),
}

impl Who {
    /// An address such as `192.0.2.7`, or a block such as `192.0.2.0/24`.
    ///
    /// # Errors
    ///
    /// If the text is neither.
    pub fn parse(text: &str) -> Result<Who> {
        if let Some(ip) = address::parse(text) {
            return Ok(Who::Address(ip));
        }
        match text.parse::<IpNet>() {
            Ok(network) => Ok(Who::Block(network.trunc())),
            Err(_) => bail!("`{text}` is no address and no block: write 192.0.2.7 or 192.0.2.0/24"),
        }
    }

    /// Its canonical text.
    pub fn name(&self) -> String {
        match self {
            Who::Address(ip) => ip.to_string(),
            Who::Block(network) => network.to_string(),
        }
    }

    /// The condition under which a row with a `src_ip` is its own.
    pub fn condition(&self) -> String {
        match self {
            Who::Address(ip) => format!("src_ip = '{ip}'"),
            Who::Block(network) => {
                let (v4, v6) = bits(network);
                format!("ip_block(src_ip, {v4}, {v6}) = '{}'", self.name())
            }
        }
    }

    /// The statement of what it did, window by window.
    ///
    /// # Errors
    ///
    /// None for windows of a day.
    pub fn profile_sql(&self) -> Result<String> {
        let usual = profiles::Options::default();
        let (grain, options) = match self {
            Who::Address(_) => (Grain::Address, usual),
            Who::Block(network) => {
                let (v4_bits, v6_bits) = bits(network);
                (Grain::Block, profiles::Options { v4_bits, v6_bits, ..usual })
            }
        };
        let profile = profiles::view_sql(grain, &options)?;
        let (key, name) = (grain.name(), self.name());
        Ok(format!(
            "SELECT * FROM ({profile}) WHERE {key} = '{name}' ORDER BY window_start LIMIT 400"
        ))
    }
}

/// Bits of an IPv4 and of an IPv6 block, so that only the network's own kind can be cut to its text.
fn bits(network: &IpNet) -> (u8, u8) {
    match network {
        IpNet::V4(v4) => (v4.prefix_len(), 128),
        IpNet::V6(v6) => (32, v6.prefix_len()),
    }
}

/// Names and values, in order: what databases say of it, and what the logs say.
pub fn facts(workspace: &Workspace, who: Who) -> Result<Vec<(String, Value)>> {
    threat_list(workspace, &Rules::default())?;
    let mut facts = Vec::new();
    if let Who::Address(ip) = who {
        for one in databases(workspace)?.known(&[ip]) {
            let system = one.asn.map(|asn| format!("AS{asn} {}", one.as_name.unwrap_or_default()));
            facts.extend([
                ("country".to_owned(), json!(one.country)),
                ("country database of".to_owned(), json!(one.country_database_date)),
                ("autonomous system".to_owned(), json!(system)),
                ("registration".to_owned(), json!(one.registration)),
            ]);
        }
    }
    let own = who.condition();
    let addresses = match who {
        Who::Address(_) => "",
        Who::Block(_) => "count_addresses(src_ip) AS addresses, ",
    };
    for question in [
        format!(
            "SELECT {addresses}count(*) AS flows, min(event_time) AS first_flow, max(event_time) AS last_flow, \
                 sum(packets_in) AS packets_in, sum(packets_out) AS packets_out FROM flow WHERE {own}"
        ),
        format!(
            "SELECT sum(attempts) AS log_in_attempts, count(DISTINCT username) AS user_names FROM login WHERE {own}"
        ),
        format!(
            "SELECT count(*) AS listed, max(usernames) AS dictionary_names, max(score) AS score, \
                 max(evidence) AS evidence FROM threat WHERE {own}"
        ),
        format!(
            "SELECT string_agg(DISTINCT client_software, ' ') AS ssh_software FROM ssh WHERE {own}"
        ),
    ] {
        let row = batches::first_row(&workspace.sql(&question)?)?;
        facts.extend(row.into_iter().map(|(name, value)| (name.replace('_', " "), value)));
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_block_are_told_apart() {
        assert_eq!(Who::parse("::ffff:192.0.2.7").unwrap().name(), "192.0.2.7");
        let block = Who::parse("192.0.2.77/24").unwrap();
        assert_eq!(block.condition(), "ip_block(src_ip, 24, 128) = '192.0.2.0/24'");
        let six = Who::parse("2001:db8::1/64").unwrap();
        assert_eq!(six.condition(), "ip_block(src_ip, 32, 64) = '2001:db8::/64'");
        assert!(
            block
                .profile_sql()
                .unwrap()
                .ends_with("block = '192.0.2.0/24' ORDER BY window_start LIMIT 400")
        );
        for text in ["", "nobody", "192.0.2.7/33", "192.0.2.7' OR 1=1"] {
            assert!(Who::parse(text).is_err(), "{text}");
        }
    }
}
