//! What every source did in its windows, for rows that were read by themselves: the columns of the address's profile
//! without a grouping and without a join.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array, new_empty_array};
use arrow::compute::{cast, concat, take};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use botany_catalog::Kind;
use botany_engine::Engine;

use super::aggregate::{self, Aggregate};
use super::ask::reads;
use super::lookup::Lookup;
use super::members::{Flows, Read, with_source};
use super::one_by_one;
use super::seen::Seen;
use super::shares::{Shares, Steps};
use crate::Error;
use crate::numbers::Texts;
use crate::profiles::Options;

/// The windows of all sources, and what was measured in them.
pub(crate) struct Profile {
    sources: Texts,
    steps: Steps,
    windows: Lookup,
    values: Vec<ArrayRef>,
}

/// Why the flows are not read to their end.
enum Stop {
    Many,
    Failed(Error),
}

impl From<botany_engine::Error> for Stop {
    fn from(error: botany_engine::Error) -> Self {
        Stop::Failed(error.into())
    }
}

impl Profile {
    /// Measures of flows of an address, by name, over the flows of a relation. `None` where only the statement can
    /// answer: if one would not be the same to the bit, if there are more than `most` flows, each counted once for
    /// every window it lies in, where the engine may not hold them, and for parts that lack a column.
    pub(crate) async fn of(
        engine: &Engine,
        measures: &[&str],
        options: &Options,
        relation: &str,
        most: usize,
    ) -> Result<Option<Profile>, Error> {
        let measures = measures.iter().map(|name| aggregate::find(name).filter(|a| a.exact()));
        let Some(measures) = measures.collect::<Option<Vec<Aggregate>>>() else { return Ok(None) };
        let most = match engine.room() {
            None => most,
            Some(room) => {
                // Its own column, and once more while that is made.
                let measures = 2 * super::BYTES_A_MEASURE * measures.len();
                let seen = super::BYTES_A_THREAD * engine.threads();
                most.min(room / (super::BYTES_A_FLOW + measures + seen))
            }
        };
        let most = most / (options.window_hours / options.step()) as usize;
        if most == 0 {
            return Ok(None);
        }
        let columns: BTreeSet<&'static str> =
            measures.iter().copied().flat_map(Aggregate::columns).collect();
        let sql = reads(relation, columns.clone(), std::iter::empty());
        let seen = AtomicUsize::new(0);
        let take = move |part: &mut Read, batch: RecordBatch| {
            let batch = with_source(batch).map_err(Stop::Failed)?;
            if seen.fetch_add(batch.num_rows(), Relaxed) + batch.num_rows() > most {
                return Err(Stop::Many);
            }
            part.take(batch, &columns, false).map_err(Stop::Failed)
        };
        let parts = match engine.gather(&sql, take).await {
            Ok(found) => found.parts,
            Err(Stop::Many) => return Ok(None),
            Err(Stop::Failed(error)) => return Err(error),
        };
        let Some(Flows { pieces, texts: sources, .. }) = Flows::of(parts) else { return Ok(None) };
        let threads = engine.threads();
        let Some(shares) = Shares::new(&pieces, &sources, options, threads) else {
            return Ok(None);
        };
        let flows = pieces.iter().map(|piece| piece.source.len()).sum();
        drop(pieces);
        let seconds = f64::from(options.window_hours) * 3600.0;
        let measured = one_by_one(shares.len(), threads, |seen: &mut Seen, n| {
            let (share, addresses) = (shares.windows(n), &shares.addresses);
            let over = |measure: &Aggregate| {
                let values = measure.over(&share.addresses, &share.flows, addresses, seconds, seen);
                cast(&values, &DataType::Float64)
            };
            let all = measures.iter().map(over).collect::<Result<Vec<_>, _>>();
            all.map(|all| (share.named, all.into_iter()))
        });
        let mut measured = measured.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut windows = Lookup::new(sources.len(), shares.steps.count, flows);
        let named = measured.iter().flat_map(|(named, _)| named);
        named.for_each(|(source, step)| windows.add(*source, *step));
        let column = |_: &Aggregate| {
            let all: Vec<ArrayRef> =
                measured.iter_mut().filter_map(|(_, all)| all.next()).collect();
            match all.iter().map(|values| &**values).collect::<Vec<&dyn Array>>().as_slice() {
                [] => Ok(new_empty_array(&DataType::Float64)),
                all => concat(all),
            }
        };
        let values = measures.iter().map(column).collect::<Result<_, _>>()?;
        Ok(Some(Profile { sources, steps: shares.steps, windows, values }))
    }

