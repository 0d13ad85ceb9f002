//! Cuts the decompressed bytes into chunks of whole lines, in bounded memory.

use crate::input::{Opened, Stop};
use crate::spare::Spare;
use crate::{Error, text};

/// How much is held at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Bytes of a chunk, about: it ends with its last whole line.
    pub(crate) chunk: usize,
    /// Bytes of a line that is still kept.
    pub(crate) longest: usize,
}

/// Two megabytes feed a thread for a few milliseconds; longer lines than 16 MiB no log has.
pub(crate) const SIZES: Sizes = Sizes { chunk: 2 * 1024 * 1024, longest: LONGEST };
/// What the caller decides about the cutting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    /// A plain input's last line without newline is not cut and no part of the digest.
    pub(crate) hold_back: bool,
    /// Digests are made; without, they are those of nothing.
    pub(crate) digest: bool,
}

/// A line longer than this is rejected, not kept.
pub(crate) const LONGEST: usize = 16 * 1024 * 1024;
/// Bytes of a line that a reject keeps.
pub(crate) const REJECT_BYTES: usize = 1000;

/// What the cutter hands on, in the order of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Whole lines that were read before: only what is remembered of them matters.
    Old { first: u64, bytes: Vec<u8> },
    /// Whole lines with their newlines; the file's last line may lack its own.
    Lines { first: u64, bytes: Vec<u8> },
    /// One line that cannot be read at all, and the front of it.
    Unreadable { line: u64, reason: String, head: Vec<u8> },
}

/// What is known of the whole stream at its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) bytes: u64,
    /// Bytes of a last line without newline that was not cut.
    pub(crate) held_back: u64,
    pub(crate) digest: String,
    pub(crate) head_digest: String,
}

/// The reason of a line longer than [`LONGEST`].
pub(crate) fn too_long() -> String {
    format!("the line is longer than {} MiB; check that the file is a log", LONGEST >> 20)
}

/// Cuts everything after the first `after` bytes, which are read only to be part of the digest.
///
/// Where those end within a line, that line was read before it was complete: it is cut once more,
/// whole, unless all it lacked was its newline. Blocks are taken from `spare`. `hand_on` returns false to stop.
pub(crate) fn cut(
    mut input: Opened<'_>,
    after: u64,
    sizes: Sizes,
    how: How,
    spare: &Spare,
    hand_on: &mut dyn FnMut(Piece) -> bool,
) -> Result<End, Error> {
    let mut whole = blake3::Hasher::new();
    // The digest up to the last newline.
    let mut ended = whole.clone();
    let mut head = Head::default();
    let mut bytes = 0;
    let mut cutter = Cutter { line: 1, rest: Vec::new(), dropped: false, longest: sizes.longest };
    loop {
        let old = after.saturating_sub(bytes);
        let chunk = sizes.chunk;
        let most = if old > 0 { chunk.min(usize::try_from(old).unwrap_or(chunk)) } else { chunk };
        // A line that has begun stands in front of what is read now, so that nothing is copied but it.
        let first_new = old == 0 && bytes == after;
        let mut block = spare.take();
        let begun = if old == 0 && !first_new { cutter.move_begun(&mut block) } else { 0 };
        let stop = input.fill(&mut block, begun, most).err();
        let read = block.get(begun..).unwrap_or_default();
        let at_end = stop.is_some() || read.len() < most;
        let (lines, rest) = read.split_at(memchr::memrchr(b'\n', read).map_or(0, |last| last + 1));
        if how.digest {
            if !lines.is_empty() {
                ended = whole.update(lines).clone();
            }
            whole.update(rest);
            head.update(read);
        }
        bytes += read.len() as u64;
        let went_on = if old > 0 {
            cutter.pass(block, hand_on)
        } else {
            if first_new && !block.is_empty() {
                block = cutter.resume(block, hand_on);
            }
            cutter.cut(block, hand_on)
        };
        let end = || End {
            bytes,
            held_back: 0,
            digest: whole.finalize().to_hex().to_string(),
            head_digest: head.finish(),
        };
        match stop {
            _ if !went_on => return Ok(end()),
            Some(Stop::System(cause)) => return Err(Error::Read { file: input.file, cause }),
            Some(Stop::Damage(cause)) => {
                let packing = input.packing.unwrap_or("compressed");
                let reason = format!(
                    "the {packing} data is damaged after {bytes} unpacked bytes ({cause}); \
                     what stood before is kept, get the file again for the rest"
                );
                // Damage right after what was cut before has been told before.
                if bytes > after || after == 0 {
                    hand_on(Piece::Unreadable { line: cutter.line, reason, head: cutter.head() });
                }
                return Ok(end());
            }
            None if at_end && how.hold_back && input.packing.is_none() && cutter.waits() => {
                let held_back = cutter.rest.len() as u64;
                let digest = ended.finalize().to_hex().to_string();
                return Ok(End { bytes: bytes - held_back, held_back, digest, ..end() });
            }
            None if at_end => {
                if bytes > after {
                    cutter.end(hand_on);
                }
                return Ok(end());
            }
            None => {}
        }
    }
}

