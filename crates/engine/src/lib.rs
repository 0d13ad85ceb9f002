//! Who computes, and where does it lie?
//!
//! The [`Store`] is a directory of Parquet files that is written in transactions and never edited.
//! The [`Engine`] answers SQL over it. [`functions`] are the SQL functions of the house, [`output`]
//! turns answers into CSV, JSON and table cells, [`file`] into Parquet, and [`cluster`] lets several machines compute over
//! the same files.
//!
//! ```no_run
//! # async fn ask() -> Result<(), botany_engine::Error> {
//! use botany_engine::{Engine, Store};
//!
//! let store = Store::open("data".as_ref())?;
//! let engine = Engine::open(&store).await?;
//! let answer = engine.query("SELECT src_ip, count(*) AS flows FROM flow GROUP BY src_ip").await?;
//! # Ok(())
//! # }
//! ```
//!
//! **This crate knows no model, no log format and no person.** DataFusion is named here only, and
//! Ballista in `cluster.rs` only.

pub mod cluster;
mod condition;
mod engine;
mod error;
mod expressions;
pub mod file;
pub mod functions;
mod gather;
mod guard;
mod listing;
pub mod output;
#[cfg(test)]
mod sample;
mod store;

pub use condition::check_condition;
pub use engine::{Answer, Engine, EngineOptions};
pub use error::{Error, Fault};
pub use expressions::{Computed, Expressions};
pub use gather::Gathered;
pub use store::{Bookmark, PartPath, Store, Transaction};
