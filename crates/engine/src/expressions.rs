//! Expressions over the rows of one table, planned once and computed on batch after batch.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, prep_null_mask_filter};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::TreeNode as _;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, Volatility};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::prelude::SessionContext;

use crate::{Engine, Error};

/// A condition and columns that hang on nothing but the row they are computed of.
#[derive(Debug)]
pub struct Expressions {
    /// The columns of a row that are looked at, by name.
    used: Vec<String>,
    condition: Arc<dyn PhysicalExpr>,
    columns: Vec<Arc<dyn PhysicalExpr>>,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Computed {
    /// The numbers of the rows the condition holds for, ascending; none where it holds for all of them.
    pub rows: Option<Vec<usize>>,
    /// The columns, of these rows.
    pub columns: Vec<ArrayRef>,
}

impl Engine {
    /// Plans a condition and columns over rows of `schema` that SQL names `relation`. `None` if that cannot be: an
    /// expression is wrong, or hangs on more than its row, such as another table, the clock or chance. A query says
    /// then what is wrong, or answers.
    pub fn expressions(
        &self,
        relation: &str,
        schema: &SchemaRef,
        condition: &str,
        columns: &[String],
    ) -> Option<Expressions> {
        plan(self.context(), relation, schema, condition, columns).ok().flatten()
    }
}

impl Expressions {
    /// Computes them of the rows of a batch.
    ///
    /// # Errors
    /// [`Error::Query`] for values an expression cannot be computed of.
    pub fn compute(&self, batch: &RecordBatch) -> Result<Computed, Error> {
        Ok(self.run(batch)?)
    }

