//! What every request may use.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Json;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::Options;
use super::answer::Fault;
use super::jobs::{Begun, Jobs};
use super::kept::Kept;
use crate::cli::Context;
use crate::cli::output::Format;
use crate::config::Config;
use crate::run::progress::Say;
use crate::run::{Clustered, Workspace};

/// Questions answered at once; others wait.
const AT_ONCE: usize = 4;
/// How long a question may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);
/// Memory a question may take where the owner has set no limit.
const MEMORY_MIB: usize = 1024;

/// Clusterings that are kept; 50,000 rows are some twenty megabytes.
const CLUSTERINGS: usize = 4;

/// The clusters that came of a recipe.
pub struct Clustering {
    /// What was found, as it is told and saved.
    pub found: Value,
    /// The rows and their clusters.
    pub clustered: Clustered,
}

/// The server's own.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    data: PathBuf,
    config: Config,
    token: Option<String>,
    logs: Vec<PathBuf>,
    encrypted: bool,
    temporary: bool,
    turns: Arc<Semaphore>,
    jobs: Jobs,
    clusterings: Arc<Kept<Clustering>>,
}

impl Server {
    /// A server over the context's data directory, which is made if there is none.
    pub fn new(context: &Context, options: &Options) -> Result<Server> {
        botany_engine::Store::open(&context.data)?;
        let mut config = context.config.clone();
        config.limits.memory_mib.get_or_insert(MEMORY_MIB);
        let logs = options.logs.iter().map(|folder| {
            let whole = folder.canonicalize();
            whole.with_context(|| format!("{} is no folder to collect from", folder.display()))
        });
        Ok(Server {
            inner: Arc::new(Inner {
                data: context.data.clone(),
                config,
                token: options.token.clone(),
                logs: logs.collect::<Result<_>>()?,
                encrypted: options.tls.is_some(),
                temporary: options.temporary,
                turns: Arc::new(Semaphore::new(AT_ONCE)),
                jobs: Jobs::default(),
                clusterings: Arc::new(Kept::new(CLUSTERINGS)),
            }),
        })
    }

    /// The context of a command that would do the same.
    pub fn context(&self) -> Context {
        Context {
            data: self.inner.data.clone(),
            data_given: true,
            format: Format::Json,
            config: self.inner.config.clone(),
        }
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.inner.data
    }

    /// Begins what takes long, unless too much of it waits already.
    pub fn begin(
        &self,
        kind: &str,
        title: &str,
        work: impl FnOnce(&Say) -> Result<Value> + Send + 'static,
    ) -> Result<Json<Begun>, Fault> {
        let job = self.inner.jobs.begin(kind, title, work);
        job.map(|job| Json(Begun { job })).ok_or_else(Fault::busy)
    }

    /// What takes long.
    pub fn jobs(&self) -> &Jobs {
        &self.inner.jobs
    }

    /// The clusterings a browser looks at.
    pub fn clusterings(&self) -> Arc<Kept<Clustering>> {
        Arc::clone(&self.inner.clusterings)
    }

    /// What a caller must bring, if anything.
    pub fn token(&self) -> Option<&str> {
        self.inner.token.as_deref()
    }

    /// Whether nobody on the way can read along.
    pub fn encrypted(&self) -> bool {
        self.inner.encrypted
    }

    /// Whether the data directory goes with the server.
    pub fn temporary(&self) -> bool {
        self.inner.temporary
    }

    /// Folders below which files may be named to be collected.
    pub fn logs(&self) -> &[PathBuf] {
        &self.inner.logs
    }

    /// Does something with the data directory, away from the threads that answer, when its turn has come.
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Workspace) -> Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let context = self.context();
        self.in_turn(move || work(&Workspace::open(&context)?.within(ANSWER))).await
    }

    /// Reads files of the data directory, likewise.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let data = self.data().to_owned();
        self.in_turn(move || work(&data)).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let turn = Arc::clone(&self.inner.turns).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(PATIENCE, turn).await else {
            return Err(Fault::busy());
        };
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        Ok(done.await.map_err(|_| Fault::ours("the answer was not found to its end"))??)
    }
}
