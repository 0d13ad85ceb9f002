//! Syslog, by datagrams: RFC 5424 with the alert as the message.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::head::Head;
use super::{Error, Kind, Outlet, name};

/// Facility local5, as Suricata's own syslog output has by default, and severity warning: 21 × 8 + 4 (RFC 5424, 6.2.1).
const PRIORITY: u8 = 172;

/// The port of syslog over UDP (RFC 5426, 3.3).
const PORT: u16 = 514;

/// How long a receiver whose queue is full is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) const KIND: Kind = Kind {
    name: "syslog",
    about: "sends each alert as an RFC 5424 message (facility local5, severity warning); over udp:// nothing says whether \
            it arrived, and receivers may cut long messages: let them take at least 8 KiB",
    address: "syslog:[/dev/log | udp://HOST:PORT]",
    open: |rest| Ok(Box::new(Syslog::open(rest)?)),
};

/// Where the datagrams go.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Address {
    /// A socket of this machine.
    Unix(PathBuf),
    /// `host:port`.
    Udp(String),
}

/// A socket that is connected.
enum Socket {
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixDatagram),
    Udp(UdpSocket),
}

struct Syslog {
    name: String,
    address: Address,
    /// The name of this machine, for lines that do not name their sensor.
    machine: String,
    socket: Option<Socket>,
}

impl Syslog {
    fn open(address: &str) -> Result<Syslog, String> {
        let address = Address::read(address)?;
        let shown = match &address {
            Address::Unix(path) => path.display().to_string(),
            Address::Udp(host) => host.clone(),
        };
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let name = name(KIND.name, &shown, &shown);
        Ok(Syslog { name, address, machine: machine.trim().to_owned(), socket: None })
    }

    fn try_send(&mut self, message: &[u8]) -> io::Result<usize> {
        let socket = match &mut self.socket {
            Some(socket) => socket,
            none => none.insert(self.address.connect()?),
        };
        match socket {
            #[cfg(unix)]
            Socket::Unix(socket) => socket.send(message),
            Socket::Udp(socket) => socket.send(message),
        }
    }
}

