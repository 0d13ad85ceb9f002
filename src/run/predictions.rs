//! What a model said of each row it had not learnt from: kept beside the report, asked by cell and threshold.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, Float64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, UInt8Array,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Field, Float64Type, Schema, TimestampMicrosecondType, UInt8Type};
use botany_learn::{CLUSTER, CLUSTER_DISTANCE, Column, Values};
use botany_validate::Scorecard;
use serde::Serialize;

use super::rows::Rows;

/// The file's name in the folder of an experiment.
pub const FILE: &str = "predictions.parquet";

/// Before the name of a split: the column of its probabilities.
const BY: &str = "probability_by_";

/// What clusters make of rows.
const MADE: [&str; 2] = [CLUSTER_DISTANCE, CLUSTER];

/// Microseconds of a day.
const DAY: f64 = 86_400e6;

/// Thresholds a curve keeps for drawing.
const POINTS: usize = 400;

/// The rows of an experiment with what each split's models said of them.
pub struct Predictions {
    batch: RecordBatch,
}

/// Which rows are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cell {
    /// Those of this label.
    pub label: Option<u8>,
    /// Those called so.
    pub called: Option<u8>,
    /// Those called otherwise than their label.
    pub wrong: bool,
    /// Called 1 from this probability on.
    pub threshold: f64,
}

/// What a threshold comes to, on the rows a split has tested.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// Called 1 from this probability on.
    pub threshold: f64,
    /// Rows of label 0 called 0, of label 0 called 1, of label 1 called 0, of label 1 called 1.
    pub confusion: [u64; 4],
    /// Of the rows called 1, the share that is; absent if none is called so.
    pub precision: Option<f64>,
    /// Of the rows of label 1, the share called so.
    pub recall: Option<f64>,
    /// Of the rows of label 0, the share called 1.
    pub false_positive_rate: Option<f64>,
    /// Rows called 1 a day, as many as all rows would give.
    pub alerts_per_day: f64,
    /// Addresses with a row called 1, counted once a day, on average over the days; of the sampled rows.
    pub addresses_per_day: f64,
}

/// All thresholds of a split, and what alerts a day are counted over.
#[derive(Clone, Debug, Serialize)]
pub struct Thresholds {
    /// From the first to the last row tested, in days.
    pub days: f64,
    /// Rows the split has tested.
    pub tested: u64,
    /// Rows there are for each one that was sampled.
    pub rows_per_sampled: f64,
    /// By falling threshold; the first calls no row 1.
    pub points: Vec<Threshold>,
}

impl Predictions {
    /// Takes the probabilities out of a scorecard, which is kept small, and puts them beside their rows.
    ///
    /// # Errors
    ///
    /// If columns and rows do not match.
    pub fn take(card: &mut Scorecard, rows: &Rows, grain: &str) -> Result<Predictions> {
        let text =
            |values: &[String]| -> ArrayRef { Arc::new(StringArray::from_iter_values(values)) };
        let times = TimestampMicrosecondArray::from_iter_values(rows.keys.time.iter().copied());
        let mut columns: Vec<(String, ArrayRef, bool)> = vec![
            ("address".to_owned(), text(&rows.keys.address), false),
            ("block".to_owned(), text(&rows.keys.block), false),
            ("event_time".to_owned(), Arc::new(times.with_timezone("UTC")), false),
            ("is_mirai".to_owned(), Arc::new(UInt8Array::from(rows.label.clone())), false),
        ];
        for column in rows.frame.columns() {
            columns.push((column.name.clone(), array(&column.values), true));
        }
        for evaluation in &mut card.evaluations {
            let scores = evaluation.scores.take().unwrap_or_default();
            let scores = scores.into_iter().map(|p| p.is_finite().then_some(p));
            let values: ArrayRef = Arc::new(scores.collect::<Float64Array>());
            columns.push((format!("{BY}{}", evaluation.split), values, true));
        }
        let batch = RecordBatch::try_from_iter_with_nullable(columns)?;
        let remarks = HashMap::from([
            ("grain".to_owned(), grain.to_owned()),
            ("population".to_owned(), rows.population.to_string()),
        ]);
        let schema = batch.schema().as_ref().clone().with_metadata(remarks);
        Ok(Predictions { batch: batch.with_schema(Arc::new(schema))? })
    }

    /// The same with more columns of their rows: what the clusters of the model that is kept make of them.
    ///
    /// # Errors
    ///
    /// If columns and rows do not match.
    pub fn beside(self, more: &[Column]) -> Result<Predictions> {
        let schema = self.batch.schema();
        let fields = more.iter().map(|column| {
            let values = array(&column.values);
            (Arc::new(Field::new(&column.name, values.data_type().clone(), true)), values)
        });
        let (fields, values): (Vec<_>, Vec<_>) = fields.unzip();
        let fields: Vec<_> = schema.fields().iter().cloned().chain(fields).collect();
        let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
        let values = self.batch.columns().iter().cloned().chain(values).collect();
        Ok(Predictions { batch: RecordBatch::try_new(Arc::new(schema), values)? })
    }