    fn run(&self, batch: &RecordBatch) -> Result<Computed, DataFusionError> {
        let schema = batch.schema();
        let places = self.used.iter().map(|name| schema.index_of(name));
        let batch = batch.project(&places.collect::<Result<Vec<_>, _>>()?)?;
        let holds = self.condition.evaluate(&batch)?.into_array(batch.num_rows())?;
        let holds = certain(holds.as_boolean());
        let (rows, batch) = if holds.true_count() == batch.num_rows() {
            (None, batch)
        } else {
            let rows = holds.values().set_indices().collect();
            (Some(rows), filter_record_batch(&batch, &holds)?)
        };
        let compute =
            |column: &Arc<dyn PhysicalExpr>| column.evaluate(&batch)?.into_array(batch.num_rows());
        let columns = self.columns.iter().map(compute).collect::<Result<_, _>>()?;
        Ok(Computed { rows, columns })
    }
}

/// What is not known does not hold.
fn certain(holds: &BooleanArray) -> BooleanArray {
    if holds.null_count() > 0 { prep_null_mask_filter(holds) } else { holds.clone() }
}

fn plan(
    context: &SessionContext,
    relation: &str,
    schema: &SchemaRef,
    condition: &str,
    columns: &[String],
) -> Result<Option<Expressions>, DataFusionError> {
    let whole = DFSchema::try_from_qualified_schema(relation, schema)?;
    let parse = |sql: &str| simple(context, sql, &whole);
    let Some(condition) = parse(condition)? else { return Ok(None) };
    let mut parsed = Vec::with_capacity(columns.len());
    for sql in columns {
        let Some(column) = parse(sql)? else { return Ok(None) };
        parsed.push(column);
    }
    let all = || parsed.iter().chain([&condition]);
    let mut used = Vec::new();
    for expr in all() {
        let expr = context.create_physical_expr(expr.clone(), &whole)?;
        used.extend(collect_columns(&expr).iter().map(|column| column.name().to_owned()));
    }
    used.sort();
    used.dedup();
    let fields = used.iter().map(|name| Ok(Arc::clone(&schema.fields()[schema.index_of(name)?])));
    let narrow = Schema::new(fields.collect::<Result<Vec<_>, DataFusionError>>()?);
    let narrow = DFSchema::try_from_qualified_schema(relation, &narrow)?;
    let physical = |expr: &Expr| context.create_physical_expr(expr.clone(), &narrow);
    Ok(Some(Expressions {
        used,
        condition: physical(&condition)?,
        columns: parsed.iter().map(physical).collect::<Result<_, _>>()?,
    }))
}

/// The expression, without what can be computed before there is a row; `None` if it asks for more than a row.
fn simple(
    context: &SessionContext,
    sql: &str,
    schema: &DFSchema,
) -> Result<Option<Expr>, DataFusionError> {
    let expr = context.parse_sql_expr(sql, schema)?;
    if expr.exists(|part| Ok(asks_for_more(part)))? {
        return Ok(None);
    }
    let simplifier = ExprSimplifier::new(
        SimplifyContext::builder()
            .with_schema(Arc::new(schema.clone()))
            .with_config_options(Arc::clone(context.state().config_options()))
            .build(),
    );
    simplifier.simplify(simplifier.coerce(expr, schema)?).map(Some)
}

/// Whether a part of an expression hangs on more than a row: chance, the clock, other rows, another query.
pub(crate) fn asks_for_more(expr: &Expr) -> bool {
    match expr {
        Expr::ScalarFunction(call) => call.func.signature().volatility != Volatility::Immutable,
        Expr::ScalarVariable(..)
        | Expr::AggregateFunction(_)
        | Expr::WindowFunction(_)
        | Expr::Exists(_)
        | Expr::InSubquery(_)
        | Expr::SetComparison(_)
        | Expr::ScalarSubquery(_)
        | Expr::OuterReferenceColumn(..)
        | Expr::GroupingSet(_)
        | Expr::Placeholder(_)
        | Expr::Unnest(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::EngineOptions;

    fn rows() -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(3), None, Some(5), Some(8)]));
        let words: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "a", "c"]));
        let other: ArrayRef = Arc::new(Int64Array::from(vec![0, 0, 0, 0]));
        RecordBatch::try_from_iter_with_nullable([
            ("other", other, true),
            ("n", numbers, true),
            ("word", words, true),
        ])
        .unwrap()
    }

    fn planned(condition: &str, columns: &[&str]) -> Option<Expressions> {
        let engine = Engine::in_memory(&EngineOptions::default()).unwrap();
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        engine.expressions("r", &rows().schema(), condition, &columns)
    }

    #[test]
    fn rows_that_pass_are_numbered_and_computed_alone() {
        // 1 / (n - 3) cannot be computed of the first row, which does not pass.
        let expressions = planned("n > 3", &["100 / (r.n - 3)", "upper(word)"]).unwrap();
        assert_eq!(expressions.used, ["n", "word"]);
        let Computed { rows: chosen, columns } = expressions.compute(&rows()).unwrap();
        assert_eq!(chosen, Some(vec![2, 3]));
        assert_eq!(columns[0].as_primitive::<Int64Type>().values(), &[50, 20]);
        let words: Vec<Option<&str>> = columns[1].as_string::<i32>().iter().collect();
        assert_eq!(words, [Some("A"), Some("C")]);
        let whole = planned("word <> ''", &["7"]).unwrap().compute(&rows()).unwrap();
        assert_eq!((whole.rows, whole.columns[0].len()), (None, 4));
        let wrong = planned("true", &["1 / (n - 3)"]).unwrap().compute(&rows()).unwrap_err();
        assert!(matches!(wrong, Error::Query { .. }), "{wrong}");
    }

    #[test]
    fn what_hangs_on_more_than_the_row_is_left_to_a_query() {
        for condition in [
            "nobody > 3",
            "n >",
            "true) ORDER BY (n",
            "random() > 0.5",
            "now() > TIMESTAMP '2000-01-01'",
            "n IN (SELECT line FROM flow)",
            "n = (SELECT 3)",
            "count(*) > 1",
            "row_number() OVER () = 1",
        ] {
            assert!(planned(condition, &["n"]).is_none(), "{condition}");
            assert!(planned("true", &[condition]).is_none(), "{condition}");
        }
    }
}
