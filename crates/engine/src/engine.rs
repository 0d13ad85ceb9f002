//! Who computes: one DataFusion session over the tables of a store.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use botany_catalog::tables;
use datafusion::catalog::MemTable;
use datafusion::common::TableReference;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryLimit};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt as _;
use parquet::arrow::ArrowWriter;
use uuid::Uuid;

use crate::{Error, Store, functions, guard, listing};

/// How much of the machine a session may take.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Bytes a query may hold; beyond it sorts, joins and groups go to temporary files. `None`: no limit.
    pub memory_limit: Option<usize>,
    /// Parts a query is computed in at once, one a core by default.
    pub partitions: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        let partitions = thread::available_parallelism().map_or(1, usize::from);
        EngineOptions { memory_limit: None, partitions }
    }
}

/// A session that answers SQL over a [`Store`].
///
/// Every table of the catalog is there under its name, with the column `event_date` (the UTC day of
/// `event_time`) after its own; a condition on it reads only the files of those days. Each query
/// sees what is committed when it begins, unless the session is [`pinned`](Engine::pinned).
pub struct Engine {
    context: SessionContext,
    scratch: Option<Arc<Scratch>>,
}

/// At most so many rows of an answer, and whether there are more.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The rows; at least one batch, which may be empty, so that the columns are always known.
    pub batches: Vec<RecordBatch>,
    /// Whether rows were left out.
    pub more: bool,
}

impl Engine {
    /// Opens a session with the default options.
    ///
    /// # Errors
    /// [`Error::Io`] if a table's directory is gone.
    pub async fn open(store: &Store) -> Result<Engine, Error> {
        Engine::open_with(store, &EngineOptions::default()).await
    }

