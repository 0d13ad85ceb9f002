//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use uuid::Uuid;

use crate::Error;

/// Writes a file in `folder` beside its place and renames it into it: a crash leaves the old one or the new one.
///
/// # Errors
///
/// The file system's.
pub fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    // A name nobody can guess, and a file that must not be there: no link leads elsewhere.
    let beside = folder.join(format!(".{name}-{}", Uuid::new_v4()));
    let place = folder.join(name);
    let written = write(&beside, bytes)
        .and_then(|()| fs::rename(&beside, &place).map_err(Error::io("replace", &place)));
    if written.is_err() {
        // What is there of it is of no use.
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync(folder)
}

/// Writes a new file down to the disk.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_by(path, |file| file.write_all(bytes))
}

/// The same of what is made while it is written.
pub(crate) fn write_by(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), Error> {
    let mut file = File::create_new(path).map_err(Error::io("create", path))?;
    write(&mut file).map_err(Error::io("write", path))?;
    file.sync_all().map_err(Error::io("sync", path))
}

/// Brings a folder's names down to the disk.
pub(crate) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::io("sync", folder))
}
