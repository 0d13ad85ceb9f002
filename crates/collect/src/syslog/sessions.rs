//! What the lines of one server process have said already.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

/// Processes kept in each of the two generations.
const PROCESSES: usize = 4096;
/// Names kept of one process: sshd takes one name a connection, `login` one a try.
const NAMES: usize = 8;

/// The processes seen lately. When the young ones are many they become the old ones, and the old
/// ones are forgotten, so that memory does not grow with the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions {
    young: HashMap<u64, Session>,
    old: HashMap<u64, Session>,
}

#[derive(Clone, Debug)]
struct Session {
    address: IpAddr,
    names: Vec<u64>,
    /// Tries that are stored and whose second line has not come yet.
    open: u32,
}

/// The identity of a process: its host, program and number.
pub(super) fn key(host: Option<&[u8]>, program: &[u8], process: &[u8]) -> u64 {
    hash(&(host, program, process))
}

fn hash(value: &impl Hash) -> u64 {
    // This hasher has fixed keys: the same file is read the same way each time.
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl Sessions {
    /// Whether a row of this process already has the address and the name, or for no name any.
    pub fn told(&self, key: u64, address: IpAddr, name: Option<&[u8]>) -> bool {
        let session = self.young.get(&key).or_else(|| self.old.get(&key));
        session.is_some_and(|session| {
            session.address == address
                && name.is_none_or(|name| session.names.contains(&hash(&name)))
        })
    }

    /// Notes a stored row.
    pub fn tell(&mut self, key: u64, address: IpAddr, name: Option<&[u8]>) {
        let session = self.session(key, address);
        if let Some(name) = name.map(|name| hash(&name))
            && !session.names.contains(&name)
        {
            if session.names.len() == NAMES {
                session.names.remove(0);
            }
            session.names.push(name);
        }
    }

    /// Notes tries of which another line may follow.
    pub fn open(&mut self, key: u64, address: IpAddr, tries: u32) {
        let session = self.session(key, address);
        session.open = session.open.saturating_add(tries);
    }

    /// How many of these tries are already stored; they are not asked for again.
    pub fn close(&mut self, key: u64, address: IpAddr, tries: u32) -> u32 {
        let session = self.session(key, address);
        let closed = session.open.min(tries);
        session.open -= closed;
        closed
    }

    fn session(&mut self, key: u64, address: IpAddr) -> &mut Session {
        if self.young.len() >= PROCESSES && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        let fresh = Session { address, names: Vec::new(), open: 0 };
        let kept = self.old.remove(&key);
        let session =
            self.young.entry(key).or_insert_with(|| kept.unwrap_or_else(|| fresh.clone()));
        // The same number with another address is another process.
        if session.address != address {
            *session = fresh;
        }
        session
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_remembered_by_address_and_name() {
        let mut sessions = Sessions::default();
        let [a, b] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let one = key(Some(b"gw"), b"sshd", b"1");
        assert!(!sessions.told(one, a, None));
        sessions.tell(one, a, Some(b"root"));
        assert!(sessions.told(one, a, None) && sessions.told(one, a, Some(b"root")));
        assert!(!sessions.told(one, a, Some(b"pi")) && !sessions.told(one, b, Some(b"root")));
        assert!(!sessions.told(key(None, b"sshd", b"1"), a, None));
        sessions.open(one, a, 1);
        assert_eq!((sessions.close(one, a, 3), sessions.close(one, a, 3)), (1, 0));
        sessions.tell(one, b, None);
        assert!(!sessions.told(one, a, None), "the number belongs to another process now");
    }

    #[test]
    fn memory_is_bounded() {
        let mut sessions = Sessions::default();
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        for process in 0..3 * PROCESSES as u64 {
            for name in 0..20_u8 {
                sessions.tell(process, ip, Some(&[name]));
            }
        }
        assert!(sessions.young.len() + sessions.old.len() <= 2 * PROCESSES);
        assert!(sessions.young.values().all(|session| session.names.len() <= NAMES));
        assert!(sessions.told(3 * PROCESSES as u64 - 1, ip, Some(&[19])));
        assert!(!sessions.told(0, ip, None));
    }
}
