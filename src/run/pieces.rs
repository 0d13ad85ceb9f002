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

/// How often the rows are gone over at most: once for their number, where that is not known, and once to draw.
const PASSES: usize = 2;

/// The rows of a selection that miss no value the recipe needs, in order, as they were when they were counted.
pub struct Pieces<'a> {
    workspace: &'a Workspace,
    recipe: &'a Recipe,
    selection: &'a Selection,
    /// What a row must have.
    needed: Vec<String>,
    ordered: Ordered<'a>,
}

impl<'a> Pieces<'a> {
    /// Counts the rows, by the label that is in force.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn of(
        workspace: &'a Workspace,
        recipe: &'a Recipe,
        selection: &'a Selection,
    ) -> Result<Pieces<'a>> {
        let needed = recipe.features();
        let ordered = Ordered::of(&workspace.engine, selection, &needed, AT_ONCE);
        let ordered = workspace.wait(ordered)?;
        Ok(Pieces { workspace, recipe, selection, needed, ordered })
    }

    /// The same for who goes over them more than once: the first time they are put aside on the disk.
    #[must_use]
    pub fn kept(self) -> Self {
        let folder = self.workspace.store.scratch_dir();
        Pieces { ordered: self.ordered.kept(&folder), ..self }
    }

    /// Hands on every row; no piece is empty. Gives their number.
    ///
    /// # Errors
    ///
    /// The engine's, and those of `visit`, which end it.
    pub fn each(&self, mut visit: impl FnMut(Rows) -> Result<()>) -> Result<usize> {
        let mut population = 0;
        let piece = |batch: RecordBatch| {
            let mut drawn = Drawn::default();
            let frame = features(&batch, self.selection)?;
            let chosen = complete(&frame, &self.needed);
            if chosen.is_empty() {
                return Ok(());
            }
            population += chosen.len();
            drawn.take(&batch, &frame, self.selection, &chosen)?;
            visit(drawn.finish(self.recipe, chosen.len())?)
        };
        self.workspace.wait(self.ordered.each(piece))?;
        Ok(population)
    }

    /// Draws `count` of the rows by the recipe's seed; all of them if there are no more.
    ///
    /// # Errors
    ///
    /// The engine's; if the rows are others each time they are asked for.
    pub fn draw(&self, count: usize) -> Result<Rows> {
        // Which rows are drawn depends on how many there are. Where that cannot be counted without reading
        // them, they are held already, and going over them twice costs little.
        let mut expected = self.ordered.complete().unwrap_or_default();
        for _ in 0..PASSES {
            let wanted =
                (count < expected).then(|| sample(expected, count, self.recipe.learn.seed));
            let mut pass = Pass::new(wanted.as_deref(), count);
            let piece = |batch| pass.take(&batch, self.selection, &self.needed);
            self.workspace.wait(self.ordered.each(piece))?;
            if pass.population == expected || (wanted.is_none() && pass.population <= count) {
                return pass.drawn.finish(self.recipe, pass.population);
            }
            expected = pass.population;
        }
        bail!(
            "the rows are others each time they are read: try again when nothing is being collected"
        )
    }
}

/// [`Pieces::each`] of who goes over the rows once.
///
/// # Errors
///
/// As there.
pub fn each(
    workspace: &Workspace,
    recipe: &Recipe,
    selection: &Selection,
    visit: impl FnMut(Rows) -> Result<()>,
) -> Result<usize> {
    Pieces::of(workspace, recipe, selection)?.each(visit)
}

/// [`Pieces::draw`] of who goes over the rows once.
///
/// # Errors
///
/// As there.
pub fn draw(
    workspace: &Workspace,
    recipe: &Recipe,
    selection: &Selection,
    count: usize,
) -> Result<Rows> {
    Pieces::of(workspace, recipe, selection)?.draw(count)
}

/// Once over all rows.
struct Pass<'a> {
    /// The numbers of the rows that are drawn and have not come yet, ascending; `None` if all of them are wanted.
    left: Option<&'a [usize]>,
    /// If all are wanted, how many may be: of more a sample will be drawn, once their number is known.
    most: usize,
    drawn: Drawn,
    /// Rows so far that miss no value.
    population: usize,
}