/// The digest of the first line, without its newline.
#[derive(Default)]
pub(crate) struct Head {
    hasher: blake3::Hasher,
    done: bool,
}

impl Head {
    pub(crate) fn update(&mut self, block: &[u8]) {
        if !self.done {
            let newline = memchr::memchr(b'\n', block);
            self.done = newline.is_some();
            self.hasher.update(block.get(..newline.unwrap_or(block.len())).unwrap_or(block));
        }
    }

    pub(crate) fn done(&self) -> bool {
        self.done
    }

    pub(crate) fn finish(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }
}

struct Cutter {
    /// Number of the line that `rest` belongs to.
    line: u64,
    /// The line that has not ended yet: all of it, or the front of one that is too long.
    rest: Vec<u8>,
    /// Whether `rest` is only the front.
    dropped: bool,
    longest: usize,
}

impl Cutter {
    /// Puts the line that has begun in front of a block, unless it is too long already; its bytes.
    fn move_begun(&mut self, block: &mut Vec<u8>) -> usize {
        if self.dropped {
            return 0;
        }
        let begun = self.rest.len();
        match block.get_mut(..begun) {
            Some(front) => front.copy_from_slice(&self.rest),
            None => block.clone_from(&self.rest),
        }
        self.rest.clear();
        begun
    }

    /// Takes a block of what was cut before: its lines are handed on as old ones.
    fn pass(&mut self, block: Vec<u8>, hand_on: &mut dyn FnMut(Piece) -> bool) -> bool {
        self.cut(block, &mut |piece| match piece {
            Piece::Lines { first, bytes } => hand_on(Piece::Old { first, bytes }),
            // A line that was too long has been told as such before.
            Piece::Old { .. } | Piece::Unreadable { .. } => true,
        })
    }

    /// The first block after what was cut before: drops the old last line if it was complete.
    fn resume(&mut self, block: Vec<u8>, hand_on: &mut dyn FnMut(Piece) -> bool) -> Vec<u8> {
        let newline = match block.as_slice() {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return block,
        };
        if self.rest.is_empty() {
            return block;
        }
        let bytes = std::mem::take(&mut self.rest);
        if !self.dropped {
            hand_on(Piece::Old { first: self.line, bytes });
        }
        self.dropped = false;
        self.line += 1;
        block.get(newline..).unwrap_or_default().to_vec()
    }

    /// Cuts a block; false once nobody listens.
    fn cut(&mut self, mut block: Vec<u8>, hand_on: &mut dyn FnMut(Piece) -> bool) -> bool {
        if self.dropped {
            let Some(newline) = memchr::memchr(b'\n', &block) else { return true };
            block.drain(..=newline);
            if !self.give_up(hand_on) {
                return false;
            }
        }
        let Some(last) = memchr::memrchr(b'\n', &block) else {
            if self.rest.is_empty() {
                self.rest = block;
            } else {
                self.rest.append(&mut block);
            }
            self.keep_the_front();
            return true;
        };
        let next = block.get(last + 1..).unwrap_or_default().to_vec();
        block.truncate(last + 1);
        let mut bytes = std::mem::replace(&mut self.rest, next);
        if bytes.is_empty() {
            bytes = block;
        } else {
            bytes.append(&mut block);
        }
        let first = self.line;
        self.line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        self.keep_the_front();
        hand_on(Piece::Lines { first, bytes })
    }

