//! Login logs as they were found, against counts made by other means.
//!
//! The files lie beside the repository in `../shared/data`; some may not be redistributed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{TimestampMicrosecondType, UInt32Type, UInt64Type};
use botany_collect::{Input, Memory, Options, Outcome, Tally, explain, read};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shared() -> Option<PathBuf> {
    let folder = root().join("../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
    eprintln!("note: {} is not there, its files are not tested", folder.display());
    None
}

fn options() -> Options {
    Options::at("2020-06-30T00:00:00Z".parse().unwrap())
}

fn collect(path: &Path, options: &Options) -> (Tally, Memory) {
    let mut sink = Memory::default();
    let tally = read(&Input::File(path.to_owned()), options, &mut sink, &()).unwrap();
    assert!(tally.reconciles(), "{}", path.display());
    (tally, sink)
}

/// A row of `login`, as far as these tests look at it.
struct Login {
    time: i64,
    outcome: String,
    method: Option<String>,
    username: Option<String>,
    password: Option<String>,
    address: String,
    attempts: u64,
    line: u64,
}

fn logins(sink: &Memory) -> Vec<Login> {
    sink.table("login").into_iter().flat_map(rows).collect()
}

fn rows(batch: &RecordBatch) -> Vec<Login> {
    let column = |name| batch.column_by_name(name).unwrap();
    let text = |name, i| {
        let cells = column(name).as_string::<i32>();
        cells.is_valid(i).then(|| cells.value(i).to_owned())
    };
    (0..batch.num_rows())
        .map(|i| Login {
            time: column("event_time").as_primitive::<TimestampMicrosecondType>().value(i),
            outcome: text("outcome", i).unwrap(),
            method: text("method", i),
            username: text("username", i),
            password: text("password", i),
            address: text("src_ip", i).unwrap(),
            attempts: column("attempts").as_primitive::<UInt32Type>().value(i).into(),
            line: column("line").as_primitive::<UInt64Type>().value(i),
        })
        .collect()
}

/// The numbers of `tests/reference/count_logins.py`, found in the rows.
fn counts(file: &str, rows: &[Login]) -> BTreeMap<&'static str, u64> {
    fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> u64 {
        values.collect::<BTreeSet<_>>().len() as u64
    }
    let of = |outcome: &'static str| rows.iter().filter(move |row| row.outcome == outcome);
    let pairs = || rows.iter().map(|row| (&row.username, &row.password));
    if file.contains("cowrie") {
        BTreeMap::from([
            ("cowrie_failed", of("failed").count() as u64),
            ("cowrie_success", of("accepted").count() as u64),
            ("cowrie_pairs", distinct(pairs())),
        ])
    } else if file.contains("honey") {
        BTreeMap::from([
            ("honey", of("accepted").count() as u64),
            ("honey_addresses", distinct(rows.iter().map(|row| &row.address))),
            ("honey_pairs", distinct(pairs())),
        ])
    } else {
        let tries = || of("failed").filter(|row| row.attempts > 0);
        BTreeMap::from([
            ("failed", tries().count() as u64),
            ("failed_tries", tries().map(|row| row.attempts).sum()),
            ("accepted", of("accepted").count() as u64),
            ("failed_addresses", distinct(tries().map(|row| &row.address))),
            ("failed_names", distinct(tries().map(|row| &row.username))),
        ])
    }
}

#[test]
fn every_file_gives_the_counts_of_another_program() {
    let Some(shared) = shared() else { return };
    let reference = fs::read_to_string(root().join("tests/reference/count_logins.json")).unwrap();
    let reference: BTreeMap<String, Value> = serde_json::from_str(&reference).unwrap();
    assert_eq!(reference.len(), 7);
    for (file, expected) in reference {
        let (tally, sink) = collect(&shared.join(&file), &options());
        assert_eq!(Some(tally.lines), expected["lines"].as_u64(), "{file}");
        assert_eq!(tally.rejected, 0, "{file}");
        let rows = logins(&sink);
        assert_eq!(rows.len() as u64, tally.stored["login"]);
        for (count, found) in counts(&file, &rows) {
            assert_eq!(Some(found), expected[count].as_u64(), "{file}: {count}");
        }
        eprintln!("{file}: {:?} {:?}", tally.stored, tally.counted);
    }
}

