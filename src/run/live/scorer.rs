//! A model at work on events as they come: the same statement, the same pipeline as when it was fitted.

use std::future::Future;

use anyhow::{Context as _, Result, bail};
use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::UInt64Type;
use botany_engine::{Engine, EngineOptions};
use botany_enrich::direct::Direct;
use botany_enrich::profiles::Grain;
use botany_enrich::rows::{Order, Selection, select};
use botany_enrich::{label, threat};
use botany_learn::Frame;
use botany_watch::Model;
use tokio::runtime::Runtime;

use crate::recipe::Recipe;
use crate::run::rows::{complete, numbers, project, selection, texts};

/// Rows with what the model says of each.
pub struct Judged {
    /// Who or when a row is.
    pub subjects: Vec<Subject>,
    /// The features, a row a subject.
    pub frame: Frame,
    /// The probability of label 1, a row a subject.
    pub probability: Vec<f64>,
    /// Rows that miss a value the model needs: the author's own PCR rule leaves some out.
    pub unscored: usize,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The row of that number in the batch.
    Flow(usize),
    /// An address or a block, in a window.
    Window {
        /// The address, or the block as a prefix.
        key: String,
        /// Its beginning, in microseconds since 1970 UTC.
        start: i64,
    },
}

/// A model with an engine over memory.
pub struct Scorer {
    /// The model, with its card.
    pub model: Model,
    /// The recipe it was made by.
    pub recipe: Recipe,
    engine: Engine,
    runtime: Runtime,
    selection: Selection,
    /// The selection, planned once; none if it asks for more than a flow tells by itself.
    direct: Option<Direct>,
}

impl Scorer {
    /// Sets a model to work.
    ///
    /// # Errors
    ///
    /// If its card's recipe cannot be read, or a row of it cannot be known while events come: a flow with a
    /// profile of its source is known only when its window is over.
    pub fn new(model: Model) -> Result<Scorer> {
        let recipe = crate::run::own_recipe(&model)?;
        let mut selection = selection(&recipe, &recipe.enrich.filter);
        selection.features = model.pipeline.columns().into_iter().map(str::to_owned).collect();
        selection.order = Order::Line;
        if recipe.enrich.grain == Grain::Flow {
            selection.carry = vec!["line".to_owned()];
            if let Some(feature) = selection.features.iter().find(|f| f.starts_with("profile_")) {
                bail!(
                    "`{}` judges a flow by `{feature}`, which is known only when the window is over: collect the \
                     logs and use `botany validate`, or watch with a model of grain address",
                    model.card.name
                );
            }
        } else if !selection.features.iter().any(|f| f == "profile_flows") {
            selection.features.push("profile_flows".to_owned());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .thread_stack_size(128 << 20)
            .enable_all()
            .build()?;
        let options = EngineOptions { memory_limit: None, partitions: 1 };
        let engine = runtime.block_on(async { Engine::in_memory(&options) })?;
        threat::none(&engine)?;
        let direct = Direct::plan(&engine, &selection)?;
        Ok(Scorer { model, recipe, engine, runtime, selection, direct })
    }

    /// What a row is.
    pub fn grain(&self) -> Grain {
        self.recipe.enrich.grain
    }

    /// The engine, to fill its tables.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits for an answer of the engine.
    pub fn wait<T, E: Into<anyhow::Error>>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T> {
        self.runtime.block_on(answer).map_err(Into::into)
    }

    /// Makes these the flows that are judged, labelled by the threat list as it is now.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn take(&self, flows: Vec<RecordBatch>) -> Result<()> {
        self.engine.register_batches("flow", flows)?;
        self.wait(label::register(&self.engine, self.recipe.enrich.label))
    }

    /// Judges the flows of one piece of a log, in its order; those the recipe's filter lets through.
    ///
    /// # Errors
    ///
    /// The engine's, such as for a filter that does not fit the flows.
    pub fn flows(&self, flows: &RecordBatch) -> Result<Judged> {
        match self.alone(flows) {
            Some(judged) => judged,
            None => self.asked(flows),
        }
    }

