//! How a model is set to work: the same for what is written from now on and for files that have ended.

use anyhow::Result;
use botany_watch::Model;
use botany_watch::throttle::Rate;

use crate::cli::{Context, probability};
use crate::run::Workspace;
use crate::run::allowed;
use crate::run::live::Teller;
use crate::run::live::judge::{Bounds, Judge};
use crate::run::own_recipe;

/// What a person may say about judging.
#[derive(Clone, Debug, clap::Args)]
pub struct Judging {
    /// The probability from which on there is an alert [default: the model's own, 0.5 if nobody chose one]
    #[arg(long, value_name = "P")]
    threshold: Option<f64>,
    /// Flows kept in memory for windows that are open; beyond it the oldest go, and are counted
    #[arg(long, value_name = "N", default_value_t = 2_000_000)]
    keep: usize,
    /// Hours a window waits, after its end, for flows that are written late
    #[arg(long, value_name = "HOURS", default_value_t = 1, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    patience: u32,
}

impl Default for Judging {
    fn default() -> Judging {
        Judging { threshold: None, keep: 2_000_000, patience: 1 }
    }
}

impl Judging {
    /// A model at work, with the threat list and the allowed networks of the data directory.
    ///
    /// # Errors
    ///
    /// For a threshold that is none, and those of the model and the data directory.
    pub fn judge(&self, model: Model, throttle: Rate, context: &Context) -> Result<Judge> {
        probability(self.threshold)?;
        let rules = own_recipe(&model)?.enrich.threat;
        let workspace = Workspace::open(context)?;
        let known = allowed::threat_list(&workspace, &rules)?.batches;
        let mut teller = Teller::new(self.threshold, throttle);
        teller.allow(allowed::list(&context.data)?.into_iter().map(|one| one.network).collect());
        let bounds = Bounds { kept: self.keep, patience_hours: self.patience };
        Judge::new(model, &bounds, &known, teller)
    }
}
