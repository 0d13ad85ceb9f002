//! The statement that says what the list is, and makes it where the pass has no room.
//!
//! The log is read twice: first for the sources that showed enough at any time, then for their lines alone.
//! Every step is a sort or a hash, so the cost grows with the lines (times their logarithm), not with their
//! square: the sliding window is one pass over each source's lines in order of time, in which the engine adds
//! a line's name when it enters the window and takes it out when it leaves.

use std::net::IpAddr;

use botany_catalog::address;
use ipnet::IpNet;

use super::{Outcomes, Rules};
use crate::dictionaries::Dictionary;
use crate::sql::{hours, literal};

/// How many lines of evidence an entry carries at most.
pub const EVIDENCE: usize = 5;

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
-- the sources that showed enough at any time: the others do not in a window either, and most are others
candidate AS (
  SELECT src_ip FROM (
    SELECT src_ip, count(DISTINCT username) AS names,
      count(DISTINCT username || chr(31) || password) AS pairs
    FROM hit GROUP BY src_ip
  ) WHERE {threshold}
),
-- how many distinct ones the source had shown in the window that ends at the line, and whether the
-- line is the first of its name, of its pair, of its service
shown AS (
  SELECT *,
    count(DISTINCT username) OVER past AS names,
    count(DISTINCT username || chr(31) || password) OVER past AS pairs,
    row_number() OVER (PARTITION BY src_ip, username ORDER BY event_time, file, line) AS name_nth,
    row_number() OVER (PARTITION BY src_ip, username, password
      ORDER BY event_time, file, line) AS pair_nth,
    row_number() OVER (PARTITION BY src_ip, service ORDER BY event_time, file, line) AS service_nth
  FROM hit WHERE src_ip IN (SELECT src_ip FROM candidate)
  WINDOW past AS (PARTITION BY src_ip ORDER BY event_time
    RANGE BETWEEN {window} PRECEDING AND CURRENT ROW)
),
dated AS (
  SELECT *, min(CASE WHEN {threshold} THEN event_time END) OVER (PARTITION BY src_ip) AS listed_at
  FROM shown
),
-- of the listed sources, the lines of the window that listed them
listed AS (
  SELECT *, event_time <= listed_at AND event_time >= listed_at - {window} AS decisive
  FROM dated WHERE listed_at IS NOT NULL
),
-- the first of these of each name and pair, counted in order of time
proof AS (
  SELECT *, decisive AND row_number() OVER (PARTITION BY src_ip, decisive, username, password
    ORDER BY event_time, file, line) = 1 AS is_new
  FROM listed
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY src_ip, is_new ORDER BY event_time, file, line) AS place_nth
  FROM proof
)
SELECT src_ip, min(event_time) AS first_seen, max(event_time) AS last_seen,
  min(listed_at) AS listed_at, sum(attempts) AS attempts,
  sum(CASE WHEN name_nth = 1 THEN 1 ELSE 0 END) AS names,
  sum(CASE WHEN pair_nth = 1 AND pair_bits IS NOT NULL THEN 1 ELSE 0 END) AS pairs,
  array_to_string(array_sort(array_agg(username) FILTER (WHERE name_nth = 1)), ',') AS usernames,
  round(1000 * sum(CASE WHEN name_nth = 1 THEN name_bits ELSE 0 END
    + CASE WHEN pair_nth = 1 THEN coalesce(pair_bits, 0) ELSE 0 END)) / 1000 AS score,
  array_to_string(array_sort(array_agg(service) FILTER (WHERE service_nth = 1)), ',') AS services,
  string_agg(CASE WHEN is_new AND place_nth <= {EVIDENCE}
    THEN file || ':' || CAST(line AS VARCHAR) END, ' ' ORDER BY event_time, file, line) AS evidence,
  max(event_time) + {expiry} AS expires
FROM placed
GROUP BY src_ip
ORDER BY score DESC, src_ip",
        names = names.join(", "),
        pairs = pairs.join(", "),
        filter = filter(rules),
        threshold = threshold(rules),
    )
}

/// The statement that counts, of the log-ins for which `own` holds, the attempts and the lines with a dictionary name,
/// whoever is never listed.
pub fn with_a_name(rules: &Rules, dictionary: &Dictionary, own: &str) -> String {
    let names: Vec<String> = dictionary.name_bits().iter().map(|(name, _)| literal(name)).collect();
    let all = Rules { allow: Vec::new(), ..rules.clone() };
    format!(
        "SELECT CAST(coalesce(sum(l.attempts), 0) AS BIGINT) AS attempts, count(*) AS lines \
         FROM login l WHERE {} AND l.username IN ({}) AND ({own})",
        filter(&all),
        names.join(", ")
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

/// A source outside `net`.
fn outside(net: IpNet) -> String {
    let (base, v4, v6) = cut(net);
    let block = address::block(base, v4, v6);
    format!("coalesce(ip_block(l.src_ip, {v4}, {v6}), '') <> {}", literal(&block))
}

/// An address of `net` and the bits at which to cut an address of either kind to know whether it lies there. A network
/// of IPv4-mapped addresses is the IPv4 network it maps.
pub fn cut(net: IpNet) -> (IpAddr, u8, u8) {
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
    (base, v4, v6)
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
