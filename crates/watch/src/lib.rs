//! What do we do with it?
//!
//! A model leaves the laboratory through the [`registry`]: numbered, immutable, with a card that says
//! what it was made from and how far it can be believed. Nothing enters it without an evaluation.
//! [`signature`] writes what it learnt as rules for a sensor, and [`check`] has the sensor's own engine judge them.
//!
//! What is known leaves it as a [`Listing`], in one of the forms of the shelf [`outputs`], or is pushed into a running
//! Suricata ([`push`]).
//!
//! This crate knows no HTML and no command line.

pub mod alert;
mod bookmark;
mod card;
pub mod check;
pub mod contributions;
pub mod disk;
pub mod drift;
mod error;
mod journal;
pub mod listing;
pub mod metrics;
pub mod outlets;
pub mod outputs;
pub mod push;
pub mod recent;
pub mod registry;
pub mod signature;
pub mod throttle;

pub use alert::Alert;
pub use bookmark::{Bookmark, BookmarkFile};
pub use card::{Card, CardDoubt, CardFeature, Input, Seen, USUAL_THRESHOLD};
pub use contributions::Explainer;
pub use drift::Drift;
pub use error::Error;
pub use journal::{Journal, Opened};
pub use listing::Listing;
pub use metrics::Metrics;
pub use outlets::Outlet;
pub use registry::{Model, ModelName, Registry};
