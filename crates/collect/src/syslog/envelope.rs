//! A syslog line taken apart: stamp, host, program, process and message.

use memchr::{memchr, memmem};

use super::Stamp;

/// The parts of a syslog line: RFC 3164, RFC 5424, or one with an ISO stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Envelope<'a> {
    /// None where the line names no time, as `journalctl`'s text cut to host and message.
    pub stamp: Option<Stamp>,
    /// The host that wrote the line.
    pub host: Option<&'a [u8]>,
    /// Base name of the program; empty where the line names none.
    pub program: &'a [u8],
    /// Process number, or what stands in its place.
    pub process: Option<&'a [u8]>,
    /// What the program said.
    pub message: &'a [u8],
}

/// The programs whose log-ins we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// OpenSSH's server, also under its newer process names.
    Sshd,
    /// The small SSH server of embedded systems.
    Dropbear,
    /// A telnet server, or the `login` it starts.
    Telnet,
    /// Everything else.
    Other,
}

impl Envelope<'_> {
    /// Whose line it is.
    pub fn program(&self) -> Program {
        match self.program {
            b"sshd" | b"sshd-session" | b"sshd-auth" => Program::Sshd,
            b"dropbear" => Program::Dropbear,
            b"login" | b"telnetd" | b"in.telnetd" | b"utelnetd" => Program::Telnet,
            _ => Program::Other,
        }
    }
}

/// Whether the line is a comment, which some people write into kept logs.
pub(crate) fn is_comment(line: &[u8]) -> bool {
    line.first() == Some(&b'#')
}

impl<'a> Envelope<'a> {
    /// Takes a line apart; `None` if it is no syslog line.
    ///
    /// A line without a stamp is one only if it names a program that we read.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let unranked = after_priority(line);
        let text = unranked.unwrap_or(line);
        if let Some(rest) = text.strip_prefix(b"1 ") {
            return Envelope::rfc5424(rest);
        }
        if let Some((stamp, rest)) = Stamp::classic(text) {
            // Some devices end the stamp with a colon.
            let rest = rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")?;
            return Some(Envelope { stamp: Some(stamp), ..Envelope::host_and_tag(rest) });
        }
        if let Some((stamp, rest)) = Stamp::iso(text) {
            let envelope = Envelope::host_and_tag(rest.strip_prefix(b" ")?);
            // Any program may write an ISO stamp: what follows has to look like syslog.
            return (!envelope.program.is_empty())
                .then_some(Envelope { stamp: Some(stamp), ..envelope });
        }
        let envelope = Envelope::host_and_tag(text);
        let known = envelope.program() != Program::Other;
        (known && envelope.host.is_none_or(is_host_name)).then_some(envelope)
    }

    /// What follows `<PRI>1 `: stamp, host, program, process, message id, structured data, message.
    fn rfc5424(text: &'a [u8]) -> Option<Self> {
        let (stamp, rest) = match text.strip_prefix(b"- ") {
            Some(rest) => (None, rest),
            None => {
                let (stamp, rest) = Stamp::iso(text)?;
                (Some(stamp), rest.strip_prefix(b" ")?)
            }
        };
        let (host, rest) = word(rest)?;
        let (program, rest) = word(rest)?;
        let (process, rest) = word(rest)?;
        let (_message_id, rest) = word(rest)?;
        let message = after_structured_data(rest)?;
        let message = message.strip_prefix("\u{feff}".as_bytes()).unwrap_or(message);
        Some(Envelope {
            stamp,
            host: Some(host).filter(|host| *host != b"-"),
            program: base_name(program),
            process: Some(process).filter(|process| *process != b"-"),
            message,
        })
    }

    /// `host program[process]: message`, or the same without the host.
    fn host_and_tag(text: &'a [u8]) -> Self {
        let unnamed =
            |host, message| Envelope { stamp: None, host, program: b"", process: None, message };
        if let Some(envelope) = Envelope::tag(text) {
            return envelope;
        }
        let Some((host, rest)) = word(text) else { return unnamed(None, text) };
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        match Envelope::tag(rest) {
            Some(envelope) => Envelope { host: Some(host), ..envelope },
            None if text.starts_with(b"last message repeated ") => unnamed(None, text),
            None => unnamed(Some(host), rest),
        }
    }

    /// `program[process]: message`, `program: message` or `[program]: message`.
    fn tag(text: &'a [u8]) -> Option<Self> {
        if let Some(inner) = text.strip_prefix(b"[") {
            let end = memchr(b']', inner.get(..64).unwrap_or(inner))?;
            let (program, rest) = inner.split_at_checked(end)?;
            let is_name = program.first()?.is_ascii_alphabetic() && !program.contains(&b' ');
            let rest = rest.strip_prefix(b"]")?;
            let message = rest.strip_prefix(b":").unwrap_or(rest).strip_prefix(b" ")?;
            return is_name.then_some(Envelope {
                stamp: None,
                host: None,
                program: base_name(program),
                process: None,
                message,
            });
        }
        let end = text.iter().take(128).position(|byte| b" [(:".contains(byte))?;
        let (program, mut rest) = text.split_at_checked(end)?;
        if program.is_empty() {
            return None;
        }
        // `sshd(pam_unix)[123]:`, as PAM once named itself.
        if rest.starts_with(b"(") {
            let end = memchr(b')', rest.get(..64).unwrap_or(rest))?;
            rest = rest.get(end + 1..)?;
        }
        let mut process = None;
        if let Some(inner) = rest.strip_prefix(b"[") {
            let end = memchr(b']', inner.get(..32).unwrap_or(inner))?;
            process = inner.get(..end).filter(|process| !process.is_empty());
            rest = inner.get(end + 1..)?;
        }
        let rest = match rest.strip_prefix(b":") {
            Some(rest) => rest,
            // Without a colon only a process number tells a program from a host.
            None => process.map(|_| rest)?,
        };
        // `2001:db8::1` is a host, not a program with a message.
        let message = if rest.is_empty() { rest } else { rest.strip_prefix(b" ")? };
        Some(Envelope { stamp: None, host: None, program: base_name(program), process, message })
    }
}