    /// Opens a session.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn open_with(store: &Store, options: &EngineOptions) -> Result<Engine, Error> {
        let config = session_config(SessionConfig::new(), options);
        let context = SessionContext::new_with_config_rt(config, runtime(options)?);
        Engine::over(context, store, None)
    }

    /// Opens a session over nothing but memory: the catalog's tables are there, empty until
    /// [`Engine::register_batches`] fills them. They lack `event_date`.
    ///
    /// # Errors
    /// The engine's own, such as for a limit it cannot keep.
    pub fn in_memory(options: &EngineOptions) -> Result<Engine, Error> {
        let config = session_config(SessionConfig::new(), options);
        let context = SessionContext::new_with_config_rt(config, runtime(options)?);
        functions::register(&context);
        let engine = Engine { context, scratch: None };
        for table in tables::ALL {
            engine.register_batches(table.name, vec![RecordBatch::new_empty(table.schema())])?;
        }
        Ok(engine)
    }

    /// The same session, but all its queries see those parts of a table that the first to read it found. A cluster
    /// looks for itself, query by query.
    ///
    /// # Errors
    /// The engine's own.
    pub fn pinned(&self) -> Result<Engine, Error> {
        let scratch = self.scratch.clone();
        if scratch.is_some() {
            return Ok(Engine { context: self.context.clone(), scratch });
        }
        let state = self.context.state();
        let runtime = RuntimeEnvBuilder::from_runtime_env(state.runtime_env())
            .with_object_list_cache_limit(usize::MAX)
            .build_arc()?;
        let state = SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime).build();
        Ok(Engine { context: SessionContext::new_with_state(state), scratch })
    }

    /// Makes the functions and the stored tables known to a session. With a `scratch` directory,
    /// tables made up on the way are files in it, which other machines can read.
    pub(crate) fn over(
        context: SessionContext,
        store: &Store,
        scratch: Option<&Path>,
    ) -> Result<Engine, Error> {
        functions::register(&context);
        listing::register_stored(&context, store)?;
        let scratch = scratch.map(Scratch::make).transpose()?.map(Arc::new);
        Ok(Engine { context, scratch })
    }

    /// Answers SQL of our own. At least one batch comes back, so that the columns are known.
    ///
    /// # Errors
    /// As [`Engine::query`], but nothing is refused.
    pub async fn sql(&self, sql: &str) -> Result<Vec<RecordBatch>, Error> {
        let plan = guard::plan(&self.context, sql).await?;
        self.run(plan).await
    }

    /// Answers somebody's SQL: one SELECT, EXPLAIN, SHOW or DESCRIBE. Nothing is changed, and no
    /// file is read but the store's.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::UnknownTable`], [`Error::UnknownColumn`], [`Error::Query`] for
    /// what is wrong with the query, [`Error::Memory`] if it needs too much.
    pub async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, Error> {
        let plan = guard::plan(&self.context, sql).await?;
        guard::check_read_only(&plan)?;
        self.run(plan).await
    }

    /// [`query`](Engine::query), handed on a batch at a time, none of which is kept: without ORDER BY in whatever
    /// order they are done. `visit` stops it with an error.
    ///
    /// # Errors
    /// As [`Engine::query`], and those of `visit`.
    pub async fn each<E: From<Error>>(
        &self,
        sql: &str,
        mut visit: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let plan = guard::plan(&self.context, sql).await?;
        guard::check_read_only(&plan)?;
        let frame = self.context.execute_logical_plan(plan).await.map_err(Error::from)?;
        let mut stream = frame.execute_stream().await.map_err(Error::from)?;
        while let Some(batch) = stream.next().await {
            visit(batch.map_err(Error::from)?)?;
        }
        Ok(())
    }

    /// [`query`](Engine::query), but no more than `max_rows` rows; the rest is not computed.
    ///
    /// # Errors
    /// As [`Engine::query`], and [`Error::Memory`] for an answer of more than `max_bytes`.
    pub async fn query_limited(
        &self,
        sql: &str,
        max_rows: usize,
        max_bytes: usize,
    ) -> Result<Answer, Error> {
        let plan = guard::plan(&self.context, sql).await?;
        guard::check_read_only(&plan)?;
        let plan = match plan {
            // These must stand at the top of a plan, and are short.
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_) => {
                plan
            }
            plan => LogicalPlanBuilder::from(plan).limit(0, Some(one_more(max_rows)))?.build()?,
        };
        Ok(cut(self.run_within(plan, max_bytes).await?, max_rows))
    }

    /// Makes batches a table, in place of one of that name.
    ///
    /// # Errors
    /// [`Error::Batch`] if there is no batch or they differ in their columns.
    pub fn register_batches(&self, name: &str, batches: Vec<RecordBatch>) -> Result<(), Error> {
        let reject = |reason: &str| Error::Batch { table: name.into(), reason: reason.into() };
        let first =
            batches.first().ok_or_else(|| reject("there is none, not even an empty one"))?;
        let schema = first.schema();
        if batches.iter().any(|batch| batch.schema().fields() != schema.fields()) {
            return Err(reject("the batches differ in their columns"));
        }
        if let Some(scratch) = &self.scratch {
            let dir = scratch.write(&batches)?;
            return listing::register(&self.context, name, &dir, schema, Vec::new());
        }
        let table = MemTable::try_new(schema, vec![batches])?;
        let name = TableReference::bare(name.to_owned());
        self.context.deregister_table(name.clone())?;
        self.context.register_table(name, Arc::new(table))?;
        Ok(())
    }

    /// Gives a query a name, in place of a table or view of that name. It is computed when asked.
    ///
    /// # Errors
    /// As [`Engine::sql`].
    pub async fn register_view(&self, name: &str, sql: &str) -> Result<(), Error> {
        let plan = guard::plan(&self.context, sql).await?;
        let view = self.context.execute_logical_plan(plan).await?.into_view();
        let name = TableReference::bare(name.to_owned());
        self.context.deregister_table(name.clone())?;
        self.context.register_table(name, view)?;
        Ok(())
    }

    /// Parts a query is computed in at once.
    pub fn threads(&self) -> usize {
        self.context.state().config().target_partitions()
    }

    /// Bytes of tables that may be held beside a query, half of the limit; `None`: no limit. None at all where a
    /// cluster computes: its tables are to stay where they lie.
    pub fn room(&self) -> Option<usize> {
        if self.scratch.is_some() {
            return Some(0);
        }
        match self.context.runtime_env().memory_pool.memory_limit() {
            MemoryLimit::Finite(limit) => Some(limit / 2),
            _ => None,
        }
    }

    /// The tables and views there are, sorted.
    pub fn tables(&self) -> Vec<String> {
        guard::tables(&self.context)
    }

    /// The session itself.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    async fn run(&self, plan: LogicalPlan) -> Result<Vec<RecordBatch>, Error> {
        let frame = self.context.execute_logical_plan(plan).await?;
        let schema = Arc::clone(frame.schema().inner());
        Ok(or_empty(frame.collect().await?, schema))
    }

    /// The same, given up once the answer is larger.
    async fn run_within(
        &self,
        plan: LogicalPlan,
        max_bytes: usize,
    ) -> Result<Vec<RecordBatch>, Error> {
        let frame = self.context.execute_logical_plan(plan).await?;
        let schema = Arc::clone(frame.schema().inner());
        let mut stream = frame.execute_stream().await?;
        let (mut batches, mut bytes) = (Vec::new(), 0_usize);
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            bytes = bytes.saturating_add(batch.get_array_memory_size());
            if bytes > max_bytes {
                let message = format!("its answer is larger than {} MiB", max_bytes >> 20);
                return Err(Error::Memory { message });
            }
            batches.push(batch);
        }
        Ok(or_empty(batches, schema))
    }
}

