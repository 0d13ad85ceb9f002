//! Which file is it, and has it only grown? Digests of a file's first line and of its prefixes.

use std::path::Path;

use crate::input::{Stop, open};
use crate::lines::Head;
use crate::{Error, Input, Progress};

/// Bytes hashed at once.
const BLOCK: u64 = 1024 * 1024;

/// Digests of one file; all are BLAKE3 of decompressed bytes, in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// Of the first line, without its newline.
    pub head: String,
    /// Of the first so many bytes, in the order asked for; `None` where the file is shorter.
    pub prefixes: Vec<Option<String>>,
    /// Of everything that can be unpacked.
    pub whole: String,
    /// Bytes that can be unpacked.
    pub bytes: u64,
}

/// Digests of a file and of its prefixes of the given lengths, in one pass.
///
/// A file collected before, then `bytes` long with some `digest`, has only grown if the prefix of
/// that length has that digest; [`crate::read_after`] then adds what is new. Damaged compressed data
/// counts as the file's end.
///
/// # Errors
/// [`Error::Open`] and [`Error::Read`].
pub fn digest(path: &Path, lengths: &[u64], progress: &dyn Progress) -> Result<Digests, Error> {
    let mut input = open(&Input::File(path.to_owned()), progress)?;
    let mut wanted = lengths.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found: Vec<(u64, String)> = Vec::with_capacity(wanted.len());
    let mut wanted = wanted.into_iter().peekable();
    let (mut whole, mut head, mut bytes) = (blake3::Hasher::new(), Head::default(), 0);
    let mut block = Vec::new();
    loop {
        while wanted.next_if_eq(&bytes).is_some() {
            found.push((bytes, whole.finalize().to_hex().to_string()));
        }
        let most = wanted.peek().map_or(BLOCK, |length| BLOCK.min(length - bytes));
        let result = input.fill(&mut block, 0, usize::try_from(most).unwrap_or(usize::MAX));
        whole.update(&block);
        head.update(&block);
        bytes += block.len() as u64;
        match result {
            Err(Stop::System(cause)) => return Err(Error::Read { file: input.file, cause }),
            Ok(more) if more as u64 == most => {}
            Ok(_) | Err(Stop::Damage(_)) => break,
        }
    }
    while wanted.next_if_eq(&bytes).is_some() {
        found.push((bytes, whole.finalize().to_hex().to_string()));
    }
    let of = |length: &u64| found.iter().find(|(l, _)| l == length).map(|(_, d)| d.clone());
    Ok(Digests {
        head: head.finish(),
        prefixes: lengths.iter().map(of).collect(),
        whole: whole.finalize().to_hex().to_string(),
        bytes,
    })
}

/// The digest of a file's first line, without reading further: the cheap first question.
///
/// # Errors
/// [`Error::Open`] and [`Error::Read`].
pub fn head_digest(path: &Path) -> Result<String, Error> {
    let mut input = open(&Input::File(path.to_owned()), &())?;
    let mut head = Head::default();
    let mut block = Vec::new();
    // Small blocks: a first line is a few hundred bytes.
    let most = 16 * 1024;
    while !head.done() {
        let result = input.fill(&mut block, 0, most);
        head.update(&block);
        match result {
            Err(Stop::System(cause)) => return Err(Error::Read { file: input.file, cause }),
            Ok(more) if more == most => {}
            Ok(_) | Err(Stop::Damage(_)) => break,
        }
    }
    Ok(head.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn hash(text: &[u8]) -> String {
        blake3::hash(text).to_hex().to_string()
    }

    #[test]
    fn a_file_that_has_grown_has_the_old_digest_as_a_prefix() {
        let path = std::env::temp_dir().join(format!("botany-digest-{}", std::process::id()));
        let text: Vec<u8> = (0..400_000).flat_map(|i| format!("line {i}\n").into_bytes()).collect();
        let end = text.len() as u64;
        let lengths = [3_000_000, 0, 7, end, end + 1, 7, BLOCK];
        for packed in [text.clone(), zstd::encode_all(&text[..], 1).unwrap()] {
            fs::write(&path, packed).unwrap();
            let digests = digest(&path, &lengths, &()).unwrap();
            let expected = lengths.map(|n| text.get(..usize::try_from(n).unwrap()).map(hash));
            assert_eq!(digests.prefixes, expected);
            assert_eq!((digests.bytes, &digests.whole), (end, &hash(&text)));
            assert_eq!(digests.head, hash(b"line 0"));
            assert_eq!(head_digest(&path).unwrap(), digests.head);
        }
        fs::write(&path, "").unwrap();
        let digests = digest(&path, &[0, 1], &()).unwrap();
        assert_eq!(digests.prefixes, [Some(hash(b"")), None]);
        assert_eq!(head_digest(&path).unwrap(), hash(b""));
        fs::remove_file(&path).unwrap();
        assert!(matches!(digest(&path, &[], &()), Err(Error::Open { .. })));
    }
}
