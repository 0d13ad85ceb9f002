//! A model at work on rows, whatever its grain: rows in, alerts out. What `watch` and `score` share.

use std::sync::Arc;

use anyhow::Result;
use arrow::array::RecordBatch;
use botany_catalog::{Table, tables};
use botany_enrich::profiles::Grain;
use botany_watch::{Alert, Drift, Model};

use super::listing::Listing;
use super::scorer::{Judged, Scorer};
use super::teller::Teller;
use super::windows::Windows;

/// How a model judges live.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Flows (and log-ins, and SSH handshakes) kept in memory at most.
    pub kept: usize,
    /// Hours a window waits for events that are written late.
    pub patience_hours: u32,
}

/// What was judged so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Flows read.
    pub flows: u64,
    /// Rows the model judged: flows, or windows.
    pub judged: u64,
    /// Rows that miss a value the model needs.
    pub unscored: u64,
    /// Rows at or above the threshold that became alerts.
    pub alerts: u64,
}

/// A model, its windows, its list and its threshold.
pub struct Judge {
    /// The model at work.
    pub scorer: Arc<Scorer>,
    /// Who is listed.
    pub listing: Listing,
    /// What is told.
    pub teller: Teller,
    /// The open windows; none for a model that judges flows.
    pub windows: Option<Windows>,
    /// How far what is judged has moved away from what the model was fitted on.
    pub drift: Drift,
    /// What was judged so far.
    pub counts: Counts,
}

impl Judge {
    /// Sets a model to work.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::new`].
    pub fn new(
        model: Model,
        bounds: &Bounds,
        known: &[RecordBatch],
        teller: Teller,
    ) -> Result<Judge> {
        let scorer = Scorer::new(model)?;
        let enrich = &scorer.recipe.enrich;
        let listing = Listing::new(&enrich.threat, known, bounds.kept)?;
        let windows = (enrich.grain != Grain::Flow)
            .then(|| Windows::new(&enrich.window, bounds.kept, bounds.patience_hours));
        let drift = Drift::new(&scorer.model.card.features);
        let scorer = Arc::new(scorer);
        Ok(Judge { scorer, listing, teller, windows, drift, counts: Counts::default() })
    }

    /// Goes on with another version of the model. One that makes its rows otherwise is refused: the windows that
    /// are open are not its own.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::new`].
    pub fn swap(&mut self, model: Model) -> Result<bool> {
        let scorer = Scorer::new(model)?;
        let rows = |scorer: &Scorer| {
            let enrich = &scorer.recipe.enrich;
            (enrich.grain, enrich.window, enrich.filter.clone())
        };
        let same = self.windows.is_none() && scorer.grain() == Grain::Flow;
        if !same && rows(&scorer) != rows(&self.scorer) {
            return Ok(false);
        }
        self.drift = Drift::new(&scorer.model.card.features);
        self.scorer = Arc::new(scorer);
        Ok(true)
    }

    /// Who may judge flows before they are taken, if anybody may.
    pub fn ahead(&self) -> Option<&Arc<Scorer>> {
        self.windows.is_none().then_some(&self.scorer)
    }

    /// Takes the rows of one piece of the log of that number, and gives the alerts they lead to. `judged` is what
    /// [`Judge::ahead`] said of its flows, if they were judged already.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn take(
        &mut self,
        log: usize,
        batches: &[(&'static Table, RecordBatch)],
        mut judged: Option<Judged>,
    ) -> Result<Vec<(Alert, String)>> {
        let mut alerts = Vec::new();
        // Banners and log-ins first: a window that closes within the piece has them.
        let is_flow = |table: &Table| table.name == tables::FLOW.name;
        let (flows, others): (Vec<_>, Vec<_>) = batches.iter().partition(|(t, _)| is_flow(t));
        for (table, batch) in others.into_iter().chain(flows) {
            if table.name == tables::LOGIN.name {
                self.listing.take(&self.scorer, batch)?;
            } else if table.name == tables::SSH.name {
                if let Some(windows) = &mut self.windows {
                    windows.take_banners(batch)?;
                }
            } else if table.name == tables::FLOW.name {
                self.counts.flows += batch.num_rows() as u64;
                match &mut self.windows {
                    None => {
                        let judged = match judged.take() {
                            Some(judged) => judged,
                            None => self.scorer.flows(batch)?,
                        };
                        alerts.extend(self.tell(&judged, Some(batch))?);
                    }
                    Some(windows) => {
                        for judged in windows.take_flows(&self.scorer, log, batch)? {
                            alerts.extend(self.tell(&judged, None)?);
                        }
                    }
                }
            }
        }
        Ok(alerts)
    }

    /// Judges the windows that are still open: nothing comes any more.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn finish(&mut self) -> Result<Vec<(Alert, String)>> {
        let Some(windows) = &mut self.windows else { return Ok(Vec::new()) };
        match windows.finish(&self.scorer)? {
            Some(judged) => self.tell(&judged, None),
            None => Ok(Vec::new()),
        }
    }

    fn tell(
        &mut self,
        judged: &Judged,
        flows: Option<&RecordBatch>,
    ) -> Result<Vec<(Alert, String)>> {
        self.counts.judged += judged.probability.len() as u64;
        self.counts.unscored += judged.unscored as u64;
        self.drift.add(&judged.frame)?;
        let length = self.windows.as_ref().map_or(0, Windows::length);
        let alerts = self.teller.tell(&self.scorer, judged, flows, length, &self.listing)?;
        self.counts.alerts += alerts.len() as u64;
        Ok(alerts
            .into_iter()
            .map(|mut alert| {
                alert.botany.id = alert.id();
                let line = alert.line();
                (alert, line)
            })
            .collect())
    }
}
