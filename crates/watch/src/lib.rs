//! What do we do with it?
//!
//! A model leaves the laboratory through the [`registry`]: numbered, immutable, with a card that says
//! what it was made from and how far it can be believed. Nothing enters it without an evaluation.
//!
//! What is known leaves it as a [`Listing`], in one of the forms of the shelf [`outputs`], or is pushed into a running
//! Suricata ([`push`]).
//!
//! This crate knows no HTML and no command line.

pub mod alert;
mod bookmark;
mod card;
pub mod contributions;
pub mod drift;
mod error;
mod journal;
pub mod metrics;
pub mod outlets;
pub mod disk;
mod error;
pub mod listing;
pub mod outputs;
pub mod push;
pub mod registry;
pub mod throttle;

pub use alert::Alert;
pub use bookmark::{Bookmark, BookmarkFile};
pub use card::{Card, CardFeature, Seen};
pub use contributions::Explainer;
pub use drift::Drift;
pub use error::Error;
pub use journal::{Journal, Opened};
pub use metrics::Metrics;
pub use outlets::Outlet;
pub use listing::Listing;
pub use registry::{Model, ModelName, Registry};