/// What follows `<34>`.
fn after_priority(line: &[u8]) -> Option<&[u8]> {
    let inner = line.strip_prefix(b"<")?;
    let end = inner.iter().take(4).position(|byte| *byte == b'>')?;
    let (priority, rest) = inner.split_at_checked(end)?;
    let is_number = !priority.is_empty() && priority.iter().all(u8::is_ascii_digit);
    if is_number { rest.strip_prefix(b">") } else { None }
}

/// The bytes up to the next space, and those after it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b' ', text).filter(|end| *end > 0)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Whether the bytes look like a host: without a stamp before it, any word of any log could be one.
fn is_host_name(host: &[u8]) -> bool {
    host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-:%".contains(byte))
}

fn base_name(program: &[u8]) -> &[u8] {
    let start = program.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    program.get(start..).unwrap_or(program)
}

/// What follows `-` or `[id name="value"]…`, in which a quote or bracket may be escaped.
fn after_structured_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return Some(rest.strip_prefix(b" ").unwrap_or(rest));
    }
    let (mut quoted, mut escaped) = (false, false);
    for (i, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => match text.get(i + 1) {
                Some(b'[') => {}
                Some(b' ') => return text.get(i + 2..),
                _ => return text.get(i + 1..),
            },
            b'[' if i == 0 => {}
            _ if i == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The inside of `message repeated 2 times: [ … ]`, and how often; anything else stands once.
pub(super) fn repeated(message: &[u8]) -> (&[u8], u32) {
    let inside = || {
        let rest = message.strip_prefix(b"message repeated ")?;
        let end = memmem::find(rest.get(..32).unwrap_or(rest), b" times: [")?;
        let times = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
        let inner = rest.get(end + b" times: [".len()..)?;
        Some((inner.strip_suffix(b"]").unwrap_or(inner).trim_ascii_start(), times))
    };
    inside().unwrap_or((message, 1))
}

/// The number in `last message repeated 2 times`, which stands for the line before it.
pub(super) fn last_repeated(message: &[u8]) -> Option<u32> {
    let message = message.strip_prefix(b"--- ").unwrap_or(message);
    let rest = message.strip_prefix(b"last message repeated ")?;
    let end = memchr(b' ', rest)?;
    std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether there is a stamp; host, program, process and message.
    type Parts<'a> = (bool, Option<&'a str>, &'a str, Option<&'a str>, &'a str);

    fn parts(line: &str) -> Option<Parts<'_>> {
        let e = Envelope::parse(line.as_bytes())?;
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        Some((
            e.stamp.is_some(),
            e.host.map(text),
            text(e.program),
            e.process.map(text),
            text(e.message),
        ))
    }

    #[test]
    fn every_envelope_in_use() {
        for (line, expected) in [
            ("May  6 17:44:06 gw sshd[2553]: hi", (true, Some("gw"), "sshd", Some("2553"), "hi")),
            ("<38>May  6 17:44:06 gw sshd: hi", (true, Some("gw"), "sshd", None, "hi")),
            ("May  6 17:44:06 sshd[7]: hi", (true, None, "sshd", Some("7"), "hi")),
            ("May  6 17:44:06 [sshd]: hi", (true, None, "sshd", None, "hi")),
            ("May  6 17:44:06 [sshd] hi", (true, None, "sshd", None, "hi")),
            (
                "May  6 17:44:06 gw sshd(pam_unix)[7]: hi",
                (true, Some("gw"), "sshd", Some("7"), "hi"),
            ),
            (
                "May  6 17:44:06 2001:db8::1 sshd[7]: hi",
                (true, Some("2001:db8::1"), "sshd", Some("7"), "hi"),
            ),
            (
                "May  6 17:44:06 gw /usr/sbin/sshd[7]: hi",
                (true, Some("gw"), "sshd", Some("7"), "hi"),
            ),
            ("May  6 17:44:06 gw -- MARK --", (true, Some("gw"), "", None, "-- MARK --")),
            (
                "May  6 17:44:06 last message repeated 2 times",
                (true, None, "", None, "last message repeated 2 times"),
            ),
            (
                "2024-01-02T03:04:05.678901+02:00 gw sshd[1]: hi",
                (true, Some("gw"), "sshd", Some("1"), "hi"),
            ),
            ("2024-01-02T03:04:05 gw sshd[1]: hi", (true, Some("gw"), "sshd", Some("1"), "hi")),
            (
                "<34>1 2003-10-11T22:14:15.003Z gw sshd 123 - - hi",
                (true, Some("gw"), "sshd", Some("123"), "hi"),
            ),
            ("<34>1 - - sshd - - [a b=\"]\\\"x\"][c] hi", (false, None, "sshd", None, "hi")),
            ("gw sshd[1]: hi", (false, Some("gw"), "sshd", Some("1"), "hi")),
            ("sshd[1]: hi", (false, None, "sshd", Some("1"), "hi")),
        ] {
            assert_eq!(parts(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_syslog() {
        for line in [
            "",
            "#",
            "{\"a\":1}",
            "{\"a sshd[1]: hi",
            "hello world",
            "gw cron[1]: hi",
            "2024-01-02 03:04:05,678 - __main__ - INFO - hi",
            "2024-01-02T03:04:05Z level=info msg=hi",
            "<34>1 nonsense",
            "May  6 17:44:06",
        ] {
            assert_eq!(parts(line), None, "{line}");
        }
    }

    #[test]
    fn merged_lines_are_counted() {
        assert_eq!(repeated(b"message repeated 3 times: [ Failed x]"), (&b"Failed x"[..], 3));
        assert_eq!(repeated(b"message repeated x times: [ Failed]").1, 1);
        assert_eq!(last_repeated(b"last message repeated 4 times"), Some(4));
        assert_eq!(last_repeated(b"--- last message repeated 1 time ---"), Some(1));
        assert_eq!(last_repeated(b"last message"), None);
    }
}
