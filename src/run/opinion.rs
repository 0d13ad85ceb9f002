//! What a model says of one address, or of one block: of the rows it would judge, and of nobody else's.

use anyhow::{Context as _, Result};
use botany_catalog::address;
use botany_enrich::profiles::Grain;
use botany_learn::Values;
use botany_watch::{Model, ModelName};
use serde_json::{Value, json};

use super::rows::{self, Rows};
use super::{Who, Workspace, clusters, own_recipe};

/// Rows that are told one by one.
const TOLD: usize = 50;

/// What a model says.
pub struct Opinion {
    /// The model with its version.
    pub model: String,
    /// What a row of it is.
    pub grain: String,
    /// The probability from which it calls a row 1.
    pub threshold: f64,
    /// In a sentence; why there is none, where no row is its own.
    pub words: String,
    /// Rows it judges.
    pub rows: usize,
    /// Those it calls 1.
    pub called: usize,
    /// The mean of their probabilities, by which lists go; absent without rows.
    pub probability: Option<f64>,
    /// The columns of what is told of its rows.
    pub columns: Vec<String>,
    /// The rows it is surest of, at most fifty.
    pub told: Vec<Vec<Value>>,
}

/// Asks a model about an address or a block.
///
/// # Errors
///
/// If the model's recipe cannot be followed here; the engine's.
pub fn opinion(model: &Model, workspace: &Workspace, who: &Who) -> Result<Opinion> {
    let recipe = own_recipe(model)?;
    let enrich = &recipe.enrich;
    let card = &model.card;
    let version = Some(card.version);
    let mut opinion = Opinion {
        model: ModelName { name: card.name.clone(), version }.to_string(),
        grain: card.grain.clone(),
        threshold: card.threshold(),
        words: String::new(),
        rows: 0,
        called: 0,
        probability: None,
        columns: Vec::new(),
        told: Vec::new(),
    };
    rows::label(workspace, enrich, &enrich.threat)?;
    let own = whose(who, enrich.grain, (enrich.window.v4_bits, enrich.window.v6_bits));
    let filter = match enrich.filter.trim() {
        "" => own,
        // The line break ends a comment inside the condition.
        filter => format!("({filter}\n) AND {own}"),
    };
    let rows = Rows::every(workspace, &recipe, &rows::selection(&recipe, &filter))?;
    if rows.label.is_empty() {
        let filtered = match enrich.filter.trim() {
            "" => String::new(),
            filter => format!(" that passes its filter `{filter}`"),
        };
        opinion.words =
            format!("{} has no opinion: there is no flow of it{filtered}", opinion.model);
        return Ok(opinion);
    }
    let said = model.pipeline.probabilities(&rows.frame)?;
    let mut sorted = said.clone();
    // Summed in order of size, as lists do.
    sorted.sort_unstable_by(f64::total_cmp);
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    opinion.rows = said.len();
    opinion.called = said.iter().filter(|p| **p >= opinion.threshold).count();
    opinion.probability = Some(mean);
    opinion.words = in_words(&opinion, enrich.grain, mean);
    told(&mut opinion, model, &rows, &said)?;
    Ok(opinion)
}

/// The condition under which a flow makes a row of the model's that is about it.
fn whose(who: &Who, grain: Grain, (v4, v6): (u8, u8)) -> String {
    match (grain, who) {
        (Grain::Block, Who::Address(ip)) => {
            format!("ip_block(src_ip, {v4}, {v6}) = '{}'", address::block(*ip, v4, v6))
        }
        _ => who.condition(),
    }
}

fn in_words(opinion: &Opinion, grain: Grain, mean: f64) -> String {
    let Opinion { model, rows, called, threshold, .. } = opinion;
    let what = match (grain, rows) {
        (Grain::Flow, 1) => "flow",
        (Grain::Flow, _) => "flows",
        (_, 1) => "window of a day",
        _ => "windows of a day",
    };
    let listed = if mean >= *threshold { "which lists it" } else { "too little to list it" };
    format!(
        "{model} calls {called} of {rows} {what} 1 (from probability {threshold}); the mean of what it says is \
         {mean:.3}, {listed}"
    )
}

/// The rows the model is surest of, with what it looks at.
fn told(opinion: &mut Opinion, model: &Model, rows: &Rows, said: &[f64]) -> Result<()> {
    let mut order: Vec<usize> = (0..said.len()).collect();
    order.sort_by(|&a, &b| said[b].total_cmp(&said[a]).then(a.cmp(&b)));
    order.truncate(TOLD);
    let made = clusters::columns(&model.pipeline, &rows.frame)?;
    let mut columns = Vec::new();
    for input in model.card.inputs() {
        let own = made.iter().find(|column| column.name == input.name);
        let column = match own {
            Some(column) => column,
            None => rows.frame.column(&input.name).context("the rows lack a feature")?,
        };
        columns.push(column);
    }
    opinion.columns = ["address", "event_time", "label", "probability"].map(str::to_owned).to_vec();
    opinion.columns.extend(columns.iter().map(|column| column.name.clone()));
    let value = |values: &Values, row: usize| match values {
        Values::Number(numbers) => json!(numbers[row]),
        Values::Category { codes, levels } => json!(levels.get(codes[row] as usize)),
    };
    let one = |&row: &usize| {
        let time = jiff::Timestamp::from_microsecond(rows.keys.time[row])?;
        let mut cells = vec![
            json!(rows.keys.address[row]),
            json!(time.to_string()),
            json!(rows.label[row]),
            json!(said[row]),
        ];
        cells.extend(columns.iter().map(|column| value(&column.values, row)));
        Ok(cells)
    };
    opinion.told = order.iter().map(one).collect::<Result<_>>()?;
    Ok(())
}
