//! Everything known of one address, or of one block of them.

use std::net::IpAddr;

use anyhow::{Result, bail};
use botany_catalog::address;
use botany_catalog::digits::grouped;
use botany_enrich::profiles::{self, Grain};
use botany_enrich::threat::{self, Rules};
use ipnet::IpNet;
use serde_json::{Value, json};

use super::allowed::{self, threat_list};
use super::rows::texts;
use super::whose::Rule;
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

/// What is known, in the order in which it is read.
pub struct Facts {
    /// Names and values.
    pub rows: Vec<(String, Value)>,
    /// Whether it is on the threat list; of a block, whether an address of it is.
    pub listed: bool,
    /// Why it is, or is not.
    pub why: String,
    /// The rule in a sentence.
    pub rule: String,
    /// Its log-in attempts in a sentence: of any name, in how many lines, and those with a name of the rule's dictionary.
    pub attempts: String,
}

/// What the logs and the databases say of it; listed by this rule. The rule's list is in force afterwards.
///
/// # Errors
///
/// The rule's, the databases' and the engine's.
pub fn facts(workspace: &Workspace, who: Who, rule: &Rule) -> Result<Facts> {
    let list = threat_list(workspace, &rule.rules)?;
    let own = who.condition();
    let ask = |question: &str| batches::first_row(&workspace.sql(question)?);
    let named = |row: Vec<(String, Value)>| {
        row.into_iter().map(|(name, value)| (name.replace('_', " "), value))
    };
    let listing = ask(&format!(
        "SELECT count(*) AS listed, max(names) AS distinct_dictionary_names, max(pairs) AS distinct_dictionary_pairs, \
         max(usernames) AS dictionary_names, max(score) AS threat_score_in_bits, max(evidence) AS evidence FROM threat WHERE {own}"
    ))?;
    let logins = ask(&format!(
        "SELECT CAST(coalesce(sum(attempts), 0) AS BIGINT) AS log_in_attempts, count(*) AS in_lines, \
         count(DISTINCT username) AS user_names_of_any_kind FROM login WHERE {own}"
    ))?;
    let number = |row: &[(String, Value)], name: &str| {
        row.iter()
            .find(|(known, _)| known == name)
            .and_then(|(_, value)| value.as_u64())
            .unwrap_or(0)
    };
    let addresses = number(&listing, "listed");
    let attempts = number(&logins, "log_in_attempts");
    let named_ones = ask(&rule.rules.attempts_sql(&own)?)?;
    let with_a_name = number(&named_ones, "attempts");
    let lines = number(&logins, "in_lines");
    let naming = number(&named_ones, "lines");
    let sentence = in_words((attempts, lines), (with_a_name, naming), &rule.rules);
    let why = if addresses > 0 {
        why_listed(&who, addresses, &listing)
    } else {
        let why = why_not(workspace, &who, rule, attempts, lines)?;
        // What was asked for beside it is not the rule's list.
        workspace.engine.register_batches("threat", list.batches)?;
        why
    };
    let mut rows = Vec::new();
    let counted = match who {
        Who::Address(_) => String::new(),
        Who::Block(_) => "count_addresses(src_ip) AS addresses, ".to_owned(),
    };
    rows.extend(named(ask(&format!(
        "SELECT {counted}min(event_time) AS first_flow_or_log_in, max(event_time) AS last_flow_or_log_in \
         FROM (SELECT src_ip, event_time FROM flow WHERE {own} UNION ALL SELECT src_ip, event_time FROM login WHERE {own})"
    ))?));
    rows.extend(named(ask(&format!(
        "SELECT count(*) AS flows, sum(packets_in) AS packets_in, sum(packets_out) AS packets_out FROM flow WHERE {own}"
    ))?));
    rows.extend(named(logins));
    rows.push(("attempts with a dictionary name".to_owned(), json!(with_a_name)));
    if addresses > 0 {
        rows.extend(named(listing).filter(|(name, _)| name != "listed"));
    }
    rows.extend(named(ask(&format!(
        "SELECT string_agg(DISTINCT client_software, ' ') AS ssh_software FROM ssh WHERE {own}"
    ))?));
    if let Who::Address(ip) = who {
        for one in databases(workspace)?.known(&[ip]) {
            let system = one.asn.map(|asn| format!("AS{asn} {}", one.as_name.unwrap_or_default()));
            rows.extend([
                ("country".to_owned(), json!(one.country)),
                ("country database of".to_owned(), json!(one.country_database_date)),
                ("autonomous system".to_owned(), json!(system)),
                ("registration".to_owned(), json!(one.registration)),
            ]);
        }
    }
    Ok(Facts { rows, listed: addresses > 0, why, rule: list.rules, attempts: sentence })
}

