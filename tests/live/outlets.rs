use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::command::capture;

/// A receiver that takes what is posted to it: its address, and the bodies.
fn receiver() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/alerts", listener.local_addr().unwrap());
    let (send, bodies) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap_or(0) == 0 {
                    break;
                }
                let lower = line.to_lowercase();
                if let Some(bytes) = lower.strip_prefix("content-length:") {
                    length = bytes.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    let mut body = vec![0; length];
                    stream.read_exact(&mut body).unwrap();
                    send.send(String::from_utf8(body).unwrap()).unwrap();
                    stream
                        .get_mut()
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                        .unwrap();
                }
            }
        }
    });
    (address, bodies)
}

#[test]
fn a_receiver_that_takes_nothing_holds_up_nobody_and_gets_all_in_the_end() {
    let place = place();
    place.file("eve.json", capture("eve.json.zst"));
    // Takes the connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", silent.local_addr().unwrap());
    place.says(&["watch", "article", "--follow", "eve.json", "--once", "--to", &address]);
    let told = lines(&place.data().join("watch/article/alerts.json"));
    assert!(told.len() > 50, "{}", told.len());

    let (address, bodies) = receiver();
    let watch = Running::start(&place, &["article", "--follow", "eve.json", "--to", &address]);
    let mut taken = Vec::new();
    wait("all is delivered", || {
        taken.extend(bodies.try_iter());
        taken.len() >= told.len()
    });
    watch.stop();
    taken.sort();
    let taken: Vec<&str> = taken.iter().map(|body| body.trim()).collect();
    assert!(taken == told.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn alerts_are_printed_once_and_no_more_on_the_next_run() {
    let place = place();
    place.file("eve.json", capture("eve.json.zst"));
    let printed = place.says(&["watch", "article", "--follow", "eve.json", "--once"]);
    let mut printed: Vec<&str> = printed.lines().collect();
    printed.sort_unstable();
    assert!(printed == lines(&place.data().join("watch/article/alerts.json")));
    assert_eq!(place.says(&["watch", "article", "--follow", "eve.json", "--once"]), "");
    let (_, message) = place.fails(&["watch", "article", "--follow", "eve.json", "--to", "pager"]);
    assert!(message.contains("webhook"), "{message}");
}
