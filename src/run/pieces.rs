//! The rows of a selection a piece at a time: what is asked of every row, or drawn from them, never holds all.

use anyhow::{Context as _, Result, bail};
use arrow::array::{Array, AsArray as _, RecordBatch, StringArray, UInt64Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::DataType;
use botany_enrich::rows::{AT_ONCE, Ordered, Selection};
use botany_learn::{Frame, Gathered, sample};
use botany_validate::Keys;

use super::Workspace;
use super::rows::{Rows, complete, numbers, project};
use crate::recipe::Recipe;

/// How often rows are drawn anew because their number has changed, before that is told.
const ATTEMPTS: usize = 3;

/// Hands on every row of a selection that misses no value the recipe needs, in order; no piece is empty. Gives their
/// number.
///
/// # Errors
///
/// The engine's, and those of `visit`, which end it.
pub fn each(
    workspace: &Workspace,
    recipe: &Recipe,
    selection: &Selection,
    mut visit: impl FnMut(Rows) -> Result<()>,
) -> Result<usize> {
    let needed = recipe.features();
    let mut population = 0;
    workspace.wait(async {
        let ordered = Ordered::of(&workspace.engine, selection, &needed, AT_ONCE).await?;
        let piece = |batch: RecordBatch| {
            let mut drawn = Drawn::default();
            let frame = features(&batch, selection)?;
            let chosen = complete(&frame, &needed);
            if chosen.is_empty() {
                return Ok(());
            }
            population += chosen.len();
            drawn.take(&batch, &frame, selection, &chosen)?;
            visit(drawn.finish(recipe, chosen.len())?)
        };
        ordered.each(piece).await
    })?;
    Ok(population)
}

/// Draws `count` of the rows of a selection that miss no value the recipe needs, by the recipe's seed; all of
/// them if there are no more.
///
/// # Errors
///
/// The engine's; if rows are added all the time.
pub fn draw(
    workspace: &Workspace,
    recipe: &Recipe,
    selection: &Selection,
    count: usize,
) -> Result<Rows> {
    let needed = recipe.features();
    workspace.wait(async {
        let ordered = Ordered::of(&workspace.engine, selection, &needed, AT_ONCE).await?;
        // Which rows are drawn depends on how many there are. Where that cannot be counted without reading
        // them, they are held already, and going over them twice costs little.
        let mut expected = ordered.complete().unwrap_or_default();
        for _ in 0..ATTEMPTS {
            let wanted = (count < expected).then(|| sample(expected, count, recipe.learn.seed));
            let mut left = wanted.as_deref();
            let (mut drawn, mut population) = (Drawn::default(), 0);
            let piece = |batch: RecordBatch| {
                let frame = features(&batch, selection)?;
                let whole = complete(&frame, &needed);
                let first = population;
                population += whole.len();
                let chosen = match &mut left {
                    // There are more than are wanted: they are drawn in another round, and only counted in this one.
                    None if population > count => {
                        drawn = Drawn::default();
                        return Ok(());
                    }
                    None => whole,
                    Some(left) => {
                        let (own, rest) =
                            left.split_at(left.partition_point(|&row| row < population));
                        *left = rest;
                        own.iter().map(|&row| whole[row - first]).collect()
                    }
                };
                drawn.take(&batch, &frame, selection, &chosen)
            };
            ordered.each(piece).await?;
            if population == expected || (wanted.is_none() && population <= count) {
                return drawn.finish(recipe, population);
            }
            expected = population;
        }
        bail!("flows are being collected faster than they can be read: try again when that is done")
    })
}

fn features(batch: &RecordBatch, selection: &Selection) -> Result<Frame> {
    Ok(Frame::from_batches(&project(std::slice::from_ref(batch), &selection.features)?)?)
}

/// Rows put together from pieces.
#[derive(Default)]
struct Drawn {
    frame: Gathered,
    label: Vec<u8>,
    keys: Keys,
    carried: Vec<RecordBatch>,
}

impl Drawn {
    /// Takes the chosen rows of a piece.
    fn take(
        &mut self,
        batch: &RecordBatch,
        frame: &Frame,
        selection: &Selection,
        chosen: &[usize],
    ) -> Result<()> {
        self.frame.take(frame, chosen)?;
        let one = std::slice::from_ref(batch);
        let (time, ones) = (numbers(one, "event_time")?, numbers(one, "is_mirai")?);
        self.label.extend(chosen.iter().map(|&row| u8::from(ones[row] > 0)));
        self.keys.time.extend(chosen.iter().map(|&row| time[row]));
        pick(&mut self.keys.address, batch, "address", chosen)?;
        pick(&mut self.keys.block, batch, "block", chosen)?;
        let carried = project(one, &selection.carry)?;
        let places = UInt64Array::from_iter_values(chosen.iter().map(|&row| row as u64));
        for batch in carried {
            let taken = batch.num_columns() > 0;
            self.carried.push(if taken {
                take_record_batch(&batch, &places)?
            } else {
                batch.slice(0, 0)
            });
        }
        Ok(())
    }

    fn finish(self, recipe: &Recipe, population: usize) -> Result<Rows> {
        let Some(first) = self.carried.first() else { bail!("the rows came without a schema") };
        Ok(Rows {
            frame: self.frame.finish()?,
            label: self.label,
            keys: self.keys,
            carried: concat_batches(&first.schema(), &self.carried)?,
            population,
            grain: recipe.enrich.grain,
        })
    }
}

/// The chosen rows of a column of text; null is empty.
fn pick(to: &mut Vec<String>, batch: &RecordBatch, name: &str, chosen: &[usize]) -> Result<()> {
    let column = batch.column_by_name(name);
    let column =
        column.with_context(|| format!("the rows lack the column {name}; please report this"))?;
    let text = cast(column, &DataType::Utf8)?;
    let text: &StringArray = text.as_string::<i32>();
    let word = |row: usize| if text.is_valid(row) { text.value(row) } else { "" };
    to.extend(chosen.iter().map(|&row| word(row).to_owned()));
    Ok(())
}
