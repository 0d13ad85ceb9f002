//! What do we do with it?
//!
//! A model leaves the laboratory through the [`registry`]: numbered, immutable, with a card that says
//! what it was made from and how far it can be believed. Nothing enters it without an evaluation.
//! [`signature`] writes what it learnt as rules for a sensor, and [`check`] has the sensor's own engine judge them.
//!
//! This crate knows no HTML and no command line.

mod card;
pub mod check;
mod error;
pub mod registry;
pub mod signature;

pub use card::{Card, CardFeature};
pub use error::Error;
pub use registry::{Model, ModelName, Registry};
