//! Who behaves like the botnet?
//!
//! A source is listed when its failed logins show enough names (or pairs) of a dictionary within a
//! window of time; [`Rules`] says how many, how long and where. The list is the table `threat`, one row
//! a source, built by one statement that [`Rules::sql`] shows.
//!
//! A listed source *tried a botnet's names*. That is not proof of the botnet: other guessers use the same
//! lists, and many hosts may stand behind one address.

mod columns;
mod rules;
mod statement;

use arrow::array::RecordBatch;
use botany_engine::Engine;

use crate::Error;
use crate::shape::{conform, schema};

pub use columns::COLUMNS;
pub use rules::{Outcomes, Rules};

/// The list, and the statement that made it.
#[derive(Debug)]
pub struct ThreatList {
    /// The rows of table `threat` with the columns of [`COLUMNS`], highest score first.
    pub batches: Vec<RecordBatch>,
    /// The statement that ran.
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
    let batches = conform(&engine.sql(&sql).await?, &schema(COLUMNS))?;
    engine.register_batches("threat", batches.clone())?;
    Ok(ThreatList { batches, sql, rules: rules.describe() })
}

/// Registers an empty list: no source is known to have tried anything.
///
/// # Errors
/// The engine's.
pub fn none(engine: &Engine) -> Result<(), Error> {
    Ok(engine.register_batches("threat", conform(&[], &schema(COLUMNS))?)?)
}