/// One sentence for the three ways in which attempts are counted.
///
/// `naming`: lines with a name of the dictionary, also those that are no attempt.
fn in_words((attempts, lines): (u64, u64), (counted, naming): (u64, u64), rules: &Rules) -> String {
    if attempts == 0 && lines == 0 {
        return "no log-in of it was seen".to_owned();
    }
    // Of a listed source without an attempt nobody would see otherwise why it is.
    let without = match naming {
        0 => String::new(),
        _ if counted > 0 => String::new(),
        naming => format!(
            ". The rule takes names from lines without an attempt too, {} here: such a line names a user who was not let in, \
             as `Connection closed by authenticating user` does, and is no try of its own",
            many(naming, "line")
        ),
    };
    format!(
        "{} of any user name, in {}; {} of them {} the rule counts: with a name of dictionary `{}`{without}",
        many(attempts, "log-in attempt"),
        many(lines, "line"),
        if counted == attempts && counted > 0 { "all".to_owned() } else { grouped(counted) },
        if counted == 1 { "is what" } else { "are what" },
        rules.dictionary
    )
}

fn why_listed(who: &Who, addresses: u64, listing: &[(String, Value)]) -> String {
    if let Who::Block(_) = who {
        let s = if addresses == 1 { "" } else { "es" };
        return format!("{} address{s} of it showed enough of the dictionary", grouped(addresses));
    }
    let of = |name: &str| {
        let found = listing.iter().find(|(known, _)| known == name);
        found.map_or_else(String::new, |(_, value)| match value {
            Value::String(text) => text.replace(',', ", "),
            other => other.to_string(),
        })
    };
    let number = |name: &str| {
        let found = listing.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.as_u64()).unwrap_or(0)
    };
    format!(
        "it showed {} and {} of the dictionary: {}",
        many(number("distinct_dictionary_names"), "name"),
        many(number("distinct_dictionary_pairs"), "pair"),
        of("dictionary_names")
    )
}

