//! The model file: what a fitted model is, as bytes.
//!
//! ```text
//! botany model 1\n                 magic and version
//! {"values":{..},"arrays":[..]}\n  one line of JSON: small values, and name, type and length of every array
//! ....                             the arrays, little-endian, one after the other
//! 32 bytes                         BLAKE3 of all that stands before
//! ```
//!
//! Names are paths (`classifier/left`): a part is written and read within its own prefix, so that no part needs
//! to know which names another one uses. The same model gives the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;

const MAGIC: &str = "botany model ";
const VERSION: u32 = 1;
const CHECKSUM: usize = 32;
/// Bytes of an array that is made while it is written.
const AT_ONCE: usize = 1 << 16;

#[derive(Default, Serialize, Deserialize)]
struct Header {
    values: BTreeMap<String, serde_json::Value>,
    arrays: Vec<Array>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Array {
    name: String,
    kind: Kind,
    length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    U8,
    U32,
    U64,
    F32,
    F64,
}

impl Kind {
    fn width(self) -> usize {
        match self {
            Kind::U8 => 1,
            Kind::U32 | Kind::F32 => 4,
            Kind::U64 | Kind::F64 => 8,
        }
    }
}

/// Gathers the parts of a model and makes its bytes.
///
/// ```
/// use botany_learn::codec::{Reader, Writer};
/// let mut writer = Writer::new();
/// writer.value("k", &5);
/// writer.within("scaler", |w| w.f64s("mean", &[1.5, 2.5]));
/// let bytes = writer.finish();
/// let reader = Reader::open(&bytes)?;
/// assert_eq!(reader.value::<usize>("k")?, 5);
/// assert_eq!(reader.within("scaler").f64s("mean")?, [1.5, 2.5]);
/// # Ok::<(), botany_learn::Error>(())
/// ```
#[derive(Default)]
pub struct Writer<'a> {
    header: Header,
    arrays: Vec<Items<'a>>,
    prefix: String,
}

/// Makes the bytes of an array while they are written.
type Make<'a> = dyn FnOnce(&mut dyn Write) -> io::Result<()> + 'a;

/// An array: its bytes, or what makes them.
enum Items<'a> {
    Bytes(Vec<u8>),
    Later(Box<Make<'a>>),
}

