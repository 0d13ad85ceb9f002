//! The text log of a small telnet honeypot.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use botany_catalog::address;
use memchr::memmem;

use crate::rows::LoginRow;
use crate::syslog::{Clock, Stamp, address_and_port};
use crate::{Outcome, Rows, Source, State, text};

/// The text log of a small telnet honeypot.
pub(super) struct TelnetHoney;

impl Source for TelnetHoney {
    fn name(&self) -> &'static str {
        "telnet-honey"
    }
    fn doc(&self) -> &'static str {
        "The text log of a Python telnet honeypot that lets everybody in; its `ADDRESS:PORT logged in as \
         USER-PASSWORD` lines fill `login` as accepted. Both halves may hold a hyphen: the inputs of that \
         address before the line tell where the user name ends, else the first hyphen does. Stamps are in \
         the server's local time: name its zone with --utc-offset. Inputs and connections are counted."
    }
    fn example(&self) -> &'static str {
        "2017-03-31 00:02:20,792 - __main__ - INFO - 203.0.113.7:42486 logged in as admin-123456"
    }
    fn recognises(&self, line: &[u8]) -> bool {
        record(line).is_some()
    }
    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome {
        let Some((stamp, said)) = record(line) else {
            return Outcome::Rejected(
                "this is no line of the honeypot; leave --source away".to_owned(),
            );
        };
        if let Some(rest) = said.strip_prefix(b"RECEIVED INPUT ") {
            if let Some((address, input)) = received(rest) {
                state.honey.note(address, input);
            }
            return Outcome::Counted("telnet-honey: input".into());
        }
        // The address comes first; what was typed comes last and may hold any word.
        const LOGGED_IN: &[u8] = b" logged in as ";
        let Some(at) = memmem::find(said, LOGGED_IN) else {
            return Outcome::Counted(kind(said).into());
        };
        let (origin, typed) = said.split_at(at);
        let typed = typed.strip_prefix(LOGGED_IN).unwrap_or(typed);
        let Some((address, port)) = address_and_port(origin) else {
            return Outcome::Rejected(
                "the log-in comes from something that is no address and port; correct the line"
                    .to_owned(),
            );
        };
        let event_time = match Clock::default().time(stamp, &state.options) {
            Ok(time) => time,
            Err(reason) => return Outcome::Rejected(reason),
        };
        let typed = text::lossy(typed);
        let (username, password) = state.honey.split(address, &typed);
        out.login(&LoginRow {
            event_time,
            service: "telnet".into(),
            outcome: "accepted".into(),
            method: Some("password".into()),
            username: Some(username.into()),
            password: password.map(Into::into),
            src_ip: address.to_string().into(),
            src_port: Some(port),
            attempts: 1,
            source: self.name().into(),
            ..LoginRow::default()
        })
    }
}

/// Stamp and text of `2017-03-31 00:02:20,792 - name - LEVEL - text`.
fn record(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (stamp, rest) = Stamp::iso(line)?;
    let rest = rest.strip_prefix(b" - ")?;
    let rest = rest.get(memmem::find(rest.get(..64).unwrap_or(rest), b" - ")? + 3..)?;
    let levels: [&[u8]; 5] = [b"DEBUG - ", b"INFO - ", b"WARNING - ", b"ERROR - ", b"CRITICAL - "];
    levels.iter().find_map(|level| rest.strip_prefix(*level)).map(|said| (stamp, said))
}

fn kind(said: &[u8]) -> &'static str {
    let kinds: [(&[u8], &str); 4] = [
        (b"Opened connection to ", "telnet-honey: connection opened"),
        (b"Lost connection to ", "telnet-honey: connection ended"),
        (b"Listening for connections", "telnet-honey: started"),
        (b"Saving file ", "telnet-honey: file saved"),
    ];
    kinds
        .iter()
        .find(|(lead, _)| said.starts_with(lead))
        .map_or("telnet-honey: other", |(_, kind)| kind)
}

/// Address and first text of `203.0.113.7 : ['text']`.
fn received(text: &[u8]) -> Option<(IpAddr, String)> {
    let at = memmem::find(text, b" : [")?;
    let address = address::parse(std::str::from_utf8(text.get(..at)?).ok()?)?;
    let list = std::str::from_utf8(text.get(at + b" : [".len()..)?).ok()?;
    Some((address, python_text(list)?))
}

/// The Python string literal at the beginning of the text.
fn python_text(literal: &str) -> Option<String> {
    let mut characters = literal.chars();
    let quote = characters.next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let mut text = String::new();
    loop {
        match characters.next()? {
            '\\' => match characters.next()? {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'x' => {
                    let digits: String = characters.by_ref().take(2).collect();
                    text.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
                }
                escaped => text.push(escaped),
            },
            end if end == quote => return Some(text),
            plain => text.push(plain),
        }
    }
}

