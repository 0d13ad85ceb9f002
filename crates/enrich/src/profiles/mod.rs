//! What did an address, or a block of them, do in 24 hours?
//!
//! One row an address (view `profile_address`) or a block (view `profile_block`) and window, made of the
//! flows it began. A flow belongs to the window its `event_time` falls into, whenever and in whatever
//! order it was collected. The columns are [`MEASURES`].
//!
//! A window is known once it is over: a profile joined to a flow also knows the flows that came after it
//! in the same window.

mod measures;
mod statement;

use botany_engine::Engine;
use serde::{Deserialize, Serialize};

use crate::Error;

pub use measures::{MEASURES, Measure, Part};
pub use statement::MEMBER_COLUMNS;
pub(crate) use statement::{DURATION_US, Source, own_window, sql};

/// An hour, in the microseconds that times are in.
pub const HOUR: i64 = 3_600_000_000;

/// Whose doings a row holds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Grain {
    /// One flow.
    #[default]
    Flow,
    /// One source address in one window.
    Address,
    /// One block of source addresses in one window.
    Block,
}

impl Grain {
    /// The grain as it is written in a recipe.
    pub fn name(self) -> &'static str {
        match self {
            Grain::Flow => "flow",
            Grain::Address => "address",
            Grain::Block => "block",
        }
    }
}

/// How long a window is, where it begins, and how large a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Length of a window in hours. Default 24. At most 744.
    pub window_hours: u32,
    /// Hours from the beginning of one window to the next. Absent: the windows stand end to end, the
    /// first of each day at 00:00 UTC where they divide it. A divisor of `window_hours`: they slide, and a
    /// flow lies in `window_hours / step_hours` of them.
    pub step_hours: Option<u32>,
    /// Bits of an IPv4 block. Default 24.
    pub v4_bits: u8,
    /// Bits of an IPv6 block. Default 64.
    pub v6_bits: u8,
}

impl Default for Options {
    fn default() -> Self {
        Options { window_hours: 24, step_hours: None, v4_bits: 24, v6_bits: 64 }
    }
}

impl Options {
    /// Hours between two beginnings.
    pub fn step(&self) -> u32 {
        self.step_hours.unwrap_or(self.window_hours)
    }

    /// # Errors
    /// [`Error::Setting`] for windows and blocks that cannot be.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |text: String| Err(Error::Setting(text));
        if !(1..=744).contains(&self.window_hours) {
            return wrong(format!(
                "a window of {} hours cannot be; set window-hours between 1 and 744",
                self.window_hours
            ));
        }
        if self.step() == 0 || !self.window_hours.is_multiple_of(self.step()) {
            return wrong(format!(
                "windows of {} hours cannot slide by {}; set step-hours to a divisor",
                self.window_hours,
                self.step()
            ));
        }
        if self.v4_bits > 32 || self.v6_bits > 128 {
            return wrong(format!(
                "a block of /{} and /{} cannot be; set v4-bits to at most 32 and v6-bits to at most 128",
                self.v4_bits, self.v6_bits
            ));
        }
        Ok(())
    }
}

/// The statement of view `profile_address` or `profile_block`, over table `flow`.
///
/// # Errors
/// [`Error::Setting`] for options that cannot be meant, and for a grain that is no profile.
pub fn view_sql(grain: Grain, options: &Options) -> Result<String, Error> {
    options.check()?;
    if grain == Grain::Flow {
        let text = "a flow has no profile of its own; ask for grain address or block";
        return Err(Error::Setting(text.to_owned()));
    }
    let parts = [Part::Flow, Part::Login, Part::Banner];
    Ok(sql(grain, options, Source { relation: "flow", labelled: false }, &parts))
}

/// Registers both views.
///
/// # Errors
/// Those of [`view_sql`], and the engine's.
pub async fn register(engine: &Engine, options: &Options) -> Result<(), Error> {
    for (name, grain) in [("profile_address", Grain::Address), ("profile_block", Grain::Block)] {
        engine.register_view(name, &view_sql(grain, options)?).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_cannot_be_are_refused() {
        let base = Options::default;
        for options in [
            Options { window_hours: 0, ..base() },
            Options { window_hours: 745, ..base() },
            Options { step_hours: Some(0), ..base() },
            Options { step_hours: Some(7), ..base() },
            Options { step_hours: Some(48), ..base() },
            Options { v4_bits: 33, ..base() },
            Options { v6_bits: 129, ..base() },
        ] {
            assert!(options.check().is_err(), "{options:?}");
        }
        assert!(Options { step_hours: Some(6), ..base() }.check().is_ok());
        assert!(view_sql(Grain::Flow, &base()).is_err());
    }
}
