//! `botany watch list`

use std::path::PathBuf;

use anyhow::Result;
use botany_watch::Model;
use botany_watch::listing::{Listing, Terms};
use botany_watch::outputs::{self, Output};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use jiff::Timestamp;
use serde_json::json;

use super::push;
use crate::cli::enrich::ThreatRules;
use crate::cli::{Context, output, probability};
use crate::run::whose::Rule;
use crate::run::{self, Workspace, listing::Ask};

/// Give the threat list, and what a model scored, to other programs.
///
/// Without --as and --push the list is printed. Nothing leaves that is stale, or that `botany enrich allow` names.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany watch list --as iprep,stix --out lists\n  botany watch list population --as csv --out lists --at 2018-06-18T16:00:00Z\n  botany watch list population --push /var/run/suricata/suricata-command.socket --follow 60"
)]
pub struct Arguments {
    /// A model of the registry whose addresses or blocks are listed beside the threat list, which is then that of
    /// its own rule
    model: Option<String>,
    /// The forms to write, joined by commas
    #[arg(long = "as", value_name = "FORMS", value_delimiter = ',', value_parser = forms(), requires = "out")]
    forms: Vec<String>,
    /// The folder to write them into
    #[arg(long, value_name = "DIR", requires = "forms")]
    out: Option<PathBuf>,
    #[command(flatten)]
    push: push::Push,
    /// The name of the list
    #[arg(long, default_value = "botany")]
    name: String,
    /// The moment the list speaks of, such as 2018-06-18T16:00:00Z [default: now]
    #[arg(long, value_name = "TIME", conflicts_with = "follow")]
    at: Option<Timestamp>,
    /// Hours in which the score of what is not seen again fades by half; 0: it does not fade
    #[arg(long, default_value_t = 24)]
    half_life_hours: u32,
    /// The probability from which a model's addresses or blocks are listed [default: the model's own, 0.5 if nobody
    /// chose one]
    #[arg(long)]
    threshold: Option<f64>,
    /// List what the model says alone, without the threat list
    #[arg(long, requires = "model")]
    model_only: bool,
    /// The first of the three identifiers of the rules that come with Suricata's forms, within the local ones; for a
    /// second list in one sensor
    #[arg(long, value_name = "N", default_value_t = 1_910_001)]
    sid: u32,
    /// The number of the category of reputation, 1 to 60; likewise
    #[arg(long, value_name = "N", default_value_t = 50)]
    category: u8,
    /// By whose rule sources are listed: usual, model:NAME, experiment:ID [default: the model's own, without a model
    /// the usual one]
    #[arg(long)]
    rule: Option<String>,
    #[command(flatten)]
    rules: ThreatRules,
}

/// The names of the shelf, each with what it is.
fn forms() -> impl clap::builder::TypedValueParser<Value = String> {
    let value = |output: &&dyn Output| PossibleValue::new(output.name()).help(output.about());
    PossibleValuesParser::new(outputs::ALL.iter().map(value)).map(|name| name)
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    probability(arguments.threshold)?;
    if arguments.push.follows() {
        return push::follow(&arguments.push, &arguments.name, context, || {
            // A version that comes in force meanwhile is asked from then on.
            made(arguments, model(arguments, context)?.as_ref(), context)
        });
    }
    let model = model(arguments, context)?;
    let listing = made(arguments, model.as_ref(), context)?;
    if !arguments.forms.is_empty() {
        write(arguments, &listing, context)?;
    }
    if arguments.push.asked() {
        push::once(&arguments.push, &listing, context)?;
    }
    if arguments.forms.is_empty() && !arguments.push.asked() {
        print(&listing, context)?;
    }
    if !arguments.model_only && (model.is_some() || arguments.rule.is_some()) {
        let rule = rule(arguments, model.as_ref(), context)?;
        output::note!("sources are listed by {}: {}", rule.whose, rule.rules.describe());
    }
    if let (Some(name), Some(model)) = (&arguments.model, &model) {
        let threshold = arguments.threshold.unwrap_or_else(|| model.card.threshold());
        output::note!("`{name}` lists from probability {threshold}");
        output::note!(
            "`{name}` is surer of rows it learnt from than it should be; `botany validate {name} --on` other data says how sure it is of others"
        );
    }
    say_what_is_missing(&listing, context)
}

