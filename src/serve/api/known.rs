//! Everything known of one address, or of one block of them.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use botany_catalog::address;
use botany_catalog::pcr::{Mode, range_sql};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Server;
use super::enrich::{self, Allowed};
use super::rule::Rule;
use super::sql::Answer;
use crate::cli::batches;
use crate::run::{self, Facts, Who, Workspace, allowed, whose};
use crate::serve::answer::Fault;
use crate::serve::extract::{Path, Query};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(one_address)).routes(routes!(one_block))
}

/// Everything known of an address or a block.
#[derive(Serialize, ToSchema)]
struct Known {
    /// Its canonical text.
    name: String,
    /// Whether it is on the threat list; of a block, whether an address of it is.
    listed: bool,
    /// Why it is listed, or is not.
    why: String,
    /// By whose rule.
    rule: Rule,
    /// Its log-in attempts in a sentence: of any name, in how many lines, and those with a name of the rule's dictionary.
    log_ins: String,
    /// What is known, in the order in which it is read: times, flows, log-ins, software, country, system, registration.
    facts: Vec<Fact>,
    /// The block an address lies in; absent for a block.
    block: Option<String>,
    /// The network that is never listed and holds it, if there is one.
    allowed: Option<Allowed>,
    /// What it did, window by window of 24 hours; the columns of a profile.
    profile: Answer,
    /// Its flows and log-in attempts hour by hour: hour, what, events.
    hours: Answer,
    /// The addresses of a block with what they did, the busiest first; absent for an address.
    addresses: Option<Answer>,
    /// The sets of TCP flags of its flows: what it sent, what was answered, flows.
    flags: Answer,
    /// Its flows by producer/consumer ratio of their packets: range, flows.
    pcr: Answer,
    /// The statement of all its flows.
    flows_sql: String,
    /// Its last flows.
    flows: Answer,
    /// The statement of all its log-ins.
    logins_sql: String,
    /// Its last log-ins.
    logins: Answer,
}

/// Something that is known.
#[derive(Serialize, ToSchema)]
struct Fact {
    /// What.
    name: String,
    /// Its value.
    #[schema(value_type = Value)]
    value: Value,
}

/// Rows of an answer that is shown in part.
const SHOWN: usize = 200;

fn known(workspace: &Workspace, who: Who, rule: &whose::Rule) -> anyhow::Result<Known> {
    let Facts { rows: facts, listed, why, attempts: log_ins, .. } =
        run::facts(workspace, who, rule)?;
    let ask = |sql: &str| -> anyhow::Result<Answer> {
        let (columns, rows) = batches::table(&workspace.sql(sql)?)?.into_parts();
        Ok(Answer { columns, rows, more: false, seconds: 0.0 })
    };
    let first = |sql: &str| -> anyhow::Result<Answer> {
        let mut answer = ask(&format!("{sql} LIMIT {}", SHOWN + 1))?;
        answer.more = answer.rows.len() > SHOWN;
        answer.rows.truncate(SHOWN);
        Ok(answer)
    };
    let own = who.condition();
    let (block, addresses) = match who {
        Who::Address(ip) => (Some(address::block(ip, 24, 64)), None),
        Who::Block(_) => (None, Some(first(&addresses_sql(&own))?)),
    };
    let source = if block.is_some() { "" } else { "src_ip, " };
    let flows_sql = format!(
        "SELECT event_time, {source}src_port, dest_ip, dest_port, proto, app_proto, packets_in, packets_out, \
         bytes_in, bytes_out, tcp_flag_names(tcp_flags_ts) AS flags_ts, \
         tcp_flag_names(tcp_flags_tc) AS flags_tc, state, reason FROM flow WHERE {own} ORDER BY event_time DESC"
    );
    let logins_sql = format!(
        "SELECT event_time, {source}service, outcome, username, password, attempts, file, line FROM login \
         WHERE {own} ORDER BY event_time DESC"
    );
    let range = range_sql("packets_in", "packets_out", Mode::Closed);
    let holds = |one: &allowed::Allowed| match who {
        Who::Address(ip) => one.network.contains(&ip),
        Who::Block(network) => one.network.contains(&network),
    };
    Ok(Known {
        name: who.name(),
        listed,
        why,
        rule: Rule::from(rule),
        log_ins,
        facts: facts.into_iter().map(|(name, value)| Fact { name, value }).collect(),
        block,
        allowed: allowed::list(&workspace.data)?.into_iter().find(holds).map(Allowed::from),
        profile: ask(&who.profile_sql()?)?,
        hours: ask(&format!(
            "SELECT hour, what, sum(events) AS events FROM (\
             SELECT date_trunc('hour', event_time) AS hour, 'flows' AS what, CAST(1 AS BIGINT) AS events FROM flow WHERE {own} \
             UNION ALL SELECT date_trunc('hour', event_time), 'log-in attempts', CAST(attempts AS BIGINT) FROM login WHERE {own}) \
             GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT 5000"
        ))?,
        addresses,
        flags: ask(&format!(
            "SELECT tcp_flag_names(tcp_flags_ts) AS sent, tcp_flag_names(tcp_flags_tc) AS answered, \
             count(*) AS flows FROM flow WHERE {own} AND proto = 'TCP' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100"
        ))?,
        pcr: ask(&format!(
            "SELECT {range} AS range, count(*) AS flows FROM flow WHERE {own} GROUP BY 1 ORDER BY 2 DESC, 1"
        ))?,
        flows: first(&flows_sql)?,
        flows_sql,
        logins: first(&logins_sql)?,
        logins_sql,
    })
}

