//! What a log held before a place, over the files it was rotated to.

use std::fs::File;
use std::io;
use std::path::Path;

use super::place::{Place, read_at};
use super::rotated;

/// At most `most` bytes that stand before `place` in the log at `path`, oldest first, read back over its rotated files;
/// compressed ones are left out. The first line may have begun before.
///
/// # Errors
///
/// The file system's.
pub fn before(path: &Path, place: &Place, most: u64) -> io::Result<Vec<u8>> {
    // The files in their order, each with how far it is looked at.
    let mut files: Vec<(File, u64)> = Vec::new();
    let rotated = rotated::all(path)?;
    let current = match File::open(path) {
        Ok(file) => Some(file),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
        Err(cause) => return Err(cause),
    };
    let is_current =
        |file: &File| Ok::<_, io::Error>(place.is(&file.metadata()?) && place.holds(file)?);
    let at_path = current.map(|file| Ok::<_, io::Error>((is_current(&file)?, file))).transpose()?;
    let found = match &at_path {
        Some((true, _)) => None,
        _ => rotated::find(&rotated, place)?,
    };
    let known = found.is_some() || matches!(at_path, Some((true, _)));
    for (at, one) in rotated.into_iter().enumerate() {
        if found == Some(at) {
            files.push((one.file, place.offset));
            break;
        }
        // Of a file that is gone only its time is known: what was written later came after it.
        if known || place.written().is_some_and(|written| one.modified() <= written) {
            let length = one.file.metadata()?.len();
            files.push((one.file, length));
        }
    }
    if let Some((true, file)) = at_path {
        files.push((file, place.offset));
    }
    let (mut parts, mut left) = (Vec::new(), most);
    for (file, end) in files.iter().rev() {
        let start = end.saturating_sub(left);
        let mut bytes = vec![0; (end - start) as usize];
        let read = read_at(file, &mut bytes, start)?;
        bytes.truncate(read);
        left -= end - start;
        parts.push(bytes);
        if left == 0 {
            break;
        }
    }
    parts.reverse();
    Ok(parts.concat())
}
