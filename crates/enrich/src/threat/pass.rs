//! The list without a window function: the rows of the statement, in its order.
//!
//! The log is read once. A line that uses a dictionary name is kept as numbers, forty bytes whatever its texts; those of
//! sources that never showed enough are dropped, and the rest are sorted by source, time and place in the log. A
//! source's lines are then a slice, over which the window slides with two ends: a name is counted when its line enters
//! and taken back when it leaves.

use std::net::IpAddr;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use botany_catalog::address;
use botany_engine::Engine;

use super::entries::{self, Entry, Tally};
use super::statement::cut;
use super::{Outcomes, Rules};
use crate::Error;
use crate::dictionaries::Dictionary;
use crate::numbers::{NONE, Pairs, Texts};
use crate::profiles::HOUR;

/// Hours an interval of the engine holds; for more the statement has the word.
const LONGEST: u32 = 2_562_047;

/// What an entry takes, about, with the row it becomes.
const BYTES_AN_ENTRY: usize = 512;

/// How often the texts of an entry are held: in it and in its row.
const COPIES: usize = 2;

/// What the pass reads of table `login`.
const READS: &str = "SELECT src_ip, event_time, service, outcome, username, password, attempts, file, line FROM login";

/// A line that uses a dictionary name, as numbers; [`NONE`] for what is no pair of the dictionary.
pub struct Hit {
    pub time: i64,
    pub line: u64,
    pub source: u32,
    pub name: u32,
    pub pair: u32,
    pub service: u32,
    pub attempts: u32,
    pub file: u32,
}

