//! Rules before their judge: the engine replays a capture with them, and its alerts are set beside labels and model.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use botany_catalog::address;
use botany_watch::Model;
use botany_watch::check::{self, Cost, Engine, Error, Flow, Loaded, Meaning, Parsed};
use tempfile::TempDir;

use super::progress::Say;
use super::rows;
use super::{How, Workspace, scored};
use crate::cli::Context;
use crate::reading::Reading;
use crate::recipe::Recipe;

/// What is asked for.
pub struct Ask<'a> {
    /// The rule set.
    pub rules: &'a Path,
    /// Others to compare with.
    pub against: &'a [PathBuf],
    /// Captures to replay.
    pub pcap: &'a [PathBuf],
    /// EVE that has alerts already.
    pub eve: &'a [PathBuf],
    /// Login logs of the same time.
    pub labels: &'a [PathBuf],
    /// How these are read.
    pub reading: &'a Reading,
    /// The model the rules were written from.
    pub model: Option<&'a Model>,
    /// The model calls a flow 1 from this probability on.
    pub threshold: Option<f64>,
    /// The engine.
    pub engine: &'a str,
    /// How often each replay is timed.
    pub repeat: usize,
}

/// A rule set of the check.
pub struct Set {
    /// Its file.
    pub file: PathBuf,
    /// Its rules.
    pub rules: Vec<Parsed>,
    /// What the engine said; `None` if there was none to ask.
    pub loaded: Option<Loaded>,
    /// What its replays took, one a repetition; empty without a capture.
    pub costs: Vec<Cost>,
}

impl Set {
    /// The SIDs that raise alerts.
    pub fn speaking(&self) -> BTreeSet<u32> {
        self.rules.iter().filter(|rule| !rule.is_silent()).filter_map(Parsed::sid).collect()
    }
}

/// What was found.
pub struct Checked {
    /// The engine; `None` if EVE was given and none is installed.
    pub engine: Option<Engine>,
    /// The rule set itself.
    pub own: Set,
    /// Those it is compared with.
    pub against: Vec<Set>,
    /// Replays without any rule.
    pub bare: Vec<Cost>,
    /// Every flow, and what everybody says of it.
    pub flows: Vec<Flow>,
    /// What the rules of `own` say of a flow, as far as they do.
    pub meanings: BTreeMap<u32, Meaning>,
    /// How the labels were made; `None` without login logs.
    pub label: Option<String>,
    /// What has to be known to read the numbers.
    pub notes: Vec<String>,
    /// Alerts of the rule sets whose flow is not among the flows read.
    pub lost: usize,
}

