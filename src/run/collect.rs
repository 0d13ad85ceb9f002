//! Collecting: which files, what of them is new, and what became of their lines.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use arrow::array::RecordBatch;
use botany_catalog::Table;
use botany_collect::{Input, Options, Sink, SinkError, Tally};
use botany_engine::{Bookmark, Store, Transaction};

use super::progress::Say;
use crate::cli::Context;
use crate::reading::Reading;
use crate::recipe::Recipe;

/// What became of one input.
pub struct Collected {
    /// The file, as it was named.
    pub file: String,
    /// What became of its lines; `None` if all of it was collected before.
    pub tally: Option<Tally>,
}

/// How the lines of a collection are read.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// What was said of them.
    pub reading: &'a Reading,
    /// Whether a last line without newline is read.
    pub to_the_end: bool,
}

/// What was collected, and why not the rest.
pub struct Collection {
    /// The inputs that were read, each stored for good.
    pub files: Vec<Collected>,
    /// What stopped the collection before its end.
    pub stopped: Option<anyhow::Error>,
}

impl Collection {
    /// All of it, or what stopped it.
    ///
    /// # Errors
    ///
    /// What stopped it.
    pub fn all(self) -> Result<Vec<Collected>> {
        self.stopped.map_or(Ok(self.files), Err)
    }
}

/// Collects what a recipe names.
pub fn sources(recipe: &Recipe, context: &Context, say: &Say) -> Result<Vec<Collected>> {
    if recipe.collect.paths.is_empty() {
        return Ok(Vec::new());
    }
    let how = How { reading: &recipe.collect.reading, to_the_end: true };
    paths(&expand(&recipe.collect.paths)?, how, context, say)?.all()
}

/// Collects files into the data directory; `-` is standard input. Each file is one transaction.
pub fn paths(paths: &[PathBuf], how: How<'_>, context: &Context, say: &Say) -> Result<Collection> {
    let mut options = how.reading.options(context.config.threads())?;
    options.hold_back = !how.to_the_end;
    let store = Store::open(&context.data)?;
    let progress = say.collecting(paths);
    let mut collection = Collection { files: Vec::new(), stopped: None };
    for path in paths {
        progress.file(path);
        let read = say
            .step("collect", &path.display().to_string())
            .and_then(|()| one(&store, path, &options, how.reading, &progress));
        match read {
            Ok(collected) => collection.files.push(collected),
            Err(error) => {
                collection.stopped = Some(error);
                break;
            }
        }
    }
    progress.finish();
    Ok(collection)
}

