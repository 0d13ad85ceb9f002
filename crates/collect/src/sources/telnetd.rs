//! Telnet servers and the `login` program they start, in a syslog file.

use std::borrow::Cow;

use botany_catalog::address;
use memchr::memmem;

use crate::syslog::{self, Envelope, Login, Program, Reading, Weight};
use crate::{Outcome, Rows, Source, State};

/// Telnet servers and `login` in a syslog file.
pub(super) struct Telnetd;

impl Source for Telnetd {
    fn name(&self) -> &'static str {
        "telnetd"
    }
    fn doc(&self) -> &'static str {
        "telnetd and the `login` it starts (BusyBox, util-linux, shadow, BSD) in a syslog file; fills `login` \
         with service telnet. A failed or accepted log-in with an address is a try; `LOGIN FAILURES` of BSD \
         stands for several, and its line without a name for none; PAM's `authentication failure` with a \
         name and an address has 0 attempts, or is counted where the same process has said so before. \
         Log-ins without an address are on the console and counted; ones from a host name are rejected. \
         BusyBox writes UNKNOWN for a user it does not know: `username` is null."
    }
    fn example(&self) -> &'static str {
        "May  6 17:44:06 camera login[911]: invalid password for 'root' on 'pts/0' from '203.0.113.7'"
    }
    fn recognises(&self, line: &[u8]) -> bool {
        Envelope::parse(line).is_some_and(|envelope| envelope.program() == Program::Telnet)
    }
    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome {
        syslog::read(line, self.name(), state, out)
    }
}

const CONSOLE: Reading<'static> = Reading::Counted("telnetd: log-in without address");
const PAM: Reading<'static> = Reading::Counted("telnetd: pam");

/// What a line says, before the address is looked at.
struct Said<'a> {
    accepted: bool,
    name: Option<&'a [u8]>,
    /// Address or host name, quotes taken off.
    host: Option<&'a [u8]>,
    weight: Weight,
}

/// Reads one message of a telnet server or of `login`.
pub(crate) fn message(message: &[u8]) -> Reading<'_> {
    let text = message.trim_ascii_end();
    if text.starts_with(b"connect from ") {
        return Reading::Counted("telnetd: connection opened");
    }
    let said = pam(text)
        .or_else(|| failed_login(text))
        .or_else(|| invalid_password(text))
        .or_else(|| failures(text))
        .or_else(|| accepted(text));
    match said {
        Some(said) => login(said),
        None if text.starts_with(b"pam_") || text.starts_with(b"PAM ") => PAM,
        None => Reading::Counted("telnetd: other"),
    }
}

fn login(said: Said<'_>) -> Reading<'_> {
    let Some(host) = said.host.filter(|host| !host.is_empty()) else { return CONSOLE };
    let Some(address) = std::str::from_utf8(host).ok().and_then(address::parse) else {
        return Reading::Rejected(
            "the log-in comes from a host name, which no flow can be joined on; let telnetd log addresses"
                .to_owned(),
        );
    };
    Reading::Login(Login {
        service: "telnet",
        accepted: said.accepted,
        method: (said.weight != Weight::Name).then_some(b"password"),
        name: said.name.filter(|name| *name != b"UNKNOWN").map(Cow::Borrowed),
        address,
        port: None,
        weight: said.weight,
    })
}

/// `FAILED LOGIN 1 FROM ADDRESS FOR NAME, why`, `TOO MANY LOGIN TRIES (3) FROM …`, and the same with
/// ` on 'TTY' from 'ADDRESS' FOR 'NAME'`.
fn failed_login(text: &[u8]) -> Option<Said<'_>> {
    let rest = text
        .strip_prefix(b"FAILED LOGIN ")
        .or_else(|| text.strip_prefix(b"TOO MANY LOGIN TRIES "))?;
    // The address comes first; the name, which may hold any word, is what is left.
    let at = memmem::find(rest, b" FOR ")?;
    let (place, name) = (rest.get(..at)?, rest.get(at + b" FOR ".len()..)?);
    let name = name.get(..memmem::rfind(name, b", ").unwrap_or(name.len()))?;
    Some(Said {
        accepted: false,
        name: Some(bare(name)),
        host: origin(place),
        weight: Weight::Tries(1),
    })
}