    /// Writes them into the folder of their experiment.
    ///
    /// # Errors
    ///
    /// The disk's.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        let file = std::fs::File::create(&path);
        let mut file = file.with_context(|| format!("cannot create {}", path.display()))?;
        Ok(botany_engine::file::write(std::slice::from_ref(&self.batch), &mut file)?)
    }

    /// Reads them from the folder of an experiment.
    ///
    /// # Errors
    ///
    /// If the experiment kept none.
    pub fn read(folder: &Path) -> Result<Predictions> {
        let path = folder.join(FILE);
        if !path.is_file() {
            bail!("this experiment kept no predictions: follow its recipe again");
        }
        let batches = botany_engine::file::read(&path)?;
        let schema = batches.first().context("the predictions hold no row")?.schema();
        Ok(Predictions { batch: concat_batches(&schema, &batches)? })
    }

    /// What a row is.
    pub fn grain(&self) -> &str {
        self.batch.schema_ref().metadata().get("grain").map_or("", String::as_str)
    }

    /// The splits there are.
    pub fn splits(&self) -> Vec<String> {
        let fields = self.batch.schema_ref().fields().iter();
        fields.filter_map(|field| field.name().strip_prefix(BY).map(str::to_owned)).collect()
    }

    fn column(&self, name: &str) -> Result<&ArrayRef> {
        let found = self.batch.column_by_name(name);
        found.with_context(|| format!("the predictions lack the column {name}"))
    }

    /// The probabilities of a split.
    fn probabilities(&self, split: &str) -> Result<&Float64Array> {
        let Some(column) = self.batch.column_by_name(&format!("{BY}{split}")) else {
            bail!("no split `{split}` was judged here; there are {}", self.splits().join(", "));
        };
        column.as_primitive_opt::<Float64Type>().context("the probabilities are no numbers")
    }

    fn labels(&self) -> Result<&UInt8Array> {
        let column = self.column("is_mirai")?;
        column.as_primitive_opt::<UInt8Type>().context("the labels are no numbers")
    }

    /// The rows of a cell, the surest first, `limit` at most and those before `offset` left away; and how many there are.
    ///
    /// # Errors
    ///
    /// If the split was not judged.
    pub fn rows(
        &self,
        split: &str,
        cell: Cell,
        offset: usize,
        limit: usize,
    ) -> Result<(RecordBatch, usize)> {
        let (p, y) = (self.probabilities(split)?, self.labels()?);
        let wanted = |row: usize| {
            let called = u8::from(p.value(row) >= cell.threshold);
            !p.is_null(row)
                && cell.label.is_none_or(|label| label == y.value(row))
                && cell.called.is_none_or(|wanted| wanted == called)
                && (!cell.wrong || called != y.value(row))
        };
        let mut found: Vec<u64> =
            (0..self.batch.num_rows()).filter(|&row| wanted(row)).map(|row| row as u64).collect();
        let all = found.len();
        // What is called wrongly with the most confidence tells the most; so for zeros the lowest come first.
        let sure = |row: u64| (p.value(row as usize) - cell.threshold).abs();
        found.sort_by(|&a, &b| sure(b).total_cmp(&sure(a)).then(a.cmp(&b)));
        found.drain(..offset.min(all));
        found.truncate(limit);
        let taken = take_record_batch(&self.batch, &arrow::array::UInt64Array::from(found))?;
        Ok((self.of_split(&taken, split)?, all))
    }

    /// The batch with the probability of one split, and what clusters make of its rows, behind the label.
    fn of_split(&self, batch: &RecordBatch, split: &str) -> Result<RecordBatch> {
        let own = format!("{BY}{split}");
        let mut columns = Vec::new();
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let nullable = field.is_nullable();
            if field.name().starts_with(BY) || MADE.contains(&field.name().as_str()) {
                continue;
            }
            columns.push((field.name().clone(), Arc::clone(column), nullable));
            if field.name() == "is_mirai" {
                let p = batch.column_by_name(&own).context("the split has no column")?;
                columns.push(("probability".to_owned(), Arc::clone(p), true));
                let made =
                    MADE.iter().filter_map(|name| Some((*name, batch.column_by_name(name)?)));
                columns.extend(made.map(|(name, own)| (name.to_owned(), Arc::clone(own), true)));
            }
        }
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }

    /// What each threshold comes to, on the rows of a split.
    ///
    /// # Errors
    ///
    /// If the split was not judged.
    pub fn thresholds(&self, split: &str) -> Result<Thresholds> {
        let (p, y) = (self.probabilities(split)?, self.labels()?);
        let time = self.column("event_time")?;
        let time = time.as_primitive_opt::<TimestampMicrosecondType>();
        let time = time.context("the times are no times")?;
        let address = self.column("address")?.as_string_opt::<i32>();
        let address = address.context("the addresses are no words")?;
        let mut tested: Vec<usize> =
            (0..self.batch.num_rows()).filter(|&row| !p.is_null(row)).collect();
        tested.sort_by(|&a, &b| p.value(b).total_cmp(&p.value(a)));
        let times = || tested.iter().map(|&row| time.value(row));
        let span = times().max().unwrap_or(0) - times().min().unwrap_or(0);
        // Windows of a day begin at its start: the last of them is still to come.
        let whole = if self.grain() == "flow" { 0.0 } else { 1.0 };
        let days = (span as f64 / DAY + whole).max(1.0 / 24.0);
        let population = self.batch.schema_ref().metadata().get("population");
        let population = population.and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        let each = (population / self.batch.num_rows().max(1) as f64).max(1.0);

        let ones = tested.iter().filter(|&&row| y.value(row) == 1).count() as u64;
        let zeros = tested.len() as u64 - ones;
        let (mut hits, mut alarms) = (0, 0);
        let mut seen: HashSet<(&str, i64)> = HashSet::new();
        let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
        let point = |threshold: f64, hits: u64, alarms: u64, seen: usize| Threshold {
            threshold,
            confusion: [zeros - alarms, alarms, ones - hits, hits],
            precision: share(hits, hits + alarms),
            recall: share(hits, ones),
            false_positive_rate: share(alarms, zeros),
            alerts_per_day: (hits + alarms) as f64 * each / days,
            addresses_per_day: seen as f64 / days,
        };
        // Above every probability: nothing is called 1.
        let mut points = vec![point(ABOVE, 0, 0, 0)];
        for (at, &row) in tested.iter().enumerate() {
            if y.value(row) == 1 {
                hits += 1;
            } else {
                alarms += 1;
            }
            seen.insert((address.value(row), time.value(row).div_euclid(DAY as i64)));
            // Rows of one probability, but for what rounding makes of it, are called alike.
            let threshold = match tested.get(at + 1) {
                Some(&next) => short(p.value(row), p.value(next)),
                None => Some(short(p.value(row), 0.0).unwrap_or(p.value(row))),
            };
            if let Some(threshold) = threshold {
                points.push(point(threshold, hits, alarms, seen.len()));
            }
        }
        Ok(Thresholds {
            days,
            tested: tested.len() as u64,
            rows_per_sampled: each,
            points: thinned(points),
        })
    }
}

