//! The statement that makes the list.
//!
//! Every step is a sort or a hash, so the cost grows with the lines (times their logarithm), not with
//! their square: the sliding window is one pass over each source's lines in order of time, in which the
//! engine adds a line's name when it enters the window and takes it out when it leaves.

use botany_catalog::address;
use ipnet::IpNet;

use super::{Outcomes, Rules};
use crate::dictionaries::Dictionary;
use crate::sql::{hours, literal};

/// How many lines of evidence an entry carries at most.
const EVIDENCE: u32 = 5;

/// Rules that were checked, over a dictionary, as SQL.
pub fn sql(rules: &Rules, dictionary: &Dictionary) -> String {
    let names: Vec<String> = dictionary
        .name_bits()
        .iter()
        .map(|(name, bits)| format!("({}, CAST({bits:?} AS DOUBLE))", literal(name)))
        .collect();
    let mut pairs: Vec<String> = dictionary
        .pair_bits()
        .iter()
        .map(|(name, word, bits)| {
            format!("({}, {}, CAST({bits:?} AS DOUBLE))", literal(name), literal(word))
        })
        .collect();
    if pairs.is_empty() {
        // A list of values cannot be empty; no login has a null name.
        pairs.push("(CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(0 AS DOUBLE))".to_owned());
    }
    let (window, expiry) = (hours(rules.window_hours), hours(rules.expiry_hours));
    format!(
        "WITH name(username, bits) AS (VALUES {names}),
pair(username, password, bits) AS (VALUES {pairs}),
-- the lines that use a dictionary name
hit AS (
  SELECT l.src_ip, l.event_time, l.service, l.username, l.attempts, l.file, l.line,
    n.bits AS name_bits, p.bits AS pair_bits,
    CASE WHEN p.username IS NULL THEN NULL ELSE l.password END AS password
  FROM login l JOIN name n ON l.username = n.username
  LEFT JOIN pair p ON l.username = p.username AND l.password = p.password
  WHERE {filter}
),
-- how many distinct ones each source had shown within the window that ends at the line
shown AS (
  SELECT src_ip, event_time,
    count(DISTINCT username) OVER past AS names,
    count(DISTINCT username || chr(31) || password) OVER past AS pairs
  FROM hit
  WINDOW past AS (PARTITION BY src_ip ORDER BY event_time
    RANGE BETWEEN {window} PRECEDING AND CURRENT ROW)
),
listed AS (
  SELECT src_ip, min(event_time) AS listed_at FROM shown WHERE {threshold} GROUP BY src_ip
),
-- the first line of each name and of each pair in the window that listed the source
proof AS (
  SELECT h.src_ip, h.event_time, h.file, h.line,
    row_number() OVER (PARTITION BY h.src_ip, h.username, h.password
      ORDER BY h.event_time, h.file, h.line) AS nth
  FROM hit h JOIN listed d ON h.src_ip = d.src_ip
  WHERE h.event_time <= d.listed_at AND h.event_time >= d.listed_at - {window}
),
place AS (
  SELECT src_ip, file || ':' || CAST(line AS VARCHAR) AS place,
    row_number() OVER (PARTITION BY src_ip ORDER BY event_time, file, line) AS nth
  FROM proof WHERE nth = 1
),
evidence AS (
  SELECT src_ip, string_agg(place, ' ' ORDER BY nth) AS evidence
  FROM place WHERE nth <= {EVIDENCE} GROUP BY src_ip
),
-- each name, each pair and each service once
once_name AS (SELECT DISTINCT src_ip, username, name_bits FROM hit),
name_of AS (
  SELECT src_ip, count(*) AS names, sum(name_bits) AS bits,
    string_agg(username, ',' ORDER BY username) AS usernames
  FROM once_name GROUP BY src_ip
),
once_pair AS (
  SELECT DISTINCT src_ip, username, password, pair_bits FROM hit WHERE pair_bits IS NOT NULL
),
pair_of AS (
  SELECT src_ip, count(*) AS pairs, sum(pair_bits) AS bits FROM once_pair GROUP BY src_ip
),
once_service AS (SELECT DISTINCT src_ip, service FROM hit),
service_of AS (
  SELECT src_ip, string_agg(service, ',' ORDER BY service) AS services
  FROM once_service GROUP BY src_ip
),
span AS (
  SELECT src_ip, min(event_time) AS first_seen, max(event_time) AS last_seen,
    sum(attempts) AS attempts
  FROM hit GROUP BY src_ip
)
SELECT d.src_ip, s.first_seen, s.last_seen, d.listed_at, s.attempts, n.names,
  coalesce(p.pairs, 0) AS pairs, n.usernames,
  round((n.bits + coalesce(p.bits, 0)) * 1000) / 1000 AS score, v.services, e.evidence,
  s.last_seen + {expiry} AS expires
FROM listed d
JOIN span s ON d.src_ip = s.src_ip
JOIN name_of n ON d.src_ip = n.src_ip
JOIN service_of v ON d.src_ip = v.src_ip
JOIN evidence e ON d.src_ip = e.src_ip
LEFT JOIN pair_of p ON d.src_ip = p.src_ip
ORDER BY score DESC, d.src_ip",
        names = names.join(", "),
        pairs = pairs.join(", "),
        filter = filter(rules),
        threshold = threshold(rules),
    )
}