impl<'a> Writer<'a> {
    /// An empty model.
    pub fn new() -> Writer<'a> {
        Writer::default()
    }

    /// Writes a part: all names `write` uses are put under `part`.
    pub fn within(&mut self, part: &str, write: impl FnOnce(&mut Writer<'a>)) {
        let outer = self.prefix.len();
        self.prefix.push_str(part);
        self.prefix.push('/');
        write(self);
        self.prefix.truncate(outer);
    }

    /// A small value (a whole number, a text, a settings map …). A real number that was computed belongs into
    /// [`Writer::f64s`], which keeps every bit; JSON need not, and has no word for infinity.
    pub fn value<T: Serialize>(&mut self, name: &str, value: &T) {
        // Only a map whose keys are not text can fail here, and none of ours is such a map.
        let json = serde_json::to_value(value).unwrap_or(serde_json::Value::Null);
        self.header.values.insert(format!("{}{name}", self.prefix), json);
    }

    fn array(&mut self, name: &str, kind: Kind, length: usize, items: Items<'a>) {
        let name = format!("{}{name}", self.prefix);
        self.header.arrays.push(Array { name, kind, length });
        self.arrays.push(items);
    }

    /// An array of bytes, or of flags.
    pub fn u8s(&mut self, name: &str, items: &[u8]) {
        self.array(name, Kind::U8, items.len(), Items::Bytes(items.to_vec()));
    }

    /// An array of whole numbers, 32 bits each.
    pub fn u32s(&mut self, name: &str, items: &[u32]) {
        self.array(name, Kind::U32, items.len(), bytes(items.iter().map(|v| v.to_le_bytes())));
    }

    /// An array of whole numbers, 64 bits each.
    pub fn u64s(&mut self, name: &str, items: &[u64]) {
        self.array(name, Kind::U64, items.len(), bytes(items.iter().map(|v| v.to_le_bytes())));
    }

    /// An array of real numbers, 32 bits each.
    pub fn f32s(&mut self, name: &str, items: &[f32]) {
        self.array(name, Kind::F32, items.len(), bytes(items.iter().map(|v| v.to_le_bytes())));
    }

    /// An array of real numbers, 64 bits each, kept bit by bit.
    pub fn f64s(&mut self, name: &str, items: &[f64]) {
        self.array(name, Kind::F64, items.len(), bytes(items.iter().map(|v| v.to_le_bytes())));
    }

    /// As [`Writer::u32s`], made when they are written and held by nobody; `length` says how many there will be.
    pub fn u32s_of(&mut self, name: &str, length: usize, items: impl Iterator<Item = u32> + 'a) {
        self.array(name, Kind::U32, length, later(length, items.map(u32::to_le_bytes)));
    }

    /// As [`Writer::u64s`], made when they are written and held by nobody; `length` says how many there will be.
    pub fn u64s_of(&mut self, name: &str, length: usize, items: impl Iterator<Item = u64> + 'a) {
        self.array(name, Kind::U64, length, later(length, items.map(u64::to_le_bytes)));
    }

    /// Writes the file, some thousands of bytes at a time.
    ///
    /// # Errors
    /// Those of `out`, and an array that has not as many items as was said.
    pub fn write_to(self, out: &mut dyn Write) -> io::Result<()> {
        let header = serde_json::to_string(&self.header).unwrap_or_default();
        let mut out = Hashed { out, hasher: blake3::Hasher::new() };
        out.write_all(format!("{MAGIC}{VERSION}\n{header}\n").as_bytes())?;
        for items in self.arrays {
            match items {
                Items::Bytes(bytes) => out.write_all(&bytes)?,
                Items::Later(write) => write(&mut out)?,
            }
        }
        out.out.write_all(out.hasher.finalize().as_bytes())
    }

    /// The file in memory.
    pub fn finish(self) -> Vec<u8> {
        let length = |array: &Array| array.length * array.kind.width();
        let mut bytes = Vec::with_capacity(self.header.arrays.iter().map(length).sum());
        // Memory takes all that is written; an array of another length would be refused by whoever reads it.
        let _ = self.write_to(&mut bytes);
        bytes
    }
}

fn bytes<'a, const N: usize>(items: impl Iterator<Item = [u8; N]>) -> Items<'a> {
    Items::Bytes(items.flatten().collect())
}

fn later<'a, const N: usize>(
    length: usize,
    items: impl Iterator<Item = [u8; N]> + 'a,
) -> Items<'a> {
    Items::Later(Box::new(move |out| {
        let (mut some, mut written) = (Vec::with_capacity(AT_ONCE), 0);
        for item in items {
            some.extend(item);
            written += 1;
            if some.len() + N > AT_ONCE {
                out.write_all(&some)?;
                some.clear();
            }
        }
        out.write_all(&some)?;
        match written == length {
            true => Ok(()),
            false => Err(io::Error::other("an array of a model has another length than was said")),
        }
    }))
}

/// What is written, and its checksum.
struct Hashed<'w> {
    out: &'w mut dyn Write,
    hasher: blake3::Hasher,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Reads the parts of a model back. Cheap to clone.
///
/// What it hands out has the length and type that were written; whether the numbers make sense together (an index
/// within its array, lengths that agree) is for the part that reads them to check.
#[derive(Clone)]
pub struct Reader<'a> {
    values: Arc<BTreeMap<String, serde_json::Value>>,
    arrays: Arc<BTreeMap<String, (Kind, &'a [u8])>>,
    prefix: String,
}

