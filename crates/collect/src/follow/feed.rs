//! Lines that are sent and cannot be asked for again: standard input and Unix sockets.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

use super::Piece;
use crate::Error;
use crate::lines::LONGEST;

/// Bytes asked of the system at once.
const BLOCK: usize = 256 * 1024;
/// Blocks that wait to be taken; beyond them the sender waits.
const WAITING: usize = 16;

/// What a [`Feed`] has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fed {
    /// Whole lines.
    Lines(Piece),
    /// Nothing now.
    Nothing,
    /// Nothing any more: the sender has closed it.
    Ended,
}

/// Lines read on threads of their own. A reader that falls behind makes the sender wait; nothing is dropped here.
pub struct Feed {
    name: String,
    blocks: Receiver<Vec<u8>>,
    lines: u64,
    /// The socket's file, removed at the end.
    socket: Option<PathBuf>,
}

impl Feed {
    /// Standard input.
    pub fn stdin() -> Feed {
        Feed::reading("-", io::stdin())
    }

    /// Anything that can be read to its end.
    pub fn reading(name: &str, reader: impl Read + Send + 'static) -> Feed {
        let (send, blocks) = sync_channel(WAITING);
        thread::spawn(move || forward(reader, &send));
        Feed { name: name.to_owned(), blocks, lines: 0, socket: None }
    }

    /// A socket that programs connect to and write lines, as Suricata does with `filetype: unix_stream`. Any
    /// number may connect, one after the other or at once; it never ends.
    ///
    /// # Errors
    /// [`Error::Open`] if the socket cannot be made, or somebody listens there already.
    pub fn stream_socket(path: &Path) -> Result<Feed, Error> {
        let listener = make(path, || UnixListener::bind(path))?;
        let (send, blocks) = sync_channel(WAITING);
        thread::spawn(move || {
            for sender in listener.incoming() {
                // A sender that is gone before it was let in has sent nothing.
                let Ok(sender) = sender else { continue };
                let send = send.clone();
                thread::spawn(move || forward(sender, &send));
            }
        });
        Ok(Feed::of_socket(path, blocks))
    }

    /// A socket that programs send lines to, one a datagram, as Suricata does with `filetype: unix_dgram`.
    ///
    /// # Errors
    /// As [`Feed::stream_socket`].
    pub fn datagram_socket(path: &Path) -> Result<Feed, Error> {
        let socket = make(path, || UnixDatagram::bind(path))?;
        let (send, blocks) = sync_channel(WAITING);
        thread::spawn(move || {
            let mut buffer = vec![0; BLOCK];
            while let Ok(bytes) = socket.recv(&mut buffer) {
                let mut line = buffer.get(..bytes).unwrap_or_default().to_vec();
                if !line.ends_with(b"\n") {
                    line.push(b'\n');
                }
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Feed::of_socket(path, blocks))
    }

    fn of_socket(path: &Path, blocks: Receiver<Vec<u8>>) -> Feed {
        let name = path.display().to_string();
        Feed { name, blocks, lines: 0, socket: Some(path.to_owned()) }
    }

    /// What rows name it by: the socket's path, or `-`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The lines that wait, up to about `most` bytes.
    pub fn next(&mut self, most: usize) -> Fed {
        let mut bytes = Vec::new();
        let mut ended = false;
        while bytes.len() < most {
            match self.blocks.try_recv() {
                Ok(block) if bytes.is_empty() => bytes = block,
                Ok(block) => bytes.extend_from_slice(&block),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    ended = true;
                    break;
                }
            }
        }
        if bytes.is_empty() {
            return if ended { Fed::Ended } else { Fed::Nothing };
        }
        let first = self.lines + 1;
        self.lines += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Fed::Lines(Piece { first, bytes })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(path) = &self.socket {
            // Somebody may have removed it already.
            let _ = fs::remove_file(path);
        }
    }
}

/// Makes a socket; one that was left by a program that is gone is replaced.
fn make<T>(path: &Path, bind: impl Fn() -> io::Result<T>) -> Result<T, Error> {
    let left = fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket());
    let refused = |cause: &io::Error| cause.kind() == io::ErrorKind::ConnectionRefused;
    if left && UnixStream::connect(path).is_err_and(|cause| refused(&cause)) {
        let _ = fs::remove_file(path);
    }
    bind().map_err(|cause| Error::Open { file: path.display().to_string(), cause })
}

/// Sends on what a reader gives, in blocks of whole lines. A line too long to be kept is sent on in parts, which
/// are rejected.
fn forward(mut reader: impl Read, send: &SyncSender<Vec<u8>>) {
    let mut rest: Vec<u8> = Vec::new();
    let mut buffer = vec![0; BLOCK];
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let new = buffer.get(..read).unwrap_or_default();
        let Some(end) = memchr::memrchr(b'\n', new) else {
            rest.extend_from_slice(new);
            if rest.len() > LONGEST {
                rest.push(b'\n');
                if send.send(std::mem::take(&mut rest)).is_err() {
                    return;
                }
            }
            continue;
        };
        let (whole, part) = new.split_at(end + 1);
        rest.extend_from_slice(whole);
        if send.send(std::mem::replace(&mut rest, part.to_vec())).is_err() {
            return;
        }
    }
    if !rest.is_empty() {
        rest.push(b'\n');
        // Nobody waits for it when the program ends.
        let _ = send.send(rest);
    }
}
