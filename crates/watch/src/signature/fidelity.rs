//! How near does a list come to the model, on addresses it was not learnt from?

use std::collections::BTreeMap;

use botany_learn::{Frame, Pipeline};
use botany_validate::intervals::bootstrap;
use botany_validate::metrics::{self, Metric, Ranking};
use botany_validate::{Keys, Split, SplitOptions, folds};
use serde::Serialize;

use super::error::Error;
use super::list::RuleList;
use super::methods::{ALL, Lesson, Method};
use super::quantity::{Observed, Question};

/// Everything a list can be learnt from and judged by, one entry a row.
pub struct Candidates<'a> {
    /// The flows as they ended.
    pub flows: &'a [Observed],
    /// What the model calls each, 0 or 1.
    pub calls: &'a [u8],
    /// What the threat list says of each, 0 or 1.
    pub labels: &'a [u8],
    /// Whose flow it is.
    pub keys: &'a Keys,
    /// What may be asked.
    pub questions: &'a [Question],
    /// How many rules at most.
    pub rules: usize,
    /// Folds by address.
    pub folds: usize,
    /// Draws of the bootstrap over addresses.
    pub draws: usize,
    /// Of folds and draws.
    pub seed: u64,
}

/// One value and its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The value; `None` where it is undefined.
    pub value: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Calls of one against calls of another, row by row; the interval is over addresses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Rows by what they are (row) and what they are called (column): `[[tn, fp], [fn, tp]]`.
    pub confusion: [[u64; 2]; 2],
    /// Addresses of the rows.
    pub addresses: usize,
    /// Addresses with a row that is 1.
    pub positive_addresses: usize,
    /// Share of rows on which both agree.
    pub accuracy: Estimate,
    /// Of the rows called 1, the share that is.
    pub precision: Estimate,
    /// Of the rows that are 1, the share called so.
    pub recall: Estimate,
    /// Harmonic mean of both.
    pub f1: Estimate,
}

/// What a method's lists say of addresses they were not learnt from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fidelity {
    /// The method.
    pub method: String,
    /// Rules of each fold's list.
    pub rules: Vec<usize>,
    /// A sensor's alerts against the model's own calls.
    pub to_model: Agreement,
}

/// The list, and how it was chosen.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Learnt by the method that came nearest, from all rows.
    pub list: RuleList,
    /// The name of that method.
    pub method: String,
    /// Every method's fidelity, the shelf's order.
    pub compared: Vec<Fidelity>,
}

impl Candidates<'_> {
    /// Judges every method (or the one asked for) on held-out addresses and learns the list by the one with the higher F1.
    ///
    /// # Errors
    /// [`Error::OneCall`] if the model calls all rows the same, [`Error::NoRule`] if no rule is worth it, those of the
    /// split.
    pub fn choose(&self, only: Option<&dyn Method>, threshold: f64) -> Result<Chosen, Error> {
        if let Some(call) = self.calls.first()
            && self.calls.iter().all(|other| other == call)
        {
            return Err(Error::OneCall { rows: self.calls.len(), call: *call, threshold });
        }
        let methods: Vec<&dyn Method> = only.map_or_else(|| ALL.to_vec(), |one| vec![one]);
        let mut compared = Vec::new();
        let mut best: Option<(f64, &dyn Method)> = None;
        for method in methods {
            let fidelity = self.judge(method)?;
            let f1 = fidelity.to_model.f1.value.unwrap_or(0.0);
            if best.is_none_or(|(most, _)| f1 > most) {
                best = Some((f1, method));
            }
            compared.push(fidelity);
        }
        let Some((_, method)) = best else { return Err(Error::NoRule) };
        let list = method.learn(&self.lesson(self.flows, self.calls))?;
        if list.parts.is_empty() {
            return Err(Error::NoRule);
        }
        Ok(Chosen { list, method: method.name().to_owned(), compared })
    }

    /// Learns from the model's calls on four parts in five of the addresses, asks the fifth.
    fn judge(&self, method: &dyn Method) -> Result<Fidelity, Error> {
        let mut alerts = vec![0; self.flows.len()];
        let mut rules = Vec::new();
        for fold in folds(Split::Address, self.keys, self.calls, &self.split())? {
            let (flows, calls) = (pick(self.flows, &fold.train), pick(self.calls, &fold.train));
            let list = method.learn(&self.lesson(&flows, &calls))?;
            for row in fold.test {
                alerts[row] = u8::from(list.fires(&self.flows[row]));
            }
            rules.push(list.parts.len());
        }
        let to_model = self.agreement(self.calls, &alerts)?;
        Ok(Fidelity { method: method.name().to_owned(), rules, to_model })
    }

    /// The whole way once more for each fold, labels on one side only: the model is fitted anew without the held-out
    /// addresses, a list is learnt from that model's calls, and both are asked about the held-out addresses.
    ///
    /// Gives model against labels, and the list's alerts against labels.
    ///
    /// # Errors
    /// Those of fitting and of the split.
    pub fn unseen(
        &self,
        pipeline: &Pipeline,
        frame: &Frame,
        method: &dyn Method,
        threshold: f64,
        threads: usize,
    ) -> Result<[Agreement; 2], Error> {
        let spec = botany_learn::PipelineSpec { threads, ..pipeline.spec().clone() };
        let [mut called, mut alerted] = [0, 1].map(|_| vec![0; self.flows.len()]);
        for fold in folds(Split::Address, self.keys, self.labels, &self.split())? {
            let train = frame.take(&fold.train);
            let fitted = Pipeline::fit(&spec, &train, &pick(self.labels, &fold.train))?;
            let call =
                |p: Vec<f64>| p.into_iter().map(|p| u8::from(p >= threshold)).collect::<Vec<_>>();
            let calls = call(fitted.probabilities(&train)?);
            let flows = pick(self.flows, &fold.train);
            let list = method.learn(&self.lesson(&flows, &calls))?;
            let tested = call(fitted.probabilities(&frame.take(&fold.test))?);
            for (row, call) in fold.test.into_iter().zip(tested) {
                called[row] = call;
                alerted[row] = u8::from(list.fires(&self.flows[row]));
            }
        }
        Ok([self.agreement(self.labels, &called)?, self.agreement(self.labels, &alerted)?])
    }

    fn agreement(&self, is: &[u8], called: &[u8]) -> Result<Agreement, Error> {
        agreement(&self.keys.address, is, called, self.draws, self.seed)
    }

    fn lesson<'b>(&'b self, flows: &'b [Observed], calls: &'b [u8]) -> Lesson<'b> {
        Lesson { flows, calls, questions: self.questions, rules: self.rules }
    }

    fn split(&self) -> SplitOptions {
        SplitOptions { folds: self.folds, seed: self.seed, ..SplitOptions::default() }
    }
}