impl<'a> Pass<'a> {
    fn new(left: Option<&'a [usize]>, most: usize) -> Pass<'a> {
        Pass { left, most, drawn: Drawn::default(), population: 0 }
    }

    fn take(
        &mut self,
        batch: &RecordBatch,
        selection: &Selection,
        needed: &[String],
    ) -> Result<()> {
        let frame = features(batch, selection)?;
        let whole = complete(&frame, needed);
        let first = self.population;
        self.population += whole.len();
        let chosen = match &mut self.left {
            None if self.population > self.most => {
                self.drawn = Drawn::default();
                return Ok(());
            }
            None => whole,
            Some(left) => {
                let (own, rest) = left.split_at(left.partition_point(|&row| row < self.population));
                *left = rest;
                own.iter().map(|&row| whole[row - first]).collect()
            }
        };
        self.drawn.take(batch, &frame, selection, &chosen)
    }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use botany_engine::Store;

    use super::*;
    use crate::config::Config;
    use crate::recipe::Pcr;
    use crate::run::rows;

    /// Labelled flows, ten an hour; one in seven has no packets from the client.
    const FLOWS: &str = "SELECT value AS flow_id, '192.0.2.' || (value % 9) AS src_ip, 1024 AS src_port, \
         '198.51.100.1' AS dest_ip, 22 AS dest_port, 'eve.json' AS file, value AS line, value % 2 AS is_mirai, \
         value % 5 AS packets_in, CASE WHEN value % 7 = 0 THEN 0 ELSE value % 3 + 1 END AS packets_out, \
         arrow_cast(value / 10 * 3600000000, 'Timestamp(Microsecond, Some(\"UTC\"))') AS event_time \
         FROM generate_series(1, 700)";

    fn workspace(data: &Path) -> Workspace {
        Store::open(data).unwrap();
        let workspace = Workspace::at(data, &Config::default()).unwrap();
        workspace.wait(workspace.engine.register_view("labelled", FLOWS)).unwrap();
        workspace
    }

    /// The article's, by whose own rule a flow without packets from the client is of no use.
    fn recipe() -> Recipe {
        let mut recipe = Recipe::find("article").unwrap().0;
        recipe.enrich.pcr = Pcr::Article;
        recipe
    }

    /// Sampled rows: their number, how many there were, and what they are.
    fn drawn(workspace: &Workspace, filter: &str, count: usize) -> (usize, usize, String) {
        let recipe = recipe();
        let rows = draw(workspace, &recipe, &rows::selection(&recipe, filter), count).unwrap();
        (rows.label.len(), rows.population, rows.hash())
    }

    #[test]
    fn the_same_rows_are_drawn_whether_they_could_be_counted_or_not() {
        let data = tempfile::tempdir().unwrap();
        let workspace = workspace(data.path());
        for count in [1, 50, 599, 600, 601, usize::MAX] {
            let counted = drawn(&workspace, "", count);
            assert_eq!((counted.0, counted.1), (count.min(600), 600));
            assert_eq!(drawn(&workspace, "random() >= 0", count), counted);
        }
        assert_ne!(drawn(&workspace, "", 50).2, drawn(&workspace, "", 51).2);
    }

    #[test]
    fn a_sample_is_drawn_of_flows_that_chance_chose() {
        let data = tempfile::tempdir().unwrap();
        let workspace = workspace(data.path());
        let (rows, population, _) = drawn(&workspace, "random() < 0.5", 20);
        assert_eq!(rows, 20);
        assert!((100..500).contains(&population), "{population}");
        let recipe = recipe();
        let selection = rows::selection(&recipe, "dest_port = 22) OR (dest_port = 23");
        let refused = draw(&workspace, &recipe, &selection, 20).err().unwrap().to_string();
        assert!(refused.contains("not one expression"), "{refused}");
    }

    #[test]
    fn rows_are_kept_only_until_it_is_known_that_a_sample_is_drawn() {
        let data = tempfile::tempdir().unwrap();
        let workspace = workspace(data.path());
        let recipe = recipe();
        let (selection, needed) = (rows::selection(&recipe, ""), recipe.features());
        let mut whole = Vec::new();
        let ask = async {
            let ordered = Ordered::of(&workspace.engine, &selection, &needed, AT_ONCE).await?;
            let keep = |batch| {
                whole.push(batch);
                anyhow::Ok(())
            };
            ordered.each(keep).await
        };
        workspace.wait(ask).unwrap();
        let pieces: Vec<RecordBatch> = (0..7).map(|n| whole[0].slice(n * 100, 100)).collect();
        let held = |left: Option<&[usize]>, most: usize| {
            let mut pass = Pass::new(left, most);
            let each = pieces.iter().map(|piece| {
                pass.take(piece, &selection, &needed).unwrap();
                (pass.drawn.label.len(), pass.drawn.carried.len())
            });
            let each: Vec<_> = each.collect();
            (each, pass.population)
        };
        let (rows, population) = held(None, 250);
        assert_eq!(rows, [(86, 1), (172, 2), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)]);
        assert_eq!(population, 600);
        let (rows, population) = held(None, 600);
        assert_eq!((rows[6], population), ((600, 7), 600));
        let (rows, population) = held(Some(&[0, 85, 86, 599]), 4);
        let rows: Vec<usize> = rows.iter().map(|(rows, _)| *rows).collect();
        assert_eq!((rows, population), (vec![2, 3, 3, 3, 3, 3, 4], 600));
    }
}
