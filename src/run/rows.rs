//! The rows to learn from: labelled, selected, sampled.

use anyhow::{Context as _, Result, bail};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use botany_enrich::profiles::Grain;
use botany_enrich::rows::{Order, Selection};
use botany_enrich::threat::{Rules, ThreatList};
use botany_enrich::{label, profiles};
use botany_learn::{Frame, Values};
use botany_validate::Keys;

use super::Workspace;
use super::allowed::threat_list;
use super::pieces::draw;
use crate::recipe::{Enrich, Recipe};

/// What the article's table of a cluster needs of every flow.
const ARTICLE: [&str; 5] =
    ["packets_in", "packets_out", "packets_total", "packet_ratio", "packet_pcr_range"];

/// The sampled rows of a recipe.
pub struct Rows {
    /// The features.
    pub frame: Frame,
    /// 0 or 1, one a row.
    pub label: Vec<u8>,
    /// Who a row is about and when: what rows are split by.
    pub keys: Keys,
    /// The columns that were carried along; none unless the selection names some.
    pub carried: RecordBatch,
    /// How many rows there were to sample from: those that miss no value the recipe needs.
    pub population: usize,
    /// What a row is.
    pub(super) grain: Grain,
}

/// Builds threat list, label and profiles by these rules; what was there before is replaced.
pub fn label(workspace: &Workspace, enrich: &Enrich, rules: &Rules) -> Result<ThreatList> {
    let engine = &workspace.engine;
    let list = threat_list(workspace, rules)?;
    workspace.wait(async {
        label::register(engine, enrich.label).await?;
        profiles::register(engine, &enrich.window).await?;
        anyhow::Ok(list)
    })
}

impl Rows {
    /// The rows a recipe asks for, of the flows that pass the filter, by the [`label`] that is in force.
    pub fn select(workspace: &Workspace, recipe: &Recipe, filter: &str) -> Result<Rows> {
        draw(workspace, recipe, &selection(recipe, filter), recipe.learn.sample)
    }

    /// Every row of a selection, without those that miss a value the recipe needs.
    pub fn every(workspace: &Workspace, recipe: &Recipe, selection: &Selection) -> Result<Rows> {
        draw(workspace, recipe, selection, usize::MAX)
    }

    /// Whether there is something to tell apart.
    pub fn check(&self, what: &str) -> Result<()> {
        let ones = self.label.iter().filter(|label| **label == 1).count();
        let all = self.label.len();
        let grain = self.grain.name();
        if all == 0 {
            bail!(
                "{what}: no {grain} passes the filter; `botany sql \"SELECT dest_port, count(*) FROM flow GROUP BY 1\"` shows what there is, `botany collect` brings more"
            );
        }
        if ones == 0 || ones == all {
            bail!(
                "{what}: all {all} rows ({grain}) carry the label {}; collect the login logs of the same time, or change enrich.threat",
                self.label[0]
            );
        }
        Ok(())
    }

    /// First and last time of the rows, RFC 3339 in UTC.
    pub fn window(&self) -> Option<(String, String)> {
        let text = |us: i64| jiff::Timestamp::from_microsecond(us).ok().map(|t| t.to_string());
        let (first, last) = (self.keys.time.iter().min()?, self.keys.time.iter().max()?);
        Some((text(*first)?, text(*last)?))
    }

    /// BLAKE3 of the sample: keys, labels and features in order, as they lie in memory.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for address in &self.keys.address {
            hasher.update(address.as_bytes());
            hasher.update(b"\n");
        }
        for time in &self.keys.time {
            hasher.update(&time.to_le_bytes());
        }
        hasher.update(&self.label);
        for column in self.frame.columns() {
            hasher.update(column.name.as_bytes());
            match &column.values {
                Values::Number(values) => {
                    for value in values {
                        hasher.update(&value.to_bits().to_le_bytes());
                    }
                }
                Values::Category { codes, levels } => {
                    for level in levels {
                        hasher.update(level.as_bytes());
                    }
                    for code in codes {
                        hasher.update(&code.to_le_bytes());
                    }
                }
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// Which rows a recipe asks for, of the flows that pass the filter.
pub fn selection(recipe: &Recipe, filter: &str) -> Selection {
    let enrich = &recipe.enrich;
    Selection {
        grain: enrich.grain,
        features: wanted(recipe),
        carry: Vec::new(),
        order: Order::Time,
        filter_sql: (!filter.trim().is_empty()).then(|| filter.to_owned()),
        pcr: enrich.pcr.mode(),
        profile: enrich.window,
        allow_label: false,
    }
}

/// The features a recipe names, and those the article's table shows.
fn wanted(recipe: &Recipe) -> Vec<String> {
    let mut names = recipe.features();
    if recipe.enrich.grain == Grain::Flow {
        for name in ARTICLE {
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// The rows that miss no value of these columns.
pub(super) fn complete(frame: &Frame, needed: &[String]) -> Vec<usize> {
    let complete = |row: usize| {
        frame.columns().iter().filter(|c| needed.contains(&c.name)).all(|c| match &c.values {
            Values::Number(values) => !values[row].is_nan(),
            Values::Category { codes, .. } => codes[row] != botany_learn::MISSING,
        })
    };
    (0..frame.rows()).filter(|&row| complete(row)).collect()
}

pub(super) fn project(batches: &[RecordBatch], names: &[String]) -> Result<Vec<RecordBatch>> {
    let one = |batch: &RecordBatch| {
        let places = names.iter().map(|name| batch.schema().index_of(name));
        Ok(batch.project(&places.collect::<Result<Vec<_>, _>>()?)?)
    };
    batches.iter().map(one).collect()
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array> {
    let found = batch.column_by_name(name).map(AsRef::as_ref);
    found.with_context(|| format!("the rows lack the column {name}; please report this"))
}

/// A column of text; null is empty.
pub(super) fn texts(batches: &[RecordBatch], name: &str) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for batch in batches {
        let text = cast(column(batch, name)?, &DataType::Utf8)?;
        all.extend(text.as_string::<i32>().iter().map(|v| v.unwrap_or_default().to_owned()));
    }
    Ok(all)
}

/// A column of whole numbers, times as microseconds; null is 0.
pub(super) fn numbers(batches: &[RecordBatch], name: &str) -> Result<Vec<i64>> {
    let mut all = Vec::new();
    for batch in batches {
        let whole = cast(column(batch, name)?, &DataType::Int64)?;
        all.extend(whole.as_primitive::<Int64Type>().iter().map(|v| v.unwrap_or(0)));
    }
    Ok(all)
}
