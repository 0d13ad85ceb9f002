//! The SQL functions of the house. To add one: one file here, one line in [`ALL`].

mod ip_block;
mod ip_number;
mod tcp_flag_names;

use datafusion::logical_expr::ScalarUDF;
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
    make: fn() -> ScalarUDF,
}

impl Function {
    /// The function as the engine takes it.
    pub fn udf(&self) -> ScalarUDF {
        (self.make)()
    }
}

/// Every function.
pub static ALL: &[&Function] =
    &[&ip_block::IP_BLOCK, &ip_number::IP_NUMBER, &tcp_flag_names::TCP_FLAG_NAMES];

/// Makes every function known to a session.
pub(crate) fn register(context: &SessionContext) {
    for function in ALL {
        context.register_udf(function.udf());
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
            assert_eq!(function.udf().name(), function.name);
            assert!(function.signature.starts_with(function.name), "{}", function.name);
            assert!(!function.doc.is_empty());
            assert!(!ask(function.example).await.is_empty(), "{}", function.name);
        }
    }
}
