//! From what a program said to a row.

use std::borrow::Cow;
use std::net::IpAddr;

use super::envelope::{last_repeated, repeated};
use super::sessions::{Sessions, key};
use super::{Clock, Envelope, Program, is_comment};
use crate::rows::LoginRow;
use crate::sources::{dropbear, sshd, telnetd};
use crate::{Outcome, Rows, State, text};

/// What the syslog sources keep from line to line: their lines stand mixed in one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    clock: Clock,
    sessions: Sessions,
    /// The last line's row, if it counted a try: `last message repeated 2 times` may follow.
    last: Option<LoginRow<'static>>,
}

/// What a message means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading<'a> {
    /// A row, unless an earlier one says the same.
    Login(Login<'a>),
    /// Nothing about how a log-in ended; the kind, one of a fixed few.
    Counted(&'static str),
    /// A log-in that no row can hold: why, and what to do about it.
    Rejected(String),
}

/// A log-in as a message tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login<'a> {
    /// `ssh` or `telnet`.
    pub service: &'static str,
    /// Whether it was let in.
    pub accepted: bool,
    /// How it tried to prove itself.
    pub method: Option<&'a [u8]>,
    /// User name as typed.
    pub name: Option<Cow<'a, [u8]>>,
    /// Where it came from.
    pub address: IpAddr,
    /// Its port there.
    pub port: Option<u16>,
    /// What the line counts for.
    pub weight: Weight,
}

/// What a line counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// This many tries.
    Tries(u32),
    /// One try, of which the program may write a second line of weight [`Weight::Second`].
    First,
    /// One try, unless a [`Weight::First`] of the same process stands for it already.
    Second,
    /// No try: it ties a name to an address.
    Name,
}

/// Reads a line of the source of that name.
pub(crate) fn read(
    line: &[u8],
    source: &'static str,
    state: &mut State,
    out: &mut Rows,
) -> Outcome {
    match Envelope::parse(line) {
        _ if is_comment(line) => Outcome::Counted("comment".into()),
        Some(envelope) => settle(&envelope, source, state, out),
        None => Outcome::Rejected("this is no syslog line; leave --source away".to_owned()),
    }
}

/// Makes a row of an envelope, or says why not.
pub(crate) fn settle(
    envelope: &Envelope<'_>,
    source: &'static str,
    state: &mut State,
    out: &mut Rows,
) -> Outcome {
    // Every line moves the clock, stored or not.
    let time = envelope.stamp.map(|stamp| state.syslog.clock.time(stamp, &state.options));
    let last = state.syslog.last.take();
    let (message, times) = repeated(envelope.message);
    let reading = match envelope.program() {
        Program::Sshd => sshd::message(message),
        Program::Dropbear => dropbear::message(message),
        Program::Telnet => telnetd::message(message),
        Program::Other => match (last_repeated(message), last) {
            (Some(times), Some(row)) if speaks_of(envelope, &row) => {
                // A writer may say so more than once.
                state.syslog.last = Some(row.clone());
                return again(row, times, time, out);
            }
            (Some(_), _) => Reading::Counted("syslog: repetition of a line not stored"),
            (None, _) => Reading::Counted("syslog: other program"),
        },
    };
    let login = match reading {
        Reading::Login(login) => login,
        Reading::Counted(kind) => return Outcome::Counted(kind.into()),
        Reading::Rejected(reason) => return Outcome::Rejected(reason),
    };
    let event_time = match time {
        Some(Ok(time)) => time,
        Some(Err(reason)) => return Outcome::Rejected(reason),
        None => return Outcome::Rejected(NO_TIME.to_owned()),
    };
    let sessions = &mut state.syslog.sessions;
    let process = envelope.process.map(|process| key(envelope.host, envelope.program, process));
    let attempts = match (login.weight, process) {
        (Weight::Tries(tries), _) => tries.saturating_mul(times),
        (Weight::First, Some(process)) => {
            sessions.open(process, login.address, times);
            times
        }
        (Weight::Second, Some(process)) => times - sessions.close(process, login.address, times),
        (Weight::First | Weight::Second, None) => times,
        (Weight::Name, Some(process))
            if sessions.told(process, login.address, login.name.as_deref()) =>
        {
            return Outcome::Counted(told_before(envelope.program()).into());
        }
        (Weight::Name, _) => 0,
    };
    if let Some(process) = process {
        sessions.tell(process, login.address, login.name.as_deref());
    }
    let session = envelope.process.map(|process| {
        format!("{}[{}]", text::lossy(envelope.program), text::lossy(process)).into()
    });
    let row = LoginRow {
        event_time,
        sensor: envelope.host.map(owned),
        service: login.service.into(),
        outcome: if login.accepted { "accepted" } else { "failed" }.into(),
        method: login.method.map(owned),
        username: login.name.as_deref().map(owned),
        src_ip: login.address.to_string().into(),
        src_port: login.port,
        session,
        attempts,
        source: source.into(),
        ..LoginRow::default()
    };
    state.syslog.last = (attempts > 0).then(|| row.clone());
    out.login(&row)
}

const NO_TIME: &str =
    "the line names no time; write the log with `journalctl -o json` or `-o short-iso`";

/// Whether "last message repeated" is about that row: it is the log writer's own line, without a program,
/// and of the same host.
fn speaks_of(envelope: &Envelope<'_>, row: &LoginRow<'_>) -> bool {
    let host = envelope.host.map(text::lossy);
    envelope.program.is_empty() && (host.is_none() || host.as_deref() == row.sensor.as_deref())
}

fn told_before(program: Program) -> &'static str {
    match program {
        Program::Dropbear => "dropbear: same name told before",
        Program::Telnet => "telnetd: same name told before",
        Program::Sshd | Program::Other => "sshd: same name told before",
    }
}

/// The row of the line before, for a line that says it came so many times more.
fn again(
    row: LoginRow<'static>,
    times: u32,
    time: Option<Result<i64, String>>,
    out: &mut Rows,
) -> Outcome {
    let event_time = match time {
        Some(Err(reason)) => return Outcome::Rejected(reason),
        Some(Ok(time)) => time,
        None => row.event_time,
    };
    out.login(&LoginRow { event_time, attempts: times, ..row })
}

fn owned(bytes: &[u8]) -> Cow<'static, str> {
    Cow::Owned(text::lossy(bytes).into_owned())
}
