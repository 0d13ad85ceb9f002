//! What takes long: begun by one request, looked after by others, and still there after a reload.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use botany_learn::{Overseer, overseen};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::Fault;
use crate::run::progress::{Listener, Say, was_stopped};

/// Jobs that are remembered; the oldest ended ones are forgotten.
const REMEMBERED: usize = 100;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Another job is computing.
    Waiting,
    /// It is computing.
    Running,
    /// It has ended well.
    Done,
    /// It has ended with an error.
    Failed,
    /// It was stopped.
    Stopped,
}

/// A job as it is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// `collect` or `run`.
    pub kind: String,
    /// What is done, in a few words.
    pub title: String,
    /// How far it is.
    pub state: State,
    /// When it was asked for, RFC 3339 in UTC.
    pub asked_at: String,
    /// The steps begun so far, in order: room and what.
    pub steps: Vec<Step>,
    /// Bytes read so far, of a collection.
    pub bytes: u64,
    /// The trees grown so far and those to be grown, while a forest is fitted.
    pub trees: Option<[usize; 2]>,
    /// What came of it.
    #[schema(value_type = Value)]
    pub result: Value,
    /// Why it failed.
    pub error: Option<String>,
    /// What there is instead of what was asked for, where that is long; may be empty.
    pub instead: String,
}

/// The number of a job.
#[derive(Serialize, ToSchema)]
pub struct Begun {
    /// Ask `/api/v1/jobs/{job}` how far it is.
    pub job: u64,
}

/// A step of a job.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Step {
    /// The room it is done in.
    pub room: String,
    /// What is done.
    pub what: String,
    /// When it began, RFC 3339 in UTC.
    pub at: String,
}

/// Jobs that may wait for their turn.
const WAITING: usize = 20;

/// All jobs of a server.
#[derive(Default)]
pub struct Jobs {
    kept: Mutex<BTreeMap<u64, Arc<Kept>>>,
    next: AtomicU64,
    /// One job computes at a time: each takes all cores.
    turn: Arc<Mutex<()>>,
}

struct Kept {
    job: Mutex<Job>,
    bytes: AtomicU64,
    stop: AtomicBool,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Job> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self) -> Job {
        Job { bytes: self.bytes.load(Ordering::Relaxed), ..self.lock().clone() }
    }
}

impl Listener for Kept {
    fn step(&self, room: &str, what: &str) {
        let at = jiff::Timestamp::now().to_string();
        let mut job = self.lock();
        job.trees = None;
        job.steps.push(Step { room: room.to_owned(), what: what.to_owned(), at });
    }

