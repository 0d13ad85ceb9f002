//! A capture that gives a sensor as many events as packets: every packet is the whole of a flow to port 22.

use std::io::{self, Write};

use super::random::Random;

/// Packets a second of the capture's own clock: what came before times out while it is read.
const A_SECOND: u64 = 20_000;

/// Writes a capture (classic pcap, Ethernet) of so many SYN packets, each from a source and port of its own.
///
/// # Errors
///
/// If it cannot be written.
pub fn knocks(packets: u64, out: &mut dyn Write) -> io::Result<()> {
    let header: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1];
    header.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))?;
    let mut random = Random::new(22);
    for n in 0..packets {
        let (seconds, rest) = (n / A_SECOND, n % A_SECOND);
        let length = 54_u32;
        let stamp =
            [1_772_409_600 + seconds as u32, (rest * 1_000_000 / A_SECOND) as u32, length, length];
        stamp.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))?;
        let source = (11_u32 << 24) + (n as u32 & 0x00ff_ffff);
        let port = 1024 + (random.below(60_000) as u16);
        out.write_all(&frame(source, port))?;
    }
    Ok(())
}

/// An Ethernet frame with a SYN to 192.0.2.22, port 22. Checksums are left out; the sensor is told so.
fn frame(source: u32, port: u16) -> [u8; 54] {
    let mut frame = [0_u8; 54];
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = frame.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(0, &[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
    put(14, &[0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0]);
    put(26, &source.to_be_bytes());
    put(30, &[192, 0, 2, 22]);
    put(34, &port.to_be_bytes());
    put(36, &22_u16.to_be_bytes());
    put(38, &source.to_be_bytes());
    put(46, &[0x50, 2, 0xff, 0xff]);
    frame
}
