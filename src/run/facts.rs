//! Everything known of one address.

use std::net::IpAddr;

use anyhow::Result;
use botany_enrich::threat::Rules;
use serde_json::{Value, json};

use super::allowed::threat_list;
use super::{Workspace, databases};
use crate::cli::batches;

/// Names and values, in order: what databases say of the address, and what the logs say.
pub fn facts(workspace: &Workspace, ip: IpAddr) -> Result<Vec<(String, Value)>> {
    threat_list(workspace, &Rules::default())?;
    let mut facts = Vec::new();
    for one in databases(workspace)?.known(&[ip]) {
        let system = one.asn.map(|asn| format!("AS{asn} {}", one.as_name.unwrap_or_default()));
        facts.extend([
            ("country".to_owned(), json!(one.country)),
            ("country database of".to_owned(), json!(one.country_database_date)),
            ("autonomous system".to_owned(), json!(system)),
            ("registration".to_owned(), json!(one.registration)),
        ]);
    }
    for question in [
        format!(
            "SELECT count(*) AS flows, min(event_time) AS first_flow, max(event_time) AS last_flow, \
                 sum(packets_in) AS packets_in, sum(packets_out) AS packets_out FROM flow WHERE src_ip = '{ip}'"
        ),
        format!(
            "SELECT sum(attempts) AS log_in_attempts, count(DISTINCT username) AS user_names FROM login WHERE src_ip = '{ip}'"
        ),
        format!(
            "SELECT count(*) AS listed, max(usernames) AS dictionary_names, max(score) AS score, \
                 max(evidence) AS evidence FROM threat WHERE src_ip = '{ip}'"
        ),
        format!(
            "SELECT string_agg(DISTINCT client_software, ' ') AS ssh_software FROM ssh WHERE src_ip = '{ip}'"
        ),
    ] {
        let row = batches::first_row(&workspace.sql(&question)?)?;
        facts.extend(row.into_iter().map(|(name, value)| (name.replace('_', " "), value)));
    }
    Ok(facts)
}
