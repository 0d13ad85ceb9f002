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

/// What the cutter hands on, in the order of the file. Nothing has a number yet: who takes the pieces in order counts
/// their lines, which costs nothing where each is looked at anyway.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Whole lines that were read before: only what is remembered of them matters, and that they are counted.
    Old { bytes: Vec<u8> },
    /// Whole lines with their newlines; the file's last line may lack its own. `front` if they are the file's first.
    Lines { front: bool, bytes: Vec<u8> },
    /// One line that cannot be read at all, and the front of it.
    Unreadable { reason: String, head: Vec<u8> },
}

/// How many lines these bytes are; the last one may lack its newline.
pub(crate) fn count(bytes: &[u8]) -> u64 {
    let begun = bytes.last().is_some_and(|last| *last != b'\n');
    memchr::memchr_iter(b'\n', bytes).count() as u64 + u64::from(begun)
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

/// Cuts everything after the first `after` bytes, which are read only to be part of the digest; a block each step.
///
/// Where those end within a line, that line was read before it was complete: it is cut once more,
/// whole, unless all it lacked was its newline.
pub(crate) struct Cutting<'p> {
    input: Opened<'p>,
    after: u64,
    sizes: Sizes,
    how: How,
    whole: blake3::Hasher,
    /// The digest up to the last newline.
    ended: blake3::Hasher,
    head: Head,
    bytes: u64,
    cutter: Cutter,
}

impl<'p> Cutting<'p> {
    pub(crate) fn new(input: Opened<'p>, after: u64, sizes: Sizes, how: How) -> Self {
        let rest = Vec::new();
        let cutter = Cutter { front: true, rest, dropped: false, longest: sizes.longest };
        Cutting {
            input,
            after,
            sizes,
            how,
            whole: blake3::Hasher::new(),
            ended: blake3::Hasher::new(),
            head: Head::default(),
            bytes: 0,
            cutter,
        }
    }

    /// Reads the next block, taken from `spare`, and hands on what ended in it; what is known of the whole at its end.
    /// `hand_on` returns false to stop.
    pub(crate) fn step(
        &mut self,
        spare: &Spare,
        hand_on: &mut dyn FnMut(Piece) -> bool,
    ) -> Result<Option<End>, Error> {
        let (after, chunk) = (self.after, self.sizes.chunk);
        let old = after.saturating_sub(self.bytes);
        let most = if old > 0 { chunk.min(usize::try_from(old).unwrap_or(chunk)) } else { chunk };
        // A line that has begun stands in front of what is read now, so that nothing is copied but it.
        let first_new = old == 0 && self.bytes == after;
        let mut block = spare.take();
        let begun = if old == 0 && !first_new { self.cutter.move_begun(&mut block) } else { 0 };
        let stop = self.input.fill(&mut block, begun, most).err();
        let read = block.get(begun..).unwrap_or_default();
        let at_end = stop.is_some() || read.len() < most;
        if self.how.digest {
            let last = memchr::memrchr(b'\n', read).map_or(0, |last| last + 1);
            let (lines, rest) = read.split_at(last);
            if !lines.is_empty() {
                self.ended = self.whole.update(lines).clone();
            }
            self.whole.update(rest);
            self.head.update(read);
        }
        self.bytes += read.len() as u64;
        let cutter = &mut self.cutter;
        let went_on = if old > 0 {
            cutter.pass(block, hand_on)
        } else {
            if first_new && !block.is_empty() {
                block = cutter.resume(block, hand_on);
            }
            cutter.cut(block, hand_on)
        };
        match stop {
            _ if !went_on => {}
            Some(Stop::System(cause)) => {
                return Err(Error::Read { file: self.input.file.clone(), cause });
            }
            Some(Stop::Damage(cause)) => {
                let (packing, bytes) = (self.input.packing.unwrap_or("compressed"), self.bytes);
                let reason = format!(
                    "the {packing} data is damaged after {bytes} unpacked bytes ({cause}); \
                     what stood before is kept, get the file again for the rest"
                );
                // Damage right after what was cut before has been told before.
                if bytes > after || after == 0 {
                    hand_on(Piece::Unreadable { reason, head: cutter.head() });
                }
            }
            None if at_end
                && self.how.hold_back
                && self.input.packing.is_none()
                && cutter.waits() =>
            {
                let held_back = cutter.rest.len() as u64;
                let digest = self.ended.finalize().to_hex().to_string();
                return Ok(Some(End {
                    bytes: self.bytes - held_back,
                    held_back,
                    digest,
                    ..self.end()
                }));
            }
            None if at_end => {
                if self.bytes > after {
                    cutter.end(hand_on);
                }
            }
            None => return Ok(None),
        }
        Ok(Some(self.end()))
    }

