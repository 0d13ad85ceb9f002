//! A webhook: the alert as the body of a POST.

use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, SendBody};

use super::head::Head;
use super::{Error, Kind, Outlet, name};

/// The longest one attempt may take, from the name to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of an answer that are read, to use the connection again; what it says does not matter.
const ANSWER: u64 = 64 << 10;

/// Answers that speak of this one line, not of the receiver: it will never be taken.
const OF_THE_LINE: [u16; 5] = [400, 413, 415, 422, 431];

pub(super) const KIND: Kind = Kind {
    name: "webhook",
    about: "posts each alert as JSON with an Idempotency-Key, by which a receiver drops what comes twice; answers 400, 413, \
            415, 422 and 431 pass a line over, anything else but 2xx is tried again; follows no redirect and uses no \
            proxy; https is checked against the certificates this machine trusts",
    address: "webhook:https://HOST/PATH",
    open: |rest| Ok(Box::new(Webhook::open(rest, PATIENCE)?)),
};

pub(super) struct Webhook {
    name: String,
    /// Not shown anywhere: the path of a webhook is often its password.
    url: Uri,
    agent: Agent,
}

impl Webhook {
    pub(super) fn open(url: &str, patience: Duration) -> Result<Webhook, String> {
        let example = "give its address, as in https://example.org/alerts";
        let url: Uri = url.parse().map_err(|_| example.to_owned())?;
        let authority = match (url.scheme_str(), url.authority()) {
            (Some("http" | "https"), Some(authority)) if !authority.host().is_empty() => authority,
            _ => return Err(example.to_owned()),
        };
        if authority.as_str().contains('@') {
            return Err(
                "give it without name and password: it would be sent as it stands".to_owned()
            );
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder()
            .timeout_global(Some(patience))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .tls_config(tls)
            .user_agent(concat!("botany/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(Webhook { name: name(KIND.name, authority.as_str(), &url.to_string()), url, agent })
    }
}

impl Outlet for Webhook {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, line: &str) -> Result<(), Error> {
        let outlet = || self.name.clone();
        // As a structured field, which is a quoted string (draft-ietf-httpapi-idempotency-key-header).
        let key = format!("\"{}\"", Head::of(line).id);
        let request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        let mut body = line.as_bytes();
        let sent = if body.is_empty() {
            request.send_empty()
        } else {
            // The length is said, as many receivers want.
            request
                .header("content-length", body.len().to_string())
                .send(SendBody::from_reader(&mut body))
        };
        let mut answer =
            sent.map_err(|e| Error::Unavailable { outlet: outlet(), why: reason(&e) })?;
        let status = answer.status().as_u16();
        // The line is taken or not by now, however the rest of the answer goes.
        let _ = answer.body_mut().with_config().limit(ANSWER).read_to_vec();
        match status {
            200..=299 => Ok(()),
            300..=399 => {
                let why =
                    format!("it answers {status} and points elsewhere: give the address it means");
                Err(Error::Unavailable { outlet: outlet(), why })
            }
            _ if OF_THE_LINE.contains(&status) => {
                Err(Error::Refused { outlet: outlet(), why: format!("it answers {status}") })
            }
            _ => Err(Error::Unavailable { outlet: outlet(), why: format!("it answers {status}") }),
        }
    }
}

/// Why there was no answer, without the address.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::BadUri(_) => "its address cannot be used".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::Alert;
    use crate::outlets::loopback::{Act, Receiver};

    const SHORT: Duration = Duration::from_millis(500);

    fn webhook(receiver: &Receiver) -> Webhook {
        Webhook::open(&receiver.url(), SHORT).unwrap()
    }

    #[test]
    fn the_line_is_posted_as_it_stands_with_its_id() {
        let receiver = Receiver::start(vec![]);
        let alert = Alert { host: Some("é\n".into()), ..Alert::default() };
        let mut webhook = webhook(&receiver);
        for _ in 0..2 {
            webhook.send(&alert.line()).unwrap();
            let request = receiver.next();
            assert_eq!(request.body, alert.line());
            assert!(request.head.starts_with("POST /alerts?key=secret HTTP/1.1\r\n"));
            for header in [
                "content-type: application/json",
                &format!("content-length: {}", alert.line().len()),
                &format!("idempotency-key: \"{}\"", alert.id()),
                "user-agent: botany/",
            ] {
                assert!(request.head.to_ascii_lowercase().contains(header), "{}", request.head);
            }
        }
    }

    #[test]
    fn answers_tell_the_line_from_the_receiver() {
        let statuses = [500, 503, 429, 401, 404, 302, 400, 413, 422, 204];
        let receiver = Receiver::start(statuses.map(Act::Answer).to_vec());
        let mut webhook = webhook(&receiver);
        let found = statuses.map(|_| match webhook.send("{}") {
            Ok(()) => "taken",
            Err(Error::Refused { .. }) => "refused",
            Err(Error::Unavailable { .. }) => "again",
            Err(other) => panic!("{other}"),
        });
        let expected = ["again"; 6].into_iter().chain(["refused"; 3]).chain(["taken"]);
        assert!(found.into_iter().eq(expected), "{found:?}");
        // The redirect was not followed.
        for _ in statuses {
            receiver.next();
        }
        assert!(receiver.is_idle());
    }

    #[test]
    fn a_receiver_that_is_slow_dies_or_is_not_there_is_tried_again_later() {
        let receiver = Receiver::start(vec![Act::Hold, Act::Die, Act::HalfAnAnswer]);
        let mut webhook = webhook(&receiver);
        for _ in 0..3 {
            let says = webhook.send("{}").unwrap_err();
            assert!(matches!(&says, Error::Unavailable { .. }), "{says}");
            assert!(!says.to_string().contains("secret"), "{says}");
        }
        webhook.send("{}").unwrap();
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut webhook = Webhook::open(&format!("http://{nobody}/secret"), SHORT).unwrap();
        let says = webhook.send("{}").unwrap_err();
        assert!(matches!(&says, Error::Unavailable { .. }) && !says.to_string().contains("secret"));
    }

    #[test]
    fn an_answer_without_end_holds_nothing_up() {
        let receiver = Receiver::start(vec![Act::Endless]);
        let mut webhook = webhook(&receiver);
        webhook.send("{}").unwrap();
        webhook.send("{}").unwrap();
    }

    #[test]
    fn https_with_somebody_who_does_not_speak_it_is_an_error() {
        let receiver = Receiver::start(vec![]);
        let url = receiver.url().replace("http://", "https://");
        let mut webhook = Webhook::open(&url, SHORT).unwrap();
        assert!(matches!(webhook.send("{}"), Err(Error::Unavailable { .. })));
    }
}
