//! The house, tested from outside.
