//! Where do the logs come from? Bytes in, columns and rejects out.
//!
//! [`read`] takes one file (plain, gzip or Zstandard, told apart by their first bytes) or standard
//! input, asks the [`sources`] line by line who knows the line, and hands the rows to a [`Sink`] as
//! Arrow batches of the catalog's tables. Every line has one of three ends: a stored row, a counted
//! event of a kind that is not stored, or a row of `reject` with its reason. [`Tally`] holds the
//! three numbers, and they add up to the lines read.
//!
//! **Bad input is data: only the file system and the sink can fail.** This crate knows no engine and
//! no runtime; a file passes through in chunks, so memory does not grow with its size.
//!
//! ```
//! use botany_collect::{Input, Memory, Options, read};
//!
//! let path = std::env::temp_dir().join(format!("botany-collect-{}.json", std::process::id()));
//! let event = r#"{"timestamp":"2016-11-24T15:06:40.000000+0000","event_type":"flow","flow":{}}"#;
//! std::fs::write(&path, format!("{event}\nno log line\n"))?;
//!
//! let mut sink = Memory::default();
//! let tally = read(&Input::File(path.clone()), &Options::default(), &mut sink, &())?;
//! std::fs::remove_file(&path)?;
//! assert_eq!((tally.lines, tally.stored["flow"], tally.rejected), (2, 1, 1));
//! assert!(tally.reconciles());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chunk;
mod desk;
mod digest;
mod error;
mod explain;
pub mod follow;
mod input;
mod lines;
mod options;
mod progress;
mod read;
pub mod rows;
mod sink;
pub mod sources;
mod spare;
mod state;
mod stream;
mod syslog;
mod tally;
pub mod text;

pub use digest::{Digests, digest, head_digest};
pub use error::Error;
pub use explain::{Explanation, explain};
pub use input::Input;
pub use options::Options;
pub use progress::Progress;
pub use read::{read, read_after};
pub use rows::Rows;
pub use sink::{Memory, Sink, SinkError};
pub use sources::{Outcome, Source};
pub use state::State;
pub use stream::{Batches, Part, Stream};
pub use tally::Tally;
