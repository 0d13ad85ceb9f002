//! Where alerts go: the shelf of outlets.
//!
//! The journal of alerts is a file and stands for itself. What reads on from there is an [`Outlet`], led by a
//! [`courier`] on a thread of its own, so that one that is slow or gone holds up nobody.
//!
//! Adding one is a file with a [`Kind`] and its line in [`ALL`].

pub mod courier;
mod head;
pub mod journal;
#[cfg(test)]
mod loopback;
mod stdout;
mod syslog;
mod webhook;

/// Why a line was not taken, or an outlet not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address that no outlet has.
    #[error("`{address}` is no outlet: {why}")]
    BadAddress {
        /// What was given.
        address: String,
        /// What to give instead.
        why: String,
    },
    /// The receiver does not take anything now; the line is to be sent again.
    #[error("{outlet} takes nothing now ({why}): the line is sent again")]
    Unavailable {
        /// The outlet.
        outlet: String,
        /// What it said.
        why: String,
    },
    /// The receiver will never take this line; the next one may be sent.
    #[error("{outlet} refuses a line ({why}): it is passed over and stays in the journal")]
    Refused {
        /// The outlet.
        outlet: String,
        /// What it said.
        why: String,
    },
    /// There is nobody any more to take a line, and there will not be.
    #[error("nobody reads {0} any more")]
    Closed(String),
}

/// Something that takes lines.
pub trait Outlet: Send {
    /// What it is called in metrics and messages, and its bookmark by: letters, digits, `.`, `-` and `_` only, the same
    /// for the same address on every run, without what is secret in that address.
    fn name(&self) -> &str;

    /// Sends one line without its newline, and waits until it is taken; never longer than some seconds. One attempt:
    /// who calls decides whether to try again.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`], [`Error::Refused`] or [`Error::Closed`].
    fn send(&mut self, line: &str) -> Result<(), Error>;
}

/// A kind of outlet.
pub struct Kind {
    /// The word its address begins with.
    pub name: &'static str,
    /// What it does with a line, and what can go wrong.
    pub about: &'static str,
    /// How its address is written.
    pub address: &'static str,
    /// Makes one from what follows the word; does not connect yet.
    open: fn(&str) -> Result<Box<dyn Outlet>, String>,
}

/// All kinds.
pub static ALL: &[Kind] = &[stdout::KIND, syslog::KIND, webhook::KIND];

/// The outlet of an address such as `stdout`, `syslog:udp://192.0.2.1:514` or `https://example.org/alerts`. It connects
/// when the first line is sent, so that a receiver may come up later.
///
/// # Errors
///
/// [`Error::BadAddress`], which names the kinds there are.
pub fn open(address: &str) -> Result<Box<dyn Outlet>, Error> {
    let (word, rest) = match address.split_once(':') {
        // A plain URL is a webhook.
        Some(("http" | "https", _)) => (webhook::KIND.name, address),
        Some((word, rest)) => (word, rest),
        None => (address, ""),
    };
    let kind = ALL.iter().find(|kind| kind.name == word);
    let opened = kind.map_or_else(
        || {
            let known: Vec<&str> = ALL.iter().map(|kind| kind.address).collect();
            Err(format!("give one of {}", known.join(", ")))
        },
        |kind| (kind.open)(rest),
    );
    opened.map_err(|why| Error::BadAddress { address: hide(address), why })
}

/// An address without what may be secret in it.
fn hide(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}")
        }
        None => address.to_owned(),
    }
}

/// The name of an outlet: its kind, what may be shown of its address, and a mark that tells two addresses apart that
/// look the same so.
fn name(kind: &str, shown: &str, whole: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let shown: String = shown.trim_matches('/').chars().take(64).map(safe).collect();
    let mark = blake3::hash(whole.as_bytes()).to_hex();
    format!("{kind}-{shown}-{}", &mark[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_finds_its_kind() {
        for (address, begins) in [
            ("stdout", "stdout"),
            ("syslog", "syslog-dev_log-"),
            ("syslog:", "syslog-dev_log-"),
            ("syslog:udp://192.0.2.1", "syslog-192.0.2.1_514-"),
            ("https://example.org/a?key=secret", "webhook-example.org-"),
            ("webhook:http://[::1]:8080/a", "webhook-___1__8080-"),
        ] {
            let outlet = open(address).unwrap();
            assert!(outlet.name().starts_with(begins), "{address}: {}", outlet.name());
        }
    }

    #[test]
    fn names_are_safe_the_same_each_time_and_tell_addresses_apart() {
        let name = |address: &str| open(address).unwrap().name().to_owned();
        let (one, two) = (name("https://example.org/one-secret"), name("https://example.org/two"));
        assert_ne!(one, two);
        assert_eq!(one, name("https://example.org/one-secret"));
        assert!(!one.contains("secret"));
        for kind in ALL {
            assert!(!kind.about.is_empty() && kind.address.starts_with(kind.name));
        }
    }

    #[test]
    fn a_bad_address_is_told_what_there_is_without_its_secret() {
        for address in ["", "mail:x", "webhook:", "https://", "http://u:pw@h/", "syslog:tcp://x"] {
            let says = open(address).err().unwrap().to_string();
            assert!(!says.contains("pw"), "{says}");
            assert!(says.contains("give"), "{says}");
        }
        assert!(open("pager").err().unwrap().to_string().contains("webhook:https://"));
    }
}