fn bad<T>(reason: impl Into<String>) -> Result<T, Error> {
    Err(Error::ModelFile(reason.into()))
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&b| b == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

impl<'a> Reader<'a> {
    /// Opens a model file.
    ///
    /// # Errors
    /// Another kind of file, a version of the format this build does not know, a file cut short or changed.
    pub fn open(bytes: &'a [u8]) -> Result<Reader<'a>, Error> {
        let Some(rest) = bytes.strip_prefix(MAGIC.as_bytes()) else {
            return bad(format!("as it does not begin with `{}`", MAGIC.trim_end()));
        };
        let Some((version, _)) = line(rest) else {
            return bad("as it ends within its first line");
        };
        if version != VERSION.to_string().as_bytes() {
            let version = String::from_utf8_lossy(&version[..version.len().min(20)]).into_owned();
            return bad(format!("as its format is {version} and this build reads {VERSION}"));
        }
        let Some(split) = bytes.len().checked_sub(CHECKSUM) else {
            return bad("as it is cut short");
        };
        let (content, checksum) = bytes.split_at(split);
        if blake3::hash(content).as_bytes()[..] != *checksum {
            return bad("as its checksum does not agree with its content");
        }
        let parts = line(content).and_then(|(_, rest)| line(rest));
        let Some((header, mut body)) = parts else {
            return bad("as it has no header");
        };
        let header: Header = match serde_json::from_slice(header) {
            Ok(header) => header,
            Err(error) => return bad(format!("as its header cannot be read ({error})")),
        };
        let mut arrays = BTreeMap::new();
        for array in header.arrays {
            let split = array.length.checked_mul(array.kind.width());
            let Some((items, rest)) = split.and_then(|n| body.split_at_checked(n)) else {
                return bad(format!("as the array `{}` is cut short", array.name));
            };
            arrays.insert(array.name, (array.kind, items));
            body = rest;
        }
        Ok(Reader {
            values: Arc::new(header.values),
            arrays: Arc::new(arrays),
            prefix: String::new(),
        })
    }

    /// The part `part`: its names are those written [`Writer::within`] it.
    pub fn within(&self, part: &str) -> Reader<'a> {
        Reader { prefix: format!("{}{part}/", self.prefix), ..self.clone() }
    }

    /// A small value.
    ///
    /// # Errors
    /// There is none of that name, or it is of another type.
    pub fn value<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let name = format!("{}{name}", self.prefix);
        let Some(value) = self.values.get(&name) else {
            return bad(format!("as it has no value `{name}`"));
        };
        match T::deserialize(value) {
            Ok(value) => Ok(value),
            Err(error) => bad(format!("as its value `{name}` cannot be read ({error})")),
        }
    }

    fn array<const N: usize>(
        &self,
        name: &str,
        kind: Kind,
    ) -> Result<impl Iterator<Item = [u8; N]> + use<'a, N>, Error> {
        let name = format!("{}{name}", self.prefix);
        match self.arrays.get(&name) {
            Some((found, items)) if *found == kind => Ok(items.as_chunks().0.iter().copied()),
            Some((found, _)) => bad(format!("as its array `{name}` is {found:?}, not {kind:?}")),
            None => bad(format!("as it has no array `{name}`")),
        }
    }

    /// An array of bytes.
    ///
    /// # Errors
    /// There is none of that name, or it is of another type; so for all arrays.
    pub fn u8s(&self, name: &str) -> Result<Vec<u8>, Error> {
        Ok(self.array(name, Kind::U8)?.map(|[v]| v).collect())
    }

    /// An array of whole numbers, 32 bits each.
    ///
    /// # Errors
    /// As for [`Reader::u8s`].
    pub fn u32s(&self, name: &str) -> Result<Vec<u32>, Error> {
        Ok(self.array(name, Kind::U32)?.map(u32::from_le_bytes).collect())
    }

    /// An array of whole numbers, 64 bits each.
    ///
    /// # Errors
    /// As for [`Reader::u8s`].
    pub fn u64s(&self, name: &str) -> Result<Vec<u64>, Error> {
        Ok(self.array(name, Kind::U64)?.map(u64::from_le_bytes).collect())
    }

    /// An array of real numbers, 32 bits each.
    ///
    /// # Errors
    /// As for [`Reader::u8s`].
    pub fn f32s(&self, name: &str) -> Result<Vec<f32>, Error> {
        Ok(self.array(name, Kind::F32)?.map(f32::from_le_bytes).collect())
    }

    /// An array of real numbers, 64 bits each.
    ///
    /// # Errors
    /// As for [`Reader::u8s`].
    pub fn f64s(&self, name: &str) -> Result<Vec<f64>, Error> {
        Ok(self.array(name, Kind::F64)?.map(f64::from_le_bytes).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut writer = Writer::new();
        writer.value("seed", &u64::MAX);
        writer.u32s("left", &[1, u32::MAX]);
        writer.within("leaf", |w| {
            w.f64s("value", &[0.1, f64::NEG_INFINITY, -0.0]);
            w.within("deep", |w| w.u8s("flag", &[0, 255]));
            w.f32s("short", &[1.5]);
        });
        writer.u64s("big", &[u64::MAX]);
        writer.finish()
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = file();
        let reader = Reader::open(&bytes).unwrap();
        assert_eq!(reader.value::<u64>("seed").unwrap(), u64::MAX);
        assert_eq!(reader.u32s("left").unwrap(), [1, u32::MAX]);
        let leaf = reader.within("leaf");
        let value = leaf.f64s("value").unwrap();
        assert_eq!(value.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), {
            [0.1f64, f64::NEG_INFINITY, -0.0].map(f64::to_bits)
        });
        assert_eq!(leaf.within("deep").u8s("flag").unwrap(), [0, 255]);
        assert_eq!(leaf.f32s("short").unwrap(), [1.5]);
        assert_eq!(reader.u64s("big").unwrap(), [u64::MAX]);
        assert_eq!(bytes, file());
    }

    #[test]
    fn what_is_made_while_it_is_written_is_the_same_file() {
        let (short, long) = ([7, u32::MAX, 0], (0..50_000).map(|n| n << 40).collect::<Vec<u64>>());
        let mut at_once = Writer::new();
        at_once.within("tree", |w| w.u32s("short", &short));
        at_once.u64s("long", &long);
        let mut later = Writer::new();
        later.within("tree", |w| w.u32s_of("short", 3, short.iter().copied()));
        later.u64s_of("long", long.len(), long.iter().copied());
        let mut file = Vec::new();
        later.write_to(&mut file).unwrap();
        assert_eq!(file, at_once.finish());
        assert_eq!(Reader::open(&file).unwrap().u64s("long").unwrap(), long);
        let mut wrong = Writer::new();
        wrong.u32s_of("short", 4, short.iter().copied());
        assert!(wrong.write_to(&mut Vec::new()).is_err());
    }

    #[test]
    fn says_what_is_not_there() {
        let bytes = file();
        let reader = Reader::open(&bytes).unwrap();
        let says = |result: Result<Vec<f64>, Error>| result.unwrap_err().to_string();
        assert!(says(reader.f64s("right")).contains("no array `right`"));
        assert!(says(reader.f64s("left")).contains("`left` is U32, not F64"));
        assert!(reader.value::<String>("seed").unwrap_err().to_string().contains("`seed`"));
        assert!(reader.value::<u8>("other").is_err());
    }

    #[test]
    fn refuses_other_files_and_other_versions() {
        let says = |bytes: &[u8]| match Reader::open(bytes) {
            Ok(_) => "read".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(says(b"").contains("does not begin"));
        assert!(says(b"PK\x03\x04 something else").contains("does not begin"));
        assert!(says(b"botany model 1").contains("ends within"));
        assert!(says(b"botany model 2\n{}\n").contains("format is 2"));
        assert!(says(b"botany model 1\n{}\n").contains("cut short"));
    }

    #[test]
    fn refuses_every_cut_and_every_changed_byte() {
        let bytes = file();
        for end in 0..bytes.len() {
            assert!(Reader::open(&bytes[..end]).is_err(), "cut at {end}");
            let mut changed = bytes.clone();
            changed[end] ^= 0x20;
            assert!(Reader::open(&changed).is_err(), "changed at {end}");
        }
    }

    /// A file whose checksum is right and whose header lies.
    #[test]
    fn refuses_a_header_that_promises_too_much() {
        for length in ["3", "18446744073709551615"] {
            let header = format!(
                r#"{{"values":{{}},"arrays":[{{"name":"a","kind":"f64","length":{length}}}]}}"#
            );
            let mut bytes = format!("botany model 1\n{header}\n01234567").into_bytes();
            let checksum = blake3::hash(&bytes);
            bytes.extend(checksum.as_bytes());
            let error = Reader::open(&bytes).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains("cut short"), "{error}");
        }
    }
}
