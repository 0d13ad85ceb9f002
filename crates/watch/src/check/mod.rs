//! Does a rule set load, and what does it hit?
//!
//! The judge is the engine itself: [`Engine::test`] is `suricata -T`, [`Engine::replay`] is `suricata -r` over a capture.
//! Before it is asked, [`lint()`] looks for what the engine lets pass or only mumbles about. Afterwards [`count`] sets the alerts
//! beside the labels, the model's calls and what the rules themselves say of each flow at its end ([`Meaning`]).

mod capture;
mod count;
mod engine;
mod error;
mod lint;
mod meaning;
mod parse;

pub use capture::unpack;
pub use count::{Beside, Confusion, Counts, Flow, Says, Side, Sides, against, beside, count};
pub use engine::{CONFIGURATION, Cost, Engine, Loaded};
pub use error::{Error, Fault};
pub use lint::lint;
pub use meaning::Meaning;
pub use parse::{Parsed, parse};
