//! What a check found, for the eye.

use anyhow::Result;
use botany_watch::check::{Counts, Flow};
use botany_watch::signature::{Agreement, Estimate};
use serde_json::json;

use super::{Line, comparisons, costs, model_itself, spreads};
use crate::cli::output;
use crate::run::check::Checked;

pub fn print(checked: &Checked, lines: &[Line]) -> Result<()> {
    let asked = checked.flows.iter().filter(|flow| flow.asked).count();
    let counts = |is: fn(&Flow) -> bool| checked.flows.iter().filter(|f| f.asked && is(f)).count();
    for set in std::iter::once(&checked.own).chain(&checked.against) {
        let said = match (&checked.engine, &set.loaded) {
            (Some(engine), Some(loaded)) if loaded.skipped > 0 => format!(
                "loads in Suricata {}: {} rules, {} SKIPPED because of what they require",
                engine.version, loaded.rules, loaded.skipped
            ),
            (Some(engine), Some(loaded)) => {
                format!("loads clean in Suricata {}: {} rules", engine.version, loaded.rules)
            }
            _ => "no Suricata is installed here: looked at by our own lint only".to_owned(),
        };
        output::print(&format!("{}: {said}", set.file.display()))?;
    }
    output::print(&format!(
        "{} flows, {asked} of them asked about: the model calls {} of these 1, {} are of listed sources",
        checked.flows.len(),
        counts(|flow| flow.call == Some(true)),
        counts(|flow| flow.label == Some(true)),
    ))?;
    match &checked.label {
        Some(rule) => output::print(&format!("threat list: {rule}"))?,
        None => output::print("threat list: none, no login logs were given (--labels)")?,
    }
    for note in &checked.notes {
        output::print(&format!("note: {note}"))?;
    }
    if checked.lost > 0 {
        output::print(&format!("{} alerts have no flow among the events", checked.lost))?;
    }
    output::print(
        "\nearly: what the rule says did not hold when the flow ended; silent: it held, and no rule of the set alerted; \
         elsewhere: flows the model is not asked about",
    )?;
    let mut rules = output::Table::new([
        "SID",
        "alerted",
        "early",
        "silent",
        "elsewhere",
        "model 1",
        "model 0",
        "listed",
        "not listed",
        "rule",
    ]);
    for line in lines {
        let Counts { alerted, elsewhere, early, silent, model, label, .. } = &line.counts;
        let message = match line.sid {
            Some(_) => line.message.clone(),
            None => format!("{} together", line.set),
        };
        rules.row(vec![
            json!(line.sid),
            json!(alerted),
            json!(early),
            json!(silent),
            json!(elsewhere),
            json!(model.map(|c| c.hits)),
            json!(model.map(|c| c.false_hits)),
            json!(label.map(|c| c.hits)),
            json!(label.map(|c| c.false_hits)),
            json!(message),
        ]);
    }
    rules.print(output::Format::Table)?;
    let mut worth = output::Table::new([
        "together",
        "against",
        "over",
        "hits",
        "misses",
        "false hits",
        "quiet",
        "precision (95 %)",
        "recall (95 %)",
    ]);
    let mut add = |set: &str, who: &str, over: &str, of: &Agreement| {
        let [[quiet, false_hits], [misses, hits]] = of.confusion;
        worth.row(vec![
            json!(set),
            json!(who),
            json!(over),
            json!(hits),
            json!(misses),
            json!(false_hits),
            json!(quiet),
            json!(interval(&of.precision)),
            json!(interval(&of.recall)),
        ]);
    };
    for line in lines {
        for (who, over, of) in &line.worth {
            add(&line.set, who, over, of);
        }
    }
    for (over, of) in model_itself(checked) {
        add("the model itself", "threat list", over, &of);
    }
    output::print("")?;
    worth.print(output::Format::Table)?;

    let sides = comparisons(checked);
    if !sides.is_empty() {
        output::print("\nwho saw what the other did not")?;
        let mut table = output::Table::new([
            "",
            "over",
            "which",
            "only the first",
            "only the second",
            "both",
            "neither",
        ]);
        for (what, over, which, sides) in sides {
            table.row(vec![
                json!(what),
                json!(over),
                json!(which),
                json!(sides.left),
                json!(sides.right),
                json!(sides.both),
                json!(sides.neither),
            ]);
        }
        table.print(output::Format::Table)?;
    }
    cost(checked)
}

fn interval(of: &Estimate) -> String {
    match (of.value, of.low, of.high) {
        (Some(value), Some(low), Some(high)) => format!("{value:.3} ({low:.3} to {high:.3})"),
        (Some(value), ..) => format!("{value:.3}"),
        (None, ..) => "undefined".to_owned(),
    }
}

fn cost(checked: &Checked) -> Result<()> {
    let Some(engine) = checked.engine.as_ref().filter(|_| !checked.bare.is_empty()) else {
        return Ok(());
    };
    output::print(&format!(
        "\nwhat it costs: whole replays, median (least to most) of {}; starting up and loading rules included",
        checked.bare.len()
    ))?;
    let mut table = output::Table::new(["rules", "processor time, s", "time, s"]);
    for (what, costs) in costs(checked) {
        let [processor, wall] = spreads(costs)
            .map(|[median, least, most]| format!("{median:.3} ({least:.3} to {most:.3})"));
        table.row(vec![json!(what), json!(processor), json!(wall)]);
    }
    table.print(output::Format::Table)?;
    let packets: u64 =
        checked.flows.iter().map(|f| f.observed.packets_in + f.observed.packets_out).sum();
    output::print(&format!(
        "{packets} packets in flows. {}",
        if engine.profiles_rules {
            "This build of Suricata can profile single rules (`profiling: rules:`); that is not read here."
        } else {
            "This build of Suricata has no rule profiling, so there is no cost of a single rule: only of whole sets."
        }
    ))
}
