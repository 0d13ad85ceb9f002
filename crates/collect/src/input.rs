//! An input is a file or standard input, plain or compressed; its first bytes say which.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::{Error, Progress};

/// Bytes asked of the system at once.
const BLOCK: usize = 128 * 1024;

/// Where the bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file: plain, gzip (of any number of members) or Zstandard (of any number of frames).
    File(PathBuf),
    /// Standard input, with the same three forms.
    Stdin,
}

impl Input {
    /// The name rows and messages give it: the path as given, `-` for standard input.
    pub fn name(&self) -> String {
        match self {
            Input::File(path) => {
                crate::text::lossy(path.as_os_str().as_encoded_bytes()).into_owned()
            }
            Input::Stdin => "-".to_owned(),
        }
    }
}

/// An opened input that gives decompressed bytes.
pub(crate) struct Opened<'p> {
    pub(crate) file: String,
    /// The compression, for messages: `gzip`, `zstd`, or `None`.
    pub(crate) packing: Option<&'static str>,
    bytes: Box<dyn Read + Send + 'p>,
    failure: Failure,
}

/// What the system said last, kept aside: to a decompressor both are just errors.
type Failure = Arc<Mutex<Option<io::Error>>>;

/// Why no more bytes come.
pub(crate) enum Stop {
    /// The system failed; nothing more can be said about the file.
    System(io::Error),
    /// The compressed data is damaged from here on.
    Damage(io::Error),
}

impl Opened<'_> {
    /// Puts up to `most` bytes behind the first `kept` ones of a block, which ends with them then; fewer only at
    /// the end of the input or before a [`Stop`]. What else the block holds saves clearing it.
    pub(crate) fn fill(
        &mut self,
        block: &mut Vec<u8>,
        kept: usize,
        most: usize,
    ) -> Result<usize, Stop> {
        if block.len() < kept + most {
            block.resize(kept + most, 0);
        }
        let mut filled = kept;
        let mut result = Ok(());
        while let Some(rest) = block.get_mut(filled..kept + most).filter(|rest| !rest.is_empty()) {
            match self.bytes.read(rest) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => {
                    result = Err(self.stop(cause));
                    break;
                }
            }
        }
        block.truncate(filled);
        result.map(|()| filled - kept)
    }

    fn stop(&self, cause: io::Error) -> Stop {
        let said = self.failure.lock().ok().and_then(|mut failure| failure.take());
        match (said, self.packing) {
            (Some(system), _) => Stop::System(system),
            (None, None) => Stop::System(cause),
            (None, Some(_)) => Stop::Damage(cause),
        }
    }
}

/// Opens an input and looks at its first bytes.
pub(crate) fn open<'p>(input: &Input, progress: &'p dyn Progress) -> Result<Opened<'p>, Error> {
    let file = input.name();
    let raw: Box<dyn Read + Send> = match input {
        Input::File(path) => match File::open(path) {
            Ok(opened) => Box::new(opened),
            Err(cause) => return Err(Error::Open { file, cause }),
        },
        Input::Stdin => Box::new(io::stdin()),
    };
    from_reader(file, raw, progress)
}

/// The same for any reader of raw bytes.
pub(crate) fn from_reader<'p>(
    file: String,
    raw: Box<dyn Read + Send + 'p>,
    progress: &'p dyn Progress,
) -> Result<Opened<'p>, Error> {
    let failure = Failure::default();
    let watched = Watched { raw, progress, failure: Arc::clone(&failure) };
    let mut first = Vec::with_capacity(4);
    let mut watched = BufReader::with_capacity(BLOCK, watched);
    // A pipe may give its first four bytes one by one, so they are read and put back in front.
    if let Err(cause) = watched.by_ref().take(4).read_to_end(&mut first) {
        return Err(Error::Read { file, cause });
    }
    let packing = match first.as_slice() {
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some("zstd"),
        _ => None,
    };
    let whole = io::Cursor::new(first).chain(watched);
    let bytes: Box<dyn Read + Send + 'p> = match packing {
        Some("gzip") => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
        Some(_) => {
            Box::new(unpack_zstd(whole).map_err(|cause| Error::Read { file: file.clone(), cause })?)
        }
        None => Box::new(whole),
    };
    Ok(Opened { file, packing, bytes, failure })
}

fn unpack_zstd<'r, R: BufRead + 'r>(raw: R) -> io::Result<impl Read + use<'r, R>> {
    zstd::stream::read::Decoder::with_buffer(raw)
}

/// Tells the progress, and keeps what the system says.
struct Watched<'p> {
    raw: Box<dyn Read + Send + 'p>,
    progress: &'p dyn Progress,
    failure: Failure,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.raw.read(buffer) {
            Ok(more) => {
                self.progress.bytes(more as u64);
                Ok(more)
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => Err(cause),
            Err(cause) => {
                let kind = cause.kind();
                if let Ok(mut failure) = self.failure.lock() {
                    *failure = Some(cause);
                }
                Err(kind.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn unpacked(raw: &[u8]) -> (Option<&'static str>, Vec<u8>, Option<bool>) {
        let raw = Box::new(io::Cursor::new(raw.to_vec()));
        let mut opened = from_reader("f".into(), raw, &()).unwrap();
        let mut all = Vec::new();
        let damage = match opened.fill(&mut all, 0, 1 << 20) {
            Ok(_) => None,
            Err(Stop::Damage(_)) => Some(true),
            Err(Stop::System(_)) => Some(false),
        };
        (opened.packing, all, damage)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn the_first_bytes_say_how_it_is_packed() {
        assert_eq!(unpacked(b"plain"), (None, b"plain".to_vec(), None));
        assert_eq!(unpacked(b""), (None, vec![], None));
        assert_eq!(unpacked(b"\n"), (None, b"\n".to_vec(), None));
        let two = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(unpacked(&two), (Some("gzip"), b"one\ntwo\n".to_vec(), None));
        let frames = [zstd::encode_all(&b"one\n"[..], 1), zstd::encode_all(&b"two\n"[..], 1)];
        let frames = frames.map(Result::unwrap).concat();
        assert_eq!(unpacked(&frames), (Some("zstd"), b"one\ntwo\n".to_vec(), None));
    }

    #[test]
    fn what_stands_before_the_damage_is_kept() {
        let text: Vec<u8> =
            (0..200_000_u32).flat_map(|i| i.wrapping_mul(i).to_le_bytes()).collect();
        for packed in [gzip(&text), zstd::encode_all(&text[..], 1).unwrap()] {
            let (_, all, damage) = unpacked(&packed[..packed.len() / 2]);
            assert_eq!(damage, Some(true));
            assert!(all.len() > text.len() / 10 && text.starts_with(&all), "{}", all.len());
        }
    }

    #[test]
    fn a_failing_system_is_no_damage() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is gone"))
            }
        }
        let raw = gzip(&[b'x'; 10]);
        let raw = Box::new(io::Cursor::new(raw[..12].to_vec()).chain(Failing));
        let mut opened = from_reader("f".into(), raw, &()).unwrap();
        let Err(Stop::System(cause)) = opened.fill(&mut Vec::new(), 0, 100) else { panic!() };
        assert_eq!(cause.to_string(), "the disk is gone");
    }
}