/// The model whose addresses or blocks are listed, if one is named.
fn model(arguments: &Arguments, context: &Context) -> Result<Option<Model>> {
    let name = arguments.model.as_deref();
    name.map(|name| Ok(run::registry(&context.data).load(&name.parse()?)?)).transpose()
}

/// The list as it is asked for, of what the data directory holds now.
fn made(arguments: &Arguments, model: Option<&Model>, context: &Context) -> Result<Listing> {
    let workspace = Workspace::open(context)?;
    let rules = rule(arguments, model, context)?.rules;
    let terms = Terms {
        name: arguments.name.clone(),
        at: arguments.at.unwrap_or_else(Timestamp::now),
        expiry_hours: rules.expiry_hours,
        half_life_hours: arguments.half_life_hours,
        never: rules.allow.clone(),
        sid: arguments.sid,
        category: arguments.category,
    };
    let ask = Ask {
        threat: (!arguments.model_only).then_some(&rules),
        model,
        threshold: arguments.threshold,
        terms,
    };
    run::listing::listing(&ask, &workspace)
}

/// By whose rule sources are listed: the one asked for, the model's own, or the default one; with what the flags say.
fn rule(arguments: &Arguments, model: Option<&Model>, context: &Context) -> Result<Rule> {
    let rule = match (&arguments.rule, model) {
        (None, Some(model)) => Rule::of_model(&model.card)?,
        (asked, _) => Rule::find(asked.as_deref().unwrap_or_default(), &context.data)?,
    };
    let rules = arguments.rules.over(rule.rules.clone())?;
    Ok(rule.changed(rules))
}

fn write(arguments: &Arguments, listing: &Listing, context: &Context) -> Result<()> {
    let Some(folder) = &arguments.out else { return Ok(()) };
    let mut table = output::Table::new(["form", "entries", "blocks left out", "file"]);
    for name in &arguments.forms {
        let written = outputs::write(outputs::find(name)?, listing, folder)?;
        for path in &written.paths {
            table.row(vec![
                json!(written.output),
                json!(written.entries),
                json!(written.left_out),
                json!(path.display().to_string()),
            ]);
        }
    }
    table.print(context.format)
}

fn print(listing: &Listing, context: &Context) -> Result<()> {
    // Programs read the column by the name it always had.
    let score = match context.format {
        output::Format::Table => "list score",
        output::Format::Json | output::Format::Csv => "score",
    };
    let columns = ["entry", score, "probability", "first seen", "last seen", "expires", "why"];
    let mut table = output::Table::new(columns);
    for entry in &listing.entries {
        table.row(vec![
            json!(entry.text()),
            json!(entry.score),
            json!(entry.probability),
            json!(entry.first_seen.to_string()),
            json!(entry.last_seen.to_string()),
            json!(entry.expires.to_string()),
            json!(entry.why()),
        ]);
    }
    table.print(context.format)
}

/// How many are not on the list and why; on standard error, so that what is read by a program stays whole.
fn say_what_is_missing(listing: &Listing, context: &Context) -> Result<()> {
    let Listing { expired, later, allowed, .. } = listing;
    output::note!(
        "{} listed as of {}; not listed: {expired} stale, {later} not yet seen then, {allowed} never to be listed",
        listing.entries.len(),
        listing.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    );
    if listing.entries.is_empty() && *expired > 0 {
        let last = run::listing::last_seen(&Workspace::open(context)?)?;
        let last = last.unwrap_or_else(|| "no time".to_owned());
        output::note!("the data ends at {last}: `--at {last}` lists what was current then");
    }
    Ok(())
}