/// Why nobody of it is listed: allowed, no log-in, or too few names of the dictionary.
fn why_not(
    workspace: &Workspace,
    who: &Who,
    rule: &Rule,
    attempts: u64,
    lines: u64,
) -> Result<String> {
    let network = match who {
        Who::Address(ip) => IpNet::from(*ip),
        Who::Block(network) => *network,
    };
    let allowed = allowed::list(&workspace.data)?;
    if let Some(one) = allowed.iter().find(|one| one.network.contains(&network)) {
        return Ok(format!("{} is never listed here: {}", one.network, one.reason));
    }
    if let Some(one) = rule.rules.allow.iter().find(|one| one.contains(&network)) {
        return Ok(format!("the rule never lists {one}"));
    }
    if lines == 0 {
        return Ok("no log-in of it was seen, and the rule looks at log-ins".to_owned());
    }
    let own = who.condition();
    if let Some(why) = allowed_within(workspace, &network, rule, &allowed, &own)? {
        return Ok(why);
    }
    let Rules { min_names, min_pairs, dictionary, window_hours, .. } = &rule.rules;
    let least = Rules { min_names: 1, min_pairs: (*min_pairs).min(1), ..rule.rules.clone() };
    threat_list(workspace, &least)?;
    let most = format!("SELECT max(names) AS names, max(pairs) AS pairs FROM threat WHERE {own}");
    let most = batches::first_row(&workspace.sql(&most)?)?;
    let [names, pairs] = [0, 1].map(|at| most.get(at).and_then(|(_, value)| value.as_u64()));
    let (Some(names), Some(pairs)) = (names, pairs) else {
        return Ok(format!(
            "none of its {} is what the rule counts: with a name of dictionary `{dictionary}`",
            if attempts > 0 { many(attempts, "log-in attempt") } else { many(lines, "line") }
        ));
    };
    let asked = |least: u32, what: &str| (least > 0).then(|| many(least.into(), what));
    let asked = [asked(*min_names, "name"), asked(*min_pairs, "pair")];
    let asked: Vec<String> = asked.into_iter().flatten().collect();
    let asked = asked.join(" or ");
    let showed = match who {
        Who::Address(_) => "it showed",
        Who::Block(_) => "no address of it showed more than",
    };
    // A list counts the names and pairs of all lines, and asks for them within its window.
    let showed = format!(
        "{showed} {} and {} of dictionary `{dictionary}` in all",
        many(names, "name"),
        many(pairs, "pair")
    );
    let enough = |own: u64, least: u32| least > 0 && own >= u64::from(least);
    Ok(if enough(names, *min_names) || enough(pairs, *min_pairs) {
        format!("{showed}, never enough within {window_hours} hours: the rule asks for {asked}")
    } else {
        format!("{showed}, where the rule asks for {asked} within {window_hours} hours")
    })
}

fn many(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(count))
}

/// Why nobody of a block is listed of whom somebody showed enough: they are allowed.
fn allowed_within(
    workspace: &Workspace,
    block: &IpNet,
    rule: &Rule,
    allowed: &[allowed::Allowed],
    own: &str,
) -> Result<Option<String>> {
    let here = allowed.iter().map(|one| one.network).chain(rule.rules.allow.iter().copied());
    if !here.into_iter().any(|one| block.contains(&one)) {
        return Ok(None);
    }
    let all = Rules { allow: Vec::new(), ..rule.rules.clone() };
    workspace.wait(threat::build(&workspace.engine, &all))?;
    let showed = workspace.sql(&format!("SELECT src_ip FROM threat WHERE {own} ORDER BY 1"))?;
    let showed = texts(&showed, "src_ip")?;
    let Some(Ok(first)) = showed.first().map(|text| text.parse::<IpAddr>()) else {
        return Ok(None);
    };
    let why = match allowed.iter().find(|one| one.network.contains(&first)) {
        Some(one) => format!("{} is never listed here: {}", one.network, one.reason),
        None => format!("the rule never lists {first}"),
    };
    Ok(Some(match showed.len() {
        1 => format!("of it {first} alone showed enough of the dictionary, and {why}"),
        all => format!(
            "{} addresses of it showed enough of the dictionary, none of which is to be listed; of the first, {first}: {why}",
            grouped(all as u64)
        ),
    }))
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
        assert_eq!(
            in_words((311, 300), (134, 130), &Rules::default()),
            "311 log-in attempts of any user name, in 300 lines; 134 of them are what the rule counts: with a name of \
             dictionary `mirai`"
        );
        assert_eq!(in_words((0, 0), (0, 0), &Rules::default()), "no log-in of it was seen");
        let without = in_words((0, 3), (0, 3), &Rules::default());
        assert!(without.contains("lines without an attempt too, 3 lines here"), "{without}");
        for text in ["", "nobody", "192.0.2.7/33", "192.0.2.7' OR 1=1"] {
            assert!(Who::parse(text).is_err(), "{text}");
        }
    }
}
