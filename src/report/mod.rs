//! What a run found, told to people: in the terminal and as one self-contained web page.
//!
//! [`model`] holds what is said, [`text`] says it in a minute of reading, [`html`] with plots.

mod escape;
#[cfg(test)]
mod example;
pub mod figures;
pub mod html;
pub mod model;
mod packed;
pub mod text;

pub use model::Report;