#[test]
fn names_without_a_try_are_few_and_no_invalid_user_is_lost() {
    let Some(shared) = shared() else { return };
    for (file, invalid) in
        [("lab/auth.log.zst", 4058), ("logins/sshd-auth-timk-dec29.log.zst", 1068)]
    {
        let (_, sink) = collect(&shared.join(file), &options());
        let rows = logins(&sink);
        let names = || rows.iter().filter(|row| row.attempts == 0);
        assert!(names().all(|row| row.method.is_none() && row.outcome == "failed"), "{file}");
        // sshd says `Invalid user` first of all: each of these lines is a row.
        assert!(names().count() >= invalid, "{file}");
        let tries: BTreeSet<_> = rows
            .iter()
            .filter(|row| row.attempts > 0)
            .map(|row| (&row.address, &row.username))
            .collect();
        let alone = names().filter(|row| !tries.contains(&(&row.address, &row.username))).count();
        eprintln!("{file}: {} rows, {} names, {alone} seen in no try", rows.len(), names().count());
    }
}

#[test]
fn the_year_is_inferred_and_lines_out_of_order_turn_nothing() {
    let Some(shared) = shared() else { return };
    let span = |file: &str, now: &str| {
        let (tally, sink) = collect(&shared.join(file), &Options::at(now.parse().unwrap()));
        let rows = logins(&sink);
        let disorder = rows.windows(2).filter(|pair| pair[1].time < pair[0].time).count();
        let text =
            |us: Option<i64>| jiff::Timestamp::from_microsecond(us.unwrap()).unwrap().to_string();
        (text(tally.first_time), text(tally.last_time), disorder)
    };
    let (first, last, disorder) =
        span("logins/sshd-auth-timk-dec29.log.zst", "2022-01-15T00:00:00Z");
    assert!(first.starts_with("2021-12-29T") && last.starts_with("2021-12-29T"), "{first} {last}");
    assert!(disorder > 0);
    let (first, last, _) = span("lab/auth.log.zst", "2018-07-01T00:00:00Z");
    assert!(first.starts_with("2018-05-06T") && last.starts_with("2018-06-18T"), "{first} {last}");
    let (first, last, _) = span("logins/telnet-honey-2017-03-31.log.zst", "2022-01-15T00:00:00Z");
    assert!(
        first.starts_with("2017-03-31T00:02:20.792") && last.starts_with("2017-03-31T"),
        "{first} {last}"
    );
}

/// Kinds of lines that a tool which bans addresses minds, and that are no log-in with a name: sshd's
/// own line about the same try is a row, or there was no try.
const NO_LOGIN: &[&str] = &[
    "sshd: connection ended",
    "sshd: connection refused",
    "sshd: failure without address",
    "sshd: no key exchange",
    "sshd: pam",
    "same name told before",
];

/// Each line of a file that a comment before it describes, with the comment.
fn described(text: &str) -> Vec<(u64, Value, &str)> {
    let mut found = Vec::new();
    let mut description = None;
    for (i, line) in text.lines().enumerate() {
        if let Some(json) = line.strip_prefix("# failJSON: ") {
            description = serde_json::from_str::<Value>(json).ok();
        } else if !line.starts_with('#')
            && !line.trim().is_empty()
            && let Some(description) = description.take()
        {
            found.push((i as u64 + 1, description, line));
        }
    }
    found
}

