//! A data directory with an engine over it, for code that does not wait.

use std::future::Future;
use std::path::{Path, PathBuf};

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
}

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
            .thread_stack_size(8 << 20)
            .enable_all()
            .build()?;
        let options = EngineOptions {
            memory_limit: config.limits.memory_mib.map(|mib| mib << 20),
            partitions: threads,
        };
        let engine = runtime.block_on(Engine::open_with(&store, &options))?;
        Ok(Workspace { data: data.to_owned(), store, engine, config: config.clone(), runtime })
    }

    /// Waits for an answer of the engine.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Asks a question of the user's: read-only.
    pub fn query(&self, question: &str) -> Result<Vec<RecordBatch>> {
        Ok(self.wait(self.engine.query(question))?)
    }

    /// Asks a question of our own.
    pub fn sql(&self, question: &str) -> Result<Vec<RecordBatch>> {
        Ok(self.wait(self.engine.sql(question))?)
    }
}
