//! The house, tested from outside: one binary, each test with a directory of its own.

// The article's own table, from packet counts alone.
mod article_table;
// The program, run as a person runs it.
mod command;
// Collecting: reconciliation, twice, killed half-way.
mod collect;
// The main job on the bundled capture.
mod demo;
// Logs judged while they are written.
mod live;
// What leaves for other programs, read by these: lists, pushes, ONNX.
mod outputs;
// The whole tool in a browser: the API, and the pages as a real browser shows them.
mod serve;
// The real logs and captures that lie beside the repository.
mod shared;
// The tree itself: order of imports, sizes, formatting.
mod tidy;
// From model to rules, and their judge.
mod watch;
