//! Logs judged while they are written: the same alerts as judging them afterwards, whatever happens in between.

// A log that is cut, rotated, truncated, and a program that is killed.
mod files;
// Receivers that are slow, gone, or back.
mod outlets;
// A real Suricata that writes to a growing file and to sockets.
mod sensor;
// Another version in force, and how it goes.
mod swap;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::command::Place;
use crate::demo::demo;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A place with the demo's data directory in it, a copy of this test's own.
fn place() -> Place {
    let place = Place::new();
    let status =
        Command::new("cp").arg("-r").arg(demo().place.data()).arg(place.data()).status().unwrap();
    assert!(status.success());
    place
}

/// Waits until something holds.
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::park_timeout(Duration::from_millis(20));
    }
}

/// A watch in the background, killed at the end.
struct Running(Child);

impl Running {
    fn start(place: &Place, arguments: &[&str]) -> Running {
        let mut command = place.command(&[&["watch"], arguments].concat());
        Running(command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Like a crash: nothing of it is written any more.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Asks it to end, and waits until it has.
    fn stop(mut self) {
        self.signal("TERM");
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines of a file, sorted; none if it is not there.
fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What scoring these files tells, sorted.
fn scored(place: &Place, model: &str, files: &[&str], flags: &[&str]) -> Vec<String> {
    let said = place.says(&[&["score", model], files, flags].concat());
    let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}
