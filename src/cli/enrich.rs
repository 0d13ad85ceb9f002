//! `botany enrich …`

use anyhow::Result;
use botany_enrich::dictionaries;
use botany_enrich::frequency::By;
use botany_enrich::profiles::{self, Grain, Part};
use botany_enrich::threat::{Outcomes, Rules};
use botany_enrich::windows::{self, Ask};
use botany_watch::ModelName;
use clap::Subcommand;
use serde_json::json;

use super::{Context, batches, output};
use crate::run::whose::Rule;
use crate::run::{self, Who, Workspace, opinion};

/// Say what is known of the sources: threat list, frequencies, profiles, one address.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany enrich threat --dictionary mirai --min-names 2\n  botany enrich frequency --by country\n  botany enrich profile --grain block --v4-bits 16\n  botany enrich address 192.0.2.7"
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the sources that tried a dictionary's names or pairs, with the lines that listed them
    #[command(
        after_help = "Example:\n  botany enrich threat --dictionary article-2016 --min-names 1 --services ssh"
    )]
    Threat {
        #[command(flatten)]
        rules: ThreatRules,
        /// Print the statement instead of the list
        #[arg(long)]
        sql: bool,
    },
    /// Count sources, flows and log-ins by one thing
    #[command(after_help = "Example:\n  botany enrich frequency --by registration --format csv")]
    Frequency {
        /// source, port, country, as, registration or day
        #[arg(long, default_value = "country")]
        by: String,
        #[command(flatten)]
        rules: ThreatRules,
    },
    /// What each address or block did in 24 hours, or every flow beside it
    #[command(
        after_help = "Examples:\n  botany enrich profile --grain block --v4-bits 16 --step-hours 6\n  botany enrich profile --grain flow --limit 1000000 --format csv"
    )]
    Profile {
        /// address or block; flow: every flow with its label and what its address and block did
        #[arg(long, default_value = "address")]
        grain: String,
        /// Length of a window in hours
        #[arg(long, default_value_t = 24)]
        window_hours: u32,
        /// Hours from one window to the next: windows slide [default: they stand end to end]
        #[arg(long)]
        step_hours: Option<u32>,
        /// Prefix length of an IPv4 block
        #[arg(long, default_value_t = 24)]
        v4_bits: u8,
        /// Prefix length of an IPv6 block
        #[arg(long, default_value_t = 64)]
        v6_bits: u8,
        /// Rows at most
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Print the statement instead of the rows
        #[arg(long)]
        sql: bool,
    },
    /// Everything known of one address, or of a block of them
    #[command(
        after_help = "Examples:\n  botany enrich address 192.0.2.7\n  botany enrich address 192.0.2.0/24"
    )]
    Address {
        /// The address, IPv4 or IPv6, or a block such as 192.0.2.0/24
        address: String,
        /// By whose rule it is listed: usual, model:NAME, experiment:ID
        #[arg(long, default_value = "usual")]
        rule: String,
        #[command(flatten)]
        rules: ThreatRules,
    },
    /// Never list an address or network in this data directory, and say why
    #[command(
        after_help = "Examples:\n  botany enrich allow 192.0.2.7 --reason 'our own scanner'\n  botany enrich allow 192.0.2.7 --remove"
    )]
    Allow {
        /// An address or a network
        network: String,
        /// Why: whoever reads the list later will ask
        #[arg(long, required_unless_present = "remove", default_value = "")]
        reason: String,
        /// List it again where the rules say so
        #[arg(long)]
        remove: bool,
    },
    /// Print what is never listed in this data directory
    #[command(after_help = "Example:\n  botany enrich allowed")]
    Allowed,
    /// List the dictionaries
    #[command(after_help = "Example:\n  botany enrich dictionaries")]
    Dictionaries,
}

