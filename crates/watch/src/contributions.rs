//! Which features moved a row's probability most.
//!
//! For each raw feature of a pipeline: the probability of the row, minus the probability of the same row with this one
//! feature at its usual value (the sample's median, or its most frequent word; see [`Seen::usual`]). The idea is
//! occlusion: see what the answer loses when one part is covered (Zeiler and Fergus, "Visualizing and Understanding
//! Convolutional Networks", 2014; for single features Robnik-Šikonja and Kononenko, "Explaining Classifications For
//! Individual Instances", 2008).
//!
//! **What it cannot tell.** The contributions do not add up to the probability. Where two features say the same, covering
//! either may move nothing, though both together decide. The covered row may be one that no network produces (packets in
//! all without the packets in either direction), and the model was never asked about such. It explains the model,
//! not the world: no cause is meant.

use botany_learn::{Column, Error, Frame, MISSING, Pipeline, Values};

use crate::CardFeature;
use crate::alert::{Contribution, FeatureValue};

/// Explains rows by one pipeline.
pub struct Explainer<'a> {
    pipeline: &'a Pipeline,
    /// The pipeline's raw columns, each with its usual value if that is known.
    columns: Vec<(String, Option<FeatureValue>)>,
}

impl<'a> Explainer<'a> {
    /// An explainer of `pipeline`, by what the model's card says was seen of its features.
    pub fn new(pipeline: &'a Pipeline, features: &[CardFeature]) -> Explainer<'a> {
        let usual = |name: &str| features.iter().find(|f| f.name == name)?.seen.as_ref()?.usual();
        let columns = pipeline.columns().into_iter().map(|name| (name.to_owned(), usual(name)));
        Explainer { pipeline, columns: columns.collect() }
    }

    /// Features that cannot be explained, as the card says nothing of what was seen of them: cards of before this
    /// was kept. Train the model again to have them.
    pub fn left_out(&self) -> Vec<&str> {
        let unknown = self.columns.iter().filter(|(_, usual)| usual.is_none());
        unknown.map(|(name, _)| name.as_str()).collect()
    }

    /// For each row of `frame`, the at most `top` features that moved its probability most, the strongest first; of
    /// equals, the one the pipeline names first. A feature that moved nothing is not named.
    ///
    /// The pipeline is asked once, for (features + 1) × rows rows: give the rows of alerts, not all rows.
    ///
    /// # Errors
    ///
    /// The pipeline's, if a column is missing or of another kind.
    pub fn explain(&self, frame: &Frame, top: usize) -> Result<Vec<Vec<Contribution>>, Error> {
        let rows = frame.rows();
        if rows == 0 || top == 0 {
            return Ok(vec![Vec::new(); rows]);
        }
        let covered: Vec<usize> =
            (0..self.columns.len()).filter(|at| self.columns[*at].1.is_some()).collect();
        let mut asked = Vec::with_capacity(self.columns.len());
        for (at, (name, usual)) in self.columns.iter().enumerate() {
            let values = &frame.column(name)?.values;
            let block = covered.iter().position(|c| *c == at).map(|place| place + 1);
            let values = repeat(values, covered.len() + 1, block.zip(usual.as_ref()));
            asked.push(Column::new(name, values));
        }
        let asked = self.pipeline.probabilities(&Frame::new(asked)?)?;
        let explained = (0..rows).map(|row| {
            let mut moved: Vec<(usize, f64)> = covered
                .iter()
                .enumerate()
                .map(|(place, at)| (*at, asked[row] - asked[(place + 1) * rows + row]))
                .filter(|(_, by)| by.abs() > 0.0)
                .collect();
            moved.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            moved.truncate(top);
            let told = moved.into_iter().map(|(at, contribution)| {
                let feature = self.columns[at].0.clone();
                let value = value(&frame.column(&feature)?.values, row);
                Ok(Contribution { feature, value, contribution })
            });
            told.collect()
        });
        explained.collect()
    }
}

/// `values` `times` over, with the block of this number all at this value.
fn repeat(values: &Values, times: usize, at: Option<(usize, &FeatureValue)>) -> Values {
    let rows = values.len();
    let block = at.map_or(0..0, |(block, _)| block * rows..(block + 1) * rows);
    match (values, at.map(|(_, usual)| usual)) {
        (Values::Number(numbers), usual) => {
            let mut all = numbers.repeat(times);
            if let Some(FeatureValue::Number(usual)) = usual {
                all[block].fill(*usual);
            }
            Values::Number(all)
        }
        (Values::Category { codes, levels }, usual) => {
            let (mut all, mut levels) = (codes.repeat(times), levels.clone());
            if let Some(FeatureValue::Word(usual)) = usual {
                let known = levels.iter().position(|level| level == usual);
                let code = known.unwrap_or(levels.len());
                if known.is_none() {
                    levels.push(usual.clone());
                }
                all[block].fill(code as u32);
            }
            Values::Category { codes: all, levels }
        }
    }
}

/// The value of a row.
fn value(values: &Values, row: usize) -> FeatureValue {
    match values {
        Values::Number(numbers) => FeatureValue::Number(numbers[row]),
        Values::Category { codes, levels } => {
            let word = levels.get(codes[row] as usize).filter(|_| codes[row] != MISSING);
            FeatureValue::Word(word.cloned().unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use botany_learn::{ClusteringSpec, PipelineSpec, Settings};

    use super::*;
    use crate::Seen;

    /// Label 1 where more than 20 packets came in or the range is `pull`; `age` says nothing.
    fn sample() -> (Frame, Vec<u8>) {
        let row = |i: u32| (f64::from(i * 7 % 40), ["push", "even", "pull"][(i / 3 % 3) as usize]);
        let rows: Vec<(f64, &str)> = (0..240).map(row).collect();
        let frame = Frame::new(vec![
            Column::new("packets_in", Values::numbers(rows.iter().map(|r| r.0))),
            Column::new("range", Values::words(rows.iter().map(|r| Some(r.1)))),
            Column::new("age", Values::numbers(rows.iter().map(|_| 3.0))),
        ]);
        let labels = rows.iter().map(|r| u8::from(r.0 > 20.0 || r.1 == "pull")).collect();
        (frame.unwrap(), labels)
    }

    fn fitted(clustering: Option<ClusteringSpec>) -> Pipeline {
        let (frame, labels) = sample();
        let mut features: Vec<String> =
            ["packets_in", "range", "age"].iter().map(ToString::to_string).collect();
        if clustering.is_some() {
            features[0] = "cluster_distance".into();
        }
        let spec = PipelineSpec {
            features,
            clustering,
            scale: false,
            algorithm: "random-forest".into(),
            settings: Settings::new(),
            seed: 1,
            threads: 1,
        };
        Pipeline::fit(&spec, &frame, &labels).unwrap()
    }

    fn card(frame: &Frame) -> Vec<CardFeature> {
        let feature = |column: &Column| CardFeature {
            name: column.name.clone(),
            unit: String::new(),
            sql: String::new(),
            seen: Seen::of(&column.values),
        };
        frame.columns().iter().map(feature).collect()
    }

    fn rows(rows: &[(f64, &str)]) -> Frame {
        Frame::new(vec![
            Column::new("age", Values::numbers(rows.iter().map(|_| 900.0))),
            Column::new("packets_in", Values::numbers(rows.iter().map(|r| r.0))),
            Column::new("range", Values::words(rows.iter().map(|r| Some(r.1)))),
        ])
        .unwrap()
    }

    #[test]
    fn what_decides_is_named_first_and_what_says_nothing_never() {
        let (frame, _) = sample();
        let pipeline = fitted(None);
        let explainer = Explainer::new(&pipeline, &card(&frame));
        assert!(explainer.left_out().is_empty());
        let told = explainer.explain(&rows(&[(39.0, "even"), (2.0, "pull")]), 3).unwrap();
        let first = |row: usize| (told[row][0].feature.as_str(), told[row][0].contribution > 0.3);
        assert_eq!((first(0), first(1)), (("packets_in", true), ("range", true)));
        assert_eq!(told[0][0].value, FeatureValue::Number(39.0));
        assert_eq!(told[1][0].value, FeatureValue::Word("pull".into()));
        assert!(told.iter().flatten().all(|c| c.feature != "age"));
        let top = explainer.explain(&rows(&[(39.0, "pull")]), 1).unwrap();
        assert!(top[0].len() <= 1);
        assert!(explainer.explain(&rows(&[(1.0, "even")]), 0).unwrap()[0].is_empty());
        assert!(explainer.explain(&rows(&[]), 3).unwrap().is_empty());
    }

    /// All at once gives what asking row by row and feature by feature gives, through a clustering as well.
    #[test]
    fn one_question_answers_as_many_would() {
        let (sample, _) = sample();
        let clustering =
            ClusteringSpec { features: vec!["packets_in".into()], k: 3, scale: false, restarts: 2 };
        for clustering in [None, Some(clustering)] {
            let pipeline = fitted(clustering);
            let card = card(&sample);
            let asked = rows(&[(39.0, "even"), (2.0, "pull"), (0.0, "never seen"), (21.0, "push")]);
            let told = Explainer::new(&pipeline, &card).explain(&asked, 9).unwrap();
            for (row, told) in told.iter().enumerate() {
                let one = asked.take(&[row]);
                let before = pipeline.probabilities(&one).unwrap()[0];
                let mut expected = Vec::new();
                for feature in &card {
                    let usual = match feature.seen.as_ref().unwrap().usual().unwrap() {
                        FeatureValue::Number(usual) => Values::numbers([usual]),
                        FeatureValue::Word(usual) => Values::words([Some(usual.as_str())]),
                    };
                    let covered = one.with(Column::new(&feature.name, usual)).unwrap();
                    let by = before - pipeline.probabilities(&covered).unwrap()[0];
                    if by != 0.0 {
                        expected.push((feature.name.clone(), by));
                    }
                }
                let mut found: Vec<(String, f64)> =
                    told.iter().map(|c| (c.feature.clone(), c.contribution)).collect();
                assert!(found.windows(2).all(|w| w[0].1.abs() >= w[1].1.abs()));
                found.sort_by(|a, b| a.0.cmp(&b.0));
                expected.sort_by(|a, b| a.0.cmp(&b.0));
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn what_the_card_does_not_know_is_left_out_and_said() {
        let (frame, _) = sample();
        let pipeline = fitted(None);
        let mut card = card(&frame);
        card[0].seen = None;
        card.remove(1);
        let explainer = Explainer::new(&pipeline, &card);
        assert_eq!(explainer.left_out(), ["packets_in", "range"]);
        assert!(explainer.explain(&rows(&[(39.0, "pull")]), 3).unwrap()[0].is_empty());
    }

    #[test]
    fn a_column_that_is_not_there_is_an_error() {
        let (frame, _) = sample();
        let pipeline = fitted(None);
        let explainer = Explainer::new(&pipeline, &card(&frame));
        let less = rows(&[(1.0, "pull")]).select(&["age"]).unwrap();
        assert!(explainer.explain(&less, 3).is_err());
        let other = rows(&[(1.0, "pull")]).with(Column::new("range", Values::numbers([1.0])));
        assert!(explainer.explain(&other.unwrap(), 3).is_err());
    }
}
