//! The frame of a syslog line, and the way from a line to a row that sshd, dropbear, telnetd and the
//! journal share: [`Envelope`] takes the line apart, the program's own wording says what the message
//! means ([`Reading`]), and [`settle()`] makes a row of it.
//!
//! # Which lines become rows
//!
//! A server often writes several lines about one try. The rule is the same for every program:
//!
//! * a line that says how a try ended is a row with `attempts` = 1 (or the number of tries a log
//!   writer merged into it);
//! * a line that only ties a user name to an address that did not get in, such as sshd's
//!   `Invalid user`, is a row with `attempts` = 0: the name is seen, no try is counted twice;
//! * such a line is counted instead where an earlier row of the same process already says it.
//!
//! So `sum(attempts)` is the number of tries, and no name and no address of a failed log-in is lost.

mod clock;
mod envelope;
mod escape;
mod origin;
mod sessions;
mod settle;
mod stamp;

pub(crate) use clock::Clock;
pub(crate) use envelope::{Envelope, Program, is_comment};
pub(crate) use escape::unescape;
pub(crate) use origin::{Origin, address_and_port, split};
pub(crate) use settle::{Login, Memory, Reading, Weight, read, settle};
pub(crate) use stamp::Stamp;