/// Checks a rule set.
///
/// # Errors
///
/// [`Error::Refused`] for a rule set with a fault, with its line; the engine's, and those of collecting.
pub fn check(ask: &Ask<'_>, context: &Context, say: &Say) -> Result<Checked> {
    let folder = tempfile::tempdir().context("cannot make a temporary directory")?;
    say.step("watch", "the rules")?;
    let engine = match Engine::find(ask.engine) {
        Ok(engine) => Some(engine),
        // EVE has its alerts already: the rules are looked at by our own lint only, and the report says so.
        Err(Error::NoEngine { .. }) if ask.pcap.is_empty() => None,
        Err(error) => return Err(error.into()),
    };
    let mut own = read(ask.rules, engine.as_ref(), folder.path(), true)?;
    let mut against = Vec::new();
    for file in ask.against {
        against.push(read(file, engine.as_ref(), folder.path(), false)?);
    }
    let twice = |a: &Set, b: &Set| a.speaking().intersection(&b.speaking()).next().copied();
    for (at, set) in against.iter().enumerate() {
        let others = std::iter::once(&own).chain(&against[..at]);
        for other in others {
            if let Some(sid) = twice(other, set) {
                bail!(
                    "sid {sid} is in {} and in {}: their alerts cannot be told apart, give one of them another",
                    other.file.display(),
                    set.file.display()
                );
            }
        }
    }

    let mut events = ask.eve.to_vec();
    let mut bare = Vec::new();
    if let Some(engine) = engine.as_ref().filter(|_| !ask.pcap.is_empty()) {
        let all = folder.path().join("all.rules");
        let mut text = Vec::new();
        for set in std::iter::once(&own).chain(&against) {
            // As they stand: a comment may be in any encoding.
            text.extend(
                fs::read(&set.file)
                    .with_context(|| format!("cannot read {}", set.file.display()))?,
            );
            text.push(b'\n');
        }
        fs::write(&all, text).with_context(|| format!("cannot write {}", all.display()))?;
        let replay = Replay { engine, folder: &folder, repeat: ask.repeat };
        for (at, pcap) in ask.pcap.iter().enumerate() {
            say.step("watch", &format!("{} is replayed", pcap.display()))?;
            let place = replay.place(&format!("capture-{at}"))?;
            let capture = check::unpack(pcap, &place)?;
            let (eve, _) = engine
                .replay(&capture, Some(&all), &place)
                .with_context(|| format!("{} cannot be replayed", pcap.display()))?;
            events.push(eve);
            replay.time(&capture, None, &mut bare)?;
            for set in std::iter::once(&mut own).chain(&mut against) {
                replay.time(&capture, Some(&set.file), &mut set.costs)?;
            }
        }
    }

    let inner = Context {
        data: folder.path().join("data"),
        data_given: true,
        format: context.format,
        config: context.config.clone(),
    };
    collect(&events, &Reading::default(), &inner, say)?;
    if !ask.labels.is_empty() {
        collect(ask.labels, ask.reading, &inner, say)?;
    }
    // Who is never listed is never listed here either.
    let allowed = context.data.join("allowed.json");
    if allowed.is_file() {
        fs::copy(&allowed, inner.data.join("allowed.json"))
            .with_context(|| format!("cannot copy {}", allowed.display()))?;
    }
    say.step("watch", "alerts beside labels and model")?;
    let workspace = Workspace::open(&inner)?;
    let recipe = match ask.model {
        Some(model) => super::own_recipe(model)?,
        None => Recipe::find("article")?.0,
    };
    let list = rows::label(&workspace, &recipe.enrich, &recipe.enrich.threat)?;
    let labelled = !ask.labels.is_empty();
    let label = labelled.then(|| format!("{}; {}", list.rules, recipe.enrich.label.describe()));
    let mut flows = every_flow(&workspace, labelled)?;
    match ask.model {
        None => flows.values_mut().for_each(|flow| flow.asked = true),
        Some(model) => {
            let threshold = ask.threshold.unwrap_or_else(|| model.card.threshold());
            call(model, &workspace, threshold, &mut flows)?
        }
    }
    let sids = std::iter::once(&own).chain(&against).flat_map(Set::speaking).collect();
    let lost = alerts(&workspace, &sids, &mut flows)?;
    let meanings = Meaning::of(&own.rules);
    let flows: Vec<Flow> = flows.into_values().collect();
    let mut notes = Vec::new();
    if ask.model.is_some() {
        let asked = flows.iter().filter(|flow| flow.asked);
        let addresses = asked.map(|flow| flow.address.as_str()).collect();
        let on = "what is checked here";
        notes.extend(super::unseen::seen_before(&addresses, &recipe.enrich, on, context)?);
    }
    Ok(Checked { engine, own, against, bare, flows, meanings, label, notes, lost })
}

/// Reads and tests a rules file. Only our own form has to hold what the lint asks of it; what others wrote is the engine's to judge.
fn read(file: &Path, engine: Option<&Engine>, folder: &Path, lint: bool) -> Result<Set> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let rules = check::parse(&text);
    if rules.is_empty() {
        bail!("{} holds no rule: `botany watch signature` writes some", file.display());
    }
    let mut faults = if lint { check::lint(&rules) } else { Vec::new() };
    let loaded = match engine.map(|engine| engine.test(file, folder)) {
        None => None,
        Some(Ok(loaded)) => Some(loaded),
        Some(Err(Error::Refused { faults: said, .. })) => {
            // What the lint said better needs no second word.
            let known: BTreeSet<usize> = faults.iter().map(|fault| fault.line).collect();
            let of = |line: usize| rules.iter().rev().find(|rule| rule.line <= line);
            let new = said.into_iter().map(|mut fault| {
                fault.line = of(fault.line).map_or(fault.line, |rule| rule.line);
                fault
            });
            faults.extend(new.filter(|fault| !known.contains(&fault.line)));
            None
        }
        Some(Err(other)) if faults.is_empty() => return Err(other.into()),
        Some(Err(_)) => None,
    };
    if !faults.is_empty() {
        faults.sort();
        return Err(Error::Refused { file: file.to_owned(), faults }.into());
    }
    Ok(Set { file: file.to_owned(), rules, loaded, costs: Vec::new() })
}

struct Replay<'a> {
    engine: &'a Engine,
    folder: &'a TempDir,
    repeat: usize,
}

