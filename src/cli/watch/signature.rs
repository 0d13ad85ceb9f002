//! `botany watch signature MODEL`

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use botany_watch::signature::{self, Agreement, METHODS, RULES, TARGETS};
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use crate::cli::{Context, output};
use crate::run::signature::{Ask, Written, signature as write, words};
use crate::run::{self, Workspace, progress::Say};

/// Write what a model learnt as Suricata rules.
///
/// A short list of rules is learnt from the model's calls on the data directory's flows and judged on addresses held out.
/// Without --out the rules are printed; with it they are written there, and what they are worth is printed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  botany watch signature article --suricata 7\n  botany watch signature article --suricata 8 --out article.rules"
)]
pub struct Arguments {
    /// The model, with `@v0001` for one version of it
    model: String,
    /// The version of Suricata the rules are for
    #[arg(long, value_name = "VERSION", value_parser = PossibleValuesParser::new(versions()))]
    suricata: String,
    /// Write the rules to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Rules at most
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=RULES as i64))]
    rules: u16,
    /// The model calls a flow 1 from this probability on [default: the model's own, 0.5 if nobody chose one]
    #[arg(long)]
    threshold: Option<f64>,
    /// How the list is learnt [default: the way that measures best]
    #[arg(long, value_parser = PossibleValuesParser::new(methods()))]
    method: Option<String>,
    /// Destination ports of the flows [default: those of the recipe's filter]
    #[arg(long, value_delimiter = ',', value_name = "PORTS")]
    ports: Option<Vec<u16>>,
}

fn versions() -> Vec<&'static str> {
    TARGETS.iter().map(|target| target.version()).collect()
}

fn methods() -> Vec<&'static str> {
    METHODS.iter().map(|method| method.name()).collect()
}

pub fn main(arguments: &Arguments, context: &Context) -> Result<()> {
    let model = run::registry(&context.data).load(&arguments.model.parse()?)?;
    let threshold = arguments.threshold.unwrap_or_else(|| model.card.threshold());
    if !(threshold > 0.0 && threshold <= 1.0) {
        bail!("--threshold {threshold} is no probability: take one above 0, up to 1");
    }
    let ask = Ask {
        target: signature::find_target(&arguments.suricata)?,
        method: arguments.method.as_deref().map(signature::find_method).transpose()?,
        threshold,
        rules: usize::from(arguments.rules),
        ports: arguments.ports.as_deref(),
    };
    let workspace = Workspace::open(context)?;
    let say = Say::new();
    let written = write(&model, &workspace, &ask, &say)?;
    drop(say);
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let file = arguments.out.as_ref().and_then(name);
    let text = written.text(&file.unwrap_or_else(|| format!("botany-{}.rules", model.card.name)));
    if let Some(out) = &arguments.out {
        std::fs::write(out, &text).with_context(|| format!("cannot write {}", out.display()))?;
    }
    match (context.format, &arguments.out) {
        (output::Format::Json, _) => {
            output::print(&serde_json::to_string_pretty(&document(&written, &text))?)
        }
        (output::Format::Csv, _) => figures(&written).print(context.format),
        (output::Format::Table, None) => output::print(text.trim_end()),
        (output::Format::Table, Some(out)) => page(&written, &out.display().to_string()),
    }
}

fn page(written: &Written, out: &str) -> Result<()> {
    let [rows, called, labelled] = written.counts;
    output::print(&format!(
        "{out}: {} rules of {} v{:04}, learnt by {} from {rows} flows; the model calls {called} of them 1, the threat list {labelled}\n",
        written.list.parts.len(),
        written.head.model,
        written.head.version,
        written.method,
    ))?;
    let mut rules = output::Table::new(["SID", "rule"]);
    for (sid, part) in written.said() {
        rules.row(vec![json!(sid), json!(part)]);
    }
    rules.print(output::Format::Table)?;
    output::print("\nwhat they are worth")?;
    figures(written).print(output::Format::Table)?;
    if let Err(why) = &written.unseen {
        output::print(&format!("no figure against the threat list: {why}"))?;
    }
    output::print("\nwhat could not be said, and what it costs on all rows")?;
    let mut costs = output::Table::new(["rows", "recall lost", "what"]);
    for cost in &written.costs {
        costs.row(vec![json!(cost.rows), json!(cost.recall_lost), json!(cost.what)]);
    }
    costs.print(output::Format::Table)?;
    output::print("\nwhat becomes of the model's features")?;
    let mut heard = output::Table::new(["feature", "importance", "said", "how"]);
    for one in &written.heard {
        let said = if one.exactly { "exactly" } else { "roughly or not" };
        heard.row(vec![json!(one.feature), json!(one.importance), json!(said), json!(one.how)]);
    }
    heard.print(output::Format::Table)?;
    output::print(&format!(
        "\nSID {} is the mark of Mirai's scanner: {}\nnext: botany watch check {out} --pcap CAPTURE --model {}",
        signature::MIRAI_SID,
        signature::MIRAI_TRUTH,
        written.head.model
    ))
}

/// Every agreement, one a row.
fn figures(written: &Written) -> output::Table {
    let mut table = output::Table::new([
        "what",
        "on",
        "rules",
        "right",
        "false",
        "missed",
        "addresses",
        "precision",
        "low",
        "high",
        "recall",
        "low of recall",
        "high of recall",
        "f1",
    ]);
    let mut add = |what: String, on: &str, rules: Value, of: &Agreement| {
        let [[_, false_ones], [missed, right]] = of.confusion;
        table.row(vec![
            json!(what),
            json!(on),
            rules,
            json!(right),
            json!(false_ones),
            json!(missed),
            json!(of.addresses),
            json!(of.precision.value),
            json!(of.precision.low),
            json!(of.precision.high),
            json!(of.recall.value),
            json!(of.recall.low),
            json!(of.recall.high),
            json!(of.f1.value),
        ]);
    };
    for one in &written.compared {
        let said: Vec<String> = one.rules.iter().map(ToString::to_string).collect();
        let what = format!("alerts of {} against the model", one.method);
        add(what, "addresses held out", json!(said.join(" ")), &one.to_model);
    }
    if let Ok([model, alerts]) = &written.unseen {
        let on = "addresses neither had seen";
        add(format!("alerts of {} against the threat list", written.method), on, json!(""), alerts);
        add("the model against the threat list".to_owned(), on, json!(""), model);
    }
    table
}

fn document(written: &Written, text: &str) -> Value {
    let rules: Vec<Value> = written
        .said()
        .into_iter()
        .map(|(sid, part)| json!({ "sid": sid, "conditions": part }))
        .collect();
    let [rows, called, labelled] = written.counts;
    json!({
        "model": written.head.model,
        "version": written.head.version,
        "ports": written.head.ports.0,
        "threshold": written.threshold,
        "method": written.method,
        "rows": rows,
        "called": called,
        "labelled": labelled,
        "rules": rules,
        "held_out": written.compared,
        "unseen": match &written.unseen {
            Ok([model, alerts]) => json!({
                "alerts": alerts, "model": model,
                "in_words": words(alerts),
            }),
            Err(why) => json!({ "none": why }),
        },
        "costs": written.costs,
        "features": written.heard,
        "text": text,
    })
}