/// The rows of the list by the pass alone; `None` where only the statement can answer: where the engine may not hold
/// the lines, where a cluster computes, and for parts that lack a column.
pub async fn pass(
    engine: &Engine,
    rules: &Rules,
    dictionary: &Dictionary,
) -> Result<Option<Vec<RecordBatch>>, Error> {
    let room = engine.room().unwrap_or(usize::MAX);
    if room == 0 || rules.window_hours.max(rules.expiry_hours) > LONGEST {
        return Ok(None);
    }
    let mut log = Log::new(rules, dictionary);
    match engine.each(READS, |batch| log.read(&batch, room)).await {
        Ok(()) => log.list().map(Some),
        Err(Stop::Lacks) => Ok(None),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Why the log is not read to its end.
enum Stop {
    /// A column lacks, or the room: the statement is to be asked.
    Lacks,
    Failed(Error),
}

impl From<botany_engine::Error> for Stop {
    fn from(error: botany_engine::Error) -> Self {
        Stop::Failed(error.into())
    }
}

impl From<ArrowError> for Stop {
    fn from(error: ArrowError) -> Self {
        Stop::Failed(error.into())
    }
}

/// What was read of the log.
pub struct Log<'a> {
    pub rules: &'a Rules,
    pub name_bits: Vec<(&'a str, f64)>,
    pub pair_bits: Vec<f64>,
    /// Dictionary names by their place in `name_bits`, passwords as they come, and pairs of both as in `pair_bits`.
    names: Texts,
    words: Texts,
    pairs: Pairs,
    /// Bits at which an address is cut, and the networks that are never listed.
    allowed: Vec<(u8, u8, (IpAddr, u8))>,

    pub sources: Texts,
    pub services: Texts,
    pub files: Texts,
    /// By source: whether it may be listed, and how many names and pairs it showed at any time.
    shown: Vec<Option<[u32; 2]>>,
    shown_names: Pairs,
    shown_pairs: Pairs,
    /// Bytes of the names in `shown_names`, a name once a source, with a comma.
    shown_text: usize,
    hits: Vec<Hit>,
}

impl<'a> Log<'a> {
    fn new(rules: &'a Rules, dictionary: &'a Dictionary) -> Log<'a> {
        let (mut names, mut words, mut pairs) = (Texts::new(), Texts::new(), Pairs::new());
        let name_bits = dictionary.name_bits();
        name_bits.iter().for_each(|(name, _)| _ = names.number(name));
        let mut pair_bits = Vec::new();
        for (name, word, bits) in dictionary.pair_bits() {
            pairs.number(names.number(name), words.number(word));
            pair_bits.push(bits);
        }
        let allowed = rules.allow.iter().map(|net| {
            let (base, v4, v6) = cut(*net);
            (v4, v6, address::network(base, v4, v6))
        });
        Log {
            rules,
            name_bits,
            pair_bits,
            names,
            words,
            pairs,
            allowed: allowed.collect(),
            sources: Texts::new(),
            services: Texts::new(),
            files: Texts::new(),
            shown: Vec::new(),
            shown_names: Pairs::new(),
            shown_pairs: Pairs::new(),
            shown_text: 0,
            hits: Vec::new(),
        }
    }

    /// Keeps what counts of a batch of [`READS`].
    fn read(&mut self, batch: &RecordBatch, room: usize) -> Result<(), Stop> {
        let cast = |at: usize, kind: &DataType| cast(batch.column(at), kind);
        let texts = [0, 2, 3, 4, 5, 7].map(|at| cast(at, &DataType::Utf8));
        let [source, service, outcome, username, password, file] = texts;
        let (source, service, outcome) = (source?, service?, outcome?);
        let (username, password, file) = (username?, password?, file?);
        let [source, service, outcome] =
            [&source, &service, &outcome].map(|column| column.as_string::<i32>());
        let [username, password, file] =
            [&username, &password, &file].map(|column| column.as_string::<i32>());
        let time = cast(1, &DataType::Int64)?;
        let attempts = cast(6, &DataType::UInt32)?;
        let line = cast(8, &DataType::UInt64)?;
        let required: [&dyn Array; 7] = [source, service, outcome, file, &time, &attempts, &line];
        if required.iter().any(|column| column.null_count() > 0) {
            return Err(Stop::Lacks);
        }
        let time = time.as_primitive::<Int64Type>();
        let attempts = attempts.as_primitive::<UInt32Type>();
        let line = line.as_primitive::<UInt64Type>();
        for row in 0..batch.num_rows() {
            if !self.counts(outcome.value(row), service.value(row)) || username.is_null(row) {
                continue;
            }
            let Some(name) = self.names.get(username.value(row)) else { continue };
            let Some(source) = self.source(source.value(row)) else { continue };
            let word = if password.is_null(row) { "" } else { password.value(row) };
            let word = self.words.get(word).filter(|_| password.is_valid(row));
            let pair = word.and_then(|word| self.pairs.get(name, word)).unwrap_or(NONE);
            if let Some(shown) = &mut self.shown[source as usize] {
                let names = shown[0];
                let marks = [(&mut self.shown_names, name), (&mut self.shown_pairs, pair)];
                for (count, (known, what)) in shown.iter_mut().zip(marks) {
                    if what != NONE {
                        let before = known.len();
                        known.number(source, what);
                        *count += u32::from(known.len() > before);
                    }
                }
                if shown[0] > names {
                    self.shown_text += username.value(row).len() + 1;
                }
            }
            self.hits.push(Hit {
                time: time.value(row),
                line: line.value(row),
                source,
                name,
                pair,
                service: self.services.number(service.value(row)),
                attempts: attempts.value(row),
                file: self.files.number(file.value(row)),
            });
        }
        if self.bytes() > room { Err(Stop::Lacks) } else { Ok(()) }
    }

    /// Whether a log-in of this outcome over this service counts at all.
    fn counts(&self, outcome: &str, service: &str) -> bool {
        let by_outcome = match self.rules.outcomes {
            Outcomes::Failed => outcome == "failed",
            Outcomes::FailedOrTelnet => outcome == "failed" || service == "telnet",
            Outcomes::Any => outcome == "failed" || outcome == "accepted",
        };
        by_outcome
            && self.rules.named_services().is_none_or(|all| all.iter().any(|one| one == service))
    }

    /// The number of a source; `None` if it is never listed.
    fn source(&mut self, text: &str) -> Option<u32> {
        let number = self.sources.number(text);
        if self.shown.len() == number as usize {
            let lies = |address: IpAddr| {
                let mut nets = self.allowed.iter();
                nets.any(|(v4, v6, net)| address::network(address, *v4, *v6) == *net)
            };
            let never = !self.allowed.is_empty() && address::parse(text).is_some_and(lies);
            self.shown.push((!never).then_some([0, 0]));
        }
        self.shown[number as usize].map(|_| number)
    }

    /// What is held, and what would be beside it if every source were listed.
    fn bytes(&self) -> usize {
        let texts = self.sources.bytes() + self.files.bytes();
        let pairs = self.shown_names.bytes() + self.shown_pairs.bytes();
        let sources = self.shown.capacity() * size_of::<Option<[u32; 2]>>()
            + self.shown.len() * BYTES_AN_ENTRY
            + self.shown_text * COPIES;
        texts + pairs + sources + self.hits.capacity() * size_of::<Hit>()
    }

    pub fn enough(&self, [names, pairs]: [u32; 2]) -> bool {
        let (min_names, min_pairs) = (self.rules.min_names, self.rules.min_pairs);
        (min_names > 0 && names >= min_names) || (min_pairs > 0 && pairs >= min_pairs)
    }

    /// The list, highest score first.
    fn list(mut self) -> Result<Vec<RecordBatch>, Error> {
        let mut hits = std::mem::take(&mut self.hits);
        hits.retain(|hit| self.shown[hit.source as usize].is_some_and(|shown| self.enough(shown)));
        let ranks = ranks(&self.files);
        hits.sort_unstable_by_key(|hit| (hit.source, hit.time, ranks[hit.file as usize], hit.line));
        let mut tally = Tally::new(&self);
        let slices = hits.chunk_by(|one, next| one.source == next.source);
        let mut entries: Vec<Entry<'_>> = slices.filter_map(|lines| tally.entry(lines)).collect();
        entries.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.source.cmp(b.source)));
        entries::batches(&entries, i64::from(self.rules.expiry_hours) * HOUR)
    }
}

/// Of each text, its place among all in order of bytes.
fn ranks(texts: &Texts) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..texts.len() as u32).collect();
    sorted.sort_unstable_by_key(|number| texts.text(*number));
    let mut ranks = vec![0; sorted.len()];
    (0..).zip(sorted).for_each(|(rank, number)| ranks[number as usize] = rank);
    ranks
}