/// The files that paths, folders and globs stand for, in a stable order.
///
/// # Errors
///
/// If one of them stands for nothing: a misspelt path must not look like an empty log.
pub fn expand(patterns: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for pattern in patterns {
        let path = Path::new(pattern);
        if pattern == "-" || path.is_file() {
            files.push(path.to_owned());
        } else if path.is_dir() {
            walk(path, &mut files)?;
        } else if path.exists() {
            // A named pipe, say.
            files.push(path.to_owned());
        } else {
            let before = files.len();
            let matches =
                glob::glob(pattern).with_context(|| format!("`{pattern}` is no pattern"))?;
            for found in matches {
                let found = found?;
                if found.is_dir() {
                    walk(&found, &mut files)?;
                } else {
                    files.push(found);
                }
            }
            if files.len() == before {
                bail!("nothing at {pattern}: check the path");
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|path| seen.insert(path.clone()));
    Ok(files)
}

/// The files of a folder and of the folders in it, by name; hidden ones are left alone.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let listing = folder.read_dir().with_context(|| format!("cannot list {}", folder.display()))?;
    let mut entries = listing.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            // A link to a folder may lead in a circle, and a data directory is no log.
            if !path.is_symlink() && !path.join("botany-store").exists() {
                walk(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// What a file has that the store does not: everything, what it has grown by, or nothing.
enum News {
    All,
    After(u64),
    Nothing,
}

fn one(
    store: &Store,
    path: &Path,
    options: &Options,
    reading: &Reading,
    progress: &super::progress::Collecting,
) -> Result<Collected> {
    let file = path.display().to_string();
    let input = if file == "-" { Input::Stdin } else { Input::File(path.to_owned()) };
    // The lock first: what another collect is storing right now is known only when it is done.
    let mut sink = Writing { transaction: store.begin()?.with_threads(options.threads) };
    let bookmarks = store.bookmarks()?;
    let after = match news(&bookmarks, path, reading)? {
        News::Nothing => return Ok(Collected { file, tally: None }),
        News::After(bytes) => bytes,
        News::All => 0,
    };
    let tally = botany_collect::read_after(&input, after, options, &mut sink, progress)?;
    let known = bookmarks.iter().find(|b| b.digest == tally.digest && b.bytes == tally.bytes);
    if let Some(bookmark) = known {
        check(path, bookmark, reading)?;
    }
    if known.is_some() || (tally.bytes == 0 && tally.held_back > 0) {
        // Standard input cannot be read twice, so only now is it known to be an old friend; and all that
        // is new of a file may be a line that waits for its newline.
        let waits = Tally { held_back: tally.held_back, ..Tally::default() };
        return Ok(Collected { file, tally: (tally.held_back > 0).then_some(waits) });
    }
    sink.transaction.commit(bookmark(&file, reading, &tally))?;
    Ok(Collected { file, tally: Some(tally) })
}

fn news(known: &[Bookmark], path: &Path, reading: &Reading) -> Result<News> {
    if path == Path::new("-") || known.is_empty() || !path.is_file() {
        return Ok(News::All);
    }
    let head = botany_collect::head_digest(path)?;
    let mut alike: Vec<&Bookmark> = known.iter().filter(|b| b.head_digest == head).collect();
    if alike.is_empty() {
        return Ok(News::All);
    }
    alike.sort_by_key(|b| std::cmp::Reverse(b.bytes));
    let lengths: Vec<u64> = alike.iter().map(|b| b.bytes).collect();
    let digests = botany_collect::digest(path, &lengths, &())?;
    // What was read of this log, the longest first: each bookmark knows only the lines that were new then.
    let mut longest = None;
    for (bookmark, prefix) in alike.into_iter().zip(digests.prefixes) {
        if prefix.as_deref() == Some(bookmark.digest.as_str()) {
            check(path, bookmark, reading)?;
            longest = longest.or(Some(bookmark.bytes));
        }
    }
    Ok(match longest {
        None => News::All,
        Some(bytes) if bytes == digests.bytes => News::Nothing,
        Some(bytes) => News::After(bytes),
    })
}

/// What was stored cannot be read in another way: that would mix two readings of one log.
fn check(path: &Path, bookmark: &Bookmark, reading: &Reading) -> Result<()> {
    let flags = reading.flags(&bookmark.stored);
    let named =
        |flags: &str| if flags.is_empty() { "no flags".to_owned() } else { format!("`{flags}`") };
    if let Some(before) = bookmark.reading.as_deref().filter(|before| *before != flags) {
        bail!(
            "{} was collected before with {}, now with {}: say the same again, or collect everything anew into \
             another data directory (--data DIR)",
            path.display(),
            named(before),
            named(&flags)
        );
    }
    Ok(())
}

fn bookmark(file: &str, reading: &Reading, tally: &Tally) -> Bookmark {
    let stored = tally.stored.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect();
    Bookmark {
        file: file.to_owned(),
        reading: Some(reading.flags(&stored)),
        digest: tally.digest.clone(),
        head_digest: tally.head_digest.clone(),
        bytes: tally.bytes,
        lines: tally.lines,
        stored,
        counted: tally.counted.clone(),
        rejected: tally.rejected,
        collected_at: jiff::Timestamp::now().to_string(),
        ..Bookmark::default()
    }
}

/// A transaction as the place where rows go.
struct Writing {
    transaction: Transaction,
}

impl Sink for Writing {
    fn write(&mut self, table: &'static Table, batch: RecordBatch) -> Result<(), SinkError> {
        self.transaction.write(table, batch).map_err(Into::into)
    }
}
