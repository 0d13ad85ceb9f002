//! `botany watch check RULES`

mod page;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use botany_watch::check::{Confusion, Cost, Counts, Says, Side, Sides, against, beside, count};
use botany_watch::signature::Agreement;
use serde_json::{Value, json};

use crate::cli::{Context, output, probability};
use crate::reading::Reading;
use crate::run::check::{Ask, Checked, Set, check};
use crate::run::{self, progress::Say};

/// Let the installed Suricata judge a rule set: does it load, what does it hit, what does it miss?
///
/// The capture is replayed offline in a temporary directory, with a configuration of its own. Every alert is brought back to
/// its flow and set beside the model's own call and the threat list of the login logs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany watch check article.rules --pcap capture.pcap.zst --model article --labels auth.log --year 2018 --against emerging-scan.rules\n  botany watch check article.rules --eve eve.json --model article"
)]
pub struct Arguments {
    /// The rules file
    rules: PathBuf,
    /// Captures to replay; plain, gzip or Zstandard
    #[arg(long, value_name = "PCAP", num_args = 1.., required_unless_present = "eve")]
    pcap: Vec<PathBuf>,
    /// EVE of a sensor that had the rules loaded, instead of a replay
    #[arg(long, value_name = "EVE", num_args = 1.., conflicts_with = "pcap")]
    eve: Vec<PathBuf>,
    /// The model the rules were written from
    #[arg(long)]
    model: Option<String>,
    /// The model calls a flow 1 from this probability on [default: the model's own, 0.5 if nobody chose one]
    #[arg(long)]
    threshold: Option<f64>,
    /// Login logs of the same time: they make the threat list, by the model's own rule
    #[arg(long, value_name = "LOGS", num_args = 1..)]
    labels: Vec<PathBuf>,
    /// Read the login logs as this source only, instead of telling by content
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The year of the login logs' first stamp that names none [default: inferred]
    #[arg(long)]
    year: Option<i16>,
    /// Offset from UTC of their stamps that name none, such as +02:00 [default: +00:00]
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<String>,
    /// Other rules files, such as ET Open's, to compare with
    #[arg(long, value_name = "RULES", num_args = 1..)]
    against: Vec<PathBuf>,
    /// Which Suricata
    #[arg(long, value_name = "PATH", default_value = "suricata")]
    engine: String,
    /// How often each replay is timed
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=100))]
    repeat: u8,
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    probability(arguments.threshold)?;
    let model = match &arguments.model {
        Some(name) => Some(run::registry(&context.data).load(&name.parse()?)?),
        None => None,
    };
    let reading = Reading {
        source: arguments.source.clone(),
        year: arguments.year,
        utc_offset: arguments.utc_offset.clone(),
        ..Reading::default()
    };
    let ask = Ask {
        rules: &arguments.rules,
        against: &arguments.against,
        pcap: &arguments.pcap,
        eve: &arguments.eve,
        labels: &arguments.labels,
        reading: &reading,
        model: model.as_ref(),
        threshold: arguments.threshold,
        engine: &arguments.engine,
        repeat: usize::from(arguments.repeat),
    };
    let say = Say::new();
    let checked = check(&ask, context, &say)?;
    drop(say);
    let counted = counted(&checked);
    match context.format {
        output::Format::Json => {
            output::print(&serde_json::to_string_pretty(&document(&checked, &counted))?)
        }
        output::Format::Csv => figures(&counted).print(context.format),
        output::Format::Table => page::print(&checked, &counted),
    }
}

/// Draws of an interval.
const DRAWS: usize = 1000;

/// One rule, or a rule set together.
struct Line {
    set: String,
    sid: Option<u32>,
    message: String,
    counts: Counts,
    /// Of a set together: against whom, over what, and how near.
    worth: Vec<(&'static str, &'static str, Agreement)>,
}

fn name(set: &Set) -> String {
    set.file.file_name().unwrap_or(set.file.as_os_str()).to_string_lossy().into_owned()
}

/// Every rule of the own set; of the others those that alerted; and each set together.
fn counted(checked: &Checked) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, set) in std::iter::once(&checked.own).chain(&checked.against).enumerate() {
        let all = set.speaking();
        let of = |sids: &BTreeSet<u32>| count(&checked.flows, sids, &all, &checked.meanings);
        for rule in set.rules.iter().filter(|rule| !rule.is_silent()) {
            let Some(sid) = rule.sid() else { continue };
            let counts = of(&BTreeSet::from([sid]));
            if at == 0 || counts.alerted + counts.elsewhere > 0 {
                let (set, message) = (name(set), rule.message());
                lines.push(Line { set, sid: Some(sid), message, counts, worth: Vec::new() });
            }
        }
        let told: [(&str, Says); 2] = [("model", |f| f.call), ("threat list", |f| f.label)];
        let worth = told
            .into_iter()
            .flat_map(|(who, is)| [(who, is, "flows", false), (who, is, "addresses", true)])
            .filter_map(|(who, is, over, by_address)| {
                Some((
                    who,
                    over,
                    against(&checked.flows, &Side::Rules(&all), is, by_address, DRAWS)?,
                ))
            })
            .collect();
        let (set, message) = (name(set), "together".to_owned());
        lines.push(Line { set, sid: None, message, counts: of(&all), worth });
    }
    lines
}

