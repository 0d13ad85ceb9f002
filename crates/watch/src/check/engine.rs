//! The installed Suricata: does it load the rules, what does it make of a capture, and what does that cost?

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4 as _;

use super::error::{Error, Fault};

/// All the configuration a replay needs: every network is home, and EVE has flows, alerts and SSH with Community ID. It
/// depends on nothing the machine's own configuration says.
pub const CONFIGURATION: &str = include_str!("suricata.yaml");

/// An installed engine.
#[derive(Clone, Debug)]
pub struct Engine {
    program: String,
    /// What it says of its version, such as `7.0.10`.
    pub version: String,
    /// Whether this build can say what a single rule costs.
    pub profiles_rules: bool,
}

/// What `-T` said of a rules file it did not refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Rules that were loaded.
    pub rules: u64,
    /// Rules that were skipped because of their `requires:`.
    pub skipped: u64,
}

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Seconds from start to end of the process.
    pub wall: f64,
    /// Seconds of all cores.
    pub processor: f64,
}

impl Engine {
    /// The engine that `program` is, a path or a name on the path.
    ///
    /// # Errors
    /// [`Error::NoEngine`] if there is none, [`Error::NotSuricata`] if it is something else.
    pub fn find(program: &str) -> Result<Engine, Error> {
        let ask = |flag: &str| {
            let output = Command::new(program).arg(flag).stdin(Stdio::null()).output();
            let output =
                output.map_err(|cause| Error::NoEngine { program: program.to_owned(), cause })?;
            Ok::<_, Error>(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let said = ask("-V")?;
        let version = said
            .split_once("Suricata version ")
            .and_then(|(_, rest)| rest.split_whitespace().next().map(str::to_owned));
        let version = version.ok_or_else(|| Error::NotSuricata { program: program.to_owned() })?;
        let build = ask("--build-info")?;
        let profiles_rules = build.lines().any(|line| {
            line.trim_start().starts_with("Profiling rules enabled:") && line.ends_with("yes")
        });
        Ok(Engine { program: program.to_owned(), version, profiles_rules })
    }

    /// `suricata -T`: whether every rule of the file loads. `folder` is written to.
    ///
    /// # Errors
    /// [`Error::Refused`] with the line and the engine's own words for each rule that does not; [`Error::Engine`].
    pub fn test(&self, rules: &Path, folder: &Path) -> Result<Loaded, Error> {
        let configuration = self.configure(folder)?;
        let mut command = Command::new(&self.program);
        command.arg("-T").arg("-c").arg(&configuration).arg("-S").arg(rules).arg("-l").arg(folder);
        let (success, said, _) = self.run(command, folder)?;
        let faults = faults(&said);
        if !faults.is_empty() {
            return Err(Error::Refused { file: rules.to_owned(), faults });
        }
        match loaded(&said) {
            Some(loaded) if success => Ok(loaded),
            _ => Err(Error::Engine { doing: "test the rules", said: last(&said) }),
        }
    }

    /// `suricata -r`: plays a capture, offline, with these rules or none. EVE comes to lie in `folder`.
    ///
    /// # Errors
    /// [`Error::Engine`] if it cannot read the capture.
    pub fn replay(
        &self,
        capture: &Path,
        rules: Option<&Path>,
        folder: &Path,
    ) -> Result<(PathBuf, Cost), Error> {
        let configuration = self.configure(folder)?;
        let none = folder.join("none.rules");
        write(&none, "")?;
        let eve = folder.join("eve.json");
        // It appends; a second replay into the folder must not keep the first one's events.
        if eve.exists() {
            fs::remove_file(&eve).map_err(Error::io("remove", &eve))?;
        }
        let mut command = Command::new(&self.program);
        command.arg("-c").arg(&configuration).arg("-r").arg(capture);
        command.arg("-S").arg(rules.unwrap_or(&none)).arg("-l").arg(folder);
        // Checksums of a capture are often not yet computed; one thread makes the order of packets that of the file.
        command.args(["-k", "none", "--runmode", "single"]);
        let (success, said, cost) = self.run(command, folder)?;
        if !success || !eve.is_file() || said.contains("failed to get first packet timestamp") {
            return Err(Error::Engine { doing: "play the capture", said: last(&said) });
        }
        Ok((eve, cost))
    }

    fn configure(&self, folder: &Path) -> Result<PathBuf, Error> {
        let path = folder.join("suricata.yaml");
        write(&path, CONFIGURATION)?;
        Ok(path)
    }

    /// Runs to the end: whether it went well, what it said, what it took.
    fn run(&self, mut command: Command, folder: &Path) -> Result<(bool, String, Cost), Error> {
        let said = folder.join("said.txt");
        let file = File::create(&said).map_err(Error::io("create", &said))?;
        let other = file.try_clone().map_err(Error::io("create", &said))?;
        let began = Instant::now();
        let no_engine = |cause| Error::NoEngine { program: self.program.clone(), cause };
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::from(file))
            .stderr(Stdio::from(other))
            .spawn()
            .map_err(no_engine)?;
        let used = child.wait4().map_err(no_engine)?;
        let cost = Cost {
            wall: began.elapsed().as_secs_f64(),
            processor: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
        };
        let text = fs::read(&said).map_err(Error::io("read", &said))?;
        Ok((used.status.success(), String::from_utf8_lossy(&text).into_owned(), cost))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::io("write", path))
}

/// What the engine refused: it names the reason first and the line in the message after it.
fn faults(said: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    for line in said.lines() {
        let Some(error) = line.strip_prefix("Error: ") else { continue };
        let (part, text) = error.split_once(": ").unwrap_or(("", error));
        let place = text
            .strip_prefix("error parsing signature ")
            .and_then(|rest| rest.rsplit_once(" at line "))
            .and_then(|(_, line)| line.trim().parse().ok());
        match place {
            None => reasons.push(reason(part, text)),
            Some(line) => {
                let reason = match reasons.as_slice() {
                    [] => "Suricata cannot read it".to_owned(),
                    all => format!("Suricata says: {}", all.join("; ")),
                };
                faults.push(Fault { line, reason });
                reasons.clear();
            }
        }
    }
    faults
}

/// The engine's words for one fault. The parser of a keyword often says no more than that it failed, so its name goes before;
/// and a duplicate is told with the whole rule behind it.
fn reason(part: &str, text: &str) -> String {
    let text = if text.starts_with("Duplicate signature") { "Duplicate signature" } else { text };
    let text = text.trim_end_matches('.');
    if part == "detect-parse" { text.to_owned() } else { format!("{part}: {text}") }
}

fn loaded(said: &str) -> Option<Loaded> {
    let line = said.lines().find(|line| line.contains("rules successfully loaded"))?;
    let number = |before: &str| {
        let head = line.split_once(before)?.0;
        head.rsplit([' ', ',']).find(|word| !word.is_empty())?.parse::<u64>().ok()
    };
    // `23 rules successfully loaded, 0 rules failed, 0` and, from 8 on, ` rules skipped` behind it.
    let skipped = line.split_once("rules failed,")?.1.split_whitespace().next()?.parse().ok()?;
    Some(Loaded { rules: number(" rules successfully loaded")?, skipped })
}

/// The last error, or the last line.
fn last(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let error = lines.iter().rev().find(|line| line.starts_with("Error"));
    error.or(lines.last()).map_or_else(|| "it said nothing".to_owned(), |line| (*line).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_messages_are_brought_to_lines() {
        let said = "\
Error: detect-parse: unknown rule keyword 'flow.pkts'.
Error: detect: error parsing signature \"alert tcp any any -> any 22 (msg:\"at line 9\";)\" from file bad.rules at line 3
Error: detect-parse: Duplicate signature \"alert tcp (sid:1;)\"
Error: detect: error parsing signature \"alert tcp (sid:1;)\" from file bad.rules at line 5
Error: detect-tcp-flags: pcre match failed
Error: detect: error parsing signature \"alert tcp (flags:Q;)\" from file bad.rules at line 8
Error: suricata: Loading signatures failed.
";
        let found = faults(said);
        assert_eq!(found.iter().map(|f| f.line).collect::<Vec<_>>(), [3, 5, 8]);
        assert_eq!(found[0].reason, "Suricata says: unknown rule keyword 'flow.pkts'");
        assert_eq!(found[1].reason, "Suricata says: Duplicate signature");
        assert_eq!(found[2].reason, "Suricata says: detect-tcp-flags: pcre match failed");
        assert_eq!(last(said), "Error: suricata: Loading signatures failed.");
    }

    #[test]
    fn loaded_and_skipped_are_counted_in_the_words_of_7_and_of_8() {
        let seven = "Info: detect: 1 rule files processed. 4 rules successfully loaded, 0 rules failed, 22\n";
        assert_eq!(loaded(seven), Some(Loaded { rules: 4, skipped: 22 }));
        let eight = "Info: detect: 1 rule files processed. 23 rules successfully loaded, 0 rules failed, 0 rules skipped\n";
        assert_eq!(loaded(eight), Some(Loaded { rules: 23, skipped: 0 }));
        assert_eq!(loaded("nothing"), None);
    }

    #[test]
    fn no_engine_and_another_program_are_told_apart() {
        let error = Engine::find("/no/such/suricata").unwrap_err().to_string();
        assert!(error.contains("bookworm-backports") && error.contains("--engine"), "{error}");
        let error = Engine::find("true").unwrap_err().to_string();
        assert!(error.contains("does not say that it is Suricata"), "{error}");
    }
}
