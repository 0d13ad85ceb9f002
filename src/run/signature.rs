//! From a model of the registry to rules a sensor can run, and what was lost on the way.

use anyhow::{Result, bail};
use botany_catalog::tcp;
use botany_enrich::profiles::Grain;
use botany_learn::Frame;
use botany_watch::Model;
use botany_watch::signature::{
    self, Agreement, Candidates, Chosen, Error, Fidelity, Head, Method, Observed, Ports, Rule,
    RuleList, Said, Target,
};
use serde::Serialize;

use super::progress::Say;
use super::rows;
use super::{Scored, Workspace, scored};
use crate::cli::output::printable;

/// What is asked for.
pub struct Ask<'a> {
    /// The version of the engine.
    pub target: &'static dyn Target,
    /// The way a list is learnt; `None` takes the one that measures best.
    pub method: Option<&'static dyn Method>,
    /// The model calls a flow 1 from this probability on.
    pub threshold: f64,
    /// How many rules at most.
    pub rules: usize,
    /// Destination ports; `None` takes them from the recipe's filter.
    pub ports: Option<&'a [u16]>,
}

/// Rows that were lost or won, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// Why.
    pub what: String,
    /// How many rows.
    pub rows: usize,
    /// Of the rows the model calls 1, the share that is lost; `None` where rows were won.
    pub recall_lost: Option<f64>,
}

/// What becomes of a feature, and how much the model heeds it.
#[derive(Clone, Debug, Serialize)]
pub struct Heard {
    /// The feature.
    pub feature: String,
    /// Whether rules ask for just this.
    pub exactly: bool,
    /// How it is said, or why not.
    pub how: String,
    /// Its share of the model's importances, if the algorithm tells.
    pub importance: Option<f64>,
}

/// A rule set with its evidence.
pub struct Written {
    /// What it says of itself.
    pub head: Head,
    /// The list it says.
    pub list: RuleList,
    /// The rules, the mark of Mirai's scanner last.
    pub rules: Vec<Rule>,
    /// How the list was learnt.
    pub method: String,
    /// Every method on held-out addresses, against the model's own calls.
    pub compared: Vec<Fidelity>,
    /// Model against labels, and alerts against labels, on addresses neither had seen; or why there is no such figure.
    pub unseen: Result<[Agreement; 2], String>,
    /// What becomes of each feature.
    pub heard: Vec<Heard>,
    /// What was lost, on all rows.
    pub costs: Vec<Cost>,
    /// All rows, those the model calls 1, those labelled 1.
    pub counts: [usize; 3],
    /// The threshold.
    pub threshold: f64,
}

/// The features every flow is observed by.
const FACTS: [&str; 5] = ["packets_in", "packets_out", "bytes_in", "bytes_out", "age"];

/// Learns a list from what the model says of the data directory's flows, and writes it down.
///
/// # Errors
///
/// If the model is not about flows, nothing can be said of it, or there is nothing to learn from.
pub fn signature(
    model: &Model,
    workspace: &Workspace,
    ask: &Ask<'_>,
    say: &Say,
) -> Result<Written> {
    let recipe = super::own_recipe(model)?;
    if recipe.enrich.grain != Grain::Flow {
        let grain = recipe.enrich.grain.name().to_owned();
        return Err(Error::Grain { model: model.card.name.clone(), grain }.into());
    }
    let ports = match ask.ports {
        Some(ports) => ports.to_vec(),
        None => ports(&recipe.enrich.filter)?,
    };
    let columns = model.pipeline.columns();
    // What the pipeline makes itself is no column: it asks for nothing, and is said.
    let made = [botany_learn::CLUSTER, botany_learn::CLUSTER_DISTANCE];
    let features = model.pipeline.spec().features.iter().map(String::as_str);
    let made = features.filter(|feature| made.contains(feature));
    let (questions, said) = signature::questions(columns.iter().copied().chain(made), ask.target);
    if questions.is_empty() {
        let features = columns.join(", ");
        return Err(Error::NothingToAsk { version: ask.target.version(), features }.into());
    }

    say.step("enrich", "rows")?;
    let (scored, flows) = observed(model, workspace)?;
    let call = |p: &f64| u8::from(*p >= ask.threshold);
    let calls: Vec<u8> = scored.probability.iter().map(call).collect();
    say.step("watch", "a list of rules")?;
    let candidates = Candidates {
        flows: &flows,
        calls: &calls,
        labels: &scored.rows.label,
        keys: &scored.rows.keys,
        questions: &questions,
        rules: ask.rules,
        folds: recipe.validate.folds,
        draws: recipe.validate.draws,
        seed: recipe.learn.seed,
    };
    let Chosen { list, method, compared } =
        candidates.choose(ask.method.map(|m| m as &dyn Method), ask.threshold)?;
    say.step("watch", "the same without the addresses it is tested on")?;
    let chosen = signature::find_method(&method)?;
    let threads = workspace.config.threads();
    let unseen = candidates
        .unseen(&model.pipeline, &scored.rows.frame, chosen, ask.threshold, threads)
        .map_err(|error| error.to_string());

    let head = Head {
        model: model.card.name.clone(),
        version: model.card.version,
        created: model.card.created_at.chars().take(10).collect(),
        ports: Ports(ports),
    };
    let mut rules = signature::compile(&list, &head, ask.target)?;
    rules.push(signature::mirai());
    let ones = |of: &[u8]| of.iter().filter(|one| **one == 1).count();
    Ok(Written {
        costs: costs(&list, &flows, &calls),
        counts: [flows.len(), ones(&calls), ones(&scored.rows.label)],
        heard: heard(model, said),
        threshold: ask.threshold,
        head,
        list,
        rules,
        method,
        compared,
        unseen,
    })
}

