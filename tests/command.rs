//! The program, run as a person runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Once;

use serde_json::Value;
use tempfile::TempDir;

/// A data directory of one test's own.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Writes a file beside the data directory and gives its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// The program with this data directory, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_botany"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.env("BOTANY_DATA", self.data());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a successful command prints.
    pub fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "botany {arguments:?}: {} {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
        serde_json::from_str(&self.says(&all)).unwrap()
    }

    /// One whole number out of a query.
    pub fn number(&self, sql: &str) -> u64 {
        let rows = self.json(&["sql", sql]);
        let row = rows[0].as_object().unwrap_or_else(|| panic!("{sql}: {rows}"));
        row.values().next().unwrap().as_u64().unwrap()
    }

    /// Exit code and message of a command that must fail.
    pub fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(!output.status.success(), "botany {arguments:?} succeeded");
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    }
}

/// Makes sure of what the tests need besides Rust, once.
pub fn tools() {
    static TOOLS: Once = Once::new();
    TOOLS.call_once(|| {
        let installed = Command::new("sh").arg(root().join("tests/install.sh")).output().unwrap();
        let why = String::from_utf8_lossy(&installed.stderr);
        assert!(installed.status.success(), "tests/install.sh: {why}");
    });
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the bundled capture, unpacked.
pub fn capture(name: &str) -> Vec<u8> {
    let packed = std::fs::read(root().join("demo").join(name)).unwrap();
    zstd::decode_all(&packed[..]).unwrap()
}

#[test]
fn every_command_has_help_with_an_example() {
    let place = Place::new();
    let help = place.says(&["--help"]);
    for command in [
        "demo", "run", "collect", "explain", "sql", "enrich", "features", "learn", "validate",
        "watch", "serve",
    ] {
        assert!(help.contains(command), "{command}");
        assert!(place.says(&[command, "--help"]).contains("botany "), "{command}");
    }
}

#[test]
fn exit_codes_mean_what_the_help_says() {
    let place = Place::new();
    assert_eq!(place.fails(&["collect"]).0, 2);
    let (code, message) = place.fails(&["collect", "no/such/file"]);
    assert_eq!(code, 3);
    assert!(message.contains("no/such/file"), "{message}");
    let log = place.file("odd.log", "no line of any log\n");
    assert_eq!(place.fails(&["collect", "--strict", &log]).0, 4);
    let (code, message) = place.fails(&["validate", "article", "--on", "elsewhere"]);
    assert_eq!(code, 3);
    assert!(message.contains("botany demo"), "{message}");
}

#[test]
fn sql_answers_in_three_forms_and_cannot_write() {
    let place = Place::new();
    let (code, why) = place.fails(&["sql", "SELECT count(*) FROM flow"]);
    assert!(code == 3 && why.contains("is no data directory") && !place.data().exists(), "{why}");
    std::fs::create_dir(place.data()).unwrap();
    assert_eq!(place.number("SELECT count(*) FROM flow"), 0);
    assert_eq!(place.says(&["sql", "SELECT 1 AS one", "--format", "csv"]), "one\n1\n");
    assert!(place.says(&["sql", "SELECT 1 AS one"]).contains("one"));
    for question in [
        "CREATE TABLE x AS SELECT 1",
        "COPY (SELECT 1) TO 'x.csv'",
        "INSERT INTO flow SELECT * FROM flow",
        "DROP TABLE flow",
        "CREATE EXTERNAL TABLE p STORED AS CSV LOCATION '/etc/passwd'",
        "SELECT * FROM '/etc/passwd'",
        "SET datafusion.execution.batch_size = 1",
    ] {
        assert_eq!(place.fails(&["sql", question]).0, 3, "{question}");
    }
    let (_, message) = place.fails(&["sql", "SELECT x FROM flow"]);
    assert!(message.contains("src_ip"), "valid columns are named: {message}");
}

#[test]
fn explain_shows_how_a_line_is_read() {
    let place = Place::new();
    let line = "Nov 24 15:06:40 sensor sshd[411]: Failed password for invalid user mother from 192.0.2.7 port 40022 ssh2";
    let said = place.says(&["explain", line]);
    for word in ["sshd", "mother", "192.0.2.7", "failed"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(place.says(&["explain", "who wrote this"]).to_lowercase().contains("reject"));
}

#[test]
fn completions_are_printed_for_the_usual_shells() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.says(&["completions", shell]).contains("botany"), "{shell}");
    }
}

#[test]
fn a_printed_recipe_can_be_followed_as_a_file() {
    let place = Place::new();
    let printed = place.says(&["recipes", "article"]);
    place.file("mine.toml", printed.replace("grain = \"flow\"", "grain = \"leaf\""));
    let (code, message) = place.fails(&["run", "mine.toml"]);
    assert_eq!(code, 3);
    assert!(message.contains("address"), "{message}");
}