/// Collects a file and says of its described failures how many are rows, counted and rejected.
fn failures(path: &Path) -> [usize; 3] {
    let text = fs::read_to_string(path).unwrap();
    let (tally, sink) = collect(path, &options());
    assert_eq!(tally.lines, text.lines().count() as u64);
    let comments = text.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(tally.counted["comment"], comments as u64);
    let rows: BTreeMap<u64, Login> = logins(&sink).into_iter().map(|row| (row.line, row)).collect();
    let rejects: BTreeSet<u64> = sink
        .table("reject")
        .into_iter()
        .flat_map(|batch| {
            batch.column_by_name("line").unwrap().as_primitive::<UInt64Type>().values()
        })
        .copied()
        .collect();
    let (mut ends, mut kinds) = ([0; 3], BTreeMap::<_, usize>::new());
    for (number, description, line) in described(&text) {
        if description["match"] != true {
            continue;
        }
        let host = ["host", "ip4", "ip6"].iter().find_map(|key| description[key].as_str());
        // One of their hosts has a leading zero, which may mean two addresses.
        let address = host.and_then(|host| host.parse::<IpAddr>().ok());
        let address = address.map(|address| address.to_canonical().to_string());
        if let Some(row) = rows.get(&number) {
            ends[0] += 1;
            assert_eq!(Some(&row.address), address.as_ref(), "{number}: {line}");
            // Where they say whose tries count, a row of a log-in let in has the last name.
            if let Some(user) = description["user"].as_str() {
                assert_eq!(row.username.as_deref(), Some(user), "{number}: {line}");
            }
        } else if rejects.contains(&number) {
            ends[2] += 1;
            assert_eq!(address, None, "{number}: {line}");
        } else {
            ends[1] += 1;
            let kind = match explain(line.as_bytes(), &options()).outcome {
                Outcome::Counted(kind) => kind.into_owned(),
                // Alone it is a row: here the same process has told the name before.
                Outcome::Stored(_) => "same name told before".to_owned(),
                Outcome::Rejected(reason) => reason,
            };
            assert!(NO_LOGIN.contains(&kind.as_str()), "{number}: {kind}: {line}");
            *kinds.entry(kind).or_default() += 1;
        }
    }
    eprintln!("{}: {ends:?} {kinds:?}", path.display());
    ends
}

#[test]
fn every_failure_that_fail2ban_knows_in_sshd_is_read() {
    let Some(shared) = shared() else { return };
    // Of 109: 53 rows; 51 counted (21 no key exchange, 21 connections ended, 4 names told before, 3
    // without an address, 1 refused by TCP wrappers, 1 of PAM); 5 from host names.
    assert_eq!(failures(&shared.join("logins/fail2ban-sshd.log")), [53, 51, 5]);
}

#[test]
fn the_journals_text_is_read_once_its_lines_have_a_time() {
    let Some(shared) = shared() else { return };
    let path = shared.join("logins/fail2ban-sshd-journal.log");
    // Without a time there is no row: a log-in that could be joined to any flow is none.
    let (tally, sink) = collect(&path, &options());
    assert_eq!((logins(&sink).len(), tally.stored_total()), (0, 0));
    let text = fs::read_to_string(&path).unwrap();
    let timed: String = text
        .lines()
        .map(|line| match line.starts_with("srv ") {
            true => format!("2005-06-21T16:47:48+0200 {line}\n"),
            false => format!("{line}\n"),
        })
        .collect();
    let copy = std::env::temp_dir().join(format!("botany-journal-{}.log", std::process::id()));
    fs::write(&copy, timed).unwrap();
    let ends = failures(&copy);
    fs::remove_file(&copy).unwrap();
    assert_eq!((ends, tally.rejected), ([47, 37, 5], 62));
}

#[test]
fn every_failure_that_fail2ban_knows_in_dropbear_is_read() {
    let Some(shared) = shared() else { return };
    assert_eq!(failures(&shared.join("logins/fail2ban-dropbear.log")), [9, 1, 0]);
}