/// The rules of a threat list on the command line.
#[derive(Debug, clap::Args)]
pub struct ThreatRules {
    /// A built-in dictionary or the path of a CSV file with weight,username,password [default: mirai]
    #[arg(long)]
    dictionary: Option<String>,
    /// Distinct dictionary names a source must show within the window; 0 does not ask [default: 2]
    #[arg(long)]
    min_names: Option<u32>,
    /// Distinct dictionary pairs that list it as well; 0 does not ask [default: 2]
    #[arg(long)]
    min_pairs: Option<u32>,
    /// Services whose log-ins count: ssh, telnet, any [default: any]
    #[arg(long, value_delimiter = ',')]
    services: Option<Vec<String>>,
    /// Hours within which names or pairs must be seen [default: 24]
    #[arg(long)]
    within_hours: Option<u32>,
    /// Hours after the last line at which an entry is stale [default: 24]
    #[arg(long)]
    expiry_hours: Option<u32>,
    /// Networks never listed, such as 192.0.2.0/24; beside those that a model's own rule never lists
    #[arg(long, value_delimiter = ',', value_name = "NETWORK")]
    allow: Option<Vec<String>>,
    /// Which outcomes count: failed, failed-or-telnet, any [default: failed-or-telnet]
    #[arg(long)]
    outcomes: Option<String>,
}

impl ThreatRules {
    /// The default rules with what these flags say.
    pub fn rules(&self) -> Result<Rules> {
        self.over(Rules::default())
    }

    /// These rules with what the flags say.
    pub fn over(&self, base: Rules) -> Result<Rules> {
        // Whoever allows one more network does not mean to list the others again.
        let mut allow = base.allow;
        for text in self.allow.iter().flatten() {
            let network = run::allowed::network(text)?;
            if !allow.contains(&network) {
                allow.push(network);
            }
        }
        let outcomes = match self.outcomes.as_deref() {
            None => base.outcomes,
            Some("failed") => Outcomes::Failed,
            Some("failed-or-telnet") => Outcomes::FailedOrTelnet,
            Some("any") => Outcomes::Any,
            Some(other) => {
                anyhow::bail!("`{other}` is no outcome: use failed, failed-or-telnet or any")
            }
        };
        Ok(Rules {
            dictionary: self.dictionary.clone().unwrap_or(base.dictionary),
            min_names: self.min_names.unwrap_or(base.min_names),
            min_pairs: self.min_pairs.unwrap_or(base.min_pairs),
            services: self.services.clone().unwrap_or(base.services),
            window_hours: self.within_hours.unwrap_or(base.window_hours),
            allow,
            expiry_hours: self.expiry_hours.unwrap_or(base.expiry_hours),
            outcomes,
        })
    }
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    match &arguments.command {
        Command::Threat { rules, sql: true } => output::print(&rules.rules()?.sql()?),
        Command::Threat { rules, sql: false } => threat(&rules.rules()?, context),
        Command::Frequency { by, rules } => frequency(By::find(by)?, &rules.rules()?, context),
        Command::Profile { grain, window_hours, step_hours, v4_bits, v6_bits, limit, sql } => {
            let options = profiles::Options {
                window_hours: *window_hours,
                step_hours: *step_hours,
                v4_bits: *v4_bits,
                v6_bits: *v6_bits,
            };
            profile(grain, &options, *limit, *sql, context)
        }
        Command::Address { address, rule, rules } => one_address(address, rule, rules, context),
        Command::Allow { network, reason, remove } => {
            let (data, network) =
                (&Workspace::open(context)?.data, run::allowed::network(network)?);
            if *remove {
                run::allowed::remove(data, network)?;
                let rule = "it is listed again where a rule says so";
                return output::print(&format!(
                    "{} is no longer allowed here: {rule}",
                    network.trunc()
                ));
            }
            run::allowed::add(data, network, reason)?;
            let (network, back) =
                (network.trunc(), format!("botany enrich allow {network} --remove"));
            output::print(&format!(
                "{network} is never listed in {} from now on, by no rule and for no label: {}\n`{back}` takes it back; \
                 `botany enrich allowed` prints all",
                data.display(),
                reason.trim()
            ))
        }
        Command::Allowed => allowed(context),
        Command::Dictionaries => dictionaries(context),
    }
}