/// One set of calls against what is so, one entry a row; the interval is drawn over the rows' addresses.
///
/// # Errors
/// Calls that are not one a row, or no row at all.
pub fn agreement(
    addresses: &[String],
    is: &[u8],
    called: &[u8],
    draws: usize,
    seed: u64,
) -> Result<Agreement, Error> {
    let mut numbers: BTreeMap<&str, u32> =
        addresses.iter().map(|address| (address.as_str(), 0)).collect();
    for (number, slot) in (0..).zip(numbers.values_mut()) {
        *slot = number;
    }
    let of: Vec<u32> = addresses.iter().map(|address| numbers[address.as_str()]).collect();
    let probabilities: Vec<f64> = called.iter().map(|call| f64::from(*call)).collect();
    let ranking = Ranking::new(is, &probabilities, Some((&of, numbers.len())), 0.5)?;
    let names = ["accuracy", "precision", "recall", "f1"];
    let wanted: Vec<&dyn Metric> = names.iter().filter_map(|name| metrics::find(name)).collect();
    let evidence = ranking.evidence(None);
    let intervals = bootstrap(&ranking, &wanted, draws, seed);
    let mut found = wanted.iter().zip(intervals).map(|(metric, interval)| Estimate {
        value: metric.of(&evidence),
        low: interval.low,
        high: interval.high,
    });
    let mut next = || found.next().unwrap_or_default();
    let (accuracy, precision, recall, f1) = (next(), next(), next(), next());
    let mut positive: Vec<u32> =
        of.iter().zip(is).filter(|(_, is)| **is == 1).map(|(address, _)| *address).collect();
    positive.sort_unstable();
    positive.dedup();
    Ok(Agreement {
        confusion: evidence.confusion.table(),
        addresses: numbers.len(),
        positive_addresses: positive.len(),
        accuracy,
        precision,
        recall,
        f1,
    })
}

fn pick<T: Copy>(from: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|row| from[*row]).collect()
}

#[cfg(test)]
mod tests {
    use botany_learn::Rng;

    use super::*;
    use crate::signature::quantity::Count;

    struct Rows {
        flows: Vec<Observed>,
        calls: Vec<u8>,
        keys: Keys,
    }

    /// 60 addresses; a call is 1 when the client sent 10 packets or more.
    fn rows() -> Rows {
        let mut rng = Rng::new(5);
        let flows: Vec<Observed> = (0..600)
            .map(|row| Observed {
                packets_out: rng.below(20) as u64,
                flags_out: 1,
                // Every tenth flow falls silent.
                flags_in: u8::from(row % 10 > 0),
                tcp: true,
                ..Observed::default()
            })
            .collect();
        let calls = flows.iter().map(|f| u8::from(f.packets_out < 10)).collect();
        let addresses = (0..600).map(|row| format!("192.0.2.{}", row % 60));
        let keys = Keys::new(addresses, vec![0; 600], 24, 64).unwrap();
        Rows { flows, calls, keys }
    }

    fn candidates<'a>(rows: &'a Rows, questions: &'a [Question]) -> Candidates<'a> {
        Candidates {
            flows: &rows.flows,
            calls: &rows.calls,
            labels: &rows.calls,
            keys: &rows.keys,
            questions,
            rules: 4,
            folds: 5,
            draws: 100,
            seed: 1,
        }
    }

    #[test]
    fn what_falls_silent_is_lost_and_counted() {
        let rows = rows();
        let questions = [Question::Count(Count::PacketsOut)];
        let chosen = candidates(&rows, &questions).choose(None, 0.5).unwrap();
        assert_eq!(chosen.compared.len(), 2);
        assert_eq!(chosen.list.parts.len(), 1);
        let of = &chosen.compared[0].to_model;
        assert_eq!(of.precision.value, Some(1.0));
        let ones = rows.calls.iter().filter(|c| **c == 1).count() as u64;
        let silent =
            rows.flows.iter().zip(&rows.calls).filter(|(f, c)| !f.ends() && **c == 1).count()
                as u64;
        assert_eq!(of.confusion[1], [silent, ones - silent]);
        assert!(silent > 10 && of.recall.low < of.recall.value && of.recall.value < of.recall.high);
        assert_eq!(of.addresses, 60);
    }

    #[test]
    fn calls_that_are_all_alike_are_refused() {
        let mut rows = rows();
        rows.calls = vec![0; 600];
        let questions = [Question::Count(Count::PacketsOut)];
        let error = candidates(&rows, &questions).choose(None, 0.5).unwrap_err().to_string();
        assert!(error.contains("all 600 rows 0") && error.contains("--threshold"), "{error}");
    }
}
