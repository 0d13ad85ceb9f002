//! A data directory with an engine over it, for code that does not wait.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use arrow::array::RecordBatch;
use botany_engine::{Engine, EngineOptions, Store};
use tokio::runtime::Runtime;

use crate::cli::Context;
use crate::config::Config;

/// A data directory with an engine over it.
pub struct Workspace {
    /// The directory, as the user named it.
    pub data: PathBuf,
    /// What lies there.
    pub store: Store,
    /// Who computes.
    pub engine: Engine,
    /// What the owner configured.
    pub config: Config,
    runtime: Runtime,
    patience: Option<(Duration, Instant)>,
}

/// An answer took longer than was allowed.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} seconds", .0.as_secs())]
pub struct TooLong(Duration);

impl Workspace {
    /// Opens the data directory of the context.
    pub fn open(context: &Context) -> Result<Workspace> {
        Workspace::at(&context.data, &context.config)
    }

    /// Opens a data directory; asking never makes one.
    ///
    /// # Errors
    ///
    /// If there is none, or the store's.
    pub fn at(data: &Path, config: &Config) -> Result<Workspace> {
        if !data.is_dir() {
            bail!(
                "{} is no data directory: `botany collect --data {0} PATH…` makes one",
                data.display()
            );
        }
        let store = Store::open(data)?;
        let threads = config.threads();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            // Plans of many nested operators are polled deeply.
            .thread_stack_size(128 << 20)
            .enable_all()
            .build()?;
        let options = EngineOptions {
            memory_limit: config.limits.memory_mib.map(|mib| mib << 20),
            partitions: threads,
        };
        let engine = runtime.block_on(Engine::open_with(&store, &options))?;
        let (data, config) = (data.to_owned(), config.clone());
        Ok(Workspace { data, store, engine, config, runtime, patience: None })
    }

    /// The same, but all answers together may not take longer, from now on.
    pub fn within(self, patience: Duration) -> Workspace {
        Workspace { patience: Some((patience, Instant::now() + patience)), ..self }
    }

    /// Refuses to go on when the time is over: for who computes between two answers.
    ///
    /// # Errors
    ///
    /// [`TooLong`].
    pub fn in_time(&self) -> Result<()> {
        match self.patience {
            Some((patience, until)) if Instant::now() >= until => Err(TooLong(patience).into()),
            _ => Ok(()),
        }
    }

    /// Waits for an answer of the engine.
    ///
    /// # Errors
    ///
    /// The answer's own, and [`TooLong`]; what was computed for it is given up then.
    pub fn wait<T, E: Into<anyhow::Error>>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T> {
        let Some((patience, until)) = self.patience else {
            return self.runtime.block_on(future).map_err(Into::into);
        };
        let answer =
            self.runtime.block_on(async { tokio::time::timeout_at(until.into(), future).await });
        answer.map_err(|_| TooLong(patience))?.map_err(Into::into)
    }

    /// Asks a question of the user's: read-only.
    pub fn query(&self, question: &str) -> Result<Vec<RecordBatch>> {
        self.wait(self.engine.query(question))
    }

    /// Asks a question of our own.
    pub fn sql(&self, question: &str) -> Result<Vec<RecordBatch>> {
        self.wait(self.engine.sql(question))
    }
}