fn threat(rules: &Rules, context: &Context) -> Result<()> {
    let workspace = Workspace::open(context)?;
    let list = run::allowed::threat_list(&workspace, rules)?;
    run::known(&workspace)?;
    // Programs read the column by the name it always had.
    let (score, names) = match context.format {
        output::Format::Table => ("threat score, bits", "dictionary names"),
        output::Format::Json | output::Format::Csv => ("score", "user names"),
    };
    let columns = [
        "address",
        "first seen",
        "last seen",
        "attempts",
        "names",
        "pairs",
        score,
        "services",
        "country",
        "AS",
        "registration",
        names,
        "evidence",
    ];
    let mut table = output::Table::new(columns);
    for row in run::listed(&workspace)? {
        table.row(vec![
            json!(row.address),
            json!(row.first_seen),
            json!(row.last_seen),
            json!(row.attempts),
            json!(row.names),
            json!(row.pairs),
            json!(row.score),
            json!(row.services.join(" ")),
            json!(row.country),
            json!(row.autonomous_system),
            json!(row.registration),
            json!(row.usernames.join(" ")),
            json!(row.evidence.join(" ")),
        ]);
    }
    table.print(context.format)?;
    if context.format == output::Format::Table {
        let counted = "attempts, names and pairs are those of the dictionary; `botany enrich address` counts all beside them";
        let others = "another rule lists others; a model's own: `botany enrich address ADDRESS --rule model:NAME`";
        let (listed, rules) = (list.len(), list.rules);
        output::print(&format!("\n{listed} listed: {rules}\n{counted}\n{others}"))?;
    }
    Ok(())
}

fn frequency(by: By, rules: &Rules, context: &Context) -> Result<()> {
    let workspace = Workspace::open(context)?;
    run::allowed::threat_list(&workspace, rules)?;
    let databases = run::known(&workspace)?;
    let found = run::frequency(&workspace, by, &databases, usize::MAX)?;
    let mut table =
        output::Table::new([by.name(), "addresses", "listed", "flows", "failed log-ins"]);
    for row in found.rows {
        table.row(vec![
            json!(row.value),
            json!(row.addresses),
            json!(row.listed),
            json!(row.flows),
            json!(row.attempts),
        ]);
    }
    table.print(context.format)?;
    match found.note {
        Some(note) if context.format == output::Format::Table => {
            output::print(&format!("\n{note}"))
        }
        _ => Ok(()),
    }
}

fn profile(
    grain: &str,
    options: &profiles::Options,
    limit: usize,
    sql: bool,
    context: &Context,
) -> Result<()> {
    let grain = match grain {
        "address" => Grain::Address,
        "block" => Grain::Block,
        "flow" => return flows(options, limit, sql, context),
        other => anyhow::bail!("`{other}` has no profile: use address, block or flow"),
    };
    let statement = profiles::view_sql(grain, options)?;
    if sql {
        return output::print(&statement);
    }
    let workspace = Workspace::open(context)?;
    let found =
        workspace.sql(&format!("SELECT * FROM ({statement}) ORDER BY flows DESC LIMIT {limit}"))?;
    batches::table(&found)?.print(context.format)
}

/// What a flow is told by.
const FLOW_COLUMNS: [&str; 7] =
    ["event_time", "src_ip", "src_port", "dest_ip", "dest_port", "file", "line"];