/// `invalid password for 'NAME' on 'TTY' from 'ADDRESS'`.
fn invalid_password(text: &[u8]) -> Option<Said<'_>> {
    let rest = text.strip_prefix(b"invalid password for ")?;
    let end = [&b" on '"[..], b" on `", b" from '"]
        .iter()
        .filter_map(|words| memmem::rfind(rest, words))
        .min()
        .unwrap_or(rest.len());
    let (name, place) = rest.split_at_checked(end)?;
    Some(Said {
        accepted: false,
        name: Some(bare(name)),
        host: origin(place),
        weight: Weight::Tries(1),
    })
}

/// BSD's `3 LOGIN FAILURES FROM ADDRESS[, NAME]`, once without the name and once with it.
fn failures(text: &[u8]) -> Option<Said<'_>> {
    let digits = text.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
    let tries = std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()?;
    let rest = text.get(digits..)?.strip_prefix(b" LOGIN FAILURE")?;
    let rest = rest.strip_prefix(b"S").unwrap_or(rest).strip_prefix(b" FROM ")?;
    let (host, name) = match memmem::find(rest, b", ") {
        Some(at) => (rest.get(..at)?, rest.get(at + 2..)),
        None => (rest, None),
    };
    let weight = if name.is_some() { Weight::Tries(tries) } else { Weight::Name };
    Some(Said { accepted: false, name, host: Some(host), weight })
}

/// `root login on 'TTY' from 'ADDRESS'`, `ROOT LOGIN ON TTY FROM ADDRESS`,
/// `LOGIN ON TTY BY NAME FROM ADDRESS`, `'NAME' logged in on 'TTY' from 'ADDRESS'`.
fn accepted(text: &[u8]) -> Option<Said<'_>> {
    let said =
        |name, place| Said { accepted: true, name, host: origin(place), weight: Weight::Tries(1) };
    for lead in [&b"root login"[..], b"ROOT LOGIN"] {
        if let Some(place) = text.strip_prefix(lead) {
            return Some(said(Some(b"root"), place));
        }
    }
    if let Some(rest) = text.strip_prefix(b"LOGIN ON ") {
        let rest = rest.get(memmem::find(rest, b" BY ")? + b" BY ".len()..)?;
        let end = memmem::rfind(rest, b" FROM ").unwrap_or(rest.len());
        let (name, place) = rest.split_at_checked(end)?;
        return Some(said(Some(name), place));
    }
    let at = memmem::rfind(text, b"' logged in")?;
    let name = text.get(..at)?.strip_prefix(b"'")?;
    Some(said(Some(name), text.get(at..)?))
}

/// `pam_unix(login:auth): authentication failure; … rhost=ADDRESS  user=NAME`, and its older form.
fn pam(text: &[u8]) -> Option<Said<'_>> {
    const FAILURE: &[u8] = b"authentication failure; ";
    let rest = if text.starts_with(FAILURE) {
        text
    } else {
        let rest = text.starts_with(b"pam_").then_some(text)?;
        rest.get(memmem::find(rest, b": ")? + 2..).filter(|rest| rest.starts_with(FAILURE))?
    };
    // What the other side chose, the name, comes last.
    let rest = rest.get(memmem::find(rest, b" rhost=")? + b" rhost=".len()..)?;
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    let (host, rest) = rest.split_at_checked(end)?;
    let name = rest.trim_ascii_start().strip_prefix(b"user=");
    Some(Said { accepted: false, name, host: Some(host), weight: Weight::Name })
}