/// What a model says of every flow of a data directory, with what rules may ask of it.
fn observed(model: &Model, workspace: &Workspace) -> Result<(Scored, Vec<Observed>)> {
    let also = facts();
    let also: Vec<&str> = also.iter().map(String::as_str).collect();
    let scored = scored(model, workspace, &also, &["proto"])?;
    let protocols = rows::texts(std::slice::from_ref(&scored.rows.carried), "proto")?;
    let flows = observe(&scored.rows.frame, &protocols)?;
    Ok((scored, flows))
}

/// The names of the features that make an [`Observed`].
fn facts() -> Vec<String> {
    let flags = ["ts", "tc"].into_iter().flat_map(|side| {
        tcp::FLAGS.iter().map(move |(flag, _)| format!("{side}_{}", flag.to_lowercase()))
    });
    FACTS.iter().map(|name| (*name).to_owned()).chain(flags).collect()
}

fn observe(frame: &Frame, protocols: &[String]) -> Result<Vec<Observed>> {
    let mut flows = vec![Observed::default(); frame.rows()];
    for name in facts() {
        for (flow, value) in flows.iter_mut().zip(frame.numbers(&name)?) {
            let value = *value as u64;
            match name.as_str() {
                "packets_in" => flow.packets_in = value,
                "packets_out" => flow.packets_out = value,
                "bytes_in" => flow.bytes_in = value,
                "bytes_out" => flow.bytes_out = value,
                "age" => flow.age = value,
                flag => {
                    let found = tcp::FLAGS.iter().find(|(f, _)| flag[3..].eq_ignore_ascii_case(f));
                    let bit = found.map_or(0, |(_, bit)| if value > 0 { *bit } else { 0 });
                    match flag.starts_with("ts") {
                        true => flow.flags_out |= bit,
                        false => flow.flags_in |= bit,
                    }
                }
            }
        }
    }
    for (flow, protocol) in flows.iter_mut().zip(protocols) {
        flow.tcp = protocol == "TCP";
    }
    Ok(flows)
}

/// The ports a recipe's filter stands for. Rules have no other way to say which flows a model is asked about.
fn ports(filter: &str) -> Result<Vec<u16>> {
    let said = filter.trim();
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let words = said.to_lowercase();
    let list = words.strip_prefix("dest_port").map(str::trim).and_then(|rest| {
        let one = rest.strip_prefix('=');
        let many = || {
            let list = rest.strip_prefix("in")?.trim().strip_prefix('(')?;
            list.strip_suffix(')')
        };
        one.or_else(many)
    });
    let parsed = list.map(|list| list.split(',').map(|port| port.trim().parse()).collect());
    match parsed {
        Some(Ok(ports)) => Ok(ports),
        _ => bail!(
            "the model is asked about flows with `{said}`, and rules know ports only: say which with --ports 22,23"
        ),
    }
}

fn heard(model: &Model, said: Vec<Said>) -> Vec<Heard> {
    let importances = model.pipeline.importances();
    said.into_iter()
        .map(|Said { feature, exactly, how }| {
            let importance = importances.as_ref().map(|all| {
                let word = format!("{feature}=");
                let own =
                    all.iter().filter(|(name, _)| *name == feature || name.starts_with(&word));
                own.map(|(_, share)| share).fold(0.0, |sum, share| sum + share)
            });
            Heard { feature, exactly, how, importance }
        })
        .collect()
}

