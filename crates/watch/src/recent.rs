//! The last alerts of a journal, read from its end: however long it is, no more than a few megabytes of it are read.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::{Alert, Error};

/// Bytes that are read first; if they hold too few lines, four times as many are, and so on.
const FIRST: u64 = 64 << 10;

/// Bytes that are read at most.
const MOST: u64 = 8 << 20;

/// The end of a journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recent {
    /// The last alerts, the last told first.
    pub alerts: Vec<Alert>,
    /// Whether there are lines before them.
    pub more: bool,
    /// Lines among the last that are no alert.
    pub damaged: usize,
    /// Bytes of the whole journal.
    pub bytes: u64,
}

/// The alerts of the last `last` lines of a journal. A last line that is not written to its end is not counted: it is
/// there whole the next time.
///
/// # Errors
///
/// [`Error::Io`].
pub fn recent(path: &Path, last: usize) -> Result<Recent, Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let (bytes, whole, length) = end(&mut file, last).map_err(Error::io("read", path))?;
    let mut lines = bytes.rsplit(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let told: Vec<&[u8]> = lines.by_ref().take(last).collect();
    let alert = |line: &&[u8]| Alert::parse(&String::from_utf8_lossy(line)).ok();
    let alerts: Vec<Alert> = told.iter().filter_map(alert).collect();
    let damaged = told.len() - alerts.len();
    Ok(Recent { alerts, more: !whole || lines.next().is_some(), damaged, bytes: length })
}

/// Whole lines from the end, whether they are all there are, and the file's length.
fn end(file: &mut File, last: usize) -> io::Result<(Vec<u8>, bool, u64)> {
    let length = file.metadata()?.len();
    let mut want = FIRST;
    loop {
        let start = length.saturating_sub(want.min(MOST));
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        // What is written meanwhile is left for the next time.
        (&*file).take(length - start).read_to_end(&mut bytes)?;
        let newlines = bytes.iter().filter(|byte| **byte == b'\n').count();
        if start > 0 && newlines <= last && want < MOST {
            want *= 4;
            continue;
        }
        // Neither what is torn at the end nor, further up, the rest of a line that began before.
        let torn = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        bytes.truncate(torn);
        if start > 0 {
            let rest = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            bytes.drain(..rest);
        }
        return Ok((bytes, start == 0, length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: i64, host: &str) -> String {
        let alert = Alert {
            timestamp: second * 1_000_000,
            host: Some(host.to_owned()),
            ..Alert::default()
        };
        alert.line()
    }

    fn told(text: impl AsRef<[u8]>, last: usize) -> (Vec<i64>, bool, usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        std::fs::write(&path, &text).unwrap();
        let Recent { alerts, more, damaged, bytes } = recent(&path, last).unwrap();
        assert_eq!(bytes, text.as_ref().len() as u64);
        (alerts.iter().map(|alert| alert.timestamp / 1_000_000).collect(), more, damaged)
    }

    #[test]
    fn the_newest_comes_first_and_a_torn_line_not_at_all() {
        assert_eq!(told("", 3), (vec![], false, 0));
        assert_eq!(told(line(1, ""), 3), (vec![], false, 0), "not written to its end");
        let text = format!("{}\n{}\n{}\n{}", line(1, ""), line(2, ""), line(3, ""), line(4, ""));
        assert_eq!(told(&text, 3), (vec![3, 2, 1], false, 0));
        assert_eq!(told(&text, 2), (vec![3, 2], true, 0));
        assert_eq!(told(&text, 0), (vec![], true, 0));
        let (one, two) = (line(1, ""), line(2, ""));
        let damaged = [one.as_bytes(), b"\nno alert\n\xff\xfe\n\n", two.as_bytes(), b"\n"].concat();
        assert_eq!(told(damaged, 9), (vec![2, 1], false, 2));
    }

    #[test]
    fn a_journal_longer_than_what_is_read_at_once_gives_the_same_end() {
        let wide = "x".repeat(9_000);
        let text: String = (0..200).map(|n| format!("{}\n", line(n, &wide))).collect();
        for last in [1, 7, 60, 199] {
            let newest: Vec<i64> = (0..200).rev().take(last).collect();
            assert_eq!(told(&text, last), (newest, true, 0));
        }
        assert_eq!(told(&text, 200).0.len(), 200);
    }

    #[test]
    fn no_more_is_read_than_is_allowed() {
        let mut text = format!("{}\n", line(1, ""));
        text += &"x".repeat(MOST as usize);
        assert_eq!(told(&text, 1), (vec![], true, 0), "one line that has no end");
        text += &format!("\n{}\n", line(2, ""));
        assert_eq!(told(&text, 1), (vec![2], true, 0));
        assert_eq!(told(&text, 5), (vec![2], true, 0), "what lies before is out of reach");
    }
}
