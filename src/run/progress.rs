//! Saying how far the work is, on standard error, and only to a person.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use botany_collect::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is being done right now.
pub struct Say {
    bar: ProgressBar,
}

impl Say {
    /// Speaks to a terminal; is silent elsewhere.
    pub fn new() -> Say {
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        if std::io::stderr().is_terminal() {
            bar.enable_steady_tick(Duration::from_millis(120));
        } else {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Say { bar }
    }

    /// The next step begins.
    pub fn step(&self, room: &str, what: &str) {
        self.bar.set_message(format!("{room}: {what}"));
    }

    /// A bar over the bytes of these files.
    pub fn collecting(&self, paths: &[PathBuf]) -> Collecting {
        let size = |path: &PathBuf| path.metadata().map_or(0, |m| m.len());
        let bar = ProgressBar::new(paths.iter().map(size).sum());
        let form = "{wide_msg} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        bar.set_style(
            ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Collecting { bar }
    }
}

impl Default for Say {
    fn default() -> Self {
        Say::new()
    }
}

impl Drop for Say {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A collection under way.
pub struct Collecting {
    bar: ProgressBar,
}

impl Collecting {
    /// The next file begins.
    pub fn file(&self, path: &Path) {
        self.bar.set_message(format!("collect: {}", path.display()));
    }

    /// All files are done.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Collecting {
    fn bytes(&self, more: u64) {
        self.bar.inc(more);
    }
}