fn costs(list: &RuleList, flows: &[Observed], calls: &[u8]) -> Vec<Cost> {
    let ones = calls.iter().filter(|call| **call == 1).count();
    let count = |wanted: &dyn Fn(&Observed, u8) -> bool| {
        flows.iter().zip(calls).filter(|(flow, call)| wanted(flow, **call)).count()
    };
    let lost = |what: &str, rows: usize| Cost {
        what: what.to_owned(),
        rows,
        recall_lost: (ones > 0).then(|| rows as f64 / ones as f64),
    };
    let described = |flow: &Observed| list.first(flow).is_some();
    vec![
        lost(
            "called 1, but no rule of so short a list describes them",
            count(&|flow, call| call == 1 && !described(flow)),
        ),
        lost(
            "called 1 and described, but they fall silent: no reset, no FIN from both, so no packet says that they end",
            count(&|flow, call| call == 1 && flow.tcp && described(flow) && !list.fires(flow)),
        ),
        lost(
            "called 1 and described, but no TCP",
            count(&|flow, call| call == 1 && !flow.tcp && described(flow)),
        ),
        Cost {
            what: "called 0, but a rule fires".to_owned(),
            rows: count(&|flow, call| call == 0 && list.fires(flow)),
            recall_lost: None,
        },
    ]
}

impl Written {
    /// The rules file: what it is and what it is worth, then the rules.
    pub fn text(&self, file: &str) -> String {
        let mut text = String::new();
        for line in self.preamble(file) {
            text += &if line.is_empty() { "#\n".to_owned() } else { format!("# {line}\n") };
        }
        let (mark, own) = match self.rules.split_last() {
            Some((mark, own)) => (Some(mark), own),
            None => (None, &self.rules[..]),
        };
        text += "\n";
        for rule in own {
            text += &format!("{rule}\n");
        }
        if let Some(mark) = mark {
            text += &format!("\n{mark}\n");
        }
        text
    }

    fn preamble(&self, file: &str) -> Vec<String> {
        let [rows, called, _] = self.counts;
        let Head { model, version, created, .. } = &self.head;
        let mut lines = vec![
            format!(
                "What model {model} v{version:04} of {created} learnt, as rules ({} of them)",
                self.list.parts.len()
            ),
            format!(
                "learnt by {} from {rows} flows, of which the model calls {called} 1 at {}",
                self.method, self.threshold
            ),
        ];
        if let Some(own) = self.compared.iter().find(|f| f.method == self.method) {
            lines.push(format!(
                "against the model, on addresses held out: {}",
                words(&own.to_model)
            ));
        }
        match &self.unseen {
            Ok([model, alerts]) => {
                lines.push(format!(
                    "against the threat list, on addresses neither model nor list had seen: {}",
                    words(alerts)
                ));
                lines.push(format!("the model itself there: {}", words(model)));
            }
            Err(why) => lines.push(format!("against the threat list: no figure ({why})")),
        }
        for cost in self.costs.iter().filter(|cost| cost.rows > 0) {
            lines.push(format!("{} rows {}", cost.rows, cost.what));
        }
        lines.push(String::new());
        lines.extend(["suricata.yaml:", "  rule-files:"].map(str::to_owned));
        // A line break in a name would end the comment.
        lines.push(format!("    - {}", printable(file)));
        lines
    }

    /// The conditions of every rule with its SID.
    pub fn said(&self) -> Vec<(u32, String)> {
        let own = self.rules.iter().filter_map(Rule::sid);
        let first = self.rules.len() - 1 - self.list.parts.len();
        own.skip(first).zip(&self.list.parts).map(|(sid, part)| (sid, part.to_string())).collect()
    }
}

/// Precision and recall with their intervals and counts.
pub fn words(of: &Agreement) -> String {
    let [[_, false_ones], [missed, hits]] = of.confusion;
    let value = |e: &signature::Estimate| match (e.value, e.low, e.high) {
        (Some(value), Some(low), Some(high)) => format!("{value:.3} ({low:.3} to {high:.3})"),
        (Some(value), ..) => format!("{value:.3}"),
        (None, ..) => "undefined".to_owned(),
    };
    format!(
        "precision {}, recall {}; {hits} right, {false_ones} false, {missed} missed, {} addresses",
        value(&of.precision),
        value(&of.recall),
        of.addresses
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_of_ports_is_understood_and_no_other() {
        assert_eq!(ports("dest_port = 22").unwrap(), [22]);
        assert_eq!(ports(" DEST_PORT IN (23, 2323) ").unwrap(), [23, 2323]);
        assert!(ports("").unwrap().is_empty());
        for other in ["dest_port = 22 OR src_port = 1", "proto = 'TCP'", "dest_port = 99999"] {
            let error = ports(other).unwrap_err().to_string();
            assert!(error.contains("--ports"), "{error}");
        }
    }
}
