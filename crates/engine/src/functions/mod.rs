//! The SQL functions of the house. To add one: one file here, one line in [`ALL`].

mod count_addresses;
mod ip_block;
mod tcp_flag_names;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::prelude::SessionContext;

/// One SQL function, with what its page in the manual says.
#[derive(Debug)]
pub struct Function {
    /// The name, as it stands in SQL.
    pub name: &'static str,
    /// How it is called, with the types of what goes in and what comes out.
    pub signature: &'static str,
    /// What it gives, and when it gives null.
    pub doc: &'static str,
    /// A query that shows it.
    pub example: &'static str,
    make: fn() -> Made,
}

/// The function as the engine takes it.
enum Made {
    /// One value of each row.
    Scalar(ScalarUDF),
    /// One value of many rows.
    Aggregate(AggregateUDF),
}

/// Every function.
pub static ALL: &[&Function] =
    &[&count_addresses::COUNT_ADDRESSES, &ip_block::IP_BLOCK, &tcp_flag_names::TCP_FLAG_NAMES];

/// Makes every function known to a session.
pub(crate) fn register(context: &SessionContext) {
    for function in ALL {
        match (function.make)() {
            Made::Scalar(scalar) => context.register_udf(scalar),
            Made::Aggregate(aggregate) => context.register_udaf(aggregate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output;

    /// The cells of the first column of an answer.
    pub(super) async fn ask(sql: &str) -> Vec<String> {
        let context = SessionContext::new();
        register(&context);
        let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
        output::rows(&batches).unwrap().map(|mut row| row.swap_remove(0)).collect()
    }

    #[tokio::test]
    async fn every_function_bears_its_name_and_its_example_runs() {
        for function in ALL {
            let made = match (function.make)() {
                Made::Scalar(scalar) => scalar.name().to_owned(),
                Made::Aggregate(aggregate) => aggregate.name().to_owned(),
            };
            assert_eq!(made, function.name);
            assert!(function.signature.starts_with(function.name), "{}", function.name);
            assert!(!function.doc.is_empty());
            assert!(!ask(function.example).await.is_empty(), "{}", function.name);
        }
    }
}