/// Every flow beside what its address and its block did in its window.
fn flows(options: &profiles::Options, limit: usize, sql: bool, context: &Context) -> Result<()> {
    let measures = |grain: Grain| {
        let all = profiles::MEASURES.iter().filter(|m| m.part == Part::Flow && m.grain <= grain);
        all.map(|m| m.name.to_owned()).collect()
    };
    let ask = Ask {
        carry: FLOW_COLUMNS.map(str::to_owned).to_vec(),
        address: measures(Grain::Address),
        block: measures(Grain::Block),
        options: *options,
        ..Ask::default()
    };
    if sql {
        return output::print(&ask.sql()?);
    }
    let workspace = Workspace::open(context)?;
    run::allowed::threat_list(&workspace, &Rules::default())?;
    let found = workspace.wait(windows::flows(&workspace.engine, &ask))?;
    workspace.engine.register_batches("profiled", found)?;
    let found = workspace
        .sql(&format!("SELECT * FROM profiled ORDER BY event_time, file, line LIMIT {limit}"))?;
    batches::table(&found)?.print(context.format)
}

fn one_address(text: &str, rule: &str, flags: &ThreatRules, context: &Context) -> Result<()> {
    let who = Who::parse(text)?;
    let workspace = Workspace::open(context)?;
    let rule = Rule::find(rule, &context.data)?;
    let rules = flags.over(rule.rules.clone())?;
    let rule = rule.changed(rules);
    let facts = run::facts(&workspace, who, &rule)?;
    let mut table = output::Table::new(["what", "value"]);
    let listed = if facts.listed { "yes" } else { "no" };
    table.row(vec![json!("listed"), json!(listed)]);
    table.row(vec![json!("why"), json!(facts.why)]);
    table.row(vec![json!("by"), json!(format!("{}: {}", rule.whose, facts.rule))]);
    table.row(vec![json!("log-ins"), json!(facts.attempts)]);
    for (name, value) in facts.rows {
        table.row(vec![json!(name), value]);
    }
    let registry = run::registry(&context.data);
    for name in registry.names()?.into_iter().take(opinion::MODELS) {
        // One that cannot be asked must not hide what the others say.
        let said = registry.load(&ModelName { name: name.clone(), version: None });
        let said = said.map_err(anyhow::Error::from).and_then(|model| {
            let own = Rule::of_model(&model.card)?;
            Ok((opinion::opinion(&model, &workspace, &who)?, own))
        });
        let (words, own) = match said {
            Ok((said, own)) if said.listed == Some(true) && own.asked != rule.asked => {
                (said.words, "; its own rule lists it, or an address of it")
            }
            Ok((said, _)) => (said.words, ""),
            Err(why) => (format!("{name} has no opinion: {why:#}"), ""),
        };
        table.row(vec![json!(format!("model {name}")), json!(format!("{words}{own}"))]);
    }
    table.print(context.format)
}

fn allowed(context: &Context) -> Result<()> {
    let mut table = output::Table::new(["network", "reason", "since"]);
    for one in run::allowed::list(&Workspace::open(context)?.data)? {
        table.row(vec![json!(one.network), json!(one.reason), json!(one.since)]);
    }
    table.print(context.format)
}

fn dictionaries(context: &Context) -> Result<()> {
    let mut table =
        output::Table::new(["dictionary", "entries", "pairs", "user names", "weight", "what"]);
    for dictionary in dictionaries::ALL.iter() {
        let stats = dictionary.stats();
        table.row(vec![
            json!(dictionary.name),
            json!(stats.entries),
            json!(stats.pairs),
            json!(stats.usernames),
            json!(stats.weight),
            json!(dictionary.doc),
        ]);
    }
    table.print(context.format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowing_a_network_lists_no_other_again() {
        #[derive(clap::Parser)]
        struct Asked {
            #[command(flatten)]
            rules: ThreatRules,
        }
        let network = |text: &str| run::allowed::network(text).unwrap();
        let base = Rules { allow: vec![network("192.0.2.0/24")], min_names: 5, ..Rules::default() };
        let flags = ["x", "--allow", "198.51.100.7,192.0.2.0/24"];
        let asked = <Asked as clap::Parser>::try_parse_from(flags).unwrap();
        let rules = asked.rules.over(base).unwrap();
        assert_eq!(rules.allow, ["192.0.2.0/24", "198.51.100.7"].map(network));
        assert_eq!(rules.min_names, 5);
    }
}
