//! Captures as Suricata can read them: unpacked.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use super::error::Error;

/// How captures begin: pcap of either byte order, in microseconds or nanoseconds, and pcapng.
const BEGINS: [[u8; 4]; 5] = [
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x0a, 0x0d, 0x0d, 0x0a],
];

/// The capture itself if it is plain; unpacked into `folder` if it is gzip or Zstandard, told by its first bytes.
///
/// # Errors
/// [`Error::Io`] if it cannot be read or unpacked, [`Error::NoCapture`] if it is something else: Suricata would wait a minute
/// before it says so.
pub fn unpack(capture: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let mut file = File::open(capture).map_err(Error::io("open", capture))?;
    let mut first = [0; 4];
    let read = file.read(&mut first).map_err(Error::io("read", capture))?;
    file.rewind().map_err(Error::io("read", capture))?;
    let raw = BufReader::new(file);
    let mut bytes: Box<dyn io::Read> = match first.get(..read).unwrap_or_default() {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(
            zstd::stream::read::Decoder::with_buffer(raw).map_err(Error::io("unpack", capture))?,
        ),
        begin if BEGINS.iter().any(|known| begin == known) => return Ok(capture.to_owned()),
        _ => return Err(Error::NoCapture { path: capture.to_owned() }),
    };
    let place = folder.join("capture.pcap");
    let mut out = File::create(&place).map_err(Error::io("create", &place))?;
    io::copy(&mut bytes, &mut out).map_err(Error::io("unpack", capture))?;
    let mut begin = Vec::new();
    let opened = File::open(&place).map_err(Error::io("open", &place))?;
    opened.take(4).read_to_end(&mut begin).map_err(Error::io("read", &place))?;
    if !BEGINS.iter().any(|known| begin == known) {
        return Err(Error::NoCapture { path: capture.to_owned() });
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_plain_stays_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
        let plain = folder.path().join("plain");
        std::fs::write(&plain, bytes).unwrap();
        assert_eq!(unpack(&plain, folder.path()).unwrap(), plain);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&bytes).unwrap();
        for packed in [gz.finish().unwrap(), zstd::encode_all(&bytes[..], 1).unwrap()] {
            let path = folder.path().join("packed");
            std::fs::write(&path, &packed).unwrap();
            assert_eq!(std::fs::read(unpack(&path, folder.path()).unwrap()).unwrap(), bytes);
            std::fs::write(&path, &packed[..packed.len() - 3]).unwrap();
            assert!(
                unpack(&path, folder.path()).unwrap_err().to_string().contains("cannot unpack")
            );
        }
        for other in [b"no capture".to_vec(), zstd::encode_all(&b"no capture"[..], 1).unwrap()] {
            let path = folder.path().join("other");
            std::fs::write(&path, other).unwrap();
            let error = unpack(&path, folder.path()).unwrap_err().to_string();
            assert!(error.contains("is no capture"), "{error}");
        }
        assert!(unpack(&folder.path().join("none"), folder.path()).is_err());
    }
}