    /// The same, on any thread, where flows can be judged by nothing but themselves. Otherwise nothing is said: the
    /// order they come in matters, and what was listed until then.
    pub fn alone(&self, flows: &RecordBatch) -> Option<Result<Judged>> {
        let direct = self.direct.as_ref()?;
        let judge = || {
            let chosen = direct.choose(flows)?;
            let rows = chosen.rows.unwrap_or_else(|| (0..flows.num_rows()).collect());
            let subjects = rows.into_iter().map(Subject::Flow).collect();
            self.judge(Judged::of(subjects, Frame::from_batches(&[chosen.features])?))
        };
        Some(judge())
    }

    /// Judges flows by asking the engine for them.
    fn asked(&self, flows: &RecordBatch) -> Result<Judged> {
        self.take(vec![flows.clone()])?;
        let batches = self.wait(select(&self.engine, &self.selection))?;
        let lines = flows.column_by_name("line").context("flows without their lines")?;
        let lines = lines.as_primitive::<UInt64Type>().values();
        let subjects = numbers(&batches, "line")?.into_iter();
        // Lines ascend within a piece.
        let place = |line: i64| lines.binary_search(&(line as u64)).unwrap_or_default();
        let subjects = subjects.map(|line| Subject::Flow(place(line))).collect();
        self.judge(Judged::of(subjects, self.frame(&batches)?))
    }

    /// Judges the windows over the flows taken, those that begin within `starts`.
    ///
    /// # Errors
    ///
    /// As [`Scorer::flows`].
    pub fn windows(&self, starts: std::ops::RangeInclusive<i64>) -> Result<Judged> {
        // The filter was applied when the flows were kept.
        let selection = Selection { filter_sql: None, ..self.selection.clone() };
        let batches = self.wait(select(&self.engine, &selection))?;
        let (keys, times) = (texts(&batches, "address")?, numbers(&batches, "event_time")?);
        let subjects = keys.into_iter().zip(times);
        let subjects = subjects.map(|(key, start)| Subject::Window { key, start }).collect();
        let mut judged = Judged::of(subjects, self.frame(&batches)?);
        let within = |subject: &Subject| matches!(subject, Subject::Window { start, .. } if starts.contains(start));
        let rows: Vec<usize> = (0..judged.subjects.len())
            .filter(|&row| judged.subjects.get(row).is_some_and(within))
            .collect();
        judged.take(&rows);
        self.judge(judged)
    }

    fn frame(&self, batches: &[RecordBatch]) -> Result<Frame> {
        Ok(Frame::from_batches(&project(batches, &self.selection.features)?)?)
    }

    /// Asks the model about rows; those that miss a value it needs are left out, and counted.
    fn judge(&self, mut judged: Judged) -> Result<Judged> {
        if judged.frame.columns().iter().any(|column| column.values.missing() > 0) {
            let rows = complete(&judged.frame, &self.selection.features);
            judged.unscored = judged.frame.rows() - rows.len();
            judged.take(&rows);
        }
        if judged.frame.rows() > 0 {
            judged.probability = self.model.pipeline.probabilities(&judged.frame)?;
        }
        Ok(judged)
    }
}

impl Judged {
    /// Rows of which nothing is said yet.
    fn of(subjects: Vec<Subject>, frame: Frame) -> Judged {
        Judged { subjects, frame, probability: Vec::new(), unscored: 0 }
    }

    /// Keeps these rows.
    fn take(&mut self, rows: &[usize]) {
        self.frame = self.frame.take(rows);
        self.subjects = rows.iter().filter_map(|&row| self.subjects.get(row).cloned()).collect();
        self.probability =
            rows.iter().filter_map(|&row| self.probability.get(row).copied()).collect();
    }
}
