//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use crate::Error;

/// Writes a file in `folder` beside its place and renames it into it: a crash leaves the old one or the new one.
///
/// # Errors
///
/// The file system's.
pub fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let beside = folder.join(format!(".{name}-{}", std::process::id()));
    write(&beside, bytes)?;
    let place = folder.join(name);
    fs::rename(&beside, &place).map_err(Error::io("replace", &place))?;
    sync(folder)
}

/// Writes a file down to the disk.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = File::create(path).map_err(Error::io("create", path))?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.sync_all().map_err(Error::io("sync", path))
}

/// Brings a folder's names down to the disk.
pub(crate) fn sync(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::io("sync", folder))
}
