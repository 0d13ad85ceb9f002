//! What is watched: files that grow, sockets, standard input.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Result, bail};
use botany_collect::follow::{Begin, Fed, Feed, Place, Tail};
use botany_collect::{Options, Part, Stream};

/// Where lines come from, as it is written on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A file that grows.
    File(PathBuf),
    /// Standard input, `-`.
    Stdin,
    /// `unix:PATH`: a stream socket.
    Stream(PathBuf),
    /// `unix-dgram:PATH`: a datagram socket.
    Datagram(PathBuf),
}

impl Address {
    /// A file, or `-`.
    pub fn file(path: &Path) -> Address {
        if path == Path::new("-") { Address::Stdin } else { Address::File(path.to_owned()) }
    }
}

impl FromStr for Address {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Address> {
        match text.split_once(':') {
            Some(("unix", path)) if !path.is_empty() => Ok(Address::Stream(path.into())),
            Some(("unix-dgram", path)) if !path.is_empty() => Ok(Address::Datagram(path.into())),
            _ => bail!(
                "`{text}` is no socket: write unix:/run/botany.sock for Suricata's `filetype: unix_stream`, \
                 unix-dgram:/run/botany.sock for `unix_dgram`"
            ),
        }
    }
}

/// A log that is watched, with the rows it gives.
pub struct Log {
    lines: Lines,
    stream: Stream,
    ended: bool,
    /// Pieces that were taken of it and not told yet: the bytes of each.
    untold: VecDeque<u64>,
    /// Why it could not be read the last time.
    wrong: Option<String>,
    /// Where it had come to with what was told, while there are such pieces.
    told: Option<Vec<Place>>,
}

enum Lines {
    Tail(Tail),
    Feed(Feed),
}

impl Log {
    /// Opens a log. Files begin where `begin` says; a feed begins with the next line sent.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn open(address: &Address, begin: &Begin, options: &Options) -> Result<Log> {
        let lines = match address {
            Address::File(path) => Lines::Tail(Tail::open(path, begin)?),
            Address::Stdin => Lines::Feed(Feed::stdin()),
            Address::Stream(path) => Lines::Feed(Feed::stream_socket(path)?),
            Address::Datagram(path) => Lines::Feed(Feed::datagram_socket(path)?),
        };
        let name = match &lines {
            Lines::Tail(tail) => tail.name(),
            Lines::Feed(feed) => feed.name(),
        };
        let stream = Stream::new(name, options)?;
        Ok(Log { lines, stream, ended: false, untold: VecDeque::new(), wrong: None, told: None })
    }

    /// Its path, or `-`.
    pub fn name(&self) -> &str {
        match &self.lines {
            Lines::Tail(tail) => tail.name(),
            Lines::Feed(feed) => feed.name(),
        }
    }

    /// New lines, about so many bytes, and where it has come to with them; `None` if there are none now.
    ///
    /// # Errors
    ///
    /// If the system does not give them.
    pub fn next(&mut self, most: usize) -> Result<Option<(Part, Option<Vec<Place>>)>> {
        if self.untold.is_empty() {
            self.told = self.come();
        }
        let piece = match &mut self.lines {
            Lines::Tail(tail) => match tail.next(most) {
                Ok(piece) => {
                    self.wrong = None;
                    piece
                }
                Err(why) => {
                    self.wrong = Some(why.to_string());
                    return Err(why.into());
                }
            },
            Lines::Feed(feed) => match feed.next(most) {
                Fed::Lines(piece) => Some(piece),
                Fed::Nothing => None,
                Fed::Ended => {
                    self.ended = true;
                    None
                }
            },
        };
        let Some(piece) = piece else { return Ok(None) };
        self.untold.push_back(piece.bytes.len() as u64);
        Ok(Some((self.stream.part(piece), self.come())))
    }

    /// What was taken first of it is told now: it had come to these places with it.
    pub fn told(&mut self, places: Option<Vec<Place>>) {
        self.untold.pop_front();
        self.told = places;
    }

    /// Whether something was taken of it that is not told yet.
    pub fn has_untold(&self) -> bool {
        !self.untold.is_empty()
    }

    /// What makes rows of its lines.
    pub fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Whether what comes later can be read by the next run.
    pub fn can_wait(&self) -> bool {
        matches!(self.lines, Lines::Tail(_))
    }

    /// Whether nothing will come any more: standard input was closed.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// How far it was told, if it can be read again from there.
    pub fn places(&self) -> Option<Vec<Place>> {
        if self.has_untold() { self.told.clone() } else { self.come() }
    }

    /// How far it was read.
    fn come(&self) -> Option<Vec<Place>> {
        match &self.lines {
            Lines::Tail(tail) => Some(tail.places()),
            Lines::Feed(_) => None,
        }
    }

    /// Bytes that are written and not told yet: those not read, where that can be known, and those on their way.
    pub fn behind(&self) -> u64 {
        let unread = match &self.lines {
            Lines::Tail(tail) => tail.behind(),
            Lines::Feed(_) => 0,
        };
        unread + self.untold.iter().sum::<u64>()
    }

    /// What keeps it from being read, if anything does.
    pub fn wrong(&self) -> Option<String> {
        let missing = match &self.lines {
            Lines::Tail(tail) if !tail.is_there() => Some("there is no such file".to_owned()),
            _ => None,
        };
        self.wrong.clone().or(missing)
    }

    /// What somebody should know, each once.
    pub fn notices(&mut self) -> Vec<String> {
        match &mut self.lines {
            Lines::Tail(tail) => tail.notices(),
            Lines::Feed(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_written_with_its_kind() {
        assert_eq!("unix:/a".parse::<Address>().unwrap(), Address::Stream("/a".into()));
        assert_eq!("unix-dgram:/a".parse::<Address>().unwrap(), Address::Datagram("/a".into()));
        for wrong in ["/a", "unix:", "tcp:1", ""] {
            let error = wrong.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains("unix_stream"), "{error}");
        }
        assert_eq!(Address::file(Path::new("-")), Address::Stdin);
    }

    #[test]
    fn a_place_is_reached_when_its_lines_are_told_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        let address = Address::File(path.clone());
        let mut log = Log::open(&address, &Begin::Start, &Options::default()).unwrap();
        let lines = |log: &Log| log.places().unwrap().iter().map(|place| place.lines).sum::<u64>();
        // A line at once: none of them is shorter than two bytes.
        let mut taken = Vec::new();
        while let Some((_, places)) = log.next(6).unwrap() {
            taken.push(places);
            assert_eq!((lines(&log), log.has_untold()), (0, true));
            assert_eq!(log.behind(), 14, "what is on its way is not told yet");
        }
        assert_eq!(taken.len(), 3);
        // Another file lies there now, and nothing was read of it: what is told stays behind.
        std::fs::rename(&path, folder.path().join("log.1")).unwrap();
        std::fs::write(&path, "four\n").unwrap();
        let last = log.next(6).unwrap().unwrap().1;
        for (told, places) in (1..).zip(taken) {
            log.told(places);
            assert_eq!((lines(&log), log.places().unwrap().len()), (told, 1));
        }
        log.told(last);
        assert_eq!((lines(&log), log.has_untold()), (4, false));
        assert_eq!((log.behind(), log.wrong()), (0, None));
        assert_eq!(log.places().unwrap().len(), 2);
    }
}