impl Replay<'_> {
    fn place(&self, name: &str) -> Result<PathBuf> {
        let place = self.folder.path().join(name);
        fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
        Ok(place)
    }

    /// Times replays of a capture; those of several captures are added up, repetition by repetition.
    fn time(&self, capture: &Path, rules: Option<&Path>, costs: &mut Vec<Cost>) -> Result<()> {
        let place = self.place("timed")?;
        costs.resize(self.repeat, Cost { wall: 0.0, processor: 0.0 });
        for cost in costs {
            let (_, took) = self.engine.replay(capture, rules, &place)?;
            cost.wall += took.wall;
            cost.processor += took.processor;
        }
        Ok(())
    }
}

fn collect(paths: &[PathBuf], reading: &Reading, context: &Context, say: &Say) -> Result<()> {
    let named: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let how = How { reading, to_the_end: true };
    super::collect_paths(&super::expand(&named)?, how, context, say)?.all()?;
    Ok(())
}

/// Every flow by its number. Nobody is asked about it yet.
fn every_flow(workspace: &Workspace, labelled: bool) -> Result<BTreeMap<i64, Flow>> {
    let batches = workspace.sql(
        "SELECT flow_id, src_ip, dest_port, is_mirai, packets_in, packets_out, bytes_in, bytes_out, age, \
         tcp_flags_ts, tcp_flags_tc, proto FROM labelled WHERE flow_id IS NOT NULL AND src_ip IS NOT NULL",
    )?;
    let addresses = rows::texts(&batches, "src_ip")?;
    let protocols = rows::texts(&batches, "proto")?;
    let mut columns = BTreeMap::new();
    for name in [
        "flow_id",
        "dest_port",
        "is_mirai",
        "packets_in",
        "packets_out",
        "bytes_in",
        "bytes_out",
        "age",
        "tcp_flags_ts",
        "tcp_flags_tc",
    ] {
        columns.insert(name, rows::numbers(&batches, name)?);
    }
    let of = |name: &str, row: usize| columns[name][row] as u64;
    let mut flows = BTreeMap::new();
    for (row, source) in addresses.iter().enumerate() {
        let flow = Flow {
            address: address::parse(source).map_or_else(|| source.clone(), |ip| ip.to_string()),
            port: of("dest_port", row) as u16,
            observed: botany_watch::signature::Observed {
                packets_out: of("packets_out", row),
                packets_in: of("packets_in", row),
                bytes_out: of("bytes_out", row),
                bytes_in: of("bytes_in", row),
                age: of("age", row),
                flags_out: of("tcp_flags_ts", row) as u8,
                flags_in: of("tcp_flags_tc", row) as u8,
                tcp: protocols[row] == "TCP",
            },
            label: labelled.then(|| of("is_mirai", row) > 0),
            ..Flow::default()
        };
        if flows.insert(columns["flow_id"][row], flow).is_some() {
            bail!(
                "flow_id {} stands for two flows: these events are of several runs of a sensor, check them one by one",
                columns["flow_id"][row]
            );
        }
    }
    Ok(flows)
}

/// What the model calls the flows it is asked about.
fn call(
    model: &Model,
    workspace: &Workspace,
    threshold: f64,
    flows: &mut BTreeMap<i64, Flow>,
) -> Result<()> {
    let scored = scored(model, workspace, &[], &["flow_id"])?;
    let carried = std::slice::from_ref(&scored.rows.carried);
    for (id, probability) in rows::numbers(carried, "flow_id")?.iter().zip(&scored.probability) {
        if let Some(flow) = flows.get_mut(id) {
            flow.asked = true;
            flow.call = Some(*probability >= threshold);
        }
    }
    Ok(())
}

/// Brings the alerts of these SIDs to their flows; gives how many have none.
fn alerts(
    workspace: &Workspace,
    sids: &BTreeSet<u32>,
    flows: &mut BTreeMap<i64, Flow>,
) -> Result<usize> {
    let batches =
        workspace.sql("SELECT flow_id, signature_id FROM alert WHERE coalesce(gid, 1) = 1")?;
    let of = rows::numbers(&batches, "flow_id")?;
    let mut lost = 0;
    for (id, sid) in of.iter().zip(rows::numbers(&batches, "signature_id")?) {
        let sid = sid as u32;
        if !sids.contains(&sid) {
            continue;
        }
        match flows.get_mut(id) {
            Some(flow) => {
                flow.alerts.insert(sid);
            }
            None => lost += 1,
        }
    }
    Ok(lost)
}
