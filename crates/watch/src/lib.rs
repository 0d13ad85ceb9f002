//! What do we do with it?
//!
//! A model leaves the laboratory through the [`registry`]: numbered, immutable, with a card that says
//! what it was made from and how far it can be believed. Nothing enters it without an evaluation.
//!
//! What is known leaves it as a [`Listing`], in one of the forms of the shelf [`outputs`], or is pushed into a running
//! Suricata ([`push`]).
//!
//! This crate knows no HTML and no command line.

mod card;
pub mod disk;
mod error;
pub mod listing;
pub mod outputs;
pub mod push;
pub mod registry;

pub use card::{Card, CardFeature};
pub use error::Error;
pub use listing::Listing;
pub use registry::{Model, ModelName, Registry};