/// Addresses kept in each of the two generations.
const ADDRESSES: usize = 4096;
/// Inputs kept of an address, and their longest; connections of one address are mixed in the log.
const INPUTS: usize = 16;
const INPUT_BYTES: usize = 256;

/// The last inputs of each address. When the young addresses are many they become the old ones, and
/// the old ones are forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    young: HashMap<IpAddr, VecDeque<String>>,
    old: HashMap<IpAddr, VecDeque<String>>,
}

impl Memory {
    fn note(&mut self, address: IpAddr, input: String) {
        if input.len() > INPUT_BYTES {
            return;
        }
        if self.young.len() >= ADDRESSES && !self.young.contains_key(&address) {
            self.old = std::mem::take(&mut self.young);
        }
        let kept = self.old.remove(&address);
        let inputs = self.young.entry(address).or_insert_with(|| kept.unwrap_or_default());
        if inputs.len() == INPUTS {
            inputs.pop_front();
        }
        inputs.push_back(input);
    }

    /// User name and password of `USER-PASSWORD`.
    fn split<'t>(&self, address: IpAddr, typed: &'t str) -> (&'t str, Option<&'t str>) {
        let inputs = self.young.get(&address).or_else(|| self.old.get(&address));
        let inputs = || inputs.into_iter().flatten().rev();
        let hyphens = || typed.match_indices('-').map(|(at, _)| (&typed[..at], &typed[at + 1..]));
        let known = |half: &str| inputs().any(|input| input == half);
        hyphens()
            .find(|(user, password)| known(user) && known(password))
            .or_else(|| hyphens().find(|(user, _)| known(user)))
            .or_else(|| hyphens().next())
            .map_or((typed, None), |(user, password)| (user, Some(password)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(inputs: &[&str], typed: &str) -> (String, Option<String>) {
        let mut memory = Memory::default();
        let address: IpAddr = "203.0.113.7".parse().unwrap();
        for input in inputs {
            let line = format!("203.0.113.7 : [{input}]");
            let (ip, input) = received(line.as_bytes()).unwrap();
            assert_eq!(ip, address);
            memory.note(ip, input);
        }
        let (user, password) = memory.split(address, typed);
        (user.to_owned(), password.map(str::to_owned))
    }

    #[test]
    fn inputs_tell_where_the_name_ends() {
        for (inputs, typed, user, password) in [
            (&["'admin'", "'123456'"][..], "admin-123456", "admin", Some("123456")),
            (&["'a-b'", "'c-d'"], "a-b-c-d", "a-b", Some("c-d")),
            (&["'a-b'"], "a-b-c-d", "a-b", Some("c-d")),
            (&["'root'", "''"], "root-", "root", Some("")),
            (&["''", "'x-y'"], "-x-y", "", Some("x-y")),
            (&["\"it's\"", r"'q\'-\x41'"], "it's-q'-A", "it's", Some("q'-A")),
            (&[], "a-b-c", "a", Some("b-c")),
            (&[], "nothing", "nothing", None),
        ] {
            assert_eq!(
                split(inputs, typed),
                (user.to_owned(), password.map(str::to_owned)),
                "{typed}"
            );
        }
    }

    #[test]
    fn a_log_in_is_a_row_and_the_rest_is_counted() {
        let at = "2017-03-31 00:02:20,792 - __main__ - INFO -";
        let lines = [
            format!("{at} Opened connection to 203.0.113.7:5"),
            format!("{at} RECEIVED INPUT 203.0.113.7 : ['admin']"),
            format!("{at} 203.0.113.7:5 logged in as admin-12 logged in as 3"),
            format!("{at} Lost connection to 203.0.113.7:5"),
            format!("{at} host.example:5 logged in as a-b"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(
            crate::sources::told::logins(&lines),
            [
                "telnet-honey: connection opened",
                "telnet-honey: input",
                "2017-03-31T00:02:20.792Z telnet accepted password admin 203.0.113.7 5 1",
                "telnet-honey: connection ended",
                "rejected",
            ]
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        for i in 0..3 * ADDRESSES as u32 {
            for input in 0..20 {
                memory.note(std::net::Ipv4Addr::from(i).into(), format!("{input}"));
            }
        }
        assert!(memory.young.len() + memory.old.len() <= 2 * ADDRESSES);
        assert!(memory.young.values().all(|inputs| inputs.len() <= INPUTS));
        memory.note("203.0.113.7".parse().unwrap(), "x".repeat(INPUT_BYTES + 1));
        assert!(!memory.young.contains_key(&"203.0.113.7".parse::<IpAddr>().unwrap()));
    }
}
