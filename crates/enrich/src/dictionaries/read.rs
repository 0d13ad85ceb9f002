//! A dictionary file, read with the line of every mistake.

use std::path::Path;

use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::{Dictionary, Entry};
use crate::Error;

/// Reads a user's own dictionary.
///
/// The header names the columns in any order: `username` must be there, `password` and `weight` may
/// (without a weight every entry weighs 1). Fields may be quoted as RFC 4180 has it. A line that begins
/// with `#` is a comment: a name that begins with `#` stands in quotes.
///
/// # Errors
/// [`Error::File`] if it cannot be opened, [`Error::Dictionary`] with the line of the first mistake.
pub fn load(path: &Path) -> Result<Dictionary, Error> {
    let bytes =
        std::fs::read(path).map_err(|cause| Error::File { path: path.to_owned(), cause })?;
    let text = std::str::from_utf8(&bytes).map_err(|cause| {
        let line = bytes[..cause.valid_up_to()].iter().filter(|b| **b == b'\n').count() as u64 + 1;
        mistake(path, line, "these bytes are no UTF-8; save the file as UTF-8".to_owned())
    })?;
    parse(&path.display().to_string(), text)
}

/// Reads a dictionary from its text. The first comment line is its documentation.
pub fn parse(name: &str, text: &str) -> Result<Dictionary, Error> {
    let path = Path::new(name);
    let mut reader =
        ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| from_csv(path, &e))?.clone();
    let column = |wanted: &str| header.iter().position(|c| c.trim() == wanted);
    let first = line_of(text, header.position());
    let Some(username) = column("username") else {
        let reason =
            "the header names no `username`; begin the file with `weight,username,password`";
        return Err(mistake(path, first, reason.to_owned()));
    };
    if let Some(other) =
        header.iter().find(|c| !["weight", "username", "password"].contains(&c.trim()))
    {
        let reason = format!("unknown column `{other}`; there are weight, username and password");
        return Err(mistake(path, first, reason));
    }
    let columns = Columns {
        width: header.len(),
        weight: column("weight"),
        username,
        password: column("password"),
    };
    let mut entries = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| from_csv(path, &e))?;
        let line = line_of(text, record.position());
        entries.push(columns.entry(&record).map_err(|reason| mistake(path, line, reason))?);
    }
    if entries.is_empty() {
        let reason = "the dictionary has no entry; add at least one row below the header";
        return Err(mistake(path, first, reason.to_owned()));
    }
    let doc = text.lines().next().and_then(|l| l.strip_prefix('#')).unwrap_or("own dictionary");
    Ok(Dictionary { name: name.to_owned(), doc: doc.trim().to_owned(), entries })
}

/// Where the header put each column.
struct Columns {
    width: usize,
    weight: Option<usize>,
    username: usize,
    password: Option<usize>,
}

impl Columns {
    fn entry(&self, record: &StringRecord) -> Result<Entry, String> {
        if record.len() != self.width {
            return Err(format!(
                "{} fields where the header has {}; quote a field that holds a comma",
                record.len(),
                self.width
            ));
        }
        let field = |index: usize| record.get(index).unwrap_or_default();
        let weight = match self.weight.map(field) {
            None => 1,
            Some(text) => match text.trim().parse::<u32>() {
                Ok(weight) if weight > 0 => weight,
                _ => return Err(format!("the weight `{text}` is no whole number above 0")),
            },
        };
        Ok(Entry {
            weight,
            username: field(self.username).to_owned(),
            password: self.password.map(|index| field(index).to_owned()),
        })
    }
}

/// The line a record begins on: its position is where the reader began to look for it, before the
/// comments and empty lines above.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let from = position.map_or(1, csv::Position::line);
    let above = text.lines().skip(from.saturating_sub(1) as usize);
    from + above.take_while(|line| line.is_empty() || line.starts_with('#')).count() as u64
}

fn mistake(path: &Path, line: u64, reason: String) -> Error {
    Error::Dictionary { path: path.to_owned(), line, reason }
}

fn from_csv(path: &Path, error: &csv::Error) -> Error {
    let line = match error.kind() {
        ErrorKind::Utf8 { pos, .. } | ErrorKind::UnequalLengths { pos, .. } => pos.as_ref(),
        _ => None,
    }
    .map_or(1, csv::Position::line);
    mistake(path, line, format!("{error}; write `weight,username,password` rows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        parse("own.csv", text).unwrap_err().to_string()
    }

    #[test]
    fn columns_stand_in_any_order_and_quotes_hold_commas() {
        let own =
            parse("own", "# mine\nusername,password,weight\nroot,\"a,b\"\"c\",3\n\"#x\",,1\n")
                .unwrap();
        assert_eq!(own.doc, "mine");
        assert_eq!(own.entries[0].password.as_deref(), Some("a,b\"c"));
        assert_eq!((own.entries[0].weight, own.entries[1].username.as_str()), (3, "#x"));
        assert_eq!(own.entries[1].password.as_deref(), Some(""));
    }

    #[test]
    fn a_list_of_names_weighs_each_the_same() {
        let own = parse("own", "username\r\nubnt\r\npi\r\n").unwrap();
        assert_eq!(own.entries.len(), 2);
        assert!(own.entries.iter().all(|e| e.weight == 1 && e.password.is_none()));
    }

    #[test]
    fn every_mistake_names_its_line() {
        assert!(reason("").contains("line 1: the header names no `username`"), "{}", reason(""));
        assert!(reason("# c\nname,password\n").contains("line 2: the header names no"));
        assert!(reason("username,pasword\nx,y\n").contains("line 1: unknown column `pasword`"));
        assert!(
            reason("weight,username\n1,a\nmany,b\n").contains("own.csv: line 3: the weight `many`")
        );
        assert!(reason("weight,username\n0,a\n").contains("line 2: the weight `0`"));
        assert!(reason("weight,username\n# note\n1,a,b\n").contains("line 3: 3 fields"));
        assert!(reason("weight,username\n").contains("has no entry"));
    }

    #[test]
    fn bytes_that_are_no_text_name_their_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own.csv");
        std::fs::write(&path, b"username\nroot\n\xff\xfe\n").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("line 3: these bytes are no UTF-8"));
    }
}
