//! What sshd's messages mean.

use std::borrow::Cow;

use memchr::memmem;

use crate::syslog::{Login, Origin, Reading, Weight, split, unescape};

// The kinds of lines that are no rows.
const OPENED: Reading<'static> = Reading::Counted("sshd: connection opened");
const ENDED: Reading<'static> = Reading::Counted("sshd: connection ended");
const REFUSED: Reading<'static> = Reading::Counted("sshd: connection refused");
const NO_EXCHANGE: Reading<'static> = Reading::Counted("sshd: no key exchange");
const NO_ADDRESS: Reading<'static> = Reading::Counted("sshd: failure without address");
const UNDER_WAY: Reading<'static> = Reading::Counted("sshd: try under way");
const PAM: Reading<'static> = Reading::Counted("sshd: pam");
const REVERSE_NAME: Reading<'static> = Reading::Counted("sshd: reverse name");
const OTHER: Reading<'static> = Reading::Counted("sshd: other");

/// Reads one message of sshd.
pub(crate) fn message(message: &[u8]) -> Reading<'_> {
    let text = without_lead(message.trim_ascii_end());
    if let Some(rest) = text.strip_prefix(b"Failed ") {
        return tried(rest, false);
    }
    if let Some(rest) = text.strip_prefix(b"Accepted ") {
        return tried(rest, true);
    }
    if let Some(rest) = text.strip_prefix(b"PAM: ") {
        return pam_answer(rest);
    }
    for lead in [&b"Invalid user"[..], b"Illegal user"] {
        if let Some(rest) = text.strip_prefix(lead) {
            return named(split(rest, b" from "), after_space);
        }
    }
    if let Some(rest) = text.strip_prefix(b"maximum authentication attempts exceeded for") {
        return named(split(rest, b" from "), known_or_not);
    }
    if let Some(rest) = text.strip_prefix(b"User") {
        if let Some(origin) =
            split(rest, b" from ").filter(|_| contains(rest, b" not allowed because "))
        {
            return named(Some(origin), after_space);
        }
        return if contains(rest, b" not allowed because ") { NO_ADDRESS } else { OTHER };
    }
    if let Some(rest) = text.strip_prefix(b"ROOT LOGIN REFUSED") {
        // The user is in the wording; the address follows as in ` FROM 192.0.2.1 port 22`.
        return named(split(rest, b" FROM "), |_| Some(Cow::Borrowed(b"root")));
    }
    connection(text).unwrap_or_else(|| other(text))
}

/// `METHOD for [invalid user ]NAME from ADDRESS port N ssh2[: details]`.
fn tried(text: &[u8], accepted: bool) -> Reading<'_> {
    let Some(end) = memmem::find(text, b" for") else { return OTHER };
    let (Some(method), Some(rest)) = (text.get(..end), text.get(end + b" for".len()..)) else {
        return OTHER;
    };
    let Some(origin) = split(rest, b" from ") else { return NO_ADDRESS };
    // After `error: PAM: …` sshd may write a `Failed` line for the same answer.
    let weight = match method {
        b"keyboard-interactive/pam" if !accepted => Weight::Second,
        _ => Weight::Tries(1),
    };
    login(origin, Some(method), known_or_not(origin.name), weight, accepted)
}

/// `Authentication failure for [illegal user ]NAME from ADDRESS[ via ADDRESS]`.
fn pam_answer(text: &[u8]) -> Reading<'_> {
    // The one explanation that has the word `for` in it.
    let text =
        text.strip_prefix(b"Have exhausted maximum number of retries for service").unwrap_or(text);
    let Some(start) = memmem::find(text, b" for") else { return PAM };
    let Some(rest) = text.get(start + b" for".len()..) else { return PAM };
    let Some(origin) = split(rest, b" from ") else { return PAM };
    login(
        origin,
        Some(b"keyboard-interactive/pam"),
        known_or_not(origin.name),
        Weight::First,
        false,
    )
}

