//! Suricata's command socket: one JSON document a line, asked and answered in turn.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::IpAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Error;

/// The version of the protocol in which every command ends with a newline.
const VERSION: &str = "0.2";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer that is read.
const LONGEST: u64 = 1 << 20;

/// A running Suricata, ready to be told.
pub struct Socket {
    path: PathBuf,
    stream: BufReader<UnixStream>,
}

impl Socket {
    /// Connects and agrees on the version of the protocol.
    ///
    /// # Errors
    ///
    /// [`Error::NoSocket`] if nobody listens, [`Error::NoAnswer`] and [`Error::Refused`] if it is not what it should be.
    pub fn connect(path: &Path) -> Result<Socket, Error> {
        let reach = |why| Error::NoSocket { path: path.to_owned(), why };
        let stream = UnixStream::connect(path).map_err(reach)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(reach)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(reach)?;
        let mut socket = Socket { path: path.to_owned(), stream: BufReader::new(stream) };
        let (done, message) = socket.exchange(&json!({ "version": VERSION }))?;
        if !done {
            return Err(Error::Refused { command: format!("version {VERSION}"), message });
        }
        Ok(socket)
    }

    /// Adds an address to a dataset of type ip; gives whether that is news to it.
    ///
    /// # Errors
    ///
    /// [`Error::NoSet`], [`Error::Refused`], and those of the connection.
    pub fn add(&mut self, set: &str, address: IpAddr) -> Result<bool, Error> {
        let (done, message) = self.ask("dataset-add", set, address)?;
        if done {
            return Ok(message != "data already in set");
        }
        Err(refusal(set, "dataset-add", message))
    }

    /// Takes an address out of a dataset of type ip; gives whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::NoSet`], [`Error::Refused`], and those of the connection.
    pub fn remove(&mut self, set: &str, address: IpAddr) -> Result<bool, Error> {
        let (done, message) = self.ask("dataset-remove", set, address)?;
        if done {
            return Ok(true);
        }
        // A Suricata that was started again knows nothing of what was pushed before; it then refuses to remove it.
        match self.holds(set, address)? {
            false => Ok(false),
            true => Err(refusal(set, "dataset-remove", message)),
        }
    }

    /// Whether a dataset of type ip holds an address.
    ///
    /// # Errors
    ///
    /// [`Error::NoSet`], [`Error::Refused`], and those of the connection.
    pub fn holds(&mut self, set: &str, address: IpAddr) -> Result<bool, Error> {
        match self.ask("dataset-lookup", set, address)? {
            (true, _) => Ok(true),
            (false, message) if message == "item not found in set" => Ok(false),
            (false, message) => Err(refusal(set, "dataset-lookup", message)),
        }
    }

    fn ask(&mut self, command: &str, set: &str, address: IpAddr) -> Result<(bool, String), Error> {
        let arguments =
            json!({ "setname": set, "settype": "ip", "datavalue": address.to_string() });
        self.exchange(&json!({ "command": command, "arguments": arguments }))
    }

    /// Whether it was done, and the message.
    fn exchange(&mut self, question: &Value) -> Result<(bool, String), Error> {
        let mut line = question.to_string();
        line.push('\n');
        let lost = |path: &Path, why: String| Error::NoAnswer { path: path.to_owned(), why };
        let told = self.stream.get_mut().write_all(line.as_bytes());
        told.map_err(|error| lost(&self.path, error.to_string()))?;
        let mut answer = String::new();
        let read = self.stream.by_ref().take(LONGEST).read_line(&mut answer);
        read.map_err(|error| lost(&self.path, error.to_string()))?;
        if !answer.ends_with('\n') {
            return Err(lost(&self.path, "the answer is not whole".to_owned()));
        }
        let answer: Value =
            serde_json::from_str(&answer).map_err(|error| lost(&self.path, error.to_string()))?;
        let message = match &answer["message"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match answer["return"].as_str() {
            Some("OK") => Ok((true, message)),
            Some("NOK") => Ok((false, message)),
            _ => Err(lost(&self.path, "neither OK nor NOK".to_owned())),
        }
    }
}

fn refusal(set: &str, command: &str, message: String) -> Error {
    if message.contains("set not found") {
        return Error::NoSet(set.to_owned());
    }
    Error::Refused { command: command.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// Answers each line with the next of `answers`, then hangs up.
    fn answering(answers: &'static [&'static str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for answer in answers {
                if lines.next().is_none() {
                    return;
                }
                (&stream).write_all(answer.as_bytes()).unwrap();
            }
        });
        (folder, path)
    }

    fn address() -> IpAddr {
        "192.0.2.7".parse().unwrap()
    }

    #[test]
    fn nobody_there_is_said_with_what_to_look_at() {
        let folder = tempfile::tempdir().unwrap();
        let why = Socket::connect(&folder.path().join("none")).err().unwrap().to_string();
        assert!(why.contains("unix-command"), "{why}");
    }

    #[test]
    fn a_set_that_is_not_there_is_said_by_its_name() {
        let (_folder, path) = answering(&[
            "{\"return\":\"OK\"}\n",
            "{\"message\":\"set not found or wrong type\",\"return\":\"NOK\"}\n",
        ]);
        let why = Socket::connect(&path).unwrap().add("botany", address()).unwrap_err();
        assert!(matches!(&why, Error::NoSet(set) if set == "botany"), "{why}");
    }

    #[test]
    fn another_version_other_words_and_half_an_answer_are_told_apart() {
        let refused = answering(&["{\"return\":\"NOK\",\"message\":\"old\"}\n"]);
        assert!(matches!(Socket::connect(&refused.1), Err(Error::Refused { .. })));
        for odd in [&["hello\n"], &["{\"return\":1}\n"], &["{\"ret"]] {
            let (_folder, path) = answering(odd);
            assert!(matches!(Socket::connect(&path), Err(Error::NoAnswer { .. })), "{odd:?}");
        }
    }

    #[test]
    fn removing_what_a_new_suricata_never_knew_is_no_fault() {
        let (_folder, path) = answering(&[
            "{\"return\":\"OK\"}\n",
            "{\"message\":\"failed to remove data\",\"return\":\"NOK\"}\n",
            "{\"message\":\"item not found in set\",\"return\":\"NOK\"}\n",
            "{\"message\":\"failed to remove data\",\"return\":\"NOK\"}\n",
            "{\"message\":\"item found in set\",\"return\":\"OK\"}\n",
        ]);
        let mut socket = Socket::connect(&path).unwrap();
        assert!(!socket.remove("botany", address()).unwrap());
        assert!(matches!(socket.remove("botany", address()), Err(Error::Refused { .. })));
    }
}
