//! What a model learnt, as rules a sensor's own engine can run.
//!
//! A forest is no rule. [`Candidates`] learns a short [`RuleList`] from the model's *decisions* (never from the labels), over
//! nothing but whole numbers of one flow: packets, bytes, age, flags, and packets of one side against those of
//! the other. A [`Target`] is a version of Suricata: it says which of these the version can ask for and
//! [`compile()`] writes the rules. [`Fidelity`] says what was lost on the way, on addresses the list has not seen.
//!
//! The method and its limits are in `docs/signatures.md`.

mod compile;
mod condition;
mod error;
mod fidelity;
mod list;
mod methods;
mod mirai;
mod names;
mod quantity;
mod related;
mod rule;
mod targets;

pub use compile::{Head, RULES, compile};
pub use condition::{Condition, Relation};
pub use error::Error;
pub use fidelity::{Agreement, Candidates, Chosen, Estimate, Fidelity, agreement};
pub use list::{Part, RuleList};
pub use methods::{Lesson, Method, find as find_method};
pub use mirai::{SID as MIRAI_SID, TRUTH as MIRAI_TRUTH, rule as mirai};
pub use names::{LOCAL, sid};
pub use quantity::{Count, Observed, Question, Ratio, Side};
pub use related::{Said, questions};
pub use rule::{Clause, Ports, Rule, Toward};
pub use targets::{Target, find as find_target};

/// The ways a list can be learnt.
pub use methods::ALL as METHODS;
/// The versions that can be written for.
pub use targets::ALL as TARGETS;
