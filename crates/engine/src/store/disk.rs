//! The few things done to a disk. Each is one step at which a machine may stop.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use uuid::Uuid;

use crate::Error;

/// Makes a directory and its parents; one that is there already is fine.
pub(super) fn create_dir(path: &Path) -> Result<(), Error> {
    step("create directory", path)?;
    fs::create_dir_all(path).map_err(Error::io("create", path))
}

/// Makes the entries of a directory durable: the names in it, not the files' contents.
pub(super) fn sync_dir(path: &Path) -> Result<(), Error> {
    step("sync directory", path)?;
    // Only Unix can open a directory to sync it; elsewhere the file system keeps its own order.
    if cfg!(unix) {
        let sync = || File::open(path)?.sync_all();
        sync().map_err(Error::io("sync", path))?;
    }
    Ok(())
}

/// Makes the contents of a file durable.
pub(super) fn sync_file(file: &File, path: &Path) -> Result<(), Error> {
    step("sync file", path)?;
    file.sync_all().map_err(Error::io("sync", path))
}

/// Renames within the store; what stood at `to` is replaced.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    step("rename", to)?;
    fs::rename(from, to).map_err(Error::io("rename", from))
}

/// Removes a directory and what is in it; one that is gone already is fine.
pub(super) fn remove_dir(path: &Path) -> Result<(), Error> {
    step("remove directory", path)?;
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Writes a file so that it is there whole or not at all: aside, synced, renamed, its directory synced.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let aside = path.with_extension(format!("{}.tmp", Uuid::now_v7()));
    step("write", path)?;
    let write = || {
        let mut file = File::create_new(&aside)?;
        file.write_all(bytes)?;
        Ok(file)
    };
    let file = write().map_err(Error::io("write", &aside))?;
    sync_file(&file, &aside)?;
    rename(&aside, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Outside the tests a step is just taken.
#[cfg(not(test))]
fn step(_name: &str, _path: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
pub(super) use crash::step;

/// Stops the machine at a numbered step, as far as a test can: the step and all after it fail.
#[cfg(test)]
pub(super) mod crash {
    use std::cell::{Cell, RefCell};
    use std::io;
    use std::path::Path;

    use crate::Error;

    thread_local! {
        static STEPS_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
        static TAKEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    pub(in crate::store) fn step(name: &str, path: &Path) -> Result<(), Error> {
        match STEPS_LEFT.get() {
            Some(0) => Err(Error::io("reach", path)(io::Error::other("the machine has stopped"))),
            left => {
                STEPS_LEFT.set(left.map(|n| n - 1));
                TAKEN.with_borrow_mut(|taken| taken.push(format!("{name} {}", path.display())));
                Ok(())
            }
        }
    }

    /// Runs `work` with `steps` steps to go; `None` if it ended before they ran out.
    pub(in crate::store) fn after<T>(steps: usize, work: impl FnOnce() -> T) -> Option<T> {
        STEPS_LEFT.set(Some(steps));
        let result = work();
        let stopped = STEPS_LEFT.replace(None) == Some(0);
        if stopped { None } else { Some(result) }
    }

    /// The steps that `work` takes, in order.
    pub(in crate::store) fn trace(work: impl FnOnce()) -> Vec<String> {
        TAKEN.take();
        work();
        TAKEN.take()
    }
}