/// What each address of a block did.
fn addresses_sql(own: &str) -> String {
    format!(
        "SELECT coalesce(f.src_ip, l.src_ip) AS address, coalesce(flows, 0) AS flows, \
         coalesce(log_in_attempts, 0) AS log_in_attempts, CASE WHEN t.src_ip IS NULL THEN 'no' ELSE 'yes' END AS listed \
         FROM (SELECT src_ip, count(*) AS flows FROM flow WHERE {own} GROUP BY 1) AS f \
         FULL JOIN (SELECT src_ip, CAST(sum(attempts) AS BIGINT) AS log_in_attempts FROM login WHERE {own} GROUP BY 1) AS l \
         ON f.src_ip = l.src_ip \
         LEFT JOIN (SELECT DISTINCT src_ip FROM threat WHERE {own}) AS t ON t.src_ip = coalesce(f.src_ip, l.src_ip) \
         ORDER BY 2 DESC, 3 DESC, 1"
    )
}

/// The address of that text.
pub fn address(text: &str) -> Result<Who, Fault> {
    let hint = "write 192.0.2.7 or 2001:db8::7";
    let ip: Option<IpAddr> = address::parse(text);
    ip.map(Who::Address).ok_or_else(|| Fault::request(format!("`{text}` is no address"), hint))
}

/// The block of that text.
pub fn block(text: &str) -> Result<Who, Fault> {
    match Who::parse(text) {
        Ok(who @ Who::Block(_)) => Ok(who),
        _ => {
            let hint = "write 192.0.2.0/24, with the slash as %2F";
            Err(Fault::request(format!("`{text}` is no block"), hint))
        }
    }
}

/// Everything known of one address
#[utoipa::path(get, path = "/enrich/addresses/{address}", tag = "enrich",
    params(("address" = String, Path, description = "IPv4 or IPv6"), enrich::Asked),
    responses((status = 200, body = Known), (status = 422, body = Fault)))]
async fn one_address(
    State(server): State<Server>,
    Path(text): Path<String>,
    Query(by): Query<enrich::Asked>,
) -> Result<Json<Known>, Fault> {
    let who = address(&text)?;
    let rule = by.rule()?;
    server.with(move |workspace| known(workspace, who, &rule(workspace)?)).await.map(Json)
}

/// Everything known of one block of addresses
#[utoipa::path(get, path = "/enrich/blocks/{block}", tag = "enrich",
    params(("block" = String, Path, description = "such as 192.0.2.0/24, with the slash as %2F"), enrich::Asked),
    responses((status = 200, body = Known), (status = 422, body = Fault)))]
async fn one_block(
    State(server): State<Server>,
    Path(text): Path<String>,
    Query(by): Query<enrich::Asked>,
) -> Result<Json<Known>, Fault> {
    let who = block(&text)?;
    let rule = by.rule()?;
    server.with(move |workspace| known(workspace, who, &rule(workspace)?)).await.map(Json)
}
