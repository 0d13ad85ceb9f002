//! Who knocks: sources and how each of them behaves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::random::Random;

/// How a source behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of a botnet: tries a few names quickly, then goes.
    Bot,
    /// Guesses passwords for hours.
    Guesser,
    /// Sends a packet and looks who answers.
    Scanner,
    /// Somebody at work.
    Person,
}

/// A source of flows.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its address, one in sixteen of IPv6.
    pub address: IpAddr,
    /// Its kind.
    pub kind: Kind,
    /// Packets it typically sends in a flow.
    pub typical: f64,
}

/// One flow, as a sensor sees it end.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Place of its source in [`Population::sources`].
    pub source: usize,
    /// Who was asked.
    pub dest: Ipv4Addr,
    /// Ports.
    pub src_port: u16,
    /// Ports.
    pub dest_port: u16,
    /// Whether it is TCP; else UDP.
    pub tcp: bool,
    /// Microseconds since 1970 UTC.
    pub start: i64,
    /// Seconds.
    pub age: u64,
    /// From the client.
    pub packets_out: u64,
    /// To the client.
    pub packets_in: u64,
    /// From the client.
    pub bytes_out: u64,
    /// To the client.
    pub bytes_in: u64,
    /// Flags of the client's packets.
    pub flags_out: u8,
    /// Flags of the server's packets.
    pub flags_in: u8,
}

/// The sources, and the flows they make.
pub struct Population {
    /// The busiest first.
    pub sources: Vec<Source>,
    random: Random,
}

const PORTS: [u16; 12] = [80, 443, 53, 123, 8080, 445, 3389, 1433, 5060, 6379, 25, 8443];

impl Population {
    /// So many sources.
    pub fn new(sources: u64, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let sources = (0..sources).map(|_| source(&mut random)).collect();
        Population { sources, random }
    }

    /// The next flow, begun about `start` (microseconds since 1970 UTC).
    pub fn flow(&mut self, start: i64) -> Flow {
        let random = &mut self.random;
        let source = random.zipf(self.sources.len() as u64) as usize;
        let Source { kind, typical, .. } = self.sources[source];
        let dest_port = match random.below(100) {
            0..40 => 22,
            40..50 => 23,
            50..53 => 2323,
            _ => random.pick(&PORTS),
        };
        let tcp = dest_port != 53 && dest_port != 123;
        let packets_out = match kind {
            Kind::Scanner if random.chance(0.8) => 1 + random.below(3),
            _ => random.count(typical, 0.45),
        };
        let answered = if random.chance(0.93) { 0.55 + 0.6 * random.unit() } else { 0.0 };
        let packets_in = (packets_out as f64 * answered) as u64;
        let size = if kind == Kind::Person { 300.0 } else { 110.0 };
        let whole = packets_in > 3;
        Flow {
            source,
            dest: Ipv4Addr::new(192, 0, 2, random.below(16) as u8),
            src_port: 1024 + random.below(64_512) as u16,
            dest_port,
            tcp,
            start: start + random.below(1_000_000) as i64,
            age: random.count(packets_out as f64 / 3.0, 0.8) - 1,
            packets_out,
            packets_in,
            bytes_out: packets_out * random.count(size, 0.3),
            bytes_in: packets_in * random.count(size, 0.4),
            flags_out: match (tcp, whole) {
                (true, true) => random.pick(&[0x1b, 0x1a, 0x1f]),
                (true, false) => random.pick(&[0x02, 0x06, 0x12]),
                _ => 0,
            },
            flags_in: match (tcp, whole) {
                (true, true) => random.pick(&[0x1b, 0x1a, 0x13]),
                (true, false) if packets_in > 0 => 0x14,
                _ => 0,
            },
        }
    }
}

fn source(random: &mut Random) -> Source {
    let bits = random.next();
    let address = if random.below(16) == 0 {
        IpAddr::V6(Ipv6Addr::from((0x2001_0db8_u128 << 96) | u128::from(bits)))
    } else {
        IpAddr::V4(Ipv4Addr::new(
            1 + random.below(222) as u8,
            bits as u8,
            (bits >> 8) as u8,
            (bits >> 16) as u8,
        ))
    };
    let (kind, typical) = match random.below(100) {
        0..8 => (Kind::Bot, 12.0 + 5.0 * random.unit()),
        8..35 => (Kind::Guesser, 10.0 + 14.0 * random.unit()),
        35..75 => (Kind::Scanner, 3.0 + 8.0 * random.unit()),
        _ => (Kind::Person, 20.0 + 60.0 * random.unit()),
    };
    Source { address, kind, typical }
}