fn array(values: &Values) -> ArrayRef {
    match values {
        Values::Number(values) => Arc::new(Float64Array::from(values.clone())),
        Values::Category { codes, levels } => {
            let word = |code: &u32| levels.get(*code as usize).map(String::as_str);
            Arc::new(codes.iter().map(word).collect::<StringArray>())
        }
    }
}

/// A threshold no probability reaches.
const ABOVE: f64 = 1.1;

/// A threshold that calls 1 what `probability` does and not what `below` does, with as few digits as that takes, three
/// behind the point if they do: it can be read, written down and said. `None` if nine do not tell the two apart.
fn short(probability: f64, below: f64) -> Option<f64> {
    let fits = |threshold: &f64| *threshold > below && *threshold <= probability;
    let cut = |digits: i32| {
        let scale = 10_f64.powi(digits);
        let scaled = probability * scale;
        [scaled.round() / scale, scaled.floor() / scale].into_iter().find(fits)
    };
    (3..=9).find_map(cut)
}

/// At most [`POINTS`] of them: the ends, the one that decides at 0.5, and others evenly by rank.
fn thinned(points: Vec<Threshold>) -> Vec<Threshold> {
    let all = points.len();
    if all <= POINTS {
        return points;
    }
    let half = points.iter().rposition(|point| point.threshold >= 0.5).unwrap_or(0);
    let step = (all - 1) as f64 / (POINTS - 1) as f64;
    let mut kept: Vec<usize> = (0..POINTS).map(|i| (i as f64 * step).round() as usize).collect();
    kept.push(half);
    kept.sort_unstable();
    kept.dedup();
    let mut points: Vec<Option<Threshold>> = points.into_iter().map(Some).collect();
    kept.into_iter().filter_map(|at| points.get_mut(at)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six rows over two days, of which the split has tested five.
    fn six() -> Predictions {
        let p = [Some(0.9), Some(0.8), Some(0.8), Some(0.4), Some(0.1), None];
        let day = DAY as i64;
        let times = vec![0, day, 0, day, 2 * day, 3 * day];
        let address =
            ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("address", Arc::new(StringArray::from_iter_values(address))),
            ("event_time", Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))),
            ("is_mirai", Arc::new(UInt8Array::from(vec![1, 0, 1, 1, 0, 1]))),
            ("packets_in", Arc::new(Float64Array::from_iter_values((0..6).map(f64::from)))),
            ("probability_by_address", Arc::new(Float64Array::from(p.to_vec()))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let remarks = [("grain", "flow"), ("population", "12")];
        let remarks = remarks.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let schema = batch.schema().as_ref().clone().with_metadata(HashMap::from(remarks));
        Predictions { batch: batch.with_schema(Arc::new(schema)).unwrap() }
    }

    #[test]
    fn a_threshold_counts_its_alerts_a_day() {
        let all = six().thresholds("address").unwrap();
        assert_eq!((all.days, all.tested, all.rows_per_sampled), (2.0, 5, 2.0));
        assert_eq!(all.points.len(), 5, "none, and one for each probability");
        assert_eq!(all.points[0].confusion, [2, 0, 3, 0]);
        assert_eq!(all.points[0].precision, None);
        let at = &all.points[2];
        assert_eq!((at.threshold, at.confusion), (0.8, [1, 1, 1, 2]));
        assert_eq!((at.precision, at.recall), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!((at.alerts_per_day, at.addresses_per_day), (3.0, 1.5));
        assert!(six().thresholds("mood").unwrap_err().to_string().contains("there are address"));
    }

    #[test]
    fn a_cell_gives_its_rows_and_no_others() {
        let rows = |cell: Cell| {
            let (batch, all) = six().rows("address", cell, 0, 10).unwrap();
            let inputs = batch.column_by_name("packets_in").unwrap();
            (inputs.as_primitive::<Float64Type>().values().to_vec(), all)
        };
        let at = Cell { threshold: 0.5, ..Cell::default() };
        assert_eq!(rows(Cell { label: Some(0), called: Some(1), ..at }), (vec![1.0], 1));
        assert_eq!(rows(Cell { label: Some(1), called: Some(0), ..at }), (vec![3.0], 1));
        assert_eq!(rows(Cell { wrong: true, ..at }).0, [1.0, 3.0], "the surest first");
        assert_eq!(rows(at).1, 5, "what was not tested is in no cell");
        assert_eq!(six().rows("address", at, 0, 2).unwrap().0.num_rows(), 2);
        let (last, all) = six().rows("address", at, 4, 2).unwrap();
        assert_eq!((last.num_rows(), all), (1, 5), "the next page");
        assert_eq!(six().rows("address", at, 9, 2).unwrap().0.num_rows(), 0);
    }

    #[test]
    fn what_the_clusters_make_of_rows_stands_beside_them() {
        let distance = Values::Number((0..6).map(f64::from).collect());
        let more = [Column::new("cluster_distance", distance)];
        let six = six().beside(&more).unwrap();
        let cell = Cell { threshold: 0.5, wrong: true, ..Cell::default() };
        let (batch, _) = six.rows("address", cell, 0, 10).unwrap();
        let found = batch.column_by_name("cluster_distance").unwrap();
        assert_eq!(found.as_primitive::<Float64Type>().values(), &[1.0, 3.0]);
        assert_eq!((six.grain(), six.splits().len()), ("flow", 1));
    }

    #[test]
    fn a_threshold_has_no_more_digits_than_it_takes() {
        for (probability, below, told) in [
            (0.8, 0.3, Some(0.8)),
            (0.873_451_234_5, 0.871_1, Some(0.873)),
            (0.873_451_234_5, 0.873_4, Some(0.873_45)),
            (0.873_6, 0.873_55, Some(0.873_6)),
            (1.0, 0.999_9, Some(1.0)),
            (0.000_012_3, 0.0, Some(0.000_01)),
            (0.0, 0.0, None),
            (0.5, 0.5, None),
            (0.1 + 0.2, 0.3, None),
        ] {
            assert_eq!(short(probability, below), told, "{probability} above {below}");
        }
    }

    #[test]
    fn thinned_points_keep_their_ends() {
        let point = |n: u32| Threshold {
            threshold: 1.0 - f64::from(n) / 1000.0,
            confusion: [0; 4],
            precision: None,
            recall: None,
            false_positive_rate: None,
            alerts_per_day: f64::from(n),
            addresses_per_day: 0.0,
        };
        let all = thinned((0..1000).map(point).collect());
        assert!(all.len() <= POINTS + 1);
        assert_eq!((all[0].alerts_per_day, all[all.len() - 1].alerts_per_day), (0.0, 999.0));
        assert!(all.iter().any(|point| point.threshold == 0.5));
    }
}