    /// A batch of rows of these sources at these times with the measures under these names; null where a source began
    /// no flow in its window.
    pub(crate) fn beside(
        &self,
        rows: &RecordBatch,
        [source, time]: [&str; 2],
        names: &[&'static str],
    ) -> Result<RecordBatch, Error> {
        let column = |name: &str, kind| -> Result<ArrayRef, Error> {
            Ok(cast(rows.column(rows.schema().index_of(name)?), kind)?)
        };
        let sources = column(source, &DataType::Utf8)?;
        // A time that SQL computed may count in other units.
        let times = cast(&column(time, &Kind::Time.data_type())?, &DataType::Int64)?;
        let own = sources.as_string::<i32>().iter().zip(times.as_primitive::<Int64Type>());
        let own = own.map(|(source, time)| {
            let source = self.sources.get(source?)?;
            self.windows.get(source, self.steps.own(time?)?)
        });
        let places: UInt32Array = own.collect();
        let (mut fields, mut columns) = (rows.schema().fields().to_vec(), rows.columns().to_vec());
        for (name, values) in names.iter().zip(&self.values) {
            fields.push(Arc::new(Field::new(*name, DataType::Float64, true)));
            columns.push(take(values, &places, None)?);
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array};
    use botany_engine::EngineOptions;

    use super::*;
    use crate::profiles::{self, Grain, MEASURES, Part, Source};

    /// Flows of nine sources over five days, some before 1970, each column with what is rare in it.
    const FLOWS: &str = "SELECT arrow_cast(value * 691200500 - 86400000000, 'Timestamp(Microsecond, Some(\"UTC\"))') AS event_time, \
         CASE WHEN value % 3 > 0 THEN arrow_cast(value * 691300500 - 86400000000, 'Timestamp(Microsecond, Some(\"UTC\"))') END AS end_time, \
         CAST(value % 7 AS BIGINT UNSIGNED) AS age, \
         CASE WHEN value % 10 = 0 THEN NULL WHEN value % 10 = 1 THEN 'no address' ELSE '192.0.2.' || (value % 10) END AS src_ip, \
         CASE WHEN value % 11 > 0 THEN '198.51.100.' || (value % 13) END AS dest_ip, \
         CASE WHEN value % 5 > 0 THEN CAST(value % 17 AS INT UNSIGNED) END AS src_port, \
         CASE WHEN value % 7 > 0 THEN CAST(value % 3 * 2301 + 22 AS INT UNSIGNED) END AS dest_port, \
         CASE WHEN value % 4 > 0 THEN CAST(value % 31 AS INT UNSIGNED) END AS tcp_flags_ts, \
         CASE WHEN value % 6 > 0 THEN CAST(value % 29 AS INT UNSIGNED) END AS tcp_flags_tc, \
         CAST(value % 5 AS BIGINT UNSIGNED) AS packets_in, CAST(value % 4 AS BIGINT UNSIGNED) AS packets_out, \
         CAST(value * 9007199254740881 AS BIGINT UNSIGNED) AS bytes_in, CAST(value AS BIGINT UNSIGNED) AS bytes_out \
         FROM generate_series(1, 600)";

    async fn engine() -> Engine {
        let engine = Engine::in_memory(&EngineOptions::default()).unwrap();
        let flows = engine.sql(FLOWS).await.unwrap();
        engine.register_batches("flow", flows).unwrap();
        engine
    }

    #[tokio::test]
    async fn what_is_exact_is_the_statements_to_the_bit() {
        let engine = engine().await;
        let all = MEASURES.iter().filter(|m| m.part == Part::Flow && m.grain == Grain::Address);
        let exact = all.map(|m| m.name).filter(|name| aggregate::find(name).unwrap().exact());
        let exact: Vec<&'static str> = exact.collect();
        assert_eq!(exact.len(), 30, "{exact:?}");
        for options in [Options::default(), Options { window_hours: 7, ..Options::default() }] {
            let of = Source { relation: "flow", labelled: false };
            let statement = profiles::sql(Grain::Address, &options, of, &[Part::Flow]);
            let said =
                Profile::of(&engine, &exact, &options, "flow", 10_000).await.unwrap().unwrap();
            let mut windows = 0;
            for rows in engine.sql(&statement).await.unwrap() {
                let whole: Vec<ArrayRef> = exact.iter().map(|name| rows[*name].clone()).collect();
                let keys = rows.project(&[0, 1]).unwrap();
                let found = said.beside(&keys, ["address", "window_start"], &exact).unwrap();
                windows += rows.num_rows();
                for ((name, meant), said) in exact.iter().zip(whole).zip(&found.columns()[2..]) {
                    let meant = cast(&meant, &DataType::Float64).unwrap();
                    let bits = |values: &ArrayRef| -> Vec<Option<u64>> {
                        let values: &Float64Array = values.as_primitive();
                        values.iter().map(|value| value.map(f64::to_bits)).collect()
                    };
                    assert_eq!(bits(said), bits(&meant), "{name}");
                }
            }
            assert!(windows > 40, "{windows}");
        }
    }

    #[tokio::test]
    async fn who_began_no_flow_in_a_window_has_none_and_what_is_too_much_is_left_to_the_statement()
    {
        let (engine, options) = (engine().await, Options::default());
        let of = |measure: &'static str, most| {
            let engine = &engine;
            async move { Profile::of(engine, &[measure], &options, "flow", most).await.unwrap() }
        };
        let profile = of("flows", 540).await.unwrap();
        let sources: ArrayRef = Arc::new(arrow::array::StringArray::from(vec![
            Some("192.0.2.3"),
            Some("192.0.2.3"),
            Some("nobody"),
            None,
        ]));
        let day = 86_400_000_000;
        let times: ArrayRef = Arc::new(Int64Array::from(vec![0, -400 * day, 0, 0]));
        let rows = RecordBatch::try_from_iter([("source", sources), ("time", times)]).unwrap();
        let rows = profile.beside(&rows, ["source", "time"], &["profile_flows"]).unwrap();
        let flows = rows["profile_flows"].as_primitive::<arrow::datatypes::Float64Type>();
        assert_eq!(flows.iter().collect::<Vec<_>>(), [Some(12.0), None, None, None]);
        assert!(of("flows", 539).await.is_none(), "540 flows have a source");
        assert!(of("inter_arrival_std", 540).await.is_none());
        assert!(of("login_attempts", 540).await.is_none());
    }
}
