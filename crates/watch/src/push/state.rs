//! What was pushed where, and until when: what is needed to take it out again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::Error;
use crate::disk::replace;

const NAME: &str = "pushed.json";

/// Of one dataset of one Suricata: each address and when it is to be taken out.
pub type Until = BTreeMap<IpAddr, Timestamp>;

/// The record in a data directory, locked against other pushes while it is held.
pub struct State {
    folder: PathBuf,
    /// By socket, then by dataset; times as text.
    all: BTreeMap<String, BTreeMap<String, BTreeMap<IpAddr, String>>>,
    _lock: File,
}

impl State {
    /// Reads the record of a data directory; waits while another push holds it.
    ///
    /// # Errors
    ///
    /// The file system's, and [`Error::BadState`] if the record is damaged.
    pub fn open(folder: &Path) -> Result<State, Error> {
        let beside = folder.join("pushed.lock");
        let lock = File::create(&beside).map_err(Error::io("create", &beside))?;
        lock.lock().map_err(Error::io("lock", &beside))?;
        let path = folder.join(NAME);
        let all = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            read => serde_json::from_slice(&read.map_err(Error::io("read", &path))?)
                .map_err(|error| Error::BadState { path, why: error.to_string() })?,
        };
        Ok(State { folder: folder.to_owned(), all, _lock: lock })
    }

    /// What was pushed into a dataset.
    ///
    /// # Errors
    ///
    /// [`Error::BadState`] for a time that is none.
    pub fn of(&self, socket: &str, set: &str) -> Result<Until, Error> {
        let known = self.all.get(socket).and_then(|sets| sets.get(set));
        let parse = |(address, until): (&IpAddr, &String)| {
            let until = until.parse().map_err(|_| Error::BadState {
                path: self.folder.join(NAME),
                why: format!("`{until}` is no time"),
            })?;
            Ok((*address, until))
        };
        known.into_iter().flatten().map(parse).collect()
    }

    /// Writes down what is in a dataset from now on.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn set(&mut self, socket: &str, set: &str, until: &Until) -> Result<(), Error> {
        let texts = until.iter().map(|(address, until)| (*address, until.to_string())).collect();
        self.all.entry(socket.to_owned()).or_default().insert(set.to_owned(), texts);
        let mut json = format!("{:#}", serde_json::json!(self.all));
        json.push('\n');
        replace(&self.folder, NAME, json.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let until = Until::from([("192.0.2.7".parse().unwrap(), Timestamp::UNIX_EPOCH)]);
        let mut state = State::open(folder.path()).unwrap();
        assert!(state.of("/s", "botany").unwrap().is_empty());
        state.set("/s", "botany", &until).unwrap();
        drop(state);
        let state = State::open(folder.path()).unwrap();
        assert_eq!(state.of("/s", "botany").unwrap(), until);
        assert!(state.of("/other", "botany").unwrap().is_empty());
    }

    #[test]
    fn a_damaged_record_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["{", "{\"/s\":{\"botany\":{\"nobody\":\"\"}}}"] {
            fs::write(folder.path().join(NAME), text).unwrap();
            let why = State::open(folder.path()).err().unwrap().to_string();
            assert!(why.contains("pushed.json"), "{why}");
        }
        fs::write(folder.path().join(NAME), "{\"/s\":{\"botany\":{\"192.0.2.7\":\"soon\"}}}")
            .unwrap();
        let state = State::open(folder.path()).unwrap();
        assert!(matches!(state.of("/s", "botany"), Err(Error::BadState { .. })));
    }
}
