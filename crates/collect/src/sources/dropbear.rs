//! Dropbear, the SSH server of small devices, in a syslog file.

use std::borrow::Cow;

use memchr::memmem;

use crate::syslog::{self, Envelope, Login, Program, Reading, Stamp, Weight, address_and_port};
use crate::{Outcome, Rows, Source, State};

/// Dropbear in a syslog file.
pub(super) struct Dropbear;

impl Source for Dropbear {
    fn name(&self) -> &'static str {
        "dropbear"
    }
    fn doc(&self) -> &'static str {
        "Dropbear, the SSH server of small devices, in a syslog file; fills `login`. `Bad password attempt`, \
         `Login attempt for nonexistent user` (dropbear keeps that name to itself: `username` is null) and \
         `auth succeeded` lines are tries; `Max auth tries reached` ties a name to an address and has 0 \
         attempts, or is counted where the same process has said so before. Connections are counted."
    }
    fn example(&self) -> &'static str {
        "Aug  2 08:15:30 router dropbear[733]: Bad password attempt for 'root' from 203.0.113.9:40112"
    }
    fn recognises(&self, line: &[u8]) -> bool {
        Envelope::parse(line).is_some_and(|envelope| envelope.program() == Program::Dropbear)
    }
    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome {
        syslog::read(line, self.name(), state, out)
    }
}

/// Reads one message of dropbear.
pub(crate) fn message(message: &[u8]) -> Reading<'_> {
    let text = without_lead(message.trim_ascii_end());
    // Versions differ in the case of the first letter.
    let begins = |words: &[u8]| {
        text.len() >= words.len()
            && text.get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words))
    };
    let password: Option<&[u8]> = Some(b"password");
    if begins(b"Bad password attempt for ") || begins(b"Bad PAM password attempt for ") {
        tried(text, password, false)
    } else if begins(b"Login attempt for nonexistent user")
        || begins(b"Login attempt with wrong user")
    {
        tried(text, None, false)
    } else if begins(b"Password auth succeeded for ") || begins(b"PAM password auth succeeded for ")
    {
        tried(text, password, true)
    } else if begins(b"Pubkey auth succeeded for ") {
        tried(text, Some(b"publickey"), true)
    } else if begins(b"Auth succeeded with blank password for ") {
        tried(text, Some(b"none"), true)
    } else if begins(b"Exit before auth") {
        gave_up(text)
    } else if begins(b"Exit") {
        Reading::Counted("dropbear: connection ended")
    } else if begins(b"Child connection from ") {
        Reading::Counted("dropbear: connection opened")
    } else {
        Reading::Counted("dropbear: other")
    }
}

/// `… ['NAME'] … from ADDRESS:PORT`.
fn tried<'a>(text: &'a [u8], method: Option<&'a [u8]>, accepted: bool) -> Reading<'a> {
    let Some(at) = memmem::rfind(text, b" from ") else {
        return Reading::Counted("dropbear: failure without address");
    };
    let (before, after) = text.split_at(at);
    let after = after.strip_prefix(b" from ").unwrap_or(after);
    login(quoted(before), after, method, accepted, Weight::Tries(1))
}

/// `Exit before auth …: Max auth tries reached - user 'NAME'`, with the address before or after.
fn gave_up(text: &[u8]) -> Reading<'_> {
    const LIMIT: &[u8] = b"Max auth tries reached - user ";
    const ENDED: Reading<'static> = Reading::Counted("dropbear: connection ended");
    let Some(at) = memmem::rfind(text, LIMIT) else { return ENDED };
    let rest = text.get(at + LIMIT.len()..).unwrap_or_default();
    let before = text.strip_prefix(b"Exit before auth from <").and_then(|inner| {
        let end = memchr::memchr(b'>', inner)?;
        inner.get(..end)
    });
    let (name, address) = match (before, memmem::rfind(rest, b" from ")) {
        (Some(address), _) => (rest, address),
        (None, Some(at)) => rest.split_at(at),
        (None, None) => return ENDED,
    };
    let address = address.strip_prefix(b" from ").unwrap_or(address);
    // Dropbear's own words where it does not know the user.
    let name = quoted(name).filter(|name| *name != b"is invalid");
    login(name, address, None, false, Weight::Name)
}

fn login<'a>(
    name: Option<&'a [u8]>,
    address: &[u8],
    method: Option<&'a [u8]>,
    accepted: bool,
    weight: Weight,
) -> Reading<'a> {
    let Some((address, port)) = address_and_port(address) else {
        return Reading::Rejected(
            "the log-in comes from something that is no address and port; correct the line"
                .to_owned(),
        );
    };
    let name = name.map(Cow::Borrowed);
    Reading::Login(Login {
        service: "ssh",
        accepted,
        method,
        name,
        address,
        port: Some(port),
        weight,
    })
}

