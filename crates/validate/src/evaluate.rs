//! Fit on one side, test on the other.

use botany_learn::{Frame, Pipeline, PipelineSpec};

use crate::error::Error;
use crate::evaluation::{EvaluateOptions, Evaluation, FoldCounts};
use crate::keys::{Groups, Keys, check_labels};
use crate::measure::{count, measure, measure_addresses};
use crate::splits::{self, Fold, Split, SplitOptions};

/// The name of an evaluation on data of another time or place.
const UNSEEN: &str = "unseen";

/// Whether a fold of this split is still to be fitted.
pub type GoOn<'a> = &'a dyn Fn(Split) -> bool;

/// Evaluates a pipeline by k folds.
///
/// The whole pipeline (one-hot, scalers, clusters, classifier) is fitted anew in each fold, on the
/// training side only; the probabilities of the tested rows are pooled and measured once. A fold
/// that has only one label to train on is left out and named in the notes.
///
/// # Errors
/// When keys or labels do not match the frame, the split cannot be made, no fold could be fitted,
/// or a fit fails.
pub fn evaluate(
    spec: &PipelineSpec,
    frame: &Frame,
    y: &[u8],
    keys: &Keys,
    split: Split,
    options: &EvaluateOptions,
) -> Result<Evaluation, Error> {
    evaluate_while(spec, frame, y, keys, split, options, &|_| true)
}

/// [`evaluate`], asking before each fold whether to go on.
///
/// # Errors
/// Those of [`evaluate`], and [`Error::Stopped`] if not.
pub(crate) fn evaluate_while(
    spec: &PipelineSpec,
    frame: &Frame,
    y: &[u8],
    keys: &Keys,
    split: Split,
    options: &EvaluateOptions,
    go_on: GoOn<'_>,
) -> Result<Evaluation, Error> {
    check(y, keys, frame.rows(), options)?;
    let mut fit = refit(spec, frame, y);
    let mut predict = |fold: &Fold| if go_on(split) { fit(fold) } else { Err(Error::Stopped) };
    let tested = out_of_fold(y, keys, split, &options.split, &mut predict)?;
    let mut evaluation = summary(y, keys, tested.probabilities, options)?;
    evaluation.split = split.name().to_owned();
    evaluation.phrase = split.phrase().to_owned();
    evaluation.leaks = split.leaks();
    evaluation.algorithm = spec.algorithm.clone();
    evaluation.folds = tested.folds.iter().filter(|fold| fold.skipped.is_none()).count();
    evaluation.per_fold = tested.folds;
    evaluation.notes.splice(0..0, tested.notes);
    Ok(evaluation)
}

/// Evaluates a fitted pipeline on rows of another time or place, all of them.
///
/// # Errors
/// When keys or labels do not match the frame, or the frame lacks a column of the pipeline.
pub fn evaluate_on(
    pipeline: &Pipeline,
    frame: &Frame,
    y: &[u8],
    keys: &Keys,
    options: &EvaluateOptions,
) -> Result<Evaluation, Error> {
    check(y, keys, frame.rows(), options)?;
    let mut evaluation = summary(y, keys, pipeline.probabilities(frame)?, options)?;
    evaluation.algorithm = pipeline.spec().algorithm.clone();
    Ok(evaluation)
}

fn check(y: &[u8], keys: &Keys, rows: usize, options: &EvaluateOptions) -> Result<(), Error> {
    check_labels(y, rows)?;
    keys.check(rows)?;
    if !(0.0..=1.0).contains(&options.threshold) {
        return Err(Error::Threshold { threshold: options.threshold });
    }
    Ok(())
}

/// Fits on the training rows of a fold, with the labels `y`, and gives the probabilities of its
/// test rows.
pub(crate) fn refit<'a>(
    spec: &'a PipelineSpec,
    frame: &'a Frame,
    y: &'a [u8],
) -> impl FnMut(&Fold) -> Result<Vec<f64>, Error> + 'a {
    move |fold| {
        let labels: Vec<u8> = fold.train.iter().map(|&row| y[row]).collect();
        let pipeline = Pipeline::fit(spec, &frame.take(&fold.train), &labels)?;
        Ok(pipeline.probabilities(&frame.take(&fold.test))?)
    }
}

/// Probabilities of tested rows by models that did not learn from them.
pub(crate) struct OutOfFold {
    /// One a row, NaN where it was not tested.
    pub probabilities: Vec<f64>,
    pub folds: Vec<FoldCounts>,
    pub notes: Vec<String>,
}

