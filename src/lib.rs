//! The front door: the only place that knows people.
//!
//! `cli` reads what was typed, `recipe` and `config` what was written down, [`run`] walks the rooms
//! (collect, enrich, learn, validate, watch), and [`report`] says what came of it.

pub mod cli;
pub mod config;
pub mod reading;
pub mod recipe;
pub mod report;
pub mod run;