/// What follows the last ` from ` or ` FROM ` of the part of a line that the program wrote itself.
fn origin(place: &[u8]) -> Option<&[u8]> {
    let at = memmem::rfind(place, b" from ").or_else(|| memmem::rfind(place, b" FROM "))?;
    place.get(at + b" from ".len()..).map(bare)
}

/// Without the quotes around it.
fn bare(text: &[u8]) -> &[u8] {
    let inner = text.strip_prefix(b"'").or_else(|| text.strip_prefix(b"`")).unwrap_or(text);
    if inner.len() < text.len() { inner.strip_suffix(b"'").unwrap_or(inner) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(bool, Option<String>, String, Weight)> {
        match message(text.as_bytes()) {
            Reading::Login(l) => Some((
                l.accepted,
                l.name.map(|name| String::from_utf8(name.into_owned()).unwrap()),
                l.address.to_string(),
                l.weight,
            )),
            _ => None,
        }
    }

    #[test]
    fn every_wording() {
        const ONE: Weight = Weight::Tries(1);
        for (text, accepted, name, weight) in [
            ("invalid password for 'UNKNOWN' on '/dev/pts/0' from '192.0.2.7'", false, None, ONE),
            ("invalid password for 'root' on 'pts/0' from '192.0.2.7'", false, Some("root"), ONE),
            ("invalid password for `a b' on `ttyp0' from '192.0.2.7'", false, Some("a b"), ONE),
            (
                "FAILED LOGIN 1 FROM 192.0.2.7 FOR root, Authentication failure",
                false,
                Some("root"),
                ONE,
            ),
            (
                "FAILED LOGIN SESSION FROM 192.0.2.7 FOR x FOR y, z, Error",
                false,
                Some("x FOR y, z"),
                ONE,
            ),
            (
                "FAILED LOGIN (1) on '/dev/pts/0' from '192.0.2.7' FOR 'root', Authentication failure",
                false,
                Some("root"),
                ONE,
            ),
            (
                "TOO MANY LOGIN TRIES (3) FROM ::ffff:192.0.2.7 FOR pi, Maximum",
                false,
                Some("pi"),
                ONE,
            ),
            ("3 LOGIN FAILURES FROM 192.0.2.7, admin", false, Some("admin"), Weight::Tries(3)),
            ("1 LOGIN FAILURE FROM 192.0.2.7", false, None, Weight::Name),
            ("root login on 'pts/0' from '192.0.2.7'", true, Some("root"), ONE),
            ("ROOT LOGIN ON pts/0 FROM 192.0.2.7", true, Some("root"), ONE),
            ("LOGIN ON pts/0 BY admin FROM 192.0.2.7", true, Some("admin"), ONE),
            ("'admin' logged in on '/dev/pts/0' from '192.0.2.7'", true, Some("admin"), ONE),
            (
                "pam_unix(login:auth): authentication failure; logname= uid=0 euid=0 tty=pts/0 ruser= rhost=192.0.2.7  user=root",
                false,
                Some("root"),
                Weight::Name,
            ),
            (
                "authentication failure; logname= uid=0 euid=0 tty=pts/0 ruser= rhost=192.0.2.7",
                false,
                None,
                Weight::Name,
            ),
        ] {
            let expected = (accepted, name.map(str::to_owned), "192.0.2.7".to_owned(), weight);
            assert_eq!(told(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_rest_is_counted_and_host_names_are_rejected() {
        for (text, kind) in [
            ("connect from 192.0.2.7", "telnetd: connection opened"),
            ("root login on 'tty1'", "telnetd: log-in without address"),
            ("invalid password for 'UNKNOWN' on 'tty1'", "telnetd: log-in without address"),
            ("pam_unix(login:session): session opened for user root", "telnetd: pam"),
            ("ttloop: peer died", "telnetd: other"),
        ] {
            assert_eq!(message(text.as_bytes()), Reading::Counted(kind), "{text}");
        }
        let host = message(b"FAILED LOGIN 1 FROM host.example FOR root, Authentication failure");
        assert!(matches!(host, Reading::Rejected(_)));
    }
}
