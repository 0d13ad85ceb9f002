//! What do we know about a flow?
//!
//! Everything here is SQL on the engine, and every statement can be read before it runs:
//!
//! - [`dictionaries`]: the credentials a botnet tries;
//! - [`threat`]: the sources that tried them, by rules one can read and set → table `threat`;
//! - [`label`]: flow ⟕ threat on source and time → view `labelled`, with `is_mirai`;
//! - [`profiles`]: what an address or a block did in 24 hours → views `profile_address`, `profile_block`;
//! - [`windows`]: every flow beside what its address and block did, in one pass;
//! - [`features`]: the shelf of named SQL expressions a model may learn from;
//! - [`rows`]: features and keys of a grain, in one fixed order, ready to be sampled;
//! - [`direct`]: the features of flows as they come, planned once for all batches;
//! - [`known`]: country, autonomous system and registration of an address → table `source`;
//! - [`frequency`]: who knocked, by source, port, country, system, registration or day.
//!
//! This crate knows columns and times. It knows no algorithm: nothing here is fitted.

pub mod dictionaries;
pub mod direct;
mod error;
pub mod features;
pub mod frequency;
pub mod known;
pub mod label;
mod numbers;
pub mod profiles;
pub mod rows;
mod shape;
mod sql;
pub mod threat;
pub mod windows;

pub use error::Error;
