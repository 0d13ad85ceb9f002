//! What do we call things?
//!
//! The words of the house, in one place: the typed tables ([`tables`]), the identity of an address
//! ([`address`]), the bits of a TCP flag byte ([`tcp`]), the producer/consumer ratio ([`pcr`]), and what each word means ([`words`]).
//!
//! This crate knows Arrow's types and nothing else: no engine, no disk, no clock. Every other crate
//! of the house imports it; it imports none of them.

pub mod address;
pub mod digits;
pub mod nearest;
pub mod pcr;
mod table;
pub mod tables;
pub mod tcp;
pub mod words;

pub use table::{Column, Kind, Table};