/// A line about a connection: a name and an address, or neither.
fn connection(text: &[u8]) -> Option<Reading<'_>> {
    for lead in [
        &b"Connection closed by"[..],
        b"Connection reset by",
        b"Disconnected from",
        b"Disconnecting",
        b"Received disconnect from",
        b"Timeout before authentication for",
    ] {
        let Some(rest) = text.strip_prefix(lead) else { continue };
        for role in [&b" authenticating user"[..], b" invalid user"] {
            if let Some(rest) = rest.strip_prefix(role) {
                return Some(
                    split(rest, b" ").map_or(ENDED, |origin| named(Some(origin), after_space)),
                );
            }
        }
        return Some(if contains(rest, b"Too many authentication failures") {
            NO_ADDRESS
        } else {
            ENDED
        });
    }
    let begins = |leads: &[&[u8]]| leads.iter().any(|lead| text.starts_with(lead));
    if begins(&[b"Connection from "]) {
        Some(OPENED)
    } else if begins(&[
        b"refused connect from ",
        b"drop connection ",
        b"beginning MaxStartups",
        b"exited MaxStartups",
    ]) {
        Some(REFUSED)
    } else if begins(&[
        b"Bad protocol version identification",
        b"Did not receive identification string",
        b"kex_exchange_identification",
        b"kex_protocol_error",
        b"banner exchange:",
        b"ssh_dispatch_run_fatal",
        b"Unable to negotiate",
        b"no matching ",
        b"Protocol major versions differ",
        b"Read from socket failed",
        b"Bad packet length",
        b"Corrupted MAC on input",
        b"SSH: Server;",
    ]) {
        Some(NO_EXCHANGE)
    } else {
        None
    }
}

fn other(text: &[u8]) -> Reading<'_> {
    let begins = |leads: &[&[u8]]| leads.iter().any(|lead| text.starts_with(lead));
    if begins(&[b"Postponed ", b"Partial "]) {
        UNDER_WAY
    } else if begins(&[
        b"input_userauth_request: invalid user",
        b"Too many authentication failures",
    ]) {
        NO_ADDRESS
    } else if begins(&[b"reverse mapping checking ", b"Address ", b"Nasty PTR record"]) {
        REVERSE_NAME
    } else if begins(&[
        b"pam_",
        b"PAM ",
        b"check pass; ",
        b"authentication failure; ",
        b"session opened for ",
        b"session closed for ",
    ]) {
        PAM
    } else {
        OTHER
    }
}

fn named<'a>(
    origin: Option<Origin<'a>>,
    name: fn(&'a [u8]) -> Option<Cow<'a, [u8]>>,
) -> Reading<'a> {
    match origin {
        Some(origin) => login(origin, None, name(origin.name), Weight::Name, false),
        None => NO_ADDRESS,
    }
}

fn login<'a>(
    origin: Origin<'a>,
    method: Option<&'a [u8]>,
    name: Option<Cow<'a, [u8]>>,
    weight: Weight,
    accepted: bool,
) -> Reading<'a> {
    let Some(address) = origin.address else {
        // What sshd writes when the connection was gone before it asked.
        if origin.host == b"UNKNOWN" {
            return NO_ADDRESS;
        }
        return Reading::Rejected(
            "the log-in comes from a host name, which no flow can be joined on; set `UseDNS no` in sshd_config"
                .to_owned(),
        );
    };
    Reading::Login(Login {
        service: "ssh",
        accepted,
        method,
        name,
        address,
        port: origin.port,
        weight,
    })
}

/// The message without what may stand before its first word: severity, message id, kernel clock.
fn without_lead(mut text: &[u8]) -> &[u8] {
    // Each of them at most once or twice; a message made of nothing else is no log-in.
    for _ in 0..4 {
        let bare = [&b"error: "[..], b"fatal: ", b"[preauth] "]
            .iter()
            .find_map(|lead| text.strip_prefix(*lead))
            .or_else(|| bracketed(text.strip_prefix(b"kernel:")?.trim_ascii_start(), b"["))
            .or_else(|| bracketed(text, b"[ID "));
        match bare {
            Some(bare) => text = bare,
            None => break,
        }
    }
    text
}

/// What follows a bracket that begins so.
fn bracketed<'a>(text: &'a [u8], opening: &[u8]) -> Option<&'a [u8]> {
    let rest = text.strip_prefix(opening)?;
    let end = memchr::memchr(b']', rest.get(..64).unwrap_or(rest))?;
    let rest = rest.get(end + 1..)?;
    rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")
}

/// A name that one space parts from the words before it.
fn after_space(field: &[u8]) -> Option<Cow<'_, [u8]>> {
    Some(unescape(field.strip_prefix(b" ").unwrap_or(field)))
}

/// The same, where the words say before it whether the server knows the user.
fn known_or_not(field: &[u8]) -> Option<Cow<'_, [u8]>> {
    let name = field.strip_prefix(b" ").unwrap_or(field);
    if name == b"<invalid username>" {
        // Some systems keep an unknown name out of their logs.
        return None;
    }
    for lead in [&b"invalid user"[..], b"illegal user"] {
        if let Some(rest) = name.strip_prefix(lead)
            && (rest.is_empty() || rest.starts_with(b" "))
        {
            return after_space(rest);
        }
    }
    Some(unescape(name))
}

fn contains(text: &[u8], words: &[u8]) -> bool {
    memmem::find(text, words).is_some()
}