/// Which logins count at all.
fn filter(rules: &Rules) -> String {
    let mut all = vec![
        match rules.outcomes {
            Outcomes::Failed => "l.outcome = 'failed'",
            Outcomes::FailedOrTelnet => "(l.outcome = 'failed' OR l.service = 'telnet')",
            Outcomes::Any => "l.outcome IN ('failed', 'accepted')",
        }
        .to_owned(),
    ];
    if let Some(services) = rules.named_services() {
        let quoted: Vec<String> = services.iter().map(|s| literal(s)).collect();
        all.push(format!("l.service IN ({})", quoted.join(", ")));
    }
    all.extend(rules.allow.iter().map(|net| outside(*net)));
    all.join(" AND ")
}

fn threshold(rules: &Rules) -> String {
    let mut any = Vec::new();
    if rules.min_names > 0 {
        any.push(format!("names >= {}", rules.min_names));
    }
    if rules.min_pairs > 0 {
        any.push(format!("pairs >= {}", rules.min_pairs));
    }
    any.join(" OR ")
}

/// A source outside `net`. A network of IPv4-mapped addresses is the IPv4 network it maps.
fn outside(net: IpNet) -> String {
    let mapped = net.addr().to_canonical().is_ipv4() && net.prefix_len() >= 96;
    let bits = match net {
        IpNet::V6(_) if mapped => net.prefix_len() - 96,
        _ => net.prefix_len(),
    };
    let (v4, v6) = match net {
        IpNet::V6(_) if !mapped => (32, bits),
        _ => (bits, 128),
    };
    let base = if mapped { net.addr().to_canonical() } else { net.addr() };
    let block = address::block(base, v4, v6);
    format!("coalesce(ip_block(l.src_ip, {v4}, {v6}), '') <> {}", literal(&block))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_network_is_named_by_its_block() {
        let text = |net: &str| outside(net.parse().unwrap());
        assert_eq!(
            text("192.0.2.77/24"),
            "coalesce(ip_block(l.src_ip, 24, 128), '') <> '192.0.2.0/24'"
        );
        assert_eq!(
            text("2001:db8::/32"),
            "coalesce(ip_block(l.src_ip, 32, 32), '') <> '2001:db8::/32'"
        );
        assert_eq!(text("::ffff:192.0.2.0/120"), text("192.0.2.0/24"));
    }

    #[test]
    fn a_minimum_of_zero_asks_for_nothing() {
        let rules = Rules { min_pairs: 0, ..Rules::default() };
        assert_eq!(threshold(&rules), "names >= 2");
        let rules = Rules { min_names: 0, ..Rules::default() };
        assert_eq!(threshold(&rules), "pairs >= 2");
    }
}
