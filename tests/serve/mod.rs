//! The whole tool in a browser: the API as a program asks it, the pages as a person sees them.

mod api;
mod browser;
mod choices;
mod clusters;
mod doors;
mod fuzz;
mod leaving;
mod made;
mod pages;
mod plain;
mod review;
mod server;
mod walk;
mod words;