    fn bytes(&self, more: u64) {
        self.bytes.fetch_add(more, Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Overseer for Kept {
    fn goes_on(&self) -> bool {
        !self.stopped()
    }

    fn trees(&self, _: usize, all: usize) {
        // Each tree is told once, but threads come in any order: counted here, the last of a forest ends its telling.
        let mut job = self.lock();
        let told = job.trees.filter(|told| told[1] == all && told[0] < all);
        job.trees = Some([told.map_or(1, |[told, _]| told + 1), all]);
    }
}

impl Jobs {
    /// Begins a job on a thread of its own and gives its number; `None` if too many wait already.
    pub fn begin(
        &self,
        kind: &str,
        title: &str,
        work: impl FnOnce(&Say) -> Result<Value> + Send + 'static,
    ) -> Option<u64> {
        let waiting = |kept: &&Arc<Kept>| kept.lock().state == State::Waiting;
        if self.lock().values().filter(waiting).count() >= WAITING {
            return None;
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let job = Job {
            id,
            kind: kind.to_owned(),
            title: title.to_owned(),
            state: State::Waiting,
            asked_at: jiff::Timestamp::now().to_string(),
            steps: Vec::new(),
            bytes: 0,
            trees: None,
            result: Value::Null,
            error: None,
            instead: String::new(),
        };
        let (bytes, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let kept = Arc::new(Kept { job: Mutex::new(job), bytes, stop });
        self.keep(id, Arc::clone(&kept));
        let turn = Arc::clone(&self.turn);
        let run = Arc::clone(&kept);
        // Plans of many nested operators are polled deeply.
        let thread = std::thread::Builder::new().stack_size(super::STACK);
        let begun = thread.spawn(move || {
            let kept = run;
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.stopped() {
                return;
            }
            kept.lock().state = State::Running;
            let say = Say::to(Arc::clone(&kept) as Arc<dyn Listener>);
            let overseer = Arc::clone(&kept) as Arc<dyn Overseer>;
            let work = || overseen(overseer, || work(&say));
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            let mut job = kept.lock();
            job.trees = None;
            match done {
                Ok(Ok(result)) => (job.state, job.result) = (State::Done, result),
                Ok(Err(error)) if was_stopped(&error) => job.state = State::Stopped,
                Ok(Err(error)) => {
                    let Fault { message, instead, .. } = Fault::from(error);
                    (job.state, job.error, job.instead) = (State::Failed, Some(message), instead);
                }
                Err(_) => {
                    let message = "the program failed; please report this".to_owned();
                    (job.state, job.error) = (State::Failed, Some(message));
                }
            }
        });
        if let Err(error) = begun {
            let mut job = kept.lock();
            (job.state, job.error) = (State::Failed, Some(format!("no thread for it: {error}")));
        }
        Some(id)
    }

    /// Every job that is remembered, the newest first.
    pub fn all(&self) -> Vec<Job> {
        self.lock().values().rev().map(|kept| kept.told()).collect()
    }

    /// One job.
    pub fn one(&self, id: u64) -> Option<Job> {
        self.lock().get(&id).map(|kept| kept.told())
    }

    /// Asks a job to stop: before its next step, or within a fit between two trees or rounds; whether there is such a
    /// job.
    pub fn stop(&self, id: u64) -> bool {
        let kept = self.lock().get(&id).cloned();
        kept.is_some_and(|kept| {
            kept.stop.store(true, Ordering::Relaxed);
            let mut job = kept.lock();
            if job.state == State::Waiting {
                job.state = State::Stopped;
            }
            true
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Kept>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, id: u64, kept: Arc<Kept>) {
        let mut all = self.lock();
        all.insert(id, kept);
        let ended = |kept: &Kept| !matches!(kept.lock().state, State::Waiting | State::Running);
        while all.len() > REMEMBERED {
            let Some(oldest) = all.iter().find(|(_, kept)| ended(kept)).map(|(id, _)| *id) else {
                break;
            };
            all.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;
    use botany_learn::{Column, Frame, Pipeline, PipelineSpec, Setting, Values};
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    fn ended(jobs: &Jobs, id: u64) -> Job {
        let begin = Instant::now();
        loop {
            let job = jobs.one(id).unwrap();
            if !matches!(job.state, State::Waiting | State::Running) {
                return job;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "job {id} does not end");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_job_tells_its_steps_its_result_and_its_error() {
        let jobs = Jobs::default();
        let well = jobs.begin("run", "well", |say| {
            say.step("learn", "one")?;
            Ok(Value::from(7))
        });
        let well = well.unwrap();
        let badly = jobs.begin("run", "badly", |_| anyhow::bail!("no such thing")).unwrap();
        let worse = jobs.begin("run", "worse", |_| panic!("a defect")).unwrap();
        let job = ended(&jobs, well);
        assert_eq!((job.state, job.result), (State::Done, Value::from(7)));
        assert_eq!((job.steps[0].room.as_str(), job.steps[0].what.as_str()), ("learn", "one"));
        assert_eq!(ended(&jobs, badly).error.as_deref(), Some("no such thing"));
        assert_eq!(ended(&jobs, worse).state, State::Failed);
        assert_eq!(jobs.all().iter().map(|job| job.id).collect::<Vec<_>>(), [worse, badly, well]);
    }

    #[test]
    fn a_job_stops_within_a_fit_and_tells_its_trees() {
        let jobs = Jobs::default();
        let (begun, has_begun) = channel();
        let id = jobs.begin("run", "a long fit", move |say| {
            say.step("learn", "the model")?;
            begun.send(()).unwrap();
            // More trees than anybody waits for.
            let settings = [("n_estimators".to_owned(), Setting::Integer(10_000))];
            let spec = PipelineSpec {
                features: vec!["a".into()],
                clustering: None,
                scale: false,
                algorithm: "random-forest".into(),
                settings: settings.into(),
                seed: 1,
                threads: 0,
            };
            let values = (0..20_000).map(|n| f64::from(n * 7919 % 10_007)).collect();
            let frame = Frame::new(vec![Column::new("a", Values::Number(values))])?;
            let y: Vec<u8> = (0..20_000).map(|n| u8::from(n % 3 == 0)).collect();
            Pipeline::fit(&spec, &frame, &y).context("the rows cannot be learnt")?;
            Ok(Value::Null)
        });
        let id = id.unwrap();
        has_begun.recv().unwrap();
        let begin = Instant::now();
        while jobs.one(id).unwrap().trees.is_none_or(|[grown, all]| grown < 2 || all != 10_000) {
            assert!(begin.elapsed() < Duration::from_secs(60), "no tree is told");
            std::thread::yield_now();
        }
        assert!(jobs.stop(id));
        let job = ended(&jobs, id);
        assert_eq!((job.state, job.error, job.trees), (State::Stopped, None, None));
    }

    #[test]
    fn the_next_forest_is_told_from_its_first_tree_in_whatever_order_the_last_ones_came() {
        let jobs = Jobs::default();
        let (begun, has_begun) = channel();
        let (tell, told) = channel::<()>();
        let id = jobs.begin("run", "two forests", move |_| {
            begun.send(()).unwrap();
            told.recv()?;
            Ok(Value::Null)
        });
        has_begun.recv().unwrap();
        let kept = jobs.lock().get(&id.unwrap()).cloned().unwrap();
        let mut heard = Vec::new();
        for grown in [1, 3, 2, 1, 2, 3] {
            kept.trees(grown, 3);
            heard.push(kept.told().trees);
        }
        assert_eq!(heard, [1, 2, 3, 1, 2, 3].map(|grown| Some([grown, 3])));
        tell.send(()).unwrap();
        assert_eq!(ended(&jobs, id.unwrap()).trees, None);
    }

    #[test]
    fn a_job_stops_before_its_next_step() {
        let jobs = Jobs::default();
        let (begun, has_begun) = channel();
        let (tell, told) = channel();
        let id = jobs.begin("run", "long", move |say| {
            begun.send(()).unwrap();
            told.recv()?;
            say.step("learn", "never")?;
            Ok(Value::Null)
        });
        let id = id.unwrap();
        has_begun.recv().unwrap();
        let next = jobs.begin("run", "waits", |_| Ok(Value::Null)).unwrap();
        assert!(jobs.stop(next));
        assert_eq!(jobs.one(next).unwrap().state, State::Stopped, "at once, as it had not begun");
        assert!(jobs.stop(id) && !jobs.stop(next + 1));
        tell.send(()).unwrap();
        assert_eq!(ended(&jobs, id).state, State::Stopped);
    }
}
