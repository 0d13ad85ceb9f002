//! What a query may do: look, not touch.

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;

use crate::Error;

/// Plans one statement. A table that is not there is named, with those that are.
pub(crate) async fn plan(context: &SessionContext, sql: &str) -> Result<LogicalPlan, Error> {
    let state = context.state();
    match state.create_logical_plan(sql).await {
        Ok(plan) => Ok(plan),
        Err(error) => Err(unknown_table(context, sql).unwrap_or_else(|| error.into())),
    }
}

/// Refuses a plan that would change data, the session or a file, anywhere inside it.
pub(crate) fn check_read_only(plan: &LogicalPlan) -> Result<(), Error> {
    let mut refused = None;
    plan.apply_with_subqueries(|node| {
        refused = match node {
            LogicalPlan::Ddl(ddl) => Some(ddl.name().to_owned()),
            LogicalPlan::Dml(dml) => Some(dml.op.to_string()),
            LogicalPlan::Copy(_) => Some("COPY".to_owned()),
            LogicalPlan::Statement(statement) => Some(statement.name().to_owned()),
            _ => return Ok::<_, DataFusionError>(TreeNodeRecursion::Continue),
        };
        Ok(TreeNodeRecursion::Stop)
    })?;
    refused.map_or(Ok(()), |statement| Err(Error::ReadOnly { statement }))
}

/// The tables and views there are, sorted.
pub(crate) fn tables(context: &SessionContext) -> Vec<String> {
    let mut names: Vec<String> = context
        .catalog_names()
        .iter()
        .filter_map(|name| context.catalog(name))
        .flat_map(|catalog| {
            let schemas =
                catalog.schema_names().into_iter().filter_map(move |n| catalog.schema(&n));
            schemas.flat_map(|schema| schema.table_names()).collect::<Vec<_>>()
        })
        .collect();
    names.sort();
    names
}

/// The first table of a query that cannot be planned for want of it.
fn unknown_table(context: &SessionContext, sql: &str) -> Option<Error> {
    let state = context.state();
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect).ok()?;
    let named = state.resolve_table_references(&statement).ok()?;
    let known = |name: &TableReference| {
        context.table_exist(name.clone()).unwrap_or(false)
            || state.table_functions().contains_key(name.table())
            || name.schema() == Some("information_schema")
    };
    let table = named.into_iter().find(|name| !known(name))?.to_string();
    Some(Error::UnknownTable { table, known: tables(context) })
}
