//! Botany: the study of bot populations.
fn main() {}
