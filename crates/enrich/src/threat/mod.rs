//! Who behaves like the botnet?
//!
//! A source is listed when its failed logins show enough names (or pairs) of a dictionary within a
//! window of time; [`Rules`] says how many, how long and where. The list is the table `threat`, one row
//! a source. [`Rules::sql`] is the statement that says what it is; [`pass`] makes the same rows in one going-over of the
//! log-ins, and the statement is asked where there is no room for them.
//!
//! A listed source *tried a botnet's names*. That is not proof of the botnet: other guessers use the same
//! lists, and many hosts may stand behind one address.

mod columns;
mod entries;
mod pass;
mod rules;
mod statement;

use arrow::array::RecordBatch;
use botany_engine::Engine;

use crate::Error;
use crate::shape::{conform, schema};

pub use columns::COLUMNS;
pub use rules::{Outcomes, Rules};

/// The list, and the statement that says the same.
#[derive(Debug)]
pub struct ThreatList {
    /// The rows of table `threat` with the columns of [`COLUMNS`], highest score first.
    pub batches: Vec<RecordBatch>,
    /// The statement whose answer is this list, whether it was asked or [`pass`] made the rows.
    pub sql: String,
    /// The rules in a sentence, to be printed above the list.
    pub rules: String,
}

impl ThreatList {
    /// How many sources are listed.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether no source is listed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Builds the list from table `login` and registers it as table `threat`.
///
/// # Errors
/// [`Error::Setting`] for rules that cannot be meant, those of the dictionary, and the engine's.
pub async fn build(engine: &Engine, rules: &Rules) -> Result<ThreatList, Error> {
    let sql = rules.sql()?;
    let batches = match pass(engine, rules).await? {
        Some(batches) => batches,
        None => conform(&engine.sql(&sql).await?, &schema(COLUMNS))?,
    };
    engine.register_batches("threat", batches.clone())?;
    Ok(ThreatList { batches, sql, rules: rules.describe() })
}

/// The rows of [`Rules::sql`], in its order, by the pass alone; `None` where only the statement can answer: where the
/// engine may not hold the lines, where a cluster computes, and for parts that lack a column.
///
/// # Errors
/// As [`build`].
pub async fn pass(engine: &Engine, rules: &Rules) -> Result<Option<Vec<RecordBatch>>, Error> {
    pass::pass(engine, rules, &rules.checked()?).await
}

/// Registers an empty list: no source is known to have tried anything.
///
/// # Errors
/// The engine's.
pub fn none(engine: &Engine) -> Result<(), Error> {
    Ok(engine.register_batches("threat", conform(&[], &schema(COLUMNS))?)?)
}
