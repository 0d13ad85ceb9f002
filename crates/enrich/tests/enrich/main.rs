//! The statements of this crate over a store in a directory of its own.

mod chance;
mod direct;
mod features;
mod house;
mod known;
mod label;
mod listed;
mod ordered;
mod profiles;
mod rows;
mod threat;
mod windows;