/// At least one batch, so that the columns are known.
fn or_empty(mut batches: Vec<RecordBatch>, schema: SchemaRef) -> Vec<RecordBatch> {
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    batches
}

/// What a session of ours is like, here and on a cluster.
pub(crate) fn session_config(config: SessionConfig, options: &EngineOptions) -> SessionConfig {
    let mut config = config
        .with_target_partitions(options.partitions.max(1))
        .with_information_schema(true)
        .set_str("datafusion.execution.time_zone", "UTC")
        // Text is one type in the house, in answers too.
        .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false);
    if let Some(limit) = options.memory_limit {
        // A sort sets this aside to merge what it spilled; it must fit several times over.
        let aside = limit / (options.partitions.max(1) * 8);
        config = config.with_sort_spill_reservation_bytes(aside.min(10 << 20));
    }
    config
}

fn runtime(options: &EngineOptions) -> Result<Arc<RuntimeEnv>, Error> {
    // Other processes add files: what a directory holds is looked up anew for every query.
    let mut builder = RuntimeEnvBuilder::new().with_object_list_cache_limit(0);
    if let Some(limit) = options.memory_limit {
        builder = builder.with_memory_pool(Arc::new(FairSpillPool::new(limit)));
    }
    Ok(builder.build_arc()?)
}

/// One row more than asked for tells whether there are more; the engine counts rows in 63 bits.
fn one_more(rows: usize) -> usize {
    rows.min(i64::MAX as usize - 1) + 1
}

fn cut(batches: Vec<RecordBatch>, max_rows: usize) -> Answer {
    let mut left = max_rows;
    let mut more = false;
    let mut kept = Vec::with_capacity(batches.len());
    for batch in batches {
        let rows = batch.num_rows().min(left);
        more |= rows < batch.num_rows();
        if rows > 0 || kept.is_empty() {
            kept.push(batch.slice(0, rows));
        }
        left -= rows;
    }
    Answer { batches: kept, more }
}

/// A directory for the tables a session makes up, gone with the session.
struct Scratch {
    dir: PathBuf,
}

impl Scratch {
    fn make(parent: &Path) -> Result<Scratch, Error> {
        let dir = parent.join(Uuid::now_v7().to_string());
        fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
        Ok(Scratch { dir })
    }

    /// Writes batches of one schema as a file in a directory of its own.
    fn write(&self, batches: &[RecordBatch]) -> Result<PathBuf, Error> {
        let dir = self.dir.join(Uuid::now_v7().to_string());
        fs::create_dir(&dir).map_err(Error::io("create", &dir))?;
        let path = dir.join("table.parquet");
        let file = File::create_new(&path).map_err(Error::io("create", &path))?;
        let write = || {
            let mut writer = ArrowWriter::try_new(file, batches[0].schema(), None)?;
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.close()
        };
        write().map_err(|error| Error::io("write", &path)(std::io::Error::other(error)))?;
        Ok(dir)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover is harmless: nothing lists it.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

#[cfg(test)]
mod tests;
