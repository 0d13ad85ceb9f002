//! Saying how far the work is: on standard error to a person, and to whoever else listens.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use botany_collect::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Who hears of the work besides a terminal, and may stop it.
pub trait Listener: Send + Sync {
    /// The next step begins.
    fn step(&self, room: &str, what: &str);
    /// So many bytes more were read.
    fn bytes(&self, more: u64);
    /// Whether the work is to stop.
    fn stopped(&self) -> bool;
}

/// The work was stopped by who asked for it.
#[derive(Debug, thiserror::Error)]
#[error("stopped before its end")]
pub struct Stopped;

/// Whether that is why the work has not come to its end: between two steps, or within a fit.
pub fn was_stopped(error: &anyhow::Error) -> bool {
    error.is::<Stopped>()
        || error.chain().any(|cause| {
            use botany_validate::Error::{Learn, Stopped};
            let learn = |cause: Option<&botany_learn::Error>| {
                matches!(cause, Some(botany_learn::Error::Stopped))
            };
            // What is passed on transparently is no link of the chain.
            learn(cause.downcast_ref())
                || match cause.downcast_ref() {
                    Some(Stopped) => true,
                    Some(Learn(error)) => learn(Some(error)),
                    _ => false,
                }
        })
}

/// What is being done right now.
pub struct Say {
    bar: ProgressBar,
    listener: Option<Arc<dyn Listener>>,
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
        Say { bar, listener: None }
    }

    /// Speaks to the listener alone.
    pub fn to(listener: Arc<dyn Listener>) -> Say {
        Say { bar: ProgressBar::hidden(), listener: Some(listener) }
    }

    /// The next step begins.
    ///
    /// # Errors
    ///
    /// [`Stopped`] if it is not to begin.
    pub fn step(&self, room: &str, what: &str) -> Result<()> {
        self.bar.set_message(format!("{room}: {what}"));
        if let Some(listener) = &self.listener {
            if listener.stopped() {
                return Err(Stopped.into());
            }
            listener.step(room, what);
        }
        Ok(())
    }

    /// Whether the work is still wanted.
    pub fn goes_on(&self) -> bool {
        self.listener.as_ref().is_none_or(|listener| !listener.stopped())
    }

    /// A bar over the bytes of these files.
    pub fn collecting(&self, paths: &[PathBuf]) -> Collecting {
        let size = |path: &PathBuf| path.metadata().map_or(0, |m| m.len());
        let bar = ProgressBar::new(paths.iter().map(size).sum());
        let form = "{wide_msg} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        bar.set_style(
            ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        if self.listener.is_some() || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Collecting { bar, listener: self.listener.clone() }
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
    listener: Option<Arc<dyn Listener>>,
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
        if let Some(listener) = &self.listener {
            listener.bytes(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn what_stopped_a_fit_is_found_below_what_was_said_of_it() {
        let fit = || botany_learn::Error::Stopped;
        let errors = [
            anyhow::Error::from(Stopped),
            fit().into(),
            botany_validate::Error::Stopped.into(),
            botany_validate::Error::Learn(fit()).into(),
        ];
        for error in errors {
            let told = Err::<(), _>(error).context("the rows cannot be judged").unwrap_err();
            assert!(was_stopped(&told), "{told:#}");
        }
        assert!(!was_stopped(&anyhow!("stopped before its end")));
        assert!(!was_stopped(&botany_learn::Error::NoRows.into()));
    }
}
