//! An answer that is worked on where it is read: every thread keeps what it makes of its own part.

use std::panic::resume_unwind;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use futures::StreamExt as _;
use tokio::task::JoinSet;

use crate::{Engine, Error, guard};

/// What became of the parts of an answer.
#[derive(Debug)]
pub struct Gathered<P> {
    /// The columns, which are known even if there was no row.
    pub schema: SchemaRef,
    /// The parts, one for each that the engine computes at once.
    pub parts: Vec<P>,
}

impl Engine {
    /// [`query`](Engine::query), but no batch goes from one thread to another: `take` adds it to the part that the
    /// thread which read it began as `P::default()`. Which batch comes to which part is left open.
    ///
    /// # Errors
    /// As [`Engine::query`], and those of `take`, which end it.
    pub async fn gather<P, E>(
        &self,
        sql: &str,
        take: impl Fn(&mut P, RecordBatch) -> Result<(), E> + Send + Sync + 'static,
    ) -> Result<Gathered<P>, E>
    where
        P: Default + Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let plan = guard::plan(self.context(), sql).await?;
        guard::check_read_only(&plan)?;
        let frame = self.context().execute_logical_plan(plan).await.map_err(Error::from)?;
        let schema = Arc::clone(frame.schema().inner());
        let streams = frame.execute_stream_partitioned().await.map_err(Error::from)?;
        let take = Arc::new(take);
        // Dropped with what awaits it, and then nobody reads on.
        let mut reading = JoinSet::new();
        for mut stream in streams {
            let take = Arc::clone(&take);
            reading.spawn(async move {
                let mut part = P::default();
                while let Some(batch) = stream.next().await {
                    take(&mut part, batch.map_err(Error::from)?)?;
                }
                Ok::<P, E>(part)
            });
        }
        let mut parts = Vec::with_capacity(reading.len());
        while let Some(done) = reading.join_next().await {
            match done {
                Ok(part) => parts.push(part?),
                Err(ended) if ended.is_panic() => resume_unwind(ended.into_panic()),
                Err(ended) => {
                    return Err(Error::from(DataFusionError::ExecutionJoin(Box::new(ended))).into());
                }
            }
        }
        Ok(Gathered { schema, parts })
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, AsArray as _, Int64Array};
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::EngineOptions;

    fn engine() -> Engine {
        let engine = Engine::in_memory(&EngineOptions::default()).unwrap();
        let batch = |from: i64| {
            let column: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + 10));
            RecordBatch::try_from_iter([("n", column)]).unwrap()
        };
        engine.register_batches("numbers", (0..10).map(|n| batch(n * 10)).collect()).unwrap();
        engine
    }

    #[tokio::test]
    async fn every_row_comes_to_one_part() {
        let add = |part: &mut Vec<i64>, batch: RecordBatch| {
            part.extend(batch.column(0).as_primitive::<Int64Type>().values());
            Ok::<_, Error>(())
        };
        let found = engine().gather("SELECT n FROM numbers WHERE n < 95", add).await.unwrap();
        let mut all = found.parts.concat();
        all.sort_unstable();
        assert_eq!(all, (0..95).collect::<Vec<_>>());
        let none =
            engine().gather("SELECT n, 1 AS one FROM numbers WHERE n < 0", add).await.unwrap();
        assert_eq!((none.schema.fields().len(), none.parts.concat().len()), (2, 0));
    }

    #[tokio::test]
    async fn who_takes_may_refuse_and_nothing_is_changed() {
        let full = |_: &mut (), _| Err(Error::Memory { message: "no more".to_owned() });
        let refused = engine().gather("SELECT n FROM numbers", full).await.unwrap_err();
        assert!(matches!(refused, Error::Memory { .. }), "{refused}");
        let keep = |_: &mut (), _| Ok::<_, Error>(());
        let refused = engine().gather("DROP TABLE numbers", keep).await.unwrap_err();
        assert!(matches!(refused, Error::ReadOnly { .. }), "{refused}");
    }
}
