//! A receiver of webhooks for the tests, on loopback, that behaves as badly as it is told to.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::time::Duration;

/// What it does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Answers with this status; a redirect points to itself.
    Answer(u16),
    /// Reads it and never answers.
    Hold,
    /// Hangs up once it has read it.
    Die,
    /// Hangs up in the middle of the first line of its answer.
    HalfAnAnswer,
    /// Answers 200 and a body that does not end.
    Endless,
}

/// A request as it came.
#[derive(Debug)]
pub struct Request {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

/// A receiver at work; what is not in its script is answered with 200.
pub struct Receiver {
    address: SocketAddr,
    requests: Inbox<Request>,
}

impl Receiver {
    pub fn start(script: Vec<Act>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = channel();
        std::thread::spawn(move || serve(&listener, script, &sender));
        Receiver { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}/alerts?key=secret", self.address)
    }

    /// The next request that came.
    pub fn next(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(20)).expect("a request")
    }

    /// Whether no request is there that was not asked for.
    pub fn is_idle(&self) -> bool {
        self.requests.try_recv().is_err()
    }
}

fn serve(listener: &TcpListener, script: Vec<Act>, sender: &Sender<Request>) {
    let mut script = script.into_iter();
    // Held ones stay open.
    let mut held = Vec::new();
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { return };
        let Some(request) = read(&stream) else { continue };
        if sender.send(request).is_err() {
            return;
        }
        // Who hangs up in the middle of an answer is no matter of the receiver.
        let _ = match script.next().unwrap_or(Act::Answer(200)) {
            Act::Answer(status) => write!(
                stream,
                "HTTP/1.1 {status} so\r\nlocation: /alerts\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
            ),
            Act::Hold => {
                held.push(stream);
                Ok(())
            }
            Act::Die => Ok(()),
            Act::HalfAnAnswer => write!(stream, "HTTP/1.1 2"),
            Act::Endless => endless(&mut stream),
        };
    }
}

fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 so\r\nconnection: close\r\n\r\n")?;
    loop {
        stream.write_all(&[b'x'; 4096])?;
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { head, body: String::from_utf8(body).ok()? })
}