/// The model itself beside the threat list, as the rules are: by flow and by address.
fn model_itself(checked: &Checked) -> Vec<(&'static str, Agreement)> {
    if checked.flows.iter().all(|flow| flow.call.is_none()) {
        return Vec::new();
    }
    let worth = [("flows", false), ("addresses", true)].map(|(over, by_address)| {
        Some((over, against(&checked.flows, &Side::Model, |f| f.label, by_address, DRAWS)?))
    });
    worth.into_iter().flatten().collect()
}

fn figures(lines: &[Line]) -> output::Table {
    let mut table = output::Table::new([
        "set",
        "SID",
        "rule",
        "alerted",
        "elsewhere",
        "early",
        "silent",
        "against",
        "over",
        "hits",
        "misses",
        "false hits",
        "precision",
        "recall",
    ]);
    for line in lines {
        let Counts { label, model, label_by_address, model_by_address, .. } = &line.counts;
        let mut row = |against: &str, over: &str, of: Option<&Confusion>| {
            table.row(vec![
                json!(line.set),
                json!(line.sid),
                json!(line.message),
                json!(line.counts.alerted),
                json!(line.counts.elsewhere),
                json!(line.counts.early),
                json!(line.counts.silent),
                json!(against),
                json!(over),
                json!(of.map(|c| c.hits)),
                json!(of.map(|c| c.misses)),
                json!(of.map(|c| c.false_hits)),
                json!(of.and_then(Confusion::precision)),
                json!(of.and_then(Confusion::recall)),
            ]);
        };
        let told = [
            ("model", "flows", model),
            ("model", "addresses", model_by_address),
            ("threat list", "flows", label),
            ("threat list", "addresses", label_by_address),
        ];
        if told.iter().all(|(_, _, of)| of.is_none()) {
            row("", "", None);
        }
        for (against, over, of) in told {
            if let Some(of) = of {
                row(against, over, Some(of));
            }
        }
    }
    table
}

/// Model against the others, and the rules against the others: who saw what.
fn comparisons(checked: &Checked) -> Vec<(String, &'static str, &'static str, Sides)> {
    let own = checked.own.speaking();
    let mut found = Vec::new();
    for set in &checked.against {
        let other = set.speaking();
        let mut left = vec![(name(&checked.own), Side::Rules(&own))];
        if checked.flows.iter().any(|flow| flow.call.is_some()) {
            left.insert(0, ("the model".to_owned(), Side::Model));
        }
        for (who, side) in left {
            let sides = beside(&checked.flows, &side, &Side::Rules(&other));
            let what = format!("{who} beside {}", name(set));
            found.push((what.clone(), "flows", "all", sides.flows));
            found.push((what.clone(), "addresses", "all", sides.addresses));
            if checked.label.is_some() {
                found.push((what.clone(), "flows", "listed", sides.listed_flows));
                found.push((what, "addresses", "listed", sides.listed_addresses));
            }
        }
    }
    found
}

fn costs(checked: &Checked) -> Vec<(String, &[Cost])> {
    let sets = std::iter::once(&checked.own).chain(&checked.against);
    let sets = sets.map(|set| (name(set), set.costs.as_slice()));
    std::iter::once(("no rule".to_owned(), checked.bare.as_slice())).chain(sets).collect()
}

/// Processor time and time: median, least, most.
fn spreads(costs: &[Cost]) -> [[f64; 3]; 2] {
    [|c: &Cost| c.processor, |c: &Cost| c.wall].map(|of| {
        let mut all: Vec<f64> = costs.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        let at = |place: usize| all.get(place).copied().unwrap_or_default();
        [at(all.len() / 2), at(0), at(all.len().saturating_sub(1))]
    })
}

fn document(checked: &Checked, lines: &[Line]) -> Value {
    let sets: Vec<Value> = std::iter::once(&checked.own)
        .chain(&checked.against)
        .map(|set| {
            json!({
                "file": set.file.display().to_string(),
                "rules": set.rules.len(),
                "loaded": set.loaded.as_ref().map(|loaded| loaded.rules),
                "skipped": set.loaded.as_ref().map(|loaded| loaded.skipped),
            })
        })
        .collect();
    let rules: Vec<Value> = lines
        .iter()
        .map(|line| {
            let worth: Vec<Value> = line
                .worth
                .iter()
                .map(|(who, over, of)| json!({ "against": who, "over": over, "agreement": of }))
                .collect();
            json!({
                "set": line.set, "sid": line.sid, "rule": line.message, "counts": line.counts, "worth": worth,
            })
        })
        .collect();
    let itself: Vec<Value> = model_itself(checked)
        .iter()
        .map(|(over, of)| json!({ "against": "threat list", "over": over, "agreement": of }))
        .collect();
    let beside: Vec<Value> = comparisons(checked)
        .into_iter()
        .map(|(what, over, which, sides)| json!({ "what": what, "over": over, "which": which, "sides": sides }))
        .collect();
    let costs: Vec<Value> = costs(checked)
        .into_iter()
        .filter(|(_, costs)| !costs.is_empty())
        .map(|(what, costs)| {
            let [processor, wall] = spreads(costs);
            json!({ "rules": what, "replays": costs.len(), "processor_seconds": processor, "seconds": wall })
        })
        .collect();
    json!({
        "suricata": checked.engine.as_ref().map(|engine| engine.version.clone()),
        "rule_profiling": checked.engine.as_ref().map(|engine| engine.profiles_rules),
        "sets": sets,
        "flows": checked.flows.len(),
        "asked": checked.flows.iter().filter(|flow| flow.asked).count(),
        "label": checked.label,
        "notes": checked.notes,
        "alerts_without_flow": checked.lost,
        "rules": rules,
        "model": itself,
        "beside": beside,
        "costs": costs,
    })
}
