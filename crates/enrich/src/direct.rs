//! The features of flows as they come: the selection of [`crate::rows`], planned once for all batches.
//!
//! Only flows that are described by themselves: a selection that asks for the label, for the threat list, for a
//! profile or for the clock is answered by [`select`](crate::rows::select) alone.

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{Schema, SchemaRef};
use botany_catalog::tables::FLOW;
use botany_engine::{Computed, Engine, Expressions};

use crate::Error;
use crate::features::{self, Grain};
use crate::rows::Selection;

/// A selection of flows, planned.
#[derive(Debug)]
pub struct Direct {
    expressions: Expressions,
    /// Of the features.
    schema: SchemaRef,
}

/// The flows of a batch that are chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Their numbers in the batch, ascending; none where all of them are.
    pub rows: Option<Vec<usize>>,
    /// Their features, in the order of the selection.
    pub features: RecordBatch,
}

impl Direct {
    /// Plans a selection; `None` if it asks for more than a flow tells by itself, or cannot be answered at all.
    ///
    /// # Errors
    /// Those of [`Selection::schema`], and the engine's for a filter that is not one expression.
    pub fn plan(engine: &Engine, selection: &Selection) -> Result<Option<Direct>, Error> {
        let promised = selection.schema()?;
        let filter = selection.condition()?;
        let own = &selection.features;
        let chosen = own.iter().map(|name| features::find(name)).collect::<Result<Vec<_>, _>>()?;
        if selection.grain != Grain::Flow || chosen.iter().any(|feature| feature.is_profile()) {
            return Ok(None);
        }
        let fields = own.iter().map(|name| Ok(promised.field_with_name(name)?.clone()));
        let schema = Schema::new(fields.collect::<Result<Vec<_>, Error>>()?).into();
        let sql: Vec<String> = chosen.iter().map(|feature| feature.sql(selection.pcr)).collect();
        let condition = match filter {
            None => "flow.src_ip IS NOT NULL".to_owned(),
            Some(filter) => format!("flow.src_ip IS NOT NULL AND {filter}"),
        };
        let expressions = engine.expressions("flow", &FLOW.schema(), &condition, &sql);
        Ok(expressions.map(|expressions| Direct { expressions, schema }))
    }

    /// Chooses among the flows of a batch and says what there is to say of them.
    ///
    /// # Errors
    /// The engine's, such as for a condition that cannot be computed of a flow.
    pub fn choose(&self, flows: &RecordBatch) -> Result<Chosen, Error> {
        let Computed { rows, columns } = self.expressions.compute(flows)?;
        let columns = columns.iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        Ok(Chosen { rows, features: RecordBatch::try_new(self.schema.clone(), columns)? })
    }
}