impl Address {
    fn read(text: &str) -> Result<Address, String> {
        let Some(host) = text.strip_prefix("udp://") else {
            return match text {
                "" => Ok(Address::Unix("/dev/log".into())),
                path if path.starts_with('/') => Ok(Address::Unix(path.into())),
                _ => {
                    Err("give syslog: for /dev/log, syslog:/PATH or syslog:udp://HOST:PORT".into())
                }
            };
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        let after_brackets = host.rsplit(']').next().unwrap_or(host);
        let with_port = match after_brackets.rsplit_once(':') {
            Some((_, port)) if port.parse::<u16>().is_ok_and(|port| port > 0) => host.to_owned(),
            Some(_) => return Err("give a port from 1 to 65535, as in udp://HOST:514".into()),
            None => format!("{host}:{PORT}"),
        };
        let bare = with_port.rsplit_once(':').map_or("", |(bare, _)| bare);
        if bare.is_empty() || (bare.contains(':') && !bare.starts_with('[')) {
            return Err("give a host, as in udp://HOST:514 or udp://[2001:db8::1]:514".into());
        }
        Ok(Address::Udp(with_port))
    }

    fn connect(&self) -> io::Result<Socket> {
        match self {
            #[cfg(unix)]
            Address::Unix(path) => {
                let socket = std::os::unix::net::UnixDatagram::unbound()?;
                socket.connect(path)?;
                socket.set_write_timeout(Some(PATIENCE))?;
                Ok(Socket::Unix(socket))
            }
            #[cfg(not(unix))]
            Address::Unix(_) => {
                Err(io::Error::other("this system has no such sockets: use udp://"))
            }
            Address::Udp(host) => {
                let mut last = io::Error::other("the name has no address");
                for to in host.to_socket_addrs()? {
                    let any = match to {
                        SocketAddr::V4(_) => "0.0.0.0:0",
                        SocketAddr::V6(_) => "[::]:0",
                    };
                    match UdpSocket::bind(any).and_then(|s| s.connect(to).map(|()| s)) {
                        Ok(socket) => {
                            socket.set_write_timeout(Some(PATIENCE))?;
                            return Ok(Socket::Udp(socket));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
        }
    }
}

impl Outlet for Syslog {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, line: &str) -> Result<(), Error> {
        let message = message(line, &self.machine);
        self.try_send(message.as_bytes()).map(drop).map_err(|error| {
            // The daemon may have been started anew: its socket is another one then.
            self.socket = None;
            let (outlet, why) = (self.name.clone(), error.to_string());
            if too_long(&error) {
                Error::Refused { outlet, why }
            } else {
                Error::Unavailable { outlet, why }
            }
        })
    }
}

/// Whether the message is more than a datagram can hold.
fn too_long(error: &io::Error) -> bool {
    // EMSGSIZE, which the standard library gives no name.
    cfg!(target_os = "linux") && error.raw_os_error() == Some(90)
}

/// `<172>1 TIME HOST botany PID alert - LINE` (RFC 5424, 6). The time is the event's own. The message is "MSG-ANY": without
/// the byte order mark, over which readers of JSON stumble.
fn message(line: &str, machine: &str) -> String {
    let head = Head::of(line);
    let time = head.time.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    let time =
        time.map_or("-".to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string());
    let host = head.host.as_deref().into_iter().chain([machine]).find(|host| is_host(host));
    let pid = std::process::id();
    format!("<{PRIORITY}>1 {time} {} botany {pid} alert - {line}", host.unwrap_or("-"))
}

/// Whether it is printable ASCII of at most 255 characters, as HOSTNAME must be.
fn is_host(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::Alert;

    fn alert(host: &str) -> String {
        let host = Some(host.to_owned());
        Alert { timestamp: 1_525_628_646_000_001, host, ..Alert::default() }.line()
    }

    fn receive(socket: &UnixDatagram) -> String {
        let mut room = vec![0; 1 << 16];
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = socket.recv(&mut room).unwrap();
        String::from_utf8(room[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_message_is_of_rfc_5424() {
        let line = alert("sensor-1");
        let expected = format!(
            "<172>1 2018-05-06T17:44:06.000001Z sensor-1 botany {} alert - {line}",
            std::process::id()
        );
        assert_eq!(message(&line, "machine"), expected);
        let host =
            |line: &str, machine| message(line, machine).split(' ').nth(2).unwrap().to_owned();
        assert_eq!(host(&alert("two words\n"), "machine"), "machine");
        assert_eq!(host(&alert(""), "no host"), "-");
        assert!(message("no json", "m").starts_with("<172>1 - m botany "));
    }

    #[test]
    fn a_unix_socket_takes_lines_and_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut outlet = Syslog::open(path.to_str().unwrap()).unwrap();
        assert!(matches!(outlet.send("{}"), Err(Error::Unavailable { .. })), "nobody is there yet");
        let socket = UnixDatagram::bind(&path).unwrap();
        outlet.send("{}").unwrap();
        assert!(receive(&socket).ends_with(" alert - {}"));
        // The daemon starts anew.
        drop(socket);
        std::fs::remove_file(&path).unwrap();
        assert!(outlet.send("{1}").is_err());
        let socket = UnixDatagram::bind(&path).unwrap();
        outlet.send("{1}").unwrap();
        assert!(receive(&socket).ends_with("{1}"));
    }

    #[test]
    fn a_message_too_long_for_a_datagram_is_refused_and_the_next_one_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let socket = UnixDatagram::bind(&path).unwrap();
        let mut outlet = Syslog::open(path.to_str().unwrap()).unwrap();
        let long = "x".repeat(4 << 20);
        assert!(matches!(outlet.send(&long), Err(Error::Refused { .. })));
        outlet.send("{}").unwrap();
        assert!(receive(&socket).ends_with("{}"));
    }

    #[test]
    fn udp_goes_to_loopback() {
        for bind in ["127.0.0.1:0", "[::1]:0"] {
            let socket = UdpSocket::bind(bind).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            let address = format!("udp://{}", socket.local_addr().unwrap());
            let mut outlet = Syslog::open(&address).unwrap();
            outlet.send(&alert("s")).unwrap();
            let mut room = [0; 2048];
            let length = socket.recv(&mut room).unwrap();
            assert!(room[..length].starts_with(b"<172>1 2018-05-06T17:44:06.000001Z s botany "));
        }
    }

    #[test]
    fn addresses_are_read() {
        let udp = |text: &str| Address::read(text).map(|a| a == Address::Udp("h:514".into()));
        assert_eq!(udp("udp://h"), Ok(true));
        assert_eq!(udp("udp://h:514/"), Ok(true));
        assert_eq!(Address::read("udp://[::1]"), Ok(Address::Udp("[::1]:514".into())));
        for bad in ["udp://", "udp://:514", "udp://h:0", "udp://h:x", "udp://::1:514", "dev/log"] {
            assert!(Address::read(bad).is_err(), "{bad}");
        }
    }
}
