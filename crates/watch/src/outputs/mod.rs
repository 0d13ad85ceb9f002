//! In which forms can a list leave?
//!
//! A shelf: one file a form, one line in [`ALL`]. The same list gives the same bytes. What a sensor has to be told to
//! use the files comes with them ([`Output::fragment`]).

use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::disk::replace;
use crate::{Error, Listing};

mod datarep;
mod dataset;
mod iprep;
mod lookup;
mod misp;
mod plain;
mod stix;

/// The score above which rules that ask for one speak: a faded probability of a quarter and more.
const ABOVE: u8 = 31;

/// The identifiers of the rules that come with a list, counted from its first.
mod sid {
    pub const IPREP: u32 = 0;
    pub const DATASET: u32 = 1;
    pub const DATAREP: u32 = 2;
}

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name within the folder.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl File {
    fn new(name: String, text: String) -> File {
        File { name, text }
    }
}

/// A form in which a list leaves.
pub trait Output: Sync {
    /// The name it is asked for by.
    fn name(&self) -> &'static str;

    /// What it is, in a sentence.
    fn about(&self) -> &'static str;

    /// Whether it holds blocks; entries that are no single address are left out otherwise.
    fn blocks(&self) -> bool {
        true
    }

    /// The list in this form.
    fn files(&self, listing: &Listing) -> Vec<File>;

    /// What makes the other program use these files when they lie in `folder`; nothing where they are simply read.
    fn fragment(&self, _listing: &Listing, _folder: &Path) -> Vec<File> {
        Vec::new()
    }
}

/// The shelf.
pub static ALL: &[&dyn Output] = &[
    &iprep::Iprep,
    &dataset::Dataset,
    &datarep::Datarep,
    &plain::Plain,
    &lookup::Lookup,
    &stix::Stix,
    &misp::Misp,
];

/// The form of that name.
///
/// # Errors
///
/// There is none; the message lists the names there are.
pub fn find(name: &str) -> Result<&'static dyn Output, Error> {
    ALL.iter().copied().find(|output| output.name() == name).ok_or_else(|| Error::NoOutput {
        name: name.to_owned(),
        known: ALL.iter().map(|output| output.name()).collect::<Vec<_>>().join(", "),
    })
}

/// A list that was written in one form.
#[derive(Clone, Debug)]
pub struct Written {
    /// The form.
    pub output: &'static str,
    /// The files, the list's own first.
    pub paths: Vec<PathBuf>,
    /// Entries they hold.
    pub entries: usize,
    /// Blocks the form cannot hold.
    pub left_out: usize,
}

/// What [`write`] would write into `folder`, the list's own files first.
///
/// # Errors
///
/// [`Error::BadList`] for a folder whose name no configuration can hold.
pub fn files(output: &dyn Output, listing: &Listing, folder: &Path) -> Result<Vec<File>, Error> {
    let odd = |c: char| c.is_control() || c == '"' || c == '\\';
    if folder.to_str().is_none_or(|text| text.contains(odd)) {
        return Err(Error::BadList(format!(
            "{} cannot be named in a configuration: choose a folder without quotes and control characters",
            folder.display()
        )));
    }
    let own = output.files(listing).into_iter();
    Ok(own.chain(output.fragment(listing, folder)).collect())
}

/// Writes a list in one form into a folder, which is made if it is not there. Each file is there whole or not at all.
///
/// # Errors
///
/// The file system's, and [`Error::BadList`] for a folder whose name no configuration can hold.
pub fn write(output: &dyn Output, listing: &Listing, folder: &Path) -> Result<Written, Error> {
    fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let folder = fs::canonicalize(folder).map_err(Error::io("find", folder))?;
    let mut paths = Vec::new();
    for file in files(output, listing, &folder)? {
        replace(&folder, &file.name, file.text.as_bytes())?;
        paths.push(folder.join(file.name));
    }
    let left_out = if output.blocks() { 0 } else { listing.blocks() };
    let entries = listing.entries.len() - left_out;
    Ok(Written { output: output.name(), paths, entries, left_out })
}

/// Whole seconds of UTC, as every reader takes them.
fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// An identifier made of a text: the same text has the same one. The bits are BLAKE3's; the version is that of random
/// ones (RFC 9562, 4), as STIX asks for that and its validators know no version above 5.
fn identifier(text: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Terms;
    use crate::listing::tests::{listing, sighting, terms};

    #[test]
    fn the_shelf_is_in_order() {
        for output in ALL {
            assert_eq!(find(output.name()).unwrap().name(), output.name());
            assert!(!output.about().is_empty() && !output.files(&listing()).is_empty());
        }
        assert!(find("nothing").err().unwrap().to_string().contains("iprep, dataset"));
    }

    #[test]
    fn the_same_list_gives_the_same_bytes_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        for output in ALL {
            let written = write(*output, &listing(), folder.path()).unwrap();
            let read = || written.paths.iter().map(|p| fs::read(p).unwrap()).collect::<Vec<_>>();
            let before = read();
            write(*output, &listing(), folder.path()).unwrap();
            assert_eq!(before, read(), "{}", output.name());
            assert_eq!(written.entries + written.left_out, 3);
        }
        let names = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().starts_with('.')));
    }

    #[test]
    fn two_lists_of_one_sensor_share_no_identifier_and_no_category() {
        let own = |terms: &Terms| {
            let all = vec![sighting("192.0.2.7/32", 1.0, "2018-05-07T12:00:00Z")];
            let listing = Listing::new(all, terms).unwrap();
            let files = ALL.iter().flat_map(|o| files(*o, &listing, Path::new("/x")).unwrap());
            files.map(|file| file.text).collect::<Vec<_>>().concat()
        };
        let (usual, other) = (terms(), Terms { sid: 1_000_007, category: 7, ..terms() });
        let (usual, other) = (own(&usual), own(&other));
        for n in 0..3 {
            let [first, second] = [1_910_001 + n, 1_000_007 + n].map(|sid| format!("sid:{sid};"));
            assert!(usual.contains(&first) && !usual.contains(&second), "{usual}");
            assert!(other.contains(&second) && !other.contains(&first), "{other}");
        }
        assert!(usual.contains("192.0.2.7,50,127") && usual.contains("50,botany,"));
        assert!(other.contains("192.0.2.7,7,127") && other.contains("7,botany,"));
        assert!(other.contains("its number 7 must be free"), "{other}");
    }

    #[test]
    fn a_folder_that_would_break_a_configuration_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("a\"b");
        let why = write(ALL[0], &listing(), &odd).unwrap_err().to_string();
        assert!(why.contains("choose a folder"), "{why}");
    }

    #[test]
    fn an_identifier_is_made_of_its_text() {
        assert_eq!(identifier("a"), identifier("a"));
        assert_ne!(identifier("a"), identifier("b"));
        assert_eq!(identifier("a").get_version_num(), 4);
    }
}
