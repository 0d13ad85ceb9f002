//! A condition of somebody's, before it becomes a part of a query of ours.

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::sql::parser::DFParserBuilder;

use crate::expressions::asks_for_more;
use crate::{Engine, Error, guard};

/// Checks that a text is one expression, whole: in parentheses it is then what it is alone. Whether its columns are
/// there is found out by whoever plans it.
///
/// # Errors
/// [`Error::Query`] for anything else, such as `a = 1) OR (a = 2`.
pub fn check_condition(sql: &str) -> Result<(), Error> {
    let refused = |reason: String| Error::Query {
        message: format!("the condition is not one expression: {reason}"),
        hint: "write one, such as dest_port = 22 OR dest_port = 23",
    };
    let parsed = DFParserBuilder::new(sql).build().and_then(|mut parser| parser.parse_into_expr());
    match parsed {
        Ok(parsed) if parsed.alias.is_none() => Ok(()),
        Ok(_) => Err(refused("it is given a name".to_owned())),
        Err(error) => Err(match Error::from(error) {
            Error::Query { message, .. } => refused(message),
            other => other,
        }),
    }
}

impl Engine {
    /// Whether a query says the same of the same rows however often it is asked, and of each of them by itself: no
    /// chance is in it, no clock, and no query within the query.
    ///
    /// # Errors
    /// As [`Engine::query`]; nothing is computed.
    pub async fn repeats(&self, sql: &str) -> Result<bool, Error> {
        let plan = guard::plan(self.context(), sql).await?;
        guard::check_read_only(&plan)?;
        let mut repeats = true;
        plan.apply(|node| {
            for expr in node.expressions() {
                repeats &= !expr.exists(|part| Ok(asks_for_more(part)))?;
            }
            let next = if repeats { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop };
            Ok::<_, DataFusionError>(next)
        })?;
        Ok(repeats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EngineOptions, Fault};

    #[test]
    fn a_condition_is_one_expression_and_nothing_beside_it() {
        for right in ["a = 1", "a = 1 OR b = 2 -- ours", "(a) = (1) /* all */", "a IN (SELECT 1)"] {
            assert!(check_condition(right).is_ok(), "{right}");
        }
        for wrong in [
            "a = 1) OR (a = 2",
            "a = 1) ORDER BY (a",
            "1 = 1); DROP TABLE flow; --",
            "a = 1; a = 2",
            "a = 1, b = 2",
            "a = 1 AS b",
            "a = 1 /*",
            "a = 'b",
            "a =",
            "",
            "-- nothing",
        ] {
            let error = check_condition(wrong).expect_err(wrong);
            let text = error.to_string();
            assert_eq!(error.fault(), Fault::Input, "{wrong}: {text}");
            assert!(text.starts_with("the condition is not one expression: "), "{wrong}: {text}");
            assert!(!text.contains('\n'), "{wrong}: {text}");
        }
    }

    #[tokio::test]
    async fn what_hangs_on_chance_or_clock_does_not_repeat() {
        let engine = Engine::in_memory(&EngineOptions::default()).unwrap();
        engine.register_view("v", "SELECT *, line * 2 AS twice FROM flow").await.unwrap();
        let asked = |filter: &str| format!("SELECT * FROM v AS flow WHERE ({filter})");
        for steady in ["twice = 2", "flow.dest_port IN (22, 23) OR ip_block(src_ip, 8, 32) = 'x'"] {
            assert!(engine.repeats(&asked(steady)).await.unwrap(), "{steady}");
        }
        for other in [
            "random() < 0.1",
            "line = 1 AND (line = 2 OR NOT random() < 0.1)",
            "event_time < now()",
            "line IN (SELECT line FROM login LIMIT 1)",
        ] {
            assert!(!engine.repeats(&asked(other)).await.unwrap(), "{other}");
        }
        assert!(engine.repeats(&asked("nobody = 1")).await.is_err());
        assert!(engine.repeats("DROP TABLE flow").await.is_err());
    }
}