    /// Whether a line has begun that is worth waiting for.
    fn waits(&self) -> bool {
        !self.rest.is_empty() && !self.dropped
    }

    /// Hands on the last line, which has no newline.
    fn end(&mut self, hand_on: &mut dyn FnMut(Piece) -> bool) {
        if self.dropped {
            self.give_up(hand_on);
        } else if !self.rest.is_empty() {
            let bytes = std::mem::take(&mut self.rest);
            hand_on(Piece::Lines { first: self.line, bytes });
        }
    }

    /// The line was too long and is over now.
    fn give_up(&mut self, hand_on: &mut dyn FnMut(Piece) -> bool) -> bool {
        let piece = Piece::Unreadable { line: self.line, reason: too_long(), head: self.head() };
        self.line += 1;
        self.rest = Vec::new();
        self.dropped = false;
        hand_on(piece)
    }

    fn keep_the_front(&mut self) {
        if self.rest.len() > self.longest {
            self.rest = self.head();
            self.dropped = true;
        }
    }

    fn head(&self) -> Vec<u8> {
        text::head(&self.rest, REJECT_BYTES).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::from_reader;
    use proptest::prelude::*;

    const SMALL: Sizes = Sizes { chunk: 8, longest: 20 };

    fn cut_all(text: &[u8], after: u64, sizes: Sizes) -> (Vec<Piece>, End) {
        // Invisible to the packing: tests of the cutter are about plain bytes.
        let raw = Box::new(std::io::Cursor::new(text.to_vec()));
        let opened = from_reader("f".into(), raw, &()).unwrap();
        let mut pieces = Vec::new();
        let how = How { hold_back: false, digest: true };
        let end = cut(opened, after, sizes, how, &Spare::default(), &mut |piece| {
            match piece {
                Piece::Old { .. } => {}
                new => pieces.push(new),
            }
            true
        });
        (pieces, end.unwrap())
    }

    /// The lines with their numbers; a line that is too long is its front.
    fn lines_of(pieces: &[Piece]) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Lines { first, bytes } => {
                    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                    let numbered = (*first..).zip(text.split(|byte| *byte == b'\n'));
                    lines.extend(numbered.map(|(number, line)| (number, line.to_vec())));
                }
                Piece::Unreadable { line, head, .. } => lines.push((*line, head.clone())),
                Piece::Old { .. } => {}
            }
        }
        lines
    }

    /// What a plain split says.
    fn split(text: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let text = text.strip_suffix(b"\n").map_or(text, |text| text);
        (1..).zip(text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec)).collect()
    }

    #[test]
    fn the_last_line_needs_no_newline() {
        let (pieces, end) = cut_all(b"one\ntwo\n\nthree and more\nlast", 0, SMALL);
        assert_eq!(lines_of(&pieces), split(b"one\ntwo\n\nthree and more\nlast"));
        assert_eq!(end.bytes, 28);
        assert_eq!(end.head_digest, blake3::hash(b"one").to_hex().to_string());
        assert_eq!(cut_all(b"", 0, SMALL).0, []);
    }

    #[test]
    fn a_line_that_is_too_long_is_its_front_and_no_memory() {
        let long = vec![b'x'; 5000];
        for end in ["\nnext\n", "\nnext", "\n", ""] {
            let text = [b"first\n", &long[..], end.as_bytes()].concat();
            let (pieces, _) = cut_all(&text, 0, SMALL);
            let Some(Piece::Unreadable { line: 2, reason, head }) = pieces.get(1) else {
                panic!("{pieces:?}")
            };
            assert!(reason.starts_with("the line is longer than"), "{reason}");
            assert!(head.len() <= 29 && long.starts_with(head), "{}", head.len());
            let next = end.contains("next").then(|| (3, b"next".to_vec()));
            assert_eq!(lines_of(&pieces).get(2), next.as_ref());
        }
    }

    #[test]
    fn a_line_that_was_complete_but_for_its_newline_is_not_cut_again() {
        for newline in ["\n", "\r\n"] {
            let text = format!("one\ntwo{newline}three\n");
            let (pieces, _) = cut_all(text.as_bytes(), 7, SMALL);
            assert_eq!(lines_of(&pieces), [(3, b"three".to_vec())]);
        }
        let (pieces, _) = cut_all(b"one\ntwo and a half\n", 7, SMALL);
        assert_eq!(lines_of(&pieces), [(2, b"two and a half".to_vec())]);
    }

    #[test]
    fn a_line_that_is_still_written_waits_and_is_no_part_of_the_digest() {
        for (text, kept) in
            [("one\ntw", 4), ("on", 0), ("one\n", 4), ("a longer line\nand mor", 14)]
        {
            for chunk in [3, 8, 100] {
                let raw = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
                let opened = from_reader("f".into(), raw, &()).unwrap();
                let mut pieces = Vec::new();
                let sizes = Sizes { chunk, longest: 1000 };
                let how = How { hold_back: true, digest: true };
                let end = cut(opened, 0, sizes, how, &Spare::default(), &mut |piece| {
                    pieces.push(piece);
                    true
                });
                let end = end.unwrap();
                let expected = if kept == 0 { vec![] } else { split(&text.as_bytes()[..kept]) };
                assert_eq!(lines_of(&pieces), expected, "{text:?}");
                assert_eq!(end.digest, blake3::hash(&text.as_bytes()[..kept]).to_hex().to_string());
                assert_eq!((end.bytes, end.held_back), (kept as u64, (text.len() - kept) as u64));
            }
        }
    }

    #[test]
    fn nothing_new_is_nothing() {
        for text in ["one\ntwo", "one\ntwo\n", ""] {
            let (pieces, end) = cut_all(text.as_bytes(), text.len() as u64, SMALL);
            assert_eq!(pieces, []);
            assert_eq!(end.digest, blake3::hash(text.as_bytes()).to_hex().to_string());
            assert_eq!(cut_all(text.as_bytes(), 1000, SMALL).0, []);
        }
    }

    proptest! {
        #[test]
        fn chunks_are_the_lines_in_order(text in "[a-c\n]{0,200}", chunk in 1_usize..64) {
            let (pieces, end) = cut_all(text.as_bytes(), 0, Sizes { chunk, longest: 1000 });
            let expected = if text.is_empty() { vec![] } else { split(text.as_bytes()) };
            prop_assert_eq!(lines_of(&pieces), expected);
            prop_assert_eq!(end.digest, blake3::hash(text.as_bytes()).to_hex().to_string());
        }

        #[test]
        fn what_is_new_is_cut_once(text in "[ab\n]{1,120}", cut_at in 0_usize..120, chunk in 1_usize..40) {
            let after = cut_at.min(text.len());
            let sizes = Sizes { chunk, longest: 1000 };
            let (pieces, end) = cut_all(text.as_bytes(), after as u64, sizes);
            let (old, new) = text.split_at(after);
            // Lines that had ended before, or lacked only their newline, are old.
            let ended = old.matches('\n').count() as u64;
            let complete = !old.is_empty() && !old.ends_with('\n') && new.starts_with('\n');
            let first = ended + if complete { 2 } else { 1 };
            let expected: Vec<_> = split(text.as_bytes()).into_iter().filter(|(n, _)| *n >= first).collect();
            let expected = if new.is_empty() { vec![] } else { expected };
            prop_assert_eq!(lines_of(&pieces), expected);
            prop_assert_eq!(end.digest, blake3::hash(text.as_bytes()).to_hex().to_string());
        }
    }
}
