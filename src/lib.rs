//! The front door: the only place that knows people.
//!
//! `cli` reads what was typed, `recipe` and `config` what was written down, [`run`] walks the rooms
//! (collect, enrich, learn, validate, watch), [`report`] says what came of it, and [`serve`] does all of this
//! in a browser.

pub mod cli;
pub mod config;
pub mod reading;
pub mod recipe;
pub mod report;
pub mod run;
pub mod serve;
