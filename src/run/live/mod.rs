//! A model at work while the logs are written.
//!
//! [`judge::Judge`] takes rows and gives alerts; [`score::score`] feeds it files to their end, [`watch::watch`] what
//! is written to logs from now on.

mod ahead;
mod clock;
mod health;
pub mod judge;
mod kept;
mod listing;
pub mod logs;
pub mod score;
mod scorer;
mod teller;
pub mod watch;
mod windows;

pub use teller::Teller;