/// Calls `predict` for each fold that has both labels to train on.
pub(crate) fn out_of_fold(
    y: &[u8],
    keys: &Keys,
    split: Split,
    options: &SplitOptions,
    predict: &mut dyn FnMut(&Fold) -> Result<Vec<f64>, Error>,
) -> Result<OutOfFold, Error> {
    let groups = Groups::new(&keys.address);
    let mut probabilities = vec![f64::NAN; y.len()];
    let mut folds = Vec::new();
    let mut notes = Vec::new();
    for (number, fold) in (1..).zip(splits::folds(split, keys, y, options)?) {
        let mut counts = FoldCounts {
            fold: number,
            train: count(fold.train.iter().copied(), y, &groups),
            test: count(fold.test.iter().copied(), y, &groups),
            shared_addresses: shared(&fold, &groups),
            skipped: None,
        };
        let missing = match counts.train.positives {
            _ if counts.train.rows == 0 => Some("no rows".to_owned()),
            0 => Some("no row of label 1".to_owned()),
            all if all == counts.train.rows => Some("no row of label 0".to_owned()),
            _ => None,
        };
        if let Some(missing) = missing {
            notes.push(format!(
                "fold {number} has {missing} to train on and is left out: its {} rows are not tested",
                counts.test.rows
            ));
            counts.skipped = Some(format!("{missing} to train on"));
        } else {
            for (&row, p) in fold.test.iter().zip(predict(&fold)?) {
                probabilities[row] = p;
            }
        }
        folds.push(counts);
    }
    if folds.iter().all(|fold| fold.skipped.is_some()) {
        return Err(Error::NothingTested { split });
    }
    let skipped: usize = folds.iter().filter(|f| f.skipped.is_some()).map(|f| f.test.rows).sum();
    let never = y.len() - folds.iter().map(|fold| fold.test.rows).sum::<usize>();
    if never > 0 {
        let why = match (options.holdout, split) {
            (Some(_), _) => "they only train",
            (None, _) => "the first block of time only trains",
        };
        notes.push(format!("{never} of {} rows are not tested: {why}", y.len()));
    }
    if skipped + never > 0 {
        notes.push("the numbers are of the tested rows alone".to_owned());
    }
    Ok(OutOfFold { probabilities, folds, notes })
}

/// Tested addresses that also trained.
fn shared(fold: &Fold, groups: &Groups) -> usize {
    let mut sides = vec![0u8; groups.count];
    for (rows, bit) in [(&fold.train, 1), (&fold.test, 2)] {
        for &row in rows {
            sides[groups.of[row] as usize] |= bit;
        }
    }
    sides.iter().filter(|&&bits| bits == 3).count()
}

