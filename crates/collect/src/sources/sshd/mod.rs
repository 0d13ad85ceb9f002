//! OpenSSH's server in a syslog file.

#[cfg(test)]
mod tests;
mod wording;

use crate::syslog::{self, Envelope, Program, is_comment};
use crate::{Outcome, Rows, Source, State};

pub(crate) use wording::message;

/// OpenSSH's server in a syslog file.
pub(super) struct Sshd;

impl Source for Sshd {
    fn name(&self) -> &'static str {
        "sshd"
    }
    fn doc(&self) -> &'static str {
        "OpenSSH's server in a syslog file (`auth.log`, `secure`): RFC 3164 or RFC 5424, classic or ISO stamps; \
         fills `login`. A `Failed`, `Accepted` or `error: PAM:` line is a try. A line that only ties a \
         name to an address that did not get in (`Invalid user`, `User … not allowed because`, \
         `ROOT LOGIN REFUSED`, `maximum authentication attempts exceeded`, `Connection closed by \
         authenticating user` and the like) is a row with 0 attempts, or is counted where the same \
         process has said so before: `sum(attempts)` counts every try once. What PAM's modules write \
         is counted, since sshd itself says how a try ended; so are connections without a name, and \
         the lines of other programs. A failure from a host name is rejected: set `UseDNS no` in \
         sshd_config. sshd never logs passwords."
    }
    fn example(&self) -> &'static str {
        "May  6 17:44:06 gateway sshd[2553]: Failed password for invalid user ubnt from 203.0.113.7 port 52577 ssh2"
    }
    fn recognises(&self, line: &[u8]) -> bool {
        is_comment(line)
            || Envelope::parse(line).is_some_and(|envelope| {
                matches!(envelope.program(), Program::Sshd | Program::Other)
            })
    }
    fn read(&self, line: &[u8], state: &mut State, out: &mut Rows) -> Outcome {
        syslog::read(line, self.name(), state, out)
    }
}