/// What stands between the first quote and the last one.
fn quoted(text: &[u8]) -> Option<&[u8]> {
    let first = memchr::memchr(b'\'', text)?;
    let last = memchr::memrchr(b'\'', text)?;
    text.get(first + 1..last)
}

/// The message without the process number and the stamp that some versions write twice.
fn without_lead(text: &[u8]) -> &[u8] {
    let inner = || {
        let rest = text.strip_prefix(b"[")?;
        let rest = rest.get(memchr::memchr(b']', rest.get(..16).unwrap_or(rest))? + 1..)?;
        let (_stamp, rest) = Stamp::classic(rest.strip_prefix(b" ")?)?;
        rest.strip_prefix(b" ")
    };
    inner().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told<'a> = (bool, Option<&'a str>, &'a str, u16, Weight);

    fn told(text: &str) -> Option<(bool, Option<String>, String, u16, Weight)> {
        match message(text.as_bytes()) {
            Reading::Login(l) => Some((
                l.accepted,
                l.name.map(|name| String::from_utf8(name.into_owned()).unwrap()),
                l.address.to_string(),
                l.port?,
                l.weight,
            )),
            _ => None,
        }
    }

    #[test]
    fn every_wording() {
        const ONE: Weight = Weight::Tries(1);
        let cases: &[(&str, Told<'_>)] = &[
            (
                "bad password attempt for 'root' from 192.0.2.7:55",
                (false, Some("root"), "192.0.2.7", 55, ONE),
            ),
            (
                "Bad PAM password attempt for 'pi' from 192.0.2.7:55",
                (false, Some("pi"), "192.0.2.7", 55, ONE),
            ),
            (
                "[733] Aug  2 08:15:30 Bad password attempt for 'a b' from ::ffff:192.0.2.7:55",
                (false, Some("a b"), "192.0.2.7", 55, ONE),
            ),
            (
                "Bad password attempt for 'x' from 198.51.100.1:1' from [2001:db8::1]:55",
                (false, Some("x' from 198.51.100.1:1"), "2001:db8::1", 55, ONE),
            ),
            (
                "Login attempt for nonexistent user from 192.0.2.7:55",
                (false, None, "192.0.2.7", 55, ONE),
            ),
            (
                "Login attempt for nonexistent user 'ubnt' from 192.0.2.7:55",
                (false, Some("ubnt"), "192.0.2.7", 55, ONE),
            ),
            (
                "Password auth succeeded for 'root' from 192.0.2.7:55",
                (true, Some("root"), "192.0.2.7", 55, ONE),
            ),
            (
                "Pubkey auth succeeded for 'root' with key sha1!! aa:bb from 192.0.2.7:55",
                (true, Some("root"), "192.0.2.7", 55, ONE),
            ),
            (
                "Exit before auth (user 'root', 10 fails): Max auth tries reached - user 'root' from 192.0.2.7:55",
                (false, Some("root"), "192.0.2.7", 55, Weight::Name),
            ),
            (
                "Exit before auth from <192.0.2.7:55>: (user 'root', 10 fails): Max auth tries reached - user 'root'",
                (false, Some("root"), "192.0.2.7", 55, Weight::Name),
            ),
            (
                "Exit before auth from <192.0.2.7:55>: Max auth tries reached - user 'is invalid'",
                (false, None, "192.0.2.7", 55, Weight::Name),
            ),
        ];
        for (text, (accepted, name, ip, port, weight)) in cases {
            let expected = (*accepted, name.map(str::to_owned), (*ip).to_owned(), *port, *weight);
            assert_eq!(told(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn connections_are_counted_and_names_of_hosts_are_not_read() {
        for (text, kind) in [
            ("Child connection from 192.0.2.7:55", "dropbear: connection opened"),
            ("Exit before auth from <192.0.2.7:55>: Exited normally", "dropbear: connection ended"),
            ("Exit (root): Disconnect received", "dropbear: connection ended"),
            ("Not backgrounding", "dropbear: other"),
            ("Bad password attempt for 'root'", "dropbear: failure without address"),
        ] {
            assert_eq!(message(text.as_bytes()), Reading::Counted(kind), "{text}");
        }
        let host = message(b"Bad password attempt for 'root' from host.example:55");
        assert!(matches!(host, Reading::Rejected(_)));
    }
}
