//! The files a log was rotated to: beside it, with its name and a number or a date after it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::place::Place;

/// A rotated file that can be read on.
pub(super) struct Rotated {
    pub(super) path: PathBuf,
    pub(super) file: File,
    modified: SystemTime,
}

impl Rotated {
    /// When it was written to last.
    pub(super) fn modified(&self) -> SystemTime {
        self.modified
    }
}

/// What `path` was rotated to, the oldest first; compressed files are left out.
pub(super) fn all(path: &Path) -> io::Result<Vec<Rotated>> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Some(name) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let other = entry.file_name().to_string_lossy().into_owned();
        if !other.strip_prefix(&name).is_some_and(is_rotation) {
            continue;
        }
        // It may be gone again, or not be ours to read: then it is no help.
        let Ok(file) = File::open(entry.path()) else { continue };
        let Ok(modified) = file.metadata().and_then(|m| m.modified()) else { continue };
        found.push(Rotated { path: entry.path(), file, modified });
    }
    found.sort_by(|a, b| a.modified.cmp(&b.modified).then_with(|| a.path.cmp(&b.path)));
    Ok(found)
}

/// `.1`, `-20161124`, `.2016-11-24T15:06:40`: what is put after a log's name when it is rotated.
fn is_rotation(suffix: &str) -> bool {
    let Some(rest) = suffix.strip_prefix(['.', '-', '_']) else { return false };
    rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_digit() || "-_.:TZ+".contains(c))
}

/// The file that was read up to `place`, by its number or, for a copy, by its beginning.
pub(super) fn find(rotated: &[Rotated], place: &Place) -> io::Result<Option<usize>> {
    let mut copy = None;
    for (i, one) in rotated.iter().enumerate() {
        if place.holds(&one.file)? {
            if place.is(&one.file.metadata()?) {
                return Ok(Some(i));
            }
            // Every empty file begins as nothing does.
            if place.head_bytes > 0 {
                copy = Some(i);
            }
        }
    }
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::is_rotation;

    #[test]
    fn a_number_or_a_date_is_a_rotation_and_nothing_else() {
        for yes in [".1", ".12", "-20161124", ".2016-11-24T15:06:40Z", "-1480000000"] {
            assert!(is_rotation(yes), "{yes}");
        }
        for no in ["", ".", ".1.gz", ".bak", "1", ".1~", ".zst", "-old"] {
            assert!(!is_rotation(no), "{no}");
        }
    }
}