    fn end(&self) -> End {
        End {
            bytes: self.bytes,
            held_back: 0,
            digest: self.whole.finalize().to_hex().to_string(),
            head_digest: self.head.finish(),
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
    /// Whether no line has ended yet.
    front: bool,
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
            Piece::Lines { bytes, .. } => hand_on(Piece::Old { bytes }),
            Piece::Old { bytes } => hand_on(Piece::Old { bytes }),
            // A line that was too long has been told as such before; it is still one.
            Piece::Unreadable { .. } => hand_on(Piece::Old { bytes: vec![b'\n'] }),
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
        let mut bytes = std::mem::take(&mut self.rest);
        if self.dropped {
            bytes = vec![b'\n'];
        }
        self.dropped = false;
        self.front = false;
        hand_on(Piece::Old { bytes });
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
        self.keep_the_front();
        hand_on(Piece::Lines { front: std::mem::take(&mut self.front), bytes })
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
            hand_on(Piece::Lines { front: self.front, bytes });
        }
    }

    /// The line was too long and is over now.
    fn give_up(&mut self, hand_on: &mut dyn FnMut(Piece) -> bool) -> bool {
        let piece = Piece::Unreadable { reason: too_long(), head: self.head() };
        self.front = false;
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
        cut_how(text, after, sizes, How { hold_back: false, digest: true })
    }

    fn cut_how(text: &[u8], after: u64, sizes: Sizes, how: How) -> (Vec<Piece>, End) {
        // Invisible to the packing: tests of the cutter are about plain bytes.
        let raw = Box::new(std::io::Cursor::new(text.to_vec()));
        let opened = from_reader("f".into(), raw, &()).unwrap();
        let mut pieces = Vec::new();
        let (mut cutting, spare) = (Cutting::new(opened, after, sizes, how), Spare::default());
        loop {
            let mut hand_on = |piece| {
                pieces.push(piece);
                true
            };
            if let Some(end) = cutting.step(&spare, &mut hand_on).unwrap() {
                return (pieces, end);
            }
        }
    }

    fn new_of(pieces: &[Piece]) -> Vec<&Piece> {
        pieces.iter().filter(|piece| !matches!(piece, Piece::Old { .. })).collect()
    }

    /// The new lines with their numbers; a line that is too long is its front.
    fn lines_of(pieces: &[Piece]) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Vec::new();
        let mut number = 1;
        for piece in pieces {
            match piece {
                Piece::Lines { front, bytes } => {
                    assert_eq!(*front, number == 1);
                    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                    let numbered = (number..).zip(text.split(|byte| *byte == b'\n'));
                    lines.extend(numbered.map(|(number, line)| (number, line.to_vec())));
                    number += count(bytes);
                }
                Piece::Unreadable { head, .. } => {
                    lines.push((number, head.clone()));
                    number += 1;
                }
                Piece::Old { bytes } => number += count(bytes),
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
            let Some(Piece::Unreadable { reason, head }) = pieces.get(1) else {
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
                let sizes = Sizes { chunk, longest: 1000 };
                let how = How { hold_back: true, digest: true };
                let (pieces, end) = cut_how(text.as_bytes(), 0, sizes, how);
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
            assert!(new_of(&pieces).is_empty(), "{pieces:?}");
            assert_eq!(end.digest, blake3::hash(text.as_bytes()).to_hex().to_string());
            assert!(new_of(&cut_all(text.as_bytes(), 1000, SMALL).0).is_empty());
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