/// Everything an evaluation says about the tested rows: those with a probability.
pub(crate) fn summary(
    y: &[u8],
    keys: &Keys,
    probabilities: Vec<f64>,
    options: &EvaluateOptions,
) -> Result<Evaluation, Error> {
    let tested: Vec<usize> = (0..y.len()).filter(|&row| !probabilities[row].is_nan()).collect();
    let labels: Vec<u8> = tested.iter().map(|&row| y[row]).collect();
    let own: Vec<f64> = tested.iter().map(|&row| probabilities[row]).collect();
    let groups = Groups::new(&keys.take(&tested).address);
    let counts = count(0..labels.len(), &labels, &groups);
    let measured = measure(&labels, &own, &groups, options)?;
    Ok(Evaluation {
        split: UNSEEN.to_owned(),
        phrase: "on data never seen".to_owned(),
        leaks: false,
        algorithm: String::new(),
        folds: 0,
        given: y.len(),
        rows: counts.rows,
        positives: counts.positives,
        addresses: counts.addresses,
        positive_addresses: counts.positive_addresses,
        per_fold: Vec::new(),
        threshold: options.threshold,
        metrics: measured.metrics,
        per_class: measured.per_class,
        confusion: measured.confusion,
        roc: measured.roc,
        pr: measured.pr,
        per_address: measure_addresses(&labels, &own, &groups, options)?,
        scores: options.keep_scores.then_some(probabilities),
        notes: measured.notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::{Planted, learnable};

    fn few_draws() -> EvaluateOptions {
        EvaluateOptions { draws: 100, ..EvaluateOptions::default() }
    }

    #[test]
    fn pooled_predictions_are_measured_once_and_counted_by_fold() {
        let Planted { spec, frame, y, keys } = learnable(6);
        let ask = || evaluate(&spec, &frame, &y, &keys, Split::Address, &few_draws()).unwrap();
        let evaluation = ask();
        assert_eq!((evaluation.rows, evaluation.positives, evaluation.folds), (360, 120, 5));
        assert_eq!((evaluation.addresses, evaluation.positive_addresses), (60, 20));
        for fold in &evaluation.per_fold {
            assert_eq!(fold.shared_addresses, 0);
            assert_eq!((fold.test.addresses, fold.test.positive_addresses), (12, 4));
            assert_eq!(fold.train.rows + fold.test.rows, 360);
        }
        let confused: u64 = evaluation.confusion.iter().flatten().sum();
        assert_eq!(confused, 360);
        assert_eq!(evaluation.per_class[1].support, 120);
        let auc = evaluation.metric("roc_auc").unwrap();
        assert!(auc.value.unwrap() > 0.8, "{auc:?}");
        assert!(auc.low.unwrap() < auc.value.unwrap() && auc.value.unwrap() < auc.high.unwrap());
        let by_address = evaluation.address_metric("roc_auc").unwrap();
        assert!(by_address.value > auc.value, "many rows tell more than one: {by_address:?}");
        assert_eq!(evaluation.per_address.addresses, 60);

        let text = serde_json::to_string(&evaluation).unwrap();
        assert_eq!(serde_json::from_str::<Evaluation>(&text).unwrap(), evaluation);
        assert_eq!(serde_json::to_string(&ask()).unwrap(), text, "the same again, to the byte");
    }

    #[test]
    fn by_random_rows_the_addresses_are_shared_and_by_time_the_first_block_is_not_tested() {
        let Planted { spec, frame, y, keys } = learnable(6);
        let by = |split| evaluate(&spec, &frame, &y, &keys, split, &few_draws()).unwrap();
        let row = by(Split::Row);
        assert!(row.leaks && row.per_fold.iter().all(|fold| fold.shared_addresses > 40));
        let time = by(Split::Time);
        assert_eq!((time.given, time.rows), (360, 300));
        assert!(time.notes[0].starts_with("60 of 360 rows are not tested"), "{:?}", time.notes);
        let scores = time.scores.unwrap();
        assert!(scores[..60].iter().all(|p| p.is_nan()) && scores[60..].iter().all(|p| *p >= 0.0));
    }

    #[test]
    fn a_fold_with_one_label_to_train_on_is_left_out_and_named() {
        let Planted { spec, frame, mut y, keys } = learnable(6);
        // Positives only in the last two of six blocks of time.
        y[..240].fill(0);
        let options = few_draws();
        let evaluation = evaluate(&spec, &frame, &y, &keys, Split::Time, &options).unwrap();
        assert_eq!((evaluation.folds, evaluation.per_fold.len()), (1, 5));
        assert_eq!(
            evaluation.per_fold[0].skipped.as_deref(),
            Some("no row of label 1 to train on")
        );
        assert!(evaluation.notes[0].contains("fold 1 has no row of label 1"));
        y[..300].fill(0);
        let error = evaluate(&spec, &frame, &y, &keys, Split::Time, &options).unwrap_err();
        assert!(matches!(error, Error::NothingTested { split: Split::Time }), "{error}");
    }

    #[test]
    fn unseen_data_are_tested_whole_even_with_one_label() {
        let Planted { spec, frame, y, keys } = learnable(6);
        let pipeline = Pipeline::fit(&spec, &frame, &y).unwrap();
        let negatives: Vec<usize> = (0..y.len()).filter(|&row| y[row] == 0).collect();
        let labels = vec![0; negatives.len()];
        let options = EvaluateOptions { keep_scores: false, ..few_draws() };
        let (frame, keys) = (frame.take(&negatives), keys.take(&negatives));
        let evaluation = evaluate_on(&pipeline, &frame, &labels, &keys, &options).unwrap();
        assert_eq!((evaluation.split.as_str(), evaluation.rows), ("unseen", 240));
        assert_eq!((evaluation.folds, &evaluation.scores), (0, &None));
        assert_eq!(evaluation.metric("recall").unwrap().value, None);
        assert!(evaluation.notes.contains(&"Recall has no value: no row is 1".to_owned()));
        let options = EvaluateOptions { threshold: 1.5, ..options };
        let error = evaluate_on(&pipeline, &frame, &labels, &keys, &options).unwrap_err();
        assert!(error.to_string().contains("such as 0.5"), "{error}");
    }
}
