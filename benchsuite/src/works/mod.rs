//! What is measured: one file a work, one line a work in [`ALL`].

mod forest;
mod growth;
mod job;
mod kmeans;
mod label;
mod read;
mod start;
mod store;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

use crate::python::Python;

/// What a ratio is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Seconds of the process from start to end.
    Wall,
    /// Seconds of all cores, of the whole process.
    Cpu,
    /// Seconds of the work, without start-up.
    Work,
    /// Seconds of all cores, of the work without start-up.
    WorkCpu,
    /// Most memory held.
    Peak,
}

/// A demand on ourselves: so many times better than that peer.
#[derive(Clone, Debug)]
pub struct Goal {
    /// The peer's name, or our own other run.
    pub peer: &'static str,
    /// In what.
    pub measure: Measure,
    /// How many times.
    pub times: f64,
}

/// Who does the work, and how it is started.
#[derive(Clone, Debug)]
pub struct Contender {
    /// Its name; ours is [`OURS`].
    pub name: String,
    /// Program and arguments; [`ROUND`] stands for the number of the round, from 1.
    pub command: Vec<String>,
    /// Cores it may run on.
    pub cores: usize,
}

/// In a command: the number of the round, such as for a seed.
pub const ROUND: &str = "{round}";

/// The name of our own side.
pub const OURS: &str = "botany";

/// A work on one input.
pub struct Work {
    /// What is done, on what.
    pub title: String,
    /// Who does it, ourselves among them.
    pub contenders: Vec<Contender>,
    /// What is demanded.
    pub goals: Vec<Goal>,
    /// Whether the rounds' answers are the same as ours, or why not; the first argument is ours.
    pub agrees: fn(&[&Value], &[&Value]) -> Result<(), String>,
    /// Rounds that are run whatever is asked, as where answers are compared by their mean over seeds.
    pub least_rounds: usize,
}

/// What a work needs to be set up.
pub struct Bench {
    /// Where inputs and outputs are written: of one size, by one generator.
    pub inputs: PathBuf,
    /// This program, which is our own side too.
    pub subject: PathBuf,
    /// The product.
    pub botany: PathBuf,
    /// The peers; without them we run alone.
    pub python: Option<Python>,
    /// Events of the sensor's log.
    pub events: u64,
    /// Cores everybody may use.
    pub threads: usize,
}

/// A family of works, chosen by name.
pub struct Family {
    /// The name.
    pub name: &'static str,
    /// Writes the inputs and names the works.
    pub works: fn(&Bench) -> Result<Vec<Work>>,
}

/// Every family.
pub static ALL: &[Family] = &[
    Family { name: "read", works: read::works },
    Family { name: "store", works: store::works },
    Family { name: "label", works: label::works },
    Family { name: "kmeans", works: kmeans::works },
    Family { name: "forest", works: forest::works },
    Family { name: "job", works: job::works },
    Family { name: "watch", works: watch::works },
    Family { name: "growth", works: growth::works },
    Family { name: "start", works: start::works },
];

impl Bench {
    /// Our own side, in a process of its own.
    fn ours(&self, work: &str, arguments: &[String]) -> Contender {
        self.ours_on(self.threads, work, arguments)
    }

    /// The same on so many cores.
    fn ours_on(&self, threads: usize, work: &str, arguments: &[String]) -> Contender {
        let mut command = vec![text(&self.subject)];
        command.extend(["subject", "--threads"].map(str::to_owned));
        command.extend([threads.to_string(), work.to_owned()]);
        command.extend_from_slice(arguments);
        Contender { name: OURS.to_owned(), command, cores: threads }
    }

    /// The peers of a work, if there are any on this machine.
    fn peers(&self, work: &str, names: &[&str], arguments: &[String]) -> Vec<Contender> {
        let Some(python) = &self.python else { return Vec::new() };
        names.iter().map(|name| python.peer(work, name, self.threads, arguments)).collect()
    }

    /// A file of the inputs' folder.
    fn file(&self, name: &str) -> PathBuf {
        self.inputs.join(name)
    }
}

/// A path as an argument.
fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Asks of each round.
fn each(
    ours: &[&Value],
    theirs: &[&Value],
    agrees: fn(&Value, &Value) -> Result<(), String>,
) -> Result<(), String> {
    ours.iter().zip(theirs).try_for_each(|(ours, theirs)| agrees(ours, theirs))
}

/// The answers are equal in every member ours has but `note`.
fn equal(ours: &Value, theirs: &Value) -> Result<(), String> {
    let members = ours.as_object().into_iter().flatten();
    for (name, value) in members.filter(|(name, _)| *name != "note") {
        if theirs[name] != *value {
            return Err(format!("{name} is {} where ours is {value}", theirs[name]));
        }
    }
    Ok(())
}
