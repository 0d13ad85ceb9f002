//! Files, scored to their end: what watching them would have told.

use std::path::PathBuf;

use anyhow::Result;
use botany_collect::follow::pieces;
use botany_collect::{Options, Stream};

use super::judge::Judge;

/// What became of the lines and of the rows.
#[derive(Clone, Debug, Default)]
pub struct Scored {
    /// Lines read.
    pub lines: u64,
    /// Lines that could not be read.
    pub rejected: u64,
    /// What could not be read at all, and why.
    pub unreadable: Vec<String>,
}

/// Scores files one after the other, and hands every alert's line on.
///
/// # Errors
///
/// If a file cannot be read, the engine's, and those of `tell`.
pub fn score(
    judge: &mut Judge,
    files: &[PathBuf],
    options: &Options,
    tell: &mut dyn FnMut(&str) -> Result<()>,
) -> Result<Scored> {
    let mut scored = Scored::default();
    for file in files {
        let mut stream = Stream::new(&file.display().to_string(), options)?;
        let mut failed = None;
        let unreadable = pieces(file, &mut |piece| {
            let done = stream.read(piece).map_err(Into::into).and_then(|(tally, batches)| {
                scored.lines += tally.lines;
                scored.rejected += tally.rejected;
                judge.take(0, &batches, None)?.iter().try_for_each(|(_, line)| tell(line))
            });
            done.map_err(|error: anyhow::Error| failed = Some(error)).is_ok()
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        scored.unreadable.extend(unreadable);
    }
    judge.finish()?.iter().try_for_each(|(_, line)| tell(line))?;
    Ok(scored)
}
